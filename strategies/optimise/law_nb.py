"""One asset of the single-period problem: what is traded at a price, and what a trade costs."""

from __future__ import annotations

import math

from simulator.core.jit import kernel


@kernel(inline=True)
def traded_nb(force: float, rho: float, impact: float) -> float:
    """Square root of the x >= 0 that minimises ``rho x^2 / 2 + impact x^1.5 - force x``: the prox in closed form.

    x is a fraction of the book.

    Its condition ``rho y^2 + 1.5 impact y = force`` in y = sqrt(x) is quadratic; written so that nothing cancels.
    Infinite where a positive force meets neither curvature nor impact.
    """
    if force <= 0.0:
        return 0.0
    linear = 1.5 * impact
    return 2.0 * force / (linear + math.sqrt(linear * linear + 4.0 * rho * force))


@kernel(inline=True)
def slope_nb(root: float, rho: float, impact: float) -> float:
    """Derivative of what is traded by the force, at the square root of what is traded.

    In fractions of the book a unit of force.
    """
    return root / (rho * root + 0.75 * impact) if root > 0.0 else 0.0


@kernel(inline=True)
def trade_cost_nb(trade: float, spread: float, impact: float) -> float:
    """``spread |x| + impact |x|^1.5``. A fraction of the book, of a trade that is one."""
    size = abs(trade)
    return size * (spread + impact * math.sqrt(size))
