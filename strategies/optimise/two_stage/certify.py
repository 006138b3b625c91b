"""What weights and cash are worth, and how far that can be from the best: a bound built from prices."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.core.types import FloatArray

from .problem import TwoStageProblem
from .raising import Raised


class StagePrices(NamedTuple):
    """Multipliers a bound is built from; it holds whatever they are.

    Attributes
    ----------
    trade
        (N,) what a unit more of a trade is worth now.
    turnover
        What a unit more of the sum of trades would save.
    cash
        (S,) what a unit more of cash saves in each scenario, times its chance.
    holding
        (S, N) what a unit more of each asset saves in each scenario, times its chance.
    """

    trade: FloatArray
    turnover: float
    cash: FloatArray
    holding: FloatArray


def objective(
    problem: TwoStageProblem, weights: FloatArray, cash: float, held: FloatArray, raised: Raised
) -> tuple[float, float]:
    """The objective, and the sum of the sizes of its terms.

    Both are fractions of the book; weights and ``held`` are (N,).
    """
    size = np.abs(weights - held)
    paid = float(problem.spread @ size + problem.impact @ size**1.5 + problem.chance @ raised.cost)
    risk = float(problem.risk_aversion * weights @ problem.covariance @ weights)
    gains = np.append(problem.expected * weights, problem.cash_return * cash)
    return paid + risk - float(gains.sum()), paid + risk + float(np.abs(gains).sum())


def residual(problem: TwoStageProblem, weights: FloatArray, cash: float, held: FloatArray) -> float:
    """The worst breach of the budget, of turnover, of least cash, or of a weight's sign.

    A fraction of the book, inf where it is no number; weights and ``held`` are (N,).
    """
    turnover = 0.5 * float(np.abs(weights - held).sum()) - problem.max_turnover
    worst = max(abs(float(weights.sum()) + cash - 1.0), turnover, problem.least_cash - cash, -float(weights.min()))
    return worst if np.isfinite(worst) else np.inf


def lower_bound(problem: TwoStageProblem, weights: FloatArray, held: FloatArray, prices: StagePrices) -> float:
    """What no feasible point's objective is below. In the unit of the objective; weights and ``held`` are (N,).

    Risk lies above its tangent at the weights; with cash, holdings and trades let go of at their prices what is left
    falls apart: into the least of a line over weights and cash, and into functions of one trade or one sale.
    """
    cash = np.clip(prices.cash, 0.0, problem.chance * problem.shortfall_price)
    holding = np.maximum(prices.holding, 0.0)
    image = problem.risk_aversion * problem.covariance @ weights
    slope = 2.0 * image - problem.expected + prices.trade - holding.sum(axis=0)
    idle = -problem.cash_return - float(cash.sum())
    free = 1.0 - problem.least_cash
    line = problem.least_cash * idle + free * min(idle, float(slope.min())) - float(image @ weights)
    later = float(cash @ problem.redemption) + _sales(problem, cash[:, None] - holding)
    toll, turnover = problem.spread + max(prices.turnover, 0.0), 2.0 * max(prices.turnover, 0.0) * problem.max_turnover
    trade = np.clip(np.sign(prices.trade) * _root(np.abs(prices.trade) - toll, problem.impact), -held, 1.0 - held)
    least = toll @ np.abs(trade) + problem.impact @ np.abs(trade) ** 1.5 - prices.trade @ (trade + held)
    return line + later + float(least) - turnover


def refined(
    problem: TwoStageProblem, weights: FloatArray, cash: float, held: FloatArray, prices: StagePrices
) -> StagePrices:
    """Prices of trades under which each asset held is as good as any other, and as cash where there is more of it.

    Weights and prices of trades are (N,).

    An asset that is neither held nor bought is as good as can be before it would be traded.
    """
    slope = 2.0 * problem.risk_aversion * problem.covariance @ weights - problem.expected
    slope -= np.maximum(prices.holding, 0.0).sum(axis=0)
    owned = weights > 0.0
    if cash > problem.least_cash + 1e-7:
        level = -problem.cash_return - float(np.clip(prices.cash, 0.0, problem.chance * problem.shortfall_price).sum())
    else:
        level = float((slope + prices.trade)[owned].mean()) if owned.any() else 0.0
    toll = problem.spread + max(prices.turnover, 0.0)
    left = np.where(held > 0.0, prices.trade, np.clip(level - slope, -toll, toll))
    return prices._replace(trade=np.where(owned, level - slope, left))


def at_the_margin(problem: TwoStageProblem, weights: FloatArray, raised: Raised, prices: StagePrices) -> StagePrices:
    """Prices of cash and of holdings as the cheapest sales have them.

    Prices of cash are (S,), those of holdings (S, N), over S scenarios.
    """
    saved = raised.price[:, None] - problem.sale_spread - 1.5 * problem.sale_impact * np.sqrt(raised.sales)
    exhausted = raised.sales >= np.maximum(weights, 0.0)
    holding = problem.chance[:, None] * np.where(exhausted, np.maximum(saved, 0.0), 0.0)
    return prices._replace(cash=problem.chance * raised.price, holding=holding)


def _sales(problem: TwoStageProblem, worth: FloatArray) -> float:
    """The least of what sales cost less what they are worth (S, N), each between nothing and what can be sold."""
    chance = problem.chance[:, None]
    toll, impact = chance * problem.sale_spread, chance * problem.sale_impact
    sold = np.minimum(_root(worth - toll, impact), np.minimum(problem.capacity, 1.0))
    return float((toll * sold + impact * sold**1.5 - worth * sold).sum())


def _root(force: FloatArray, impact: FloatArray) -> FloatArray:
    """The x at which ``impact x^1.5`` costs ``force`` at the margin: nothing without force, all without impact."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(force > 0.0, (np.maximum(force, 0.0) / (1.5 * impact)) ** 2, 0.0)
