"""Cash of trades that have not settled: the book has it, but investors cannot be paid with it.

:data:`BOOK_CASH` counts a trade on its day. What of it is still to come or to be paid, :data:`UNSETTLED`, lies by the
session that it settles on behind the other cells; with settlement at once there are none.
"""

from __future__ import annotations

from simulator.core.abi import (
    BOOK_CASH,
    CELLS,
    CHARGE,
    COMMISSION,
    PERMANENT,
    PRICE,
    SELLS,
    SETTLING,
    SPREAD,
    TEMPORARY,
    TRADE_LIST,
    UNSETTLED,
    Limits,
    State,
)
from simulator.core.jit import kernel


@kernel
def defer_nb(t: int, side: int, limits: Limits, state: State) -> None:
    """Put off to its settlement the cash of what was just booked, costs included.

    In currency, by the session it settles at.
    """
    book, cell, tally, days = state.book, state.cell, state.tally, limits.settlement
    trade, prices, ahead = book[TRADE_LIST], book[PRICE], state.cell.shape[0] - CELLS
    row = t if days.shape[0] > 1 else 0
    for k in range(tally[SELLS + side]):
        i = state.sides[side, k]
        wait = int(days[row, i])
        if wait == 0 or trade[i] == 0.0:
            continue
        paid = book[CHARGE + SPREAD, i] + book[CHARGE + TEMPORARY, i]
        paid += book[CHARGE + PERMANENT, i] + book[CHARGE + COMMISSION, i]
        amount = -(trade[i] * prices[i] + paid)
        cell[CELLS + (t + wait) % ahead] += amount
        cell[UNSETTLED] += amount
        tally[SETTLING] = max(tally[SETTLING], t + wait)


@kernel
def arrive_nb(t: int, state: State) -> None:
    """Settle what is due at the open of session t."""
    cell, tally = state.cell, state.tally
    slot = CELLS + t % (cell.shape[0] - CELLS)
    cell[UNSETTLED] -= cell[slot]
    cell[slot] = 0.0
    if tally[SETTLING] <= t:
        cell[UNSETTLED] = 0.0  # without what rounding leaves
        tally[SETTLING] = -1


@kernel
def payable_nb(t: int, within: int, state: State) -> float:
    """Cash that can be paid out within so many sessions of t, once it has settled.

    No later settlement may find too little for it: it is the least balance from then on, of all that is traded.
    """
    cell = state.cell
    cash, ahead = cell[BOOK_CASH], cell.shape[0] - CELLS
    if state.tally[SETTLING] <= t + within:
        return cash
    balance, least = cash - cell[UNSETTLED], cash
    for later in range(ahead):
        if later > 0:
            balance += cell[CELLS + (t + later) % ahead]
        if later >= within:
            least = min(least, balance)
    return least


@kernel(inline=True)
def buying_power_nb(t: int, limits: Limits, state: State) -> float:
    """Cash that buys may be paid with. In currency, at the fills of session t."""
    return state.cell[BOOK_CASH] if limits.unsettled_buys else payable_nb(t, 0, state)
