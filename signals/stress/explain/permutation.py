"""What a family of columns is worth to the forecasts: how much worse they are when it belongs to other days."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from signals.stress.validation.ranking import average_precision
from signals.stress.walk_forward import Classifier
from simulator.core.errors import ParameterError, nearest
from simulator.core.types import FloatArray, IntArray

from .walk import Grouping, Walk

BLOCK: Final = 20
REPEATS: Final = 20
Loss = Literal["brier", "pr-auc"]


@dataclass(frozen=True, eq=False)
class Importance:
    """Permutation importance by family.

    Attributes
    ----------
    loss
        ``"brier"`` or ``"pr-auc"``.
    score
        The forecasts' own score on the test days.
    families
        F names.
    columns
        (F,) columns of each.
    worse
        (F, repeats) by how much the score gets worse in each draw: a higher Brier score, a lower area.
    """

    loss: str
    score: float
    families: tuple[str, ...]
    columns: tuple[int, ...]
    worse: FloatArray

    def ranked(self) -> list[tuple[str, float, float, float]]:
        """Family, mean, 5% and 95% quantile over the draws, the worthiest first. In units of the score."""
        low, high = np.quantile(self.worse, [0.05, 0.95], axis=1)
        mean = self.worse.mean(axis=1)
        order = np.argsort(-mean, kind="stable")
        return [(self.families[f], float(mean[f]), float(low[f]), float(high[f])) for f in order]


def permutation_importance(
    walk: Walk,
    loss: Loss = "brier",
    *,
    by: Grouping = "family",
    block: int = BLOCK,
    repeats: int = REPEATS,
    seed: int = 0,
) -> Importance:
    """Importance of each family of columns for the forecasts of the walk-forward's test days; for any model.

    With ``by="series"`` every exogenous series is a family of its own, with ``by="column"`` every column; otherwise all
    series are one.

    The columns of a family are taken, together, from other test days: blocks of ``block`` consecutive sessions change
    places, so that what they say of each other and of yesterday stays as it is and only its date is wrong. Models,
    and the day each forecasts, stay. A diagnosis after the fact: the days changed with may be later ones. Families
    that say the same thing share what it is worth: each is missed less while the other is there.

    Raises
    ------
    ParameterError
        For an unknown loss, fewer than two blocks, or test days without an event.

    Notes
    -----
    Sources: Breiman (2001), Random forests, section 10; blocks as in Kunsch (1989), since neighbouring days are alike.
    """
    measure = _measure(loss)
    rows = walk.scored
    if block < 1 or repeats < 1 or rows.size <= block:
        raise ParameterError(
            f"permutation importance needs two blocks of {block} test days; there are {rows.size} days"
        )
    came = walk.lessons.target.values[rows]
    if came.max() == came.min():
        raise ParameterError("permutation importance needs test days with and without an event")
    rng = np.random.default_rng(seed)
    draws = np.stack([rows[shuffled_blocks(rows.size, block, rng)] for _ in range(repeats)])
    worse = []
    score = measure(walk.probability[rows], came)
    groups = walk.groups(by)
    for columns in groups.values():
        told = _told(walk, rows, draws, columns)
        worse.append([measure(probability, came) - score for probability in told])
    sizes = tuple(group.size for group in groups.values())
    sign = 1.0 if loss == "brier" else -1.0
    return Importance(loss, score, tuple(groups), sizes, sign * np.array(worse))


def shuffled_blocks(count: int, block: int, rng: np.random.Generator) -> IntArray:
    """(count,) positions: runs of ``block`` consecutive ones, in another order; the first cut falls anywhere.

    A position is that of a session.
    """
    first = int(rng.integers(1, block + 1))
    runs = np.split(np.arange(count), np.arange(first, count, block))
    return np.concatenate([runs[k] for k in rng.permutation(len(runs))])


def _told(walk: Walk, rows: IntArray, draws: IntArray, columns: IntArray) -> FloatArray:
    """(repeats, n) forecasts of rows (n,) with some columns of other rows: those of ``draws`` (repeats, n)."""
    told = np.empty(draws.shape)
    for model, where in _by_refit(walk, rows):
        if isinstance(model, float):
            told[:, where] = model
            continue
        own, other = np.tile(rows[where], len(draws)), draws[:, where].ravel()
        asked, given = walk.x[own], walk.lessons.given.to_forecast(walk.x, own)
        asked[:, columns] = walk.x[other][:, columns]
        if "window" in given:
            given["window"][:, :, columns] = walk.lessons.given.to_forecast(walk.x, other)["window"][:, :, columns]
        told[:, where] = model.predict_proba(asked, **given)[:, 1].reshape(len(draws), -1)
    return told


def _by_refit(walk: Walk, rows: IntArray) -> Iterator[tuple[Classifier | float, IntArray]]:
    """Each refit's model and the positions among ``rows`` that it forecasts."""
    for refit in walk.fitted:
        where = np.flatnonzero((rows >= refit.test[0]) & (rows <= refit.test[-1]))
        if where.size:
            yield refit.model, where


def _measure(loss: str) -> Callable[[FloatArray, FloatArray], float]:
    if loss == "brier":
        return lambda chance, came: float(((chance - came) ** 2).mean())
    if loss == "pr-auc":
        return lambda chance, came: float(average_precision(chance, came > 0.0, np.ones((1, came.size)))[0])
    raise ParameterError(f"no loss {loss!r}{nearest(loss, ('brier', 'pr-auc'))}")
