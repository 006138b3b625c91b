"""The second stage alone: the cheapest way to raise what is to be raised, from what is held then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.core.types import FloatArray

from .problem import TwoStageProblem

#: Halvings of the interval in which the price of cash lies: more than a double has digits.
_HALVINGS: Final = 70


@dataclass(frozen=True, eq=False)
class Raised:
    """How cash is raised in each scenario.

    Attributes
    ----------
    sales
        (S, N) weight sold of each asset.
    shortfall
        (S,) what is not raised.
    cost
        (S,) of the sales and of what is not raised.
    price
        (S,) what a unit more of cash would save.
    """

    sales: FloatArray
    shortfall: FloatArray
    cost: FloatArray
    price: FloatArray


def raise_cash(problem: TwoStageProblem, weights: FloatArray, cash: float) -> Raised:
    """The cheapest sales (S, N) from weights (N,) and cash: all that are not exhausted cost the same at the margin."""
    most = np.minimum(problem.capacity, np.maximum(weights, 0.0))
    need = np.maximum(problem.redemption - cash, 0.0)
    low, high = np.zeros(problem.scenarios), np.full(problem.scenarios, problem.shortfall_price)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        enough = offered(problem, most, middle).sum(axis=1) >= need
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    below, above = offered(problem, most, low), offered(problem, most, high)
    step = above.sum(axis=1) - below.sum(axis=1)
    share = np.divide(need - below.sum(axis=1), step, out=np.zeros_like(need), where=step > 0.0)
    sales = below + np.clip(share, 0.0, 1.0)[:, None] * (above - below)
    shortfall = np.maximum(need - sales.sum(axis=1), 0.0)
    paid = (problem.sale_spread * sales + problem.sale_impact * sales**1.5).sum(axis=1)
    return Raised(sales, shortfall, paid + problem.shortfall_price * shortfall, high)


def offered(problem: TwoStageProblem, most: FloatArray, price: FloatArray) -> FloatArray:
    """(S, N) of what can be sold, ``most``, that costs no more than ``price`` (S,) at the margin."""
    beyond = price[:, None] - problem.sale_spread
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = np.where(beyond > 0.0, (np.maximum(beyond, 0.0) / (1.5 * problem.sale_impact)) ** 2, 0.0)
    return np.asarray(np.minimum(np.where(np.isnan(wanted), 0.0, wanted), most))
