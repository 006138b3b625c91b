"""Which sessions of a run are observations of its book, and its returns by observation.

A session on which nothing that the book ever traded has a price is none: its market was closed. A fund of shares in a
market with a coin has no Saturdays, and its figures do not depend on what else is in the market. What the book earned
on such a session (interest, mostly) belongs to the next observation.
"""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from simulator.core.abi import CLOSED, QUOTED
from simulator.core.jit import kernel
from simulator.core.rhythm_nb import NO_GAPS, one_more_nb, rhythm_nb
from simulator.core.types import FloatArray, IntArray


@kernel(inline=True)
def traded_nb(t: int, quoted: npt.NDArray[Any], ever: FloatArray) -> bool:
    """Whether anything the book ever traded (``ever`` above 0) has a price on session t, or is not listed at all."""
    closed = False
    for i in range(ever.shape[0]):
        if ever[i] > 0.0:
            if quoted[t, i] == QUOTED:
                return True
            closed |= quoted[t, i] == CLOSED
    return not closed


@kernel
def observe_nb(
    quoted: npt.NDArray[Any],
    day: IntArray,
    per_year: float,
    stated: bool,
    ever: FloatArray,
    returns: FloatArray,
    cash: FloatArray,
) -> tuple[int, float]:
    """Bring returns, and what cash earned, from sessions to observations, in place; how many, and how many a year.

    Parameters
    ----------
    quoted
        (T, N) as in :class:`simulator.core.abi.MarketArrays`; (0, 0) where every session is an observation.
    day
        (T,) days since 1970.
    per_year, stated
        Sessions a year over all sessions, which hold where all are observations, or where the user states them.
    ever
        (N,) above 0 for what the book ever traded.
    returns, cash
        (T,) on return, by observation. What follows the last one is left out: no observation has it yet.
    """
    sessions = returns.shape[0]
    if quoted.shape[0] == 0:
        return sessions, per_year
    gaps = NO_GAPS
    count, first, last, whole = 0, 0, 0, True
    grown, earned = 1.0, 1.0
    for t in range(sessions):
        if not traded_nb(t, quoted, ever):
            grown *= 1.0 + returns[t]
            earned *= 1.0 + cash[t]
            whole = False
            continue
        if count == 0:
            first = t
        else:
            gaps = one_more_nb(gaps, day[t] - day[last])
        if grown == 1.0 and earned == 1.0:
            returns[count], cash[count] = returns[t], cash[t]
        else:
            returns[count], cash[count] = grown * (1.0 + returns[t]) - 1.0, earned * (1.0 + cash[t]) - 1.0
        grown = earned = 1.0
        count, last = count + 1, t
    if whole or stated:
        return count, per_year
    return count, rhythm_nb(gaps, day[last] - day[first])
