"""Inner products of a window's sessions about their mean, and the sum of the largest eigenvalues without the others."""

from __future__ import annotations

from math import exp, pi
from typing import Final

import numpy as np

from simulator.core.jit import kernel
from simulator.core.types import FloatArray

#: Where eigenvalues are counted at once, and points of the integral: so many lie side by side in a register's lanes.
POINTS: Final = 16
NODES: Final = 96
#: Shape of the room that a sum needs.
ROOM: Final = (6, NODES)
#: Step of the integral in the logarithm: its error is 2 exp(-pi^2 / step), 1e-12 of the whole.
STEP: Final = 0.35
#: First point of the integral over the width of the spectrum; the last is 300 times the width.
FIRST: Final = 1e-12
#: Sections after which a gap that has not been found is narrower than rounding.
_ROUNDS: Final = 12


@kernel
def centred_nb(products: FloatArray, first: int, sums: FloatArray, out: FloatArray) -> float:
    """Inner products of the sessions of a window, less the mean of its sessions, and their trace.

    Parameters
    ----------
    products
        (m, m) inner products of more sessions, symmetric.
    first
        Where the window begins.
    sums
        (n,) scratch.
    out
        (n, n) from the diagonal on; below it nothing is written.
    """
    n = out.shape[0]
    for j in range(n):
        sums[j] = 0.0
    for i in range(n):
        row = products[first + i, first : first + n]
        for j in range(n):
            sums[j] += row[j]
    mean = 0.0
    for j in range(n):
        sums[j] /= n
        mean += sums[j]
    mean *= 0.5 / n
    for j in range(n):
        sums[j] -= mean
    trace = 0.0
    for i in range(n):
        row, into = products[first + i, first + i : first + n], out[i, i:]
        beside = sums[i:]
        for j in range(into.shape[0]):
            into[j] = row[j] - sums[i] - beside[j]
        trace += into[0]
    return trace


@kernel
def largest_sum_nb(diagonal: FloatArray, squares: FloatArray, count: int, work: FloatArray) -> float:
    """Sum of the ``count`` largest of n eigenvalues, to 1e-11 of n times the width of the spectrum.

    In the unit of the matrix; NaN where it is not finite.

    With m between the largest ones and the others, their sum is count m + (trace - n m + sum |x - m|) / 2, x being the
    eigenvalues: m is found by counting pivots, and is right to the error of m where no gap is wide enough to be hit.
    |x| is 2/pi times the integral of x^2 / (x^2 + t^2) over t, a smooth function of log t of which a plain sum is as
    exact as rounding, and the sum of it over all x is n - t Im trace (T - m - it)^-1: the logarithmic derivative of the
    determinant, two recurrences along the diagonal. Beyond both ends the integrand is a geometric series.

    Parameters
    ----------
    diagonal
        (n,) of the matrix.
    squares
        (n,) squares of what is beside the diagonal; the last one is 0.
    count
        How many, from 1 to n - 1.
    work
        Of shape :data:`ROOM`, overwritten.

    Source: Parlett (1998), The Symmetric Eigenvalue Problem, 3.3 (counting); Trefethen & Weideman (2014), The
    Exponentially Convergent Trapezoidal Rule, SIAM Review 56(3), section 5.
    """
    n = diagonal.shape[0]
    low, high, trace = bounds_nb(diagonal, squares)
    width = high - low
    if not width > 0.0:
        return count * low if width == 0.0 else np.nan
    middle = between_nb(diagonal, squares, count, low, high, work)
    return count * middle + 0.5 * (trace - n * middle + distances_nb(diagonal, squares, middle, width, work))


@kernel
def bounds_nb(diagonal: FloatArray, squares: FloatArray) -> tuple[float, float, float]:
    """Bounds of the eigenvalues by Gershgorin's circles, and their sum.

    ``diagonal`` and ``squares`` are (n,), as :func:`largest_sum_nb` takes them.
    """
    n = diagonal.shape[0]
    low, high, trace, before = np.inf, -np.inf, 0.0, 0.0
    for i in range(n):
        beside = np.sqrt(squares[i])
        low = min(low, diagonal[i] - before - beside)
        high = max(high, diagonal[i] + before + beside)
        trace += diagonal[i]
        before = beside
    return low, high, trace


