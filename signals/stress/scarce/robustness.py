"""What is left of a forecast when its inputs fail: every fault with its cost in scores and flipped states."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from signals.stress.validation import Bootstrap, Interval, block_weights, interval
from signals.stress.validation.ranking import ranking
from simulator.core.types import BoolArray, FloatArray

from .adversary import DRAWS, SIZES, Ask, worst
from .perturb import Fault, faults

#: Scores and what they are called; of each, the change against the undisturbed inputs is told.
MEASURED: Final = {"roc_auc": "ROC-AUC", "pr_auc": "PR-AUC", "brier": "Brier score"}


class Suffered(NamedTuple):
    """What one fault did. Shares are fractions of test sessions."""

    kind: str
    name: str
    scores: Mapping[str, float]  # with the fault
    changes: Mapping[str, Interval]  # score with the fault minus score without, paired
    flipped: float  # share of sessions whose state (probability above the level) is another
    alarmed: float  # share of sessions in state


class Robustness(NamedTuple):
    """A model under every fault."""

    plain: Suffered
    faults: Sequence[Suffered]
    level: float

    def frame(self) -> pd.DataFrame:
        """One row a fault, the worst loss of ranking first."""
        rows = [
            {
                "kind": fault.kind,
                "fault": fault.name,
                **fault.scores,
                **{f"{key}_change": gap.value for key, gap in fault.changes.items()},
                "flipped": fault.flipped,
            }
            for fault in self.faults
        ]
        return pd.DataFrame(rows).sort_values("roc_auc_change", kind="stable").reset_index(drop=True)


def robustness(
    ask: Ask,
    x: FloatArray,
    actual: BoolArray,
    scale: FloatArray,
    columns: Sequence[str],
    *,
    level: float = 0.5,
    extra: Sequence[Fault] = (),
    seed: int = 0,
    draws: int = DRAWS,
    how: Bootstrap | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Robustness:
    """Ask a fitted model about its test rows with every fault (:func:`signals.stress.scarce.faults`) in turn.

    Parameters
    ----------
    ask
        Answers for rows (n, K); any model, or a whole walk-forward
        (:func:`signals.stress.scarce.fitted`). It is not fitted again: faults are those of use, not of training.
    x
        (n, K) the test rows in the order of time.
    actual
        (n,) True where stress came.
    scale
        (n, K) standard deviations of the columns in training.
    columns
        K names: they say which columns fail together.
    level
        Probability above which a session counts as in state.
    extra
        Further faults of one's own.
    seed
        Of noise, gaps and the adversary. Every fault has a stream of its own.
    draws
        Sign patterns an adversary tries.
    how
        The bootstrap behind the intervals.
    progress
        Told of each fault done.
    """
    how = how or Bootstrap()
    judge = _Judge(ask(x), actual, level, block_weights(actual.size, how.draws, how.block, how.seed), how.level)
    plan = [*faults(columns), *extra]
    total, out = len(plan) + len(SIZES), []
    for number, fault in enumerate(plan):
        rng = np.random.default_rng([seed, number])
        out.append(judge.of(fault.kind, fault.name, ask(fault.change(x, scale, rng))))
        if progress is not None:
            progress(number + 1, total)
    for number, size in enumerate(SIZES):
        rng = np.random.default_rng([seed, len(plan) + number])
        moved = worst(ask, x, actual, size * scale, rng, draws)
        out.append(judge.of("adversary", f"{size:g} sd", ask(moved)))
        if progress is not None:
            progress(len(plan) + number + 1, total)
    return Robustness(judge.of("none", "", judge.chance), out, level)


class _Judge:
    """Compares answers with those to the undisturbed rows, on the same resamples."""

    def __init__(self, chance: FloatArray, actual: BoolArray, level: float, weights: FloatArray, share: float) -> None:
        self.chance, self.actual, self.level, self.weights, self.share = chance, actual, level, weights, share
        self.plain, self.drawn = self._scores(chance)

    def of(self, kind: str, name: str, chance: FloatArray) -> Suffered:
        """The cost of a fault."""
        scores, drawn = self._scores(chance)
        changes = {
            key: interval(value - self.plain[key], drawn[key] - self.drawn[key], self.share)
            for key, value in scores.items()
        }
        state = chance > self.level
        flipped = float((state != (self.chance > self.level)).mean())
        return Suffered(kind, name, scores, changes, flipped, float(state.mean()))

    def _scores(self, chance: FloatArray) -> tuple[dict[str, float], dict[str, FloatArray]]:
        loss = (chance - self.actual) ** 2
        ones = np.ones((1, chance.size))
        areas = [ranking(chance, self.actual, weights) for weights in (ones, self.weights)]
        brier = self.weights @ loss / self.weights.sum(axis=1)
        value = {"roc_auc": float(areas[0][0][0]), "pr_auc": float(areas[0][1][0]), "brier": float(loss.mean())}
        return value, {"roc_auc": areas[1][0], "pr_auc": areas[1][1], "brier": np.asarray(brier)}
