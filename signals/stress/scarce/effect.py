"""What augmentation does to forecasts: how much stress they speak of, and whether they are any better for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from signals.stress.naive import LAST_STATE, LAST_STATE_RULE, ranked
from signals.stress.validation import (
    AnswerCache,
    Bootstrap,
    Candidate,
    Interval,
    Problem,
    Scorecard,
    Scored,
    Split,
    block_weights,
    compare,
    forecasts,
    interval,
)
from simulator.core.types import FloatArray

from .augmented import HOW, SHARE, augmented

#: Scores of a forecast of stress that tables of this room show, with what they are called.
SCORES: Final = {
    "auc_alert": "ROC-AUC",
    "pr_auc_alert": "PR-AUC",
    "brier_skill_alert": "Brier skill",
    "calibration_error_alert": "Calibration error",
}


class Level(NamedTuple):
    """How much stress forecasts speak of, and how much there was. Fractions of test days."""

    said: Interval  # mean forecast of stress
    came: float  # share of test days with stress
    excess: Interval  # said minus came: 0 for forecasts that are calibrated in the large


class Effect(NamedTuple):
    """Forecasts of one model with and without augmentation, over the same test days.

    ``plain`` is the name of the model without; every scorecard has its paired differences from it and from the naive
    rule in ``versus``.
    """

    plain: str
    titles: Mapping[str, str]
    forecasts: Mapping[str, Scored]
    cards: Mapping[str, Scorecard]
    levels: Mapping[str, Level]


def effect(
    model: Candidate,
    problem: Problem,
    splits: Sequence[Split],
    hows: Sequence[str] = tuple(HOW),
    *,
    share: float = SHARE,
    seed: int = 0,
    workers: int | None = None,
    cache: AnswerCache | None = None,
    how: Bootstrap | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Effect:
    """Run a model with every way of augmentation, each as it is and put back to the real shares of classes.

    Training rows are augmented anew at every refit, from those rows alone; test rows are never touched.

    Parameters
    ----------
    model
        The model and its columns.
    problem
        With the column of the naive rule (:data:`signals.stress.naive.LAST_STATE_COLUMN`).
    splits
        Of the problem's label.
    hows
        Ways by name.
    share, seed, workers, cache, progress
        As in :func:`augmented` and :func:`signals.stress.validation.forecasts`.
    how
        The bootstrap behind the intervals.
    """
    how = how or Bootstrap()
    specs = [model.spec] + [
        augmented(model.spec, how, share=share, correct=back) for how in hows for back in (False, True)
    ]
    candidates = [*(model._replace(spec=spec) for spec in specs), LAST_STATE_RULE]
    found = forecasts(candidates, problem, splits, seed=seed, workers=workers, cache=cache, progress=progress)
    found[LAST_STATE] = ranked(found[LAST_STATE], problem)
    days = next(iter(found.values())).dates.size
    weights = block_weights(days, how.draws, how.block, how.seed)
    return Effect(
        model.spec.name,
        {candidate.spec.name: candidate.spec.title for candidate in candidates},
        found,
        compare(found, (model.spec.name, LAST_STATE), how),
        {name: level(card, weights, how.level) for name, card in found.items()},
    )


def level(scored: Scored, weights: FloatArray, at: float = 0.90) -> Level:
    """Mean forecast of stress and its excess over what came, with intervals over resamples (draws, n)."""
    said = scored.probability[:, 1:].sum(axis=1)
    came = (scored.actual > 0.0).astype(float)
    total = weights.sum(axis=1)

    def mean(values: FloatArray) -> Interval:
        return interval(float(values.mean()), weights @ values / total, at)

    return Level(mean(said), float(came.mean()), mean(said - came))
