"""The cost law, in one place: every kernel that prices a trade calls it."""

from __future__ import annotations

from simulator.core.jit import kernel
from simulator.core.types import FloatArray


@kernel(inline=True)
def row_nb(panel: FloatArray, t: int) -> int:
    """Row of a panel that holds on session t: panels that never change have a single row."""
    return t if panel.shape[0] > 1 else 0


@kernel(inline=True)
def power_nb(ratio: float, delta: float) -> float:
    """``ratio ** delta`` for ratio >= 0, without ``pow`` where the exponent allows it."""
    if delta == 1.0:
        return ratio
    if delta == 0.5:
        return ratio**0.5
    return ratio**delta


@kernel(inline=True)
def cost_nb(
    notional: float, half_spread: float, volume: float, sigma: float, eta: float, gamma: float, delta: float
) -> tuple[float, float, float]:
    """Spread, temporary and permanent cost of an absolute notional. No impact where its coefficient is zero.

    All in currency; ``half_spread`` and ``sigma`` are fractions, ``volume`` is currency a session.

    Source: Almgren & Chriss (2001), section 1; Almgren et al. (2005), equations 5 and 6, in notional terms. A
    trade pays half of its own permanent impact, which builds up while it executes.
    """
    temporary = notional * eta * sigma * power_nb(notional / volume, delta) if eta > 0.0 else 0.0
    permanent = 0.5 * gamma * sigma * notional * notional / volume if gamma > 0.0 else 0.0
    return notional * half_spread, temporary, permanent


@kernel(inline=True)
def commission_nb(
    notional: float, raw_shares: float, rate: float, per_share: float, minimum: float, fixed: float
) -> float:
    """Commission on one fill: a rate and a fee a share, together at least the minimum, and a fixed fee on top."""
    if notional <= 0.0:
        return 0.0
    return max(notional * rate + raw_shares * per_share, minimum) + fixed
