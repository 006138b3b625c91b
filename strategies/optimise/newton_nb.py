"""A Newton step among the weights that are traded and neither kept nor sold out."""

from __future__ import annotations

import math

from simulator.core.jit import kernel
from simulator.core.types import FloatArray, IntArray

from .dense_nb import factor_nb, substitute_nb
from .project_nb import ALPHA, BETA, BINDS

#: Added to the diagonal, relative to it: covariances of fewer days than assets are singular.
_RIDGE = 1e-13


@kernel
def face_nb(weights: FloatArray, held: FloatArray, face: IntArray) -> int:
    """List the assets that are traded and not sold out; buys and sales apart by sign of the trade. Returns how many.

    Arrays are (N,), weights fractions of the book.
    """
    m = 0
    for i in range(weights.shape[0]):
        if weights[i] > 0.0 and weights[i] != held[i]:
            face[m] = i
            m += 1
    return m


@kernel
def newton_nb(
    weights: FloatArray,
    image: FloatArray,
    covariance: FloatArray,
    risk_aversion: float,
    expected: FloatArray,
    spread: FloatArray,
    impact: FloatArray,
    held: FloatArray,
    prices: FloatArray,
    face: IntArray,
    system: FloatArray,
    step: FloatArray,
    first: FloatArray,
    second: FloatArray,
) -> int:
    """The step from ``weights`` on its face, in ``step[:m]``, that keeps the budget (and turnover while it binds).

    Arrays are (N,), ``covariance`` is (N, N), ``system`` at least (m, m).

    Returns m, or 0 where the system cannot be solved. ``image`` is covariance @ weights.
    """
    m = face_nb(weights, held, face)
    binds = prices[BINDS] > 0.0
    twice = 2.0 * risk_aversion
    for a in range(m):
        i = face[a]
        trade = weights[i] - held[i]
        size = abs(trade)
        for b in range(a, m):
            system[a, b] = twice * covariance[i, face[b]]
        bend = 0.75 * impact[i] / math.sqrt(size)
        system[a, a] += bend + _RIDGE * (system[a, a] + bend)
        price = prices[ALPHA] if trade > 0.0 else prices[BETA]
        toll = spread[i] + 1.5 * impact[i] * math.sqrt(size)
        step[a] = price + expected[i] - twice * image[i] - (toll if trade > 0.0 else -toll)
        first[a] = 1.0 if trade > 0.0 or not binds else 0.0
        second[a] = 1.0 - first[a]
    if m == 0 or not factor_nb(system, m):
        return 0
    substitute_nb(system, m, step)
    restore_nb(system, m, weights, held, face, step, first, second)
    return m


@kernel
def restore_nb(
    system: FloatArray,
    m: int,
    weights: FloatArray,
    held: FloatArray,
    face: IntArray,
    step: FloatArray,
    first: FloatArray,
    second: FloatArray,
) -> None:
    """Take from the step what changes the sums over its two sides: each asset is of one, ``first`` or ``second``.

    ``step``, ``first`` and ``second`` are (m,) at least, weights and ``held`` (N,).
    """
    moved_first, moved_second, count = 0.0, 0.0, 0
    for a in range(m):
        moved_first += first[a] * step[a]
        moved_second += second[a] * step[a]
        count += second[a] > 0.0
    sides = 0  # which of them there are
    if count < m:
        sides += 1
        substitute_nb(system, m, first)
    if count > 0:
        sides += 2
        substitute_nb(system, m, second)
    # the response of each side's sum to each side's price; sides are told apart by sign where both are there
    aa, ab, bb = 0.0, 0.0, 0.0
    for a in range(m):
        buys = weights[face[a]] > held[face[a]]
        if sides == 3:
            if buys:
                aa += first[a]
                ab += second[a]
            else:
                bb += second[a]
        else:
            aa += first[a]
            bb += second[a]
    lift_first, lift_second = 0.0, 0.0
    if sides == 1:
        lift_first = moved_first / aa
    elif sides == 2:
        lift_second = moved_second / bb
    else:
        determinant = aa * bb - ab * ab
        if determinant > 0.0:
            lift_first = (moved_first * bb - moved_second * ab) / determinant
            lift_second = (moved_second * aa - moved_first * ab) / determinant
    for a in range(m):
        step[a] -= lift_first * first[a] + lift_second * second[a]
