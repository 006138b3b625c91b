"""Whether a model gives the same reasons after each refit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import rankdata

from simulator.core.errors import ParameterError
from simulator.core.types import DateArray, FloatArray, IntArray

from .contributions import contributions
from .walk import Walk

TOP: Final = 10
_EVERY: Final = 5  # neighbouring days are alike: every fifth says as much


@dataclass(frozen=True, eq=False)
class Stability:
    """How much two models in a row agree on what matters, on days that both have learned from.

    Attributes
    ----------
    columns
        K names.
    refits
        (R,) sessions of the refits.
    importance
        (R, K) mean absolute contribution of each column in log-odds on the sessions each model forecast; NaN for a
        model that was one constant.
    rank_correlation
        (R - 1,) Spearman correlation of the mean absolute contributions of a model and its successor; NaN if either
        was a constant.
    overlap
        (R - 1,) share of the ``top`` columns of one that are among those of the other.
    top
        Columns that count as the most important.
    """

    columns: tuple[str, ...]
    refits: DateArray
    importance: FloatArray
    rank_correlation: FloatArray
    overlap: FloatArray
    top: int

    @property
    def text(self) -> str:
        """The typical refit, and the one that changed most."""
        known = np.flatnonzero(~np.isnan(self.rank_correlation))
        if known.size == 0:
            return "there were no two models in a row to compare"
        worst = known[int(np.argmin(self.rank_correlation[known]))]
        usual, least = np.median(self.rank_correlation[known]), self.rank_correlation[worst]
        kept = np.median(self.overlap[known])
        return (
            f"from one refit to the next the ranks of the columns correlate {usual:.2f} (median; least {least:.2f}, at "
            f"{self.refits[worst + 1]}), and {kept:.0%} of the {self.top} most important stay so"
        )


def stability(walk: Walk, top: int = TOP) -> Stability:
    """Agreement of successive refits on the mean absolute contribution of each column.

    Two models are compared on the same days, every fifth of those that both learned from, so that what differs is
    the models and not the days.

    Raises
    ------
    ParameterError
        For ``top`` below one, or models without exact contributions.
    """
    if top < 1:
        raise ParameterError(f"stability: top must be at least 1, not {top}")
    top = min(top, len(walk.columns))
    pairs = len(walk.fitted) - 1
    correlation, overlap = np.full(max(pairs, 0), np.nan), np.full(max(pairs, 0), np.nan)
    for number in range(pairs):
        models = [refit.model for refit in walk.fitted[number : number + 2]]
        folds = walk.lessons.plan[number : number + 2]
        rows = np.intersect1d(folds[0].train, folds[1].train)[::_EVERY]
        if rows.size == 0 or any(isinstance(model, float) for model in models):
            continue
        one, other = (np.abs(contributions(model, walk.x[rows]).values).mean(axis=0) for model in models)
        correlation[number] = rank_correlation(one, other)
        overlap[number] = np.intersect1d(_first(one, top), _first(other, top)).size / top
    refits = walk.sessions[[int(refit.test[0]) for refit in walk.fitted]]
    return Stability(walk.columns, refits, _over_time(walk), correlation, overlap, top)


def _over_time(walk: Walk) -> FloatArray:
    rows = [
        np.full(len(walk.columns), np.nan)
        if isinstance(refit.model, float)
        else np.abs(contributions(refit.model, walk.x[refit.test]).values).mean(axis=0)
        for refit in walk.fitted
    ]
    return np.stack(rows)


def rank_correlation(one: FloatArray, other: FloatArray) -> float:
    """Spearman's: the correlation of ranks, ties at their mean; NaN where either does not vary."""
    a, b = rankdata(one), rankdata(other)
    a, b = a - a.mean(), b - b.mean()
    scale = np.sqrt((a**2).sum() * (b**2).sum())
    return float((a * b).sum() / scale) if scale > 0.0 else float("nan")


def _first(values: FloatArray, count: int) -> IntArray:
    return np.argsort(-values, kind="stable")[:count]
