"""What was traded and paid over the last year, for the rolling caps."""

from __future__ import annotations

import numpy as np

from simulator.core.abi import Limits
from simulator.core.jit import kernel
from simulator.core.types import FloatArray, IntArray

RECENT_SESSION, RECENT_TURNOVER, RECENT_COST = 0, 1, 2


@kernel
def room_this_year_nb(t: int, cap: float, column: int, year_long: IntArray, recent: FloatArray) -> float:
    """What a rolling cap leaves on session t: the cap less what is known of the year of sessions up to it."""
    if cap == np.inf:
        return cap
    total, before = 0.0, t - year_long[t]
    for k in range(recent.shape[0]):
        if recent[k, RECENT_SESSION] > before and recent[k, RECENT_SESSION] <= t:
            total += recent[k, column]
    return max(cap - total, 0.0)


@kernel
def remember_nb(t: int, turnover: float, cost: float, recent: FloatArray) -> None:
    """Keep the turnover of session t (a fraction of the nav it was capped against) and its cost (of its close's)."""
    k = t % recent.shape[0]
    recent[k, RECENT_SESSION] = t
    recent[k, RECENT_TURNOVER] = turnover
    recent[k, RECENT_COST] = cost


@kernel(inline=True)
def rolling_nb(limits: Limits) -> bool:
    """Whether any rolling cap is set."""
    return min(limits.annual_turnover, limits.annual_cost) < np.inf
