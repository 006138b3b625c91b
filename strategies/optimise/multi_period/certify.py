"""What a path of weights is worth, and how far that can be from the best: a bound built from prices."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.core.types import FloatArray

from .problem import MultiPeriodProblem


class PathPrices(NamedTuple):
    """Multipliers a bound is built from; it holds whatever they are.

    Attributes
    ----------
    trade
        (n, N) what a unit more of a trade is worth.
    turnover
        (n,) what a unit more of the sum of a step's trades would save.
    days
        (n,) price of a session of the average time to sell, between 0 and the stated one.
    """

    trade: FloatArray
    turnover: FloatArray
    days: FloatArray


def trades(weights: FloatArray, held: FloatArray) -> FloatArray:
    """(n, N) the trades that lead from what is held (N,) along a path of weights (n, N)."""
    return np.diff(weights, axis=0, prepend=held[None])


def objective(problem: MultiPeriodProblem, weights: FloatArray, held: FloatArray) -> tuple[float, float]:
    """The objective at a path of weights (n, N), and the sum of the sizes of its terms.

    Both are fractions of the book over the n steps; ``held`` is (N,).
    """
    size = np.abs(trades(weights, held))
    paid = problem.spread * size + problem.impact * size**1.5 + problem.quadratic * size**2
    risk = problem.risk_aversion * np.einsum("ki,ij,kj->k", weights, problem.covariance, weights)
    slow = problem.days_price * np.maximum((problem.days * weights**2).sum(axis=1) - problem.most_days, 0.0)
    gain = problem.expected * weights
    total = paid.sum() + risk.sum() + slow.sum() - gain.sum()
    return float(total), float(paid.sum() + risk.sum() + slow.sum() + np.abs(gain).sum())


def residual(problem: MultiPeriodProblem, weights: FloatArray, held: FloatArray) -> float:
    """The worst breach of a budget, of a bound on turnover, or of a weight's sign.

    A fraction of the book, inf where it is no number; weights are (n, N).
    """
    budget = np.abs(weights.sum(axis=1) - 1.0).max()
    turnover = (0.5 * np.abs(trades(weights, held)).sum(axis=1) - problem.max_turnover).max()
    worst = float(max(budget, turnover, -weights.min()))
    return worst if np.isfinite(worst) else np.inf


def lower_bound(problem: MultiPeriodProblem, weights: FloatArray, held: FloatArray, prices: PathPrices) -> float:
    """What no feasible path's objective is below. In the unit of the objective; weights are (n, N), ``held`` (N,).

    What is convex in the weights lies above its tangent at these; with trades let go of weights at ``prices.trade``
    what is left falls apart: by step into the least of a line over the simplex, by trade into a function of one number.
    """
    days = np.clip(prices.days, 0.0, problem.days_price)
    toll = problem.spread + np.maximum(prices.turnover, 0.0)[:, None]
    image = problem.risk_aversion * weights @ problem.covariance + days[:, None] * problem.days * weights
    slope = 2.0 * image - problem.expected + prices.trade
    slope[:-1] -= prices.trade[1:]
    lines = slope.min(axis=1).sum() - (image * weights).sum() - days.sum() * problem.most_days
    size = _best_trades(problem, held, prices.trade, toll)
    least = toll * np.abs(size) + problem.impact * np.abs(size) ** 1.5 + problem.quadratic * size**2
    dual = least.sum() - (prices.trade * size).sum() - prices.trade[0] @ held
    return float(lines + dual - 2.0 * np.maximum(prices.turnover, 0.0) @ problem.max_turnover)


def refined(problem: MultiPeriodProblem, weights: FloatArray, prices: PathPrices) -> PathPrices:
    """Prices of trades under which each asset held is as good as any other held at each step, as it is at the best.

    Weights and prices of trades are (n, N).

    Where a weight is none, and of turnover and time to sell, prices stay as they are.
    """
    days = np.clip(prices.days, 0.0, problem.days_price)
    slope = 2.0 * (problem.risk_aversion * weights @ problem.covariance + days[:, None] * problem.days * weights)
    slope -= problem.expected
    trade = prices.trade.copy()
    for k in range(problem.steps)[::-1]:
        after = trade[k + 1] if k + 1 < problem.steps else 0.0
        alike = after - slope[k]
        held = weights[k] > 0.0
        trade[k] = np.where(held, alike + (trade[k] - alike)[held].mean(), trade[k])
    return prices._replace(trade=trade)


def _best_trades(problem: MultiPeriodProblem, held: FloatArray, price: FloatArray, toll: FloatArray) -> FloatArray:
    """(n, N) the trades x that are best for ``toll |x| + impact |x|^1.5 + quadratic x^2 - price x``.

    They keep weights between 0 and 1, which every feasible path does. Where only the toll costs anything it is all of
    that, or nothing; else the root r of the trade solves ``2 quadratic r^2 + 1.5 impact r = force``.
    """
    force = np.maximum(np.abs(price) - toll, 0.0)
    slope = 1.5 * problem.impact + np.sqrt(2.25 * problem.impact**2 + 8.0 * problem.quadratic * force)
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = np.where(force > 0.0, (2.0 * force / slope) ** 2, 0.0)
    room = np.full(price.shape, -1.0), np.ones(price.shape)
    room[0][0], room[1][0] = -held, 1.0 - held
    return np.asarray(np.clip(np.sign(price) * wanted, *room))
