"""What weights are worth, and how far that can be from the best: a bound built from prices, not a solver's word."""

from __future__ import annotations

import math

from simulator.core.jit import kernel
from simulator.core.types import FloatArray

from .law_nb import trade_cost_nb, traded_nb
from .project_nb import ALPHA, BETA


@kernel
def objective_nb(
    weights: FloatArray,
    image: FloatArray,
    risk_aversion: float,
    expected: FloatArray,
    spread: FloatArray,
    impact: FloatArray,
    held: FloatArray,
) -> tuple[float, float]:
    """The objective, and the sum of the sizes of its terms; ``image`` is covariance @ weights.

    Arrays are (N,), figures fractions of the book over the period.
    """
    total, size = 0.0, 0.0
    for i in range(weights.shape[0]):
        gain = expected[i] * weights[i]
        paid = risk_aversion * weights[i] * image[i] + trade_cost_nb(weights[i] - held[i], spread[i], impact[i])
        total += paid - gain
        size += abs(paid) + abs(gain)
    return total, size


@kernel
def least_nb(slope: float, toll: float, impact: float, held: float, buy: float, sell: float) -> float:
    """Least of ``slope w + toll |w - held| + impact |w - held|^1.5`` over w in [0, 1].

    A fraction of the book over the period, as ``held`` is one.

    ``buy`` and ``sell`` are the forces beyond the toll, of which at most one is positive.
    """
    if buy > 0.0:
        root = traded_nb(buy, 0.0, impact)
        trade = root * root
    else:
        root = traded_nb(sell, 0.0, impact)
        trade = -root * root
    trade = min(max(trade, -held), 1.0 - held)
    return slope * (held + trade) + trade_cost_nb(trade, toll, impact)


@kernel
def gap_nb(
    weights: FloatArray,
    image: FloatArray,
    risk_aversion: float,
    expected: FloatArray,
    spread: FloatArray,
    impact: FloatArray,
    held: FloatArray,
    max_turnover: float,
    prices: FloatArray,
) -> float:
    """Objective at the weights less a lower bound of every feasible point's.

    Arrays are (N,), weights fractions of the book.

    Risk is convex, so that it lies above its tangent at the weights; with prices nu of the budget and theta >= 0 of
    turnover what is left falls apart by asset, and is minimised exactly over w in [0, 1]: the bound holds whatever the
    prices are.
    """
    theta = max(0.5 * (prices[BETA] - prices[ALPHA]), 0.0)
    nu = 0.5 * (prices[BETA] + prices[ALPHA])
    gap, budget, turnover = 0.0, -1.0, 2.0 * max_turnover
    for i in range(weights.shape[0]):
        slope = 2.0 * risk_aversion * image[i] - expected[i] - nu
        toll = spread[i] + theta
        trade = weights[i] - held[i]
        mine = slope * weights[i] + trade_cost_nb(trade, toll, impact[i])
        gap += mine - least_nb(slope, toll, impact[i], held[i], -slope - toll, slope - toll)
        budget += weights[i]
        turnover -= abs(trade)
    return gap + nu * budget + theta * turnover


@kernel
def residual_nb(weights: FloatArray, held: FloatArray, max_turnover: float) -> float:
    """The worst breach: of the budget, of turnover (half the sum of all trades), or of a weight's sign.

    A fraction of the book; arrays are (N,).
    """
    budget, turnover, lowest = -1.0, 0.0, 0.0
    for i in range(weights.shape[0]):
        budget += weights[i]
        turnover += abs(weights[i] - held[i])
        lowest = min(lowest, weights[i])
        if math.isnan(weights[i]):
            return math.inf
    return max(abs(budget), 0.5 * turnover - max_turnover, -lowest)
