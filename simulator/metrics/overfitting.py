"""Whether choosing the best of several policies on one part of history says anything about the rest of it."""

from __future__ import annotations

from itertools import combinations
from typing import Final, NamedTuple

import numpy as np

from simulator.core.types import BoolArray, FloatArray, IntArray

#: Parts that a history is cut into: 12,870 ways to take half of them.
PARTS: Final = 16
#: The same where policies are many: 252 ways.
FEWER_PARTS: Final = 10
_MANY: Final = 200
_SHORTEST: Final = 20  # sessions of a part
_AT_ONCE: Final = 1 << 20  # Sharpe ratios in memory at a time
_ALIKE: Final = 1e-12  # between Sharpe ratios per observation: sums of the same figures in another order


class Overfitting(NamedTuple):
    """What choosing on half of a history was worth in the other half."""

    probability: (
        float  # share of splits in which the chosen one lies below the median of the other half; ties count half
    )
    loss: float  # share of splits in which the chosen one earned less than cash in the other half
    splits: int
    parts: int


def overfitting(excess: FloatArray, seen: BoolArray | None = None, parts: int | None = None) -> Overfitting | None:
    """The probability of backtest overfitting, by combinatorially symmetric cross-validation.

    History is cut into an even number of parts; for every way of taking half of them, the policy with the best Sharpe
    ratio there is ranked by its Sharpe ratio in the other half. Of policies that differ by luck alone it is about 1/2.

    Parameters
    ----------
    excess
        (K, T) returns of each policy over what cash earned, 0 where not observed.
    seen
        (K, T) what are observations; ``None`` for all.
    parts
        Even; by default :data:`PARTS`, or fewer where the history is short or policies are many.

    Returns
    -------
    Overfitting or None
        ``None`` for fewer than two policies, or a history too short to be cut into four parts. In a half in which a
        policy never moved against cash its Sharpe ratio counts as 0.

    Source: Bailey, Borwein, López de Prado & Zhu (2017), The Probability of Backtest Overfitting, Journal of
    Computational Finance 20(4). A rank just at the median, a logit of 0, counts half, so that it is 1/2 by luck
    alone for an odd number of policies too.
    """
    policies, sessions = excess.shape
    if parts is None:
        parts = min(PARTS if policies <= _MANY else FEWER_PARTS, sessions // _SHORTEST // 2 * 2)
    if policies < 2 or parts < 4:
        return None
    count, total, squares = _by_part(excess, seen, parts)
    halves = np.array(list(combinations(range(parts), parts // 2)))
    below = lost = 0.0
    for chunk in np.array_split(halves, -(-len(halves) * policies // _AT_ONCE)):
        chosen_in = np.zeros((len(chunk), parts))
        np.put_along_axis(chosen_in, chunk, 1.0, axis=1)
        inside = _sharpes(chosen_in, count, total, squares)
        outside = _sharpes(1.0 - chosen_in, count, total, squares)
        chosen = np.take_along_axis(outside, inside.argmax(axis=1)[:, None], axis=1)
        alike = np.abs(outside - chosen) <= _ALIKE
        rank = ((outside < chosen) & ~alike).sum(axis=1) + (alike.sum(axis=1) + 1.0) / 2.0  # from 1, ties shared
        below += float((np.sign((policies + 1) / 2.0 - rank) / 2.0 + 0.5).sum())
        lost += float((chosen < 0.0).sum())
    return Overfitting(below / len(halves), lost / len(halves), len(halves), parts)


def _by_part(excess: FloatArray, seen: BoolArray | None, parts: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(parts, K) observations, their sum and the sum of their squares; sessions left over go to the first parts."""
    edges: IntArray = np.array([chunk[0] for chunk in np.array_split(np.arange(excess.shape[1]), parts)])
    there = np.ones(excess.shape) if seen is None else seen.astype(np.float64)
    found = [np.add.reduceat(values, edges, axis=1).T for values in (there, excess, excess**2)]
    return found[0], found[1], found[2]


def _sharpes(taken: FloatArray, count: FloatArray, total: FloatArray, squares: FloatArray) -> FloatArray:
    """(splits, K) Sharpe ratios per observation of the parts (splits, parts) that are taken; 0 where nothing moved."""
    n = np.maximum(taken @ count, 2.0)
    mean = taken @ total / n
    square = taken @ squares / n
    variance = square - mean**2
    still = variance <= _ALIKE * square  # what is left are rounding errors
    return np.where(still, 0.0, mean / np.sqrt(np.where(still, 1.0, variance) * n / (n - 1.0)))
