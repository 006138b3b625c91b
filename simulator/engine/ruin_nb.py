"""The end of a book that is worth nothing or less: no broker carries it, so its run is over."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from simulator.core.abi import (
    BOOK_CASH,
    DAILY_CASH,
    DAY_FLOW,
    DAY_GIVEN_UP,
    DAY_IMPACT_PNL,
    DAY_MOVED,
    DAY_PRICE_PNL,
    DISPLACEMENT,
    DUST,
    EVENTS,
    FLOW_AMOUNT,
    OWED,
    PREVIOUS_NAV,
    RUINED,
    SETTLING,
    SHARES,
    SINCE,
    UNSETTLED,
    CostPanels,
    FlowArrays,
    Limits,
    MarketArrays,
    Output,
    State,
)
from simulator.core.jit import kernel
from simulator.core.types import FloatArray
from simulator.ledger.emit_nb import emit_nb
from simulator.ledger.events import NO_COMPONENT, NOTHING_LEFT, RUIN, Kind

from .settle_nb import displaced_nb, displacement_nb

_BREACH, _FILL, _SHORTFALL = int(Kind.BREACH), int(Kind.FILL), int(Kind.SHORTFALL)


@kernel(inline=True)
def ruined_nb(count: int, flows: FlowArrays, cash: FloatArray, nav: FloatArray, state: State) -> int:
    """The first of ``count`` sessions to come at whose close the book is ruined; ``count`` for none.

    It is where nav falls to nothing or less. A book that has been paid out is empty, not ruined: it may be worth
    nothing, but for a rounding of what it was worth before. Without debts and short positions a book cannot fall
    below nothing, so that later sessions of a block, which have no short positions, are looked at only where cash is
    negative.
    """
    cell = state.cell
    before = cell[PREVIOUS_NAV]
    least = -DUST * max(before, flows.table[0, FLOW_AMOUNT])
    if nav[0] <= 0.0:
        flow = cell[DAY_FLOW]
        if nav[0] < least or (flow >= 0.0 and before + flow > 0.0):
            return 0
    if cash[0] < 0.0:
        for b in range(1, count):
            if nav[b] <= 0.0 and (nav[b] < least or nav[b - 1] > 0.0):
                return b
    return count


@kernel
def end_nb(
    t: int,
    market: MarketArrays,
    costs: CostPanels,
    limits: Limits,
    state: State,
    out: Output,
    cash: FloatArray,
    premium: FloatArray,
    events: npt.NDArray[Any],
) -> None:
    """Close the book out at the marks of t, without cost, and let it stand at what is left or owed.

    Redemptions still owed will never be paid. The sessions to come are not replayed.
    """
    cell, tally, shares, marks, nav = state.cell, state.tally, state.book[SHARES], market.mark, out.nav
    before = max(t - 1, 0)
    tally[RUINED] = t
    left = cell[BOOK_CASH]
    for i in range(shares.shape[0]):
        held, mark = shares[i], marks[t, i]
        if held == 0.0:
            continue
        price = mark
        if limits.impacted_marks:
            moved = displacement_nb(i, t, state.book[DISPLACEMENT], state.book[SINCE], costs.decay)
            price = displaced_nb(mark, moved)
        left += held * price
        cell[DAY_PRICE_PNL] += held * (mark - marks[before, i])
        cell[DAY_IMPACT_PNL] += held * (price - mark)
        cell[DAY_MOVED] += abs(held) * (price + mark + marks[before, i])
        shares[i] = 0.0
        emit_nb(events, tally, t, _FILL, NO_COMPONENT, i, -1, -held, price, held * price)
    cell[BOOK_CASH] = cash[0] = left
    cell[UNSETTLED] = 0.0
    tally[SETTLING] = -1
    premium[0] = 0.0
    emit_nb(events, tally, t, _BREACH, RUIN, -1, -1, 0.0, 0.0, -left)
    if cell[OWED] > 0.0:
        cell[DAY_GIVEN_UP] += cell[OWED]
        cell[OWED] = 0.0
        give_up_nb(t, state, events)
    nav[t:] = left
    if out.full:
        out.daily[DAILY_CASH, t:] = left
        out.settled[:, t:] = left


@kernel
def give_up_nb(t: int, state: State, events: npt.NDArray[Any]) -> None:
    """Mark the shortfall recorded today as one for good."""
    k = state.tally[EVENTS] - 1
    while events.shape[0] > 0 and k >= 0 and events[k]["session"] == t:
        if events[k]["kind"] == _SHORTFALL:
            events[k]["component"] = NOTHING_LEFT
        k -= 1
