"""Where things lie in the book (kernels cannot return views, so these are row numbers), and how it begins."""

from __future__ import annotations

import numpy as np

from simulator.core.abi import (
    BOOK_NAV,
    COUNTS,
    LEAST_CASH,
    LEAST_RAISED,
    NEVER,
    NEXT_DUE,
    QUEUE,
    RUINED,
    SETTLING,
    SLICES_UNTIL,
    Limits,
    State,
)
from simulator.core.jit import kernel


@kernel(inline=True)
def first_slice_nb(limits: Limits) -> int:
    """Row after the orders in flight, from which the slices of a schedule follow. Each slice is for one session."""
    return QUEUE + max(limits.lag, 1)


@kernel(inline=True)
def stayers_nb(nav: float, owed: float) -> float:
    """What of nav belongs to those who stay: what is owed to leavers is not theirs, and cannot cost them more.

    In currency.
    """
    return nav - owed if owed <= nav else min(nav, 0.0)


@kernel
def begin_nb(initial: float, state: State) -> None:
    """Put the book where it stands before the first session; the initial cash arrives as its first flow."""
    book, recent, cell, tally = state.book, state.recent, state.cell, state.tally
    book[:] = 0.0
    recent[:] = -np.inf
    cell[:] = 0.0
    tally[:COUNTS] = 0
    tally[COUNTS:] = -1
    cell[BOOK_NAV] = initial
    cell[LEAST_RAISED] = cell[LEAST_CASH] = np.inf
    tally[NEXT_DUE] = NEVER
    tally[SLICES_UNTIL] = tally[RUINED] = tally[SETTLING] = -1
