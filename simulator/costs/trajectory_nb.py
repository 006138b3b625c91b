"""The optimal trajectory of Almgren & Chriss, in notional terms and sessions."""

from __future__ import annotations

import math

from simulator.core.jit import kernel

from .law_nb import power_nb

_STRAIGHT = 1e-9


@kernel
def linear_impact_nb(slice_notional: float, volume: float, sigma: float, eta: float, delta: float) -> float:
    """Temporary impact per unit of notional traded in a session, as a linear law.

    With delta = 1 it is eta sigma / V exactly; otherwise the linear law that costs as much as the power law does
    when trading ``slice_notional`` a session.
    """
    if slice_notional <= 0.0 or eta <= 0.0:
        return 0.0
    return eta * sigma * power_nb(slice_notional / volume, delta) / slice_notional


@kernel
def kappa_nb(risk_aversion: float, sigma: float, impact: float) -> float:
    """Urgency per session: cosh(kappa) = 1 + lambda sigma^2 / (2 impact).

    ``impact`` is the paper's eta tilde: what a slice's size costs beyond what every schedule pays. Where it is not
    positive waiting saves nothing, and everything trades at once (infinite urgency).

    Source: Almgren & Chriss (2001), equations 16 to 18, with tau = 1 session.
    """
    if risk_aversion <= 0.0:
        return 0.0
    if impact <= 0.0:
        return math.inf
    half = 0.5 * risk_aversion * sigma * sigma / impact
    return math.log1p(half + math.sqrt(half * (half + 2.0)))


@kernel
def holding_nb(j: int, n: int, kappa: float) -> float:
    """Share of the position left after slice j of n: sinh(kappa (n - j)) / sinh(kappa n); linear as kappa -> 0.

    Written with exponentials of negative arguments, so that urgency never overflows.

    Source: Almgren & Chriss (2001), equation 19.
    """
    if j >= n:
        return 0.0
    if j <= 0:
        return 1.0
    if kappa < _STRAIGHT:
        return 1.0 - j / n
    if kappa == math.inf:
        return 0.0
    return math.exp(-kappa * j) * math.expm1(-2.0 * kappa * (n - j)) / math.expm1(-2.0 * kappa * n)
