"""Many rows down the trees of a boosted model at once, in single precision and in XGBoost's order."""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.core.jit import kernel
from simulator.core.types import FloatArray, IntArray, SingleArray

#: Rows that go down the trees together: their columns stay near a core.
AT_ONCE: Final = 128


@kernel
def forest_nb(
    rows: FloatArray,
    columns: IntArray,
    thresholds: SingleArray,
    leaves: SingleArray,
    base: float,
    held: SingleArray,
    told: SingleArray,
) -> None:
    """(n,) probabilities: leaves summed tree after tree from ``base`` on, then put through the logistic function.

    Trees are complete. A row is compared at every node, and the leaves that it does not reach are left out from the
    bottom up: in shallow trees that is a few comparisons for many rows side by side, where a walk waits for each.

    Parameters
    ----------
    rows
        (n, K); NaN where a value is not known.
    columns, thresholds
        (trees, 2^depth - 1) of each node, level after level; a row below the threshold goes left. Column K + k is
        column k for nodes at which rows without a value go left.
    leaves
        (trees, 2^depth), 4 or more.
    base
        Where sums begin.
    held
        (2 K + 2^depth / 4, :data:`AT_ONCE`) scratch.
    told
        (n,) where probabilities are written.
    """
    known, quarter = rows.shape[1], leaves.shape[1] // 4
    for first in range(0, rows.shape[0], AT_ONCE):
        count = min(AT_ONCE, rows.shape[0] - first)
        for r in range(count):
            for k in range(known):
                value = np.float32(rows[first + r, k])
                missing = np.isnan(value)
                held[k, r] = np.float32(np.inf) if missing else value
                held[known + k, r] = np.float32(-np.inf) if missing else value
            told[first + r] = np.float32(base)
        for tree in range(leaves.shape[0]):
            for n in range(quarter):
                _lowest_nb(columns[tree], thresholds[tree], leaves[tree], n, count, 2 * known + n, held)
            level = quarter
            while level > 1:
                level //= 2
                for n in range(level):
                    column, threshold = columns[tree, level - 1 + n], thresholds[tree, level - 1 + n]
                    left, right, place = 2 * known + 2 * n, 2 * known + 2 * n + 1, 2 * known + n
                    for r in range(count):
                        held[place, r] = held[left, r] if held[column, r] < threshold else held[right, r]
            for r in range(count):
                told[first + r] += held[2 * known, r]
        for r in range(count):
            told[first + r] = np.float32(1.0) / (np.exp(-told[first + r]) + np.float32(1.0))


@kernel(inline=True)
def _lowest_nb(
    columns: IntArray,
    thresholds: SingleArray,
    leaves: SingleArray,
    n: int,
    count: int,
    place: int,
    held: SingleArray,
) -> None:
    """Where rows end among the n-th four leaves of a tree, as rows of ``held`` say."""
    above, left = leaves.size // 4 - 1 + n, leaves.size // 2 - 1 + 2 * n
    upper, first, second = columns[above], columns[left], columns[left + 1]
    level, one, other = thresholds[above], thresholds[left], thresholds[left + 1]
    a, b, c, d = leaves[4 * n], leaves[4 * n + 1], leaves[4 * n + 2], leaves[4 * n + 3]
    for r in range(count):
        low = a if held[first, r] < one else b
        high = c if held[second, r] < other else d
        held[place, r] = low if held[upper, r] < level else high
