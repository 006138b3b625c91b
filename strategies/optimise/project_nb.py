"""The prox of costs, simplex and turnover together: two prices clear what is bought and what is sold.

With the prices nu of the budget and theta of turnover, an asset is bought by the force ``pull + (nu - theta) - spread``
and sold by ``-pull - (nu + theta) - spread``. Where turnover binds, the budget fixes how much is bought and how much is
sold, and alpha = nu - theta and beta = nu + theta are roots of one monotone function each; where it does not,
alpha = beta = nu is the root of their difference. Each root is found by Newton's method inside a bracket.
"""

from __future__ import annotations

import math
from typing import Final

from simulator.core.jit import kernel
from simulator.core.types import FloatArray

from .law_nb import slope_nb, traded_nb

#: Which sum a price clears: bought less sold, bought, or sold.
NET: Final = 0
BOUGHT: Final = 1
SOLD: Final = 2
#: Places in the prices: of what is bought, of what is sold, and 1.0 while turnover binds.
ALPHA: Final = 0
BETA: Final = 1
BINDS: Final = 2
_STEPS: Final = 80
_EXACT: Final = 1e-15


@kernel
def sums_nb(
    side: int, price: float, rho: float, pull: FloatArray, spread: FloatArray, impact: FloatArray, held: FloatArray
) -> tuple[float, float]:
    """What is traded at a price, bought less sold, and its slope.

    Arrays are (N,); what is traded is a fraction of the book.
    """
    total, slope = 0.0, 0.0
    for i in range(pull.shape[0]):
        if side != SOLD:
            force = pull[i] + price - spread[i]
            short = -held[i]
            if force > 0.0:
                root = traded_nb(force, rho, impact[i])
                if root * root > short:
                    total += root * root
                    slope += slope_nb(root, rho, impact[i])
                else:
                    total += short
            elif short > 0.0:
                total += short
        if side != BOUGHT and held[i] > 0.0:
            force = -pull[i] - price - spread[i]
            if force > 0.0:
                root = traded_nb(force, rho, impact[i])
                if root * root < held[i]:
                    total -= root * root
                    slope += slope_nb(root, rho, impact[i])
                else:
                    total -= held[i]
    return total, slope


@kernel
def bracket_nb(
    side: int,
    target: float,
    rho: float,
    pull: FloatArray,
    spread: FloatArray,
    impact: FloatArray,
    held: FloatArray,
) -> tuple[float, float]:
    """Two prices between which the target is traded: at the first no more of it, at the second no less.

    Arrays are (N,); the target is a fraction of the book.
    """
    low, high = math.inf, math.inf
    if side == SOLD:
        high = -math.inf
    for i in range(pull.shape[0]):
        if side != BOUGHT and held[i] > 0.0:
            low = min(low, -pull[i] - spread[i] - rho * held[i] - 1.5 * impact[i] * math.sqrt(held[i]))
            if side == SOLD:
                high = max(high, -pull[i] - spread[i])
        if side != SOLD:
            low = min(low, spread[i] - pull[i])
            size = max(target if side == BOUGHT else 1.0 - held[i], 0.0)
            high = min(high, spread[i] - pull[i] + rho * size + 1.5 * impact[i] * math.sqrt(size))
    if math.isinf(low):  # there is nothing to sell
        low = high = 0.0
    return low, max(low, high)


@kernel
def clear_nb(
    side: int,
    target: float,
    start: float,
    rho: float,
    pull: FloatArray,
    spread: FloatArray,
    impact: FloatArray,
    held: FloatArray,
) -> float:
    """The price at which what is traded, bought less sold, is the target.

    Arrays are (N,); the target is a fraction of the book.
    """
    low, high = bracket_nb(side, target, rho, pull, spread, impact, held)
    if not low < high:
        return low
    price = min(max(start, low), high)
    for _ in range(_STEPS):
        total, slope = sums_nb(side, price, rho, pull, spread, impact, held)
        excess = total - target
        if abs(excess) <= _EXACT:
            break
        if excess > 0.0:
            high = price
        else:
            low = price
        following = price - excess / slope if slope > 0.0 else math.inf
        if not low < following < high:
            following = 0.5 * (low + high)
        if following == price or following <= low or following >= high:
            break
        price = following
    return price


@kernel
def project_nb(
    rho: float,
    pull: FloatArray,
    spread: FloatArray,
    impact: FloatArray,
    held: FloatArray,
    short: float,
    max_turnover: float,
    prices: FloatArray,
    weights: FloatArray,
) -> None:
    """Weights that minimise ``rho/2 |w - held|^2 - pull.w + costs`` within budget and turnover.

    Arrays are (N,), ``prices`` (3,); weights are fractions of the book.

    ``short`` is one less the sum of ``held``; ``prices`` are those of the last call, and are replaced.
    """
    bought, sold = max_turnover + 0.5 * short, 0.5 * short - max_turnover
    if prices[BINDS] > 0.0:
        prices[ALPHA] = clear_nb(BOUGHT, bought, prices[ALPHA], rho, pull, spread, impact, held)
        prices[BETA] = clear_nb(SOLD, sold, prices[BETA], rho, pull, spread, impact, held)
        if prices[ALPHA] > prices[BETA]:
            prices[BINDS] = 0.0
    if prices[BINDS] == 0.0:
        middle = 0.5 * (prices[ALPHA] + prices[BETA])
        price = clear_nb(NET, short, middle, rho, pull, spread, impact, held)
        total, _ = sums_nb(BOUGHT, price, rho, pull, spread, impact, held)
        if total > bought + _EXACT:
            prices[BINDS] = 1.0
            prices[ALPHA] = clear_nb(BOUGHT, bought, min(prices[ALPHA], price), rho, pull, spread, impact, held)
            prices[BETA] = clear_nb(SOLD, sold, max(prices[BETA], price), rho, pull, spread, impact, held)
        else:
            prices[ALPHA] = prices[BETA] = price
    for i in range(pull.shape[0]):
        root = traded_nb(pull[i] + prices[ALPHA] - spread[i], rho, impact[i])
        if root > 0.0 or held[i] < 0.0:
            weights[i] = max(held[i] + root * root, 0.0)
            continue
        root = traded_nb(-pull[i] - prices[BETA] - spread[i], rho, impact[i])
        weights[i] = max(held[i] - root * root, 0.0)
