"""A soft bound on the time it takes to sell a book, at a stated price."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from simulator.core.types import FloatArray

from .solver import Solution

#: How exactly the price of a bound that just holds is found, as a share of the stated one.
_EXACT: Final = 1e-9


def days_to_sell(weights: FloatArray, days: FloatArray) -> float:
    """Sum of weight times sessions to sell it; ``days`` (n,) are those to sell all of the book, were it one asset."""
    return float((weights * weights) @ days)


def at_price(
    solved: Callable[[float], Solution], days: FloatArray, most: float | None, price: float
) -> tuple[Solution, float]:
    """The solution at the price of a session to sell, and that price: the stated one, or less where less will do.

    A soft bound costs nothing within it and ``price`` a session beyond: the best weights are those at a price between 0
    and the stated one at which the bound just holds, or at the stated one if it takes more (a Lagrange multiplier that
    is capped). ``most = None`` prices every session.
    """
    if most is None or price == 0.0:
        return solved(price), price
    from scipy.optimize import brentq

    free = solved(0.0)
    if days_to_sell(free.weights, days) <= most:
        return free, 0.0
    dear = solved(price)
    if days_to_sell(dear.weights, days) >= most:
        return dear, price
    beyond = partial(_beyond, solved, days, most)
    found = float(brentq(beyond, 0.0, price, xtol=_EXACT * price, rtol=1e-12))
    return solved(found), found


def _beyond(solved: Callable[[float], Solution], days: FloatArray, most: float, price: float) -> float:
    return days_to_sell(solved(price).weights, days) - most
