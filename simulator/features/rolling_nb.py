"""Rolling and expanding statistics as kernels: columns side by side, in one pass, with the bits that pandas gives.

Sums are compensated, values enter and leave one by one, and a window that has lost nearly all of its squares is summed
anew, as pandas does it (bits may part after a window in which nothing was known): a day has the same value whatever
follows it. Values are (T, N), or (T,); what is not finite is unknown. ``out`` has their shape, and is NaN until
``least`` values of a window are known.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.core.jit import kernel
from simulator.core.types import BoolArray, FloatArray, IntArray

#: A sum of squares that falls below this share of itself, as a value leaves it, is mostly rounding.
_LOST: Final = 1e3 * float(np.finfo(np.float64).eps)


@kernel
def rolling_sum_nb(values: FloatArray, window: int, least: int, mean: bool, out: FloatArray) -> None:
    """Sums of the last ``window`` rows, or their means; those of equal values have no rounding in them.

    ``values`` and ``out`` are (T, K); NaN is left out, and written where fewer than ``least`` are known.

    Source: Kahan (1965), Further remarks on reducing truncation errors, Communications of the ACM 8(1).
    """
    for i in range(values.shape[1]):
        total, added, removed, before = 0.0, 0.0, 0.0, values[0, i]
        known, negative, alike = 0, 0, 0
        for t in range(values.shape[0]):
            if t >= window:
                left = values[t - window, i]
                if np.isfinite(left):
                    known -= 1
                    step = -left - removed
                    moved = total + step
                    removed = moved - total - step
                    total = moved
                    if np.signbit(left):
                        negative -= 1
            value = values[t, i]
            if np.isfinite(value):
                known += 1
                step = value - added
                moved = total + step
                added = moved - total - step
                total = moved
                if np.signbit(value):
                    negative += 1
                alike = alike + 1 if value == before else 1
                before = value
            if known < max(least, 1):
                out[t, i] = np.nan
            elif alike >= known:
                out[t, i] = before if mean else before * known
            elif not mean:
                out[t, i] = total
            else:
                out[t, i] = total / known
                if (negative == 0 and out[t, i] < 0.0) or (negative == known and out[t, i] > 0.0):
                    out[t, i] = 0.0


@kernel
def rolling_variance_nb(values: FloatArray, window: int, least: int, state: FloatArray, out: FloatArray) -> None:
    """Variances (ddof 1) of the last ``window`` rows.

    Row by row over all columns: a processor divides for one column while it waits for another.

    Parameters
    ----------
    values, window, least, out
        As for all kernels here: (T, N); NaN is left out, and written where fewer than ``least`` are known.
    state
        (5, N) zeros: of each column how many values are known, their mean, their squares and what these have lost.

    Source: Welford (1962), Note on a method for calculating corrected sums of squares and products, Technometrics 4(3),
    with the compensation of :func:`rolling_sum_nb`.
    """
    for t in range(values.shape[0]):
        for i in range(values.shape[1]):
            known, mean, squares, added, removed = state[0, i], state[1, i], state[2, i], state[3, i], state[4, i]
            first = t
            left = values[t - window, i] if t >= window else np.nan
            if np.isfinite(left):
                known -= 1
                if known == 0:
                    mean, squares = 0.0, 0.0
                else:
                    before, had = mean - removed, squares
                    step = left - removed
                    delta = step - mean
                    removed = delta + mean - step
                    mean = mean - delta / known
                    squares = squares - (left - before) * (left - mean)
                    if squares < had * _LOST:
                        first = t - window + 1
                        mean, squares, added, removed, known = 0.0, 0.0, 0.0, 0.0, 0.0
            for s in range(first, t + 1):
                value = values[s, i]
                if np.isfinite(value):
                    known += 1
                    before = mean - added
                    step = value - added
                    delta = step - mean
                    added = delta + mean - step
                    mean = mean + delta / known
                    squares = squares + (value - before) * (value - mean)
            out[t, i] = squares / (known - 1) if known >= max(least, 2) else np.nan
            state[0, i], state[1, i], state[2, i], state[3, i], state[4, i] = known, mean, squares, added, removed


@kernel
def rolling_highest_nb(values: FloatArray, window: int, rows: IntArray, out: FloatArray) -> None:
    """Highest of the last ``window`` rows.

    Parameters
    ----------
    values, window, out
        As for all kernels here; one known value is enough.
    rows
        (T,) scratch: the rows that may still become the highest, their values falling.
    """
    for i in range(values.shape[1]):
        first, last = 0, 0
        for t in range(values.shape[0]):
            if first < last and rows[first] <= t - window:
                first += 1
            value = values[t, i]
            if np.isfinite(value):
                while first < last and values[rows[last - 1], i] <= value:
                    last -= 1
                rows[last] = t
                last += 1
            out[t, i] = values[rows[first], i] if first < last else np.nan


@kernel
def rolling_median_nb(
    values: FloatArray,
    order: IntArray,
    window: int,
    least: int,
    place: IntArray,
    inside: BoolArray,
    out: FloatArray,
) -> None:
    """Medians of the last ``window`` rows.

    The window is a set of places in the order of all values of a column, and its middle moves by a place or two a row.

    Parameters
    ----------
    values, window, least, out
        As for all kernels here.
    order
        (T, N) rows of each column in the order of its values.
    place, inside
        (T,) scratch.
    """
    for i in range(values.shape[1]):
        for r in range(order.shape[0]):
            place[order[r, i]] = r
            inside[r] = False
        known, middle, below = 0, 0, 0
        for t in range(values.shape[0]):
            if t >= window and np.isfinite(values[t - window, i]):
                gone = place[t - window]
                inside[gone] = False
                known -= 1
                if gone < middle:
                    below -= 1
            if np.isfinite(values[t, i]):
                come = place[t]
                inside[come] = True
                known += 1
                if come < middle:
                    below += 1
            if known < max(least, 1):
                out[t, i] = np.nan
                continue
            while below > (known - 1) // 2:
                middle -= 1
                below -= 1 if inside[middle] else 0
            while below < (known - 1) // 2 or not inside[middle]:
                below += 1 if inside[middle] else 0
                middle += 1
            out[t, i] = values[order[middle, i], i]
            if known % 2 == 0:
                above = middle + 1
                while not inside[above]:
                    above += 1
                out[t, i] = (values[order[above, i], i] + out[t, i]) / 2.0


@kernel
def expanding_share_nb(ranks: IntArray, least: int, counts: IntArray, out: FloatArray) -> None:
    """(T,) share of all values so far, each session's own among them, that do not exceed its own.

    Parameters
    ----------
    ranks
        (T,) place of each value among the distinct ones, from 1; 0 for unknown.
    least
        Values that must be known.
    counts
        (distinct values + 1,) zeros: a tree of counts by rank.

    Source: Fenwick (1994), A new data structure for cumulative frequency tables, Software 24(3).
    """
    known = 0
    for t in range(ranks.size):
        rank = ranks[t]
        out[t] = np.nan
        if rank > 0:
            known += 1
            _count_nb(counts, rank)
            if known >= least:
                below = 0
                while rank > 0:
                    below += counts[rank]
                    rank -= rank & -rank
                out[t] = below / known


@kernel
def expanding_quantile_nb(
    ranks: IntArray, distinct: FloatArray, share: float, least: int, counts: IntArray, out: FloatArray
) -> None:
    """(T,) quantile of all values so far, interpolated between the two nearest.

    Parameters
    ----------
    ranks, least, counts
        As for :func:`expanding_share_nb`.
    distinct
        The distinct values in ascending order.
    share
        Of the values that lie below.
    """
    known = 0
    for t in range(ranks.size):
        if ranks[t] > 0:
            known += 1
            _count_nb(counts, ranks[t])
        if known < max(least, 1):
            out[t] = np.nan
            continue
        exact = share * (known - 1)
        whole = int(exact)
        low = distinct[_nth_nb(counts, whole) - 1]
        if whole == known - 1:
            out[t] = low
        else:
            out[t] = low + (distinct[_nth_nb(counts, whole + 1) - 1] - low) * (exact - whole)


@kernel(inline=True)
def _count_nb(counts: IntArray, rank: int) -> None:
    """Count one more value of a rank."""
    while rank < counts.size:
        counts[rank] += 1
        rank += rank & -rank


@kernel(inline=True)
def _nth_nb(counts: IntArray, number: int) -> int:
    """Rank of the value with so many smaller ones, or equal ones before it."""
    step = 1
    while step * 2 < counts.size:
        step *= 2
    rank = 0
    while step > 0:
        if rank + step < counts.size and counts[rank + step] <= number:
            rank += step
            number -= counts[rank]
        step //= 2
    return rank + 1