@kernel
def between_nb(
    diagonal: FloatArray, squares: FloatArray, count: int, low: float, high: float, work: FloatArray
) -> float:
    """A value with ``count`` eigenvalues above it; one of several that are alike to rounding where there is none.

    ``diagonal`` and ``squares`` are (n,).
    """
    tiny = 1e-300 + 1e-32 * (high - low)
    points, pivots, above = work[0], work[1], work[2]
    for _ in range(_ROUNDS):
        for j in range(POINTS):
            points[j] = low + (high - low) * (j + 1.0) / (POINTS + 1.0)
            pivots[j], above[j] = 1.0, 0.0
        beside = 0.0
        for i in range(diagonal.shape[0]):
            for j in range(POINTS):
                pivot = diagonal[i] - points[j] - beside / pivots[j]
                pivot = pivot if abs(pivot) > tiny else -tiny
                pivots[j] = pivot
                above[j] += 1.0 if pivot > 0.0 else 0.0
            beside = squares[i]
        for j in range(POINTS):
            if above[j] == count:
                return float(points[j])
            if above[j] > count:
                low = points[j]
        for j in range(POINTS - 1, -1, -1):
            if above[j] < count:
                high = points[j]
    return 0.5 * (low + high)


@kernel
def distances_nb(diagonal: FloatArray, squares: FloatArray, middle: float, width: float, work: FloatArray) -> float:
    """Sum of the distances of all eigenvalues from ``middle``. ``diagonal`` and ``squares`` are (n,)."""
    n = diagonal.shape[0]
    at, real, imaginary, slope, turn, total = work[0], work[1], work[2], work[3], work[4], work[5]
    for j in range(NODES):
        at[j] = width * FIRST * exp(j * STEP)
        real[j], imaginary[j], slope[j], turn[j], total[j] = 1.0, 0.0, 0.0, 0.0, 0.0
    beside = 0.0
    for i in range(n):
        away = diagonal[i] - middle
        for j in range(NODES):  # 1 / pivot, and the pivot's derivative over the pivot, both complex
            a, b = real[j], imaginary[j]
            c, d = slope[j], turn[j]
            p, q = away - beside * a, -at[j] - beside * b
            e, f = beside * (c * a - d * b) - 1.0, beside * (c * b + d * a)
            over = 1.0 / (p * p + q * q)
            a, b = p * over, -q * over
            real[j], imaginary[j] = a, b
            slope[j], turn[j] = e * a - f * b, e * b + f * a
            total[j] -= turn[j]
        beside = squares[i]
    found = 0.0
    for j in range(NODES):
        found += at[j] * (n - at[j] * total[j])
    return 2.0 / pi * STEP * (found + ends_nb(diagonal, squares, middle, at[0], at[NODES - 1] * exp(STEP)))


@kernel
def ends_nb(diagonal: FloatArray, squares: FloatArray, middle: float, first: float, beyond: float) -> float:
    """The sum's terms before its first point and from ``beyond`` its last, from second and fourth moments.

    ``diagonal`` and ``squares`` are (n,).
    """
    second, fourth, before, away_before = 0.0, 0.0, 0.0, 0.0
    for i in range(diagonal.shape[0]):
        away = diagonal[i] - middle
        second += away * away + 2.0 * before
        inner = away * away + before + squares[i]
        fourth += inner * inner + 2.0 * before * (away + away_before) ** 2
        if i > 0:
            fourth += 2.0 * before * squares[i]
        before, away_before = squares[i], away
    below = diagonal.shape[0] * first / (exp(STEP) - 1.0)
    return below + second / beyond / (1.0 - exp(-STEP)) - fourth / beyond**3 / (1.0 - exp(-3.0 * STEP))
