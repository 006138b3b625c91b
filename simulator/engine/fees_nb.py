"""Fees of the manager."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from simulator.core.abi import (
    BOOK_CASH,
    CRYSTALLISATION,
    DAY_FEES,
    DAY_MOVED,
    HIGH_WATER,
    NO_PAYMENT,
    OWED,
    PREVIOUS_NAV,
    SET_ASIDE,
    CostPanels,
    FlowArrays,
    Limits,
    MarketArrays,
    Output,
    State,
)
from simulator.core.jit import kernel
from simulator.ledger.emit_nb import emit_nb
from simulator.ledger.events import MANAGEMENT, PERFORMANCE, Kind

from .book_nb import stayers_nb
from .flow_nb import raise_nb
from .settle_nb import charge_nb, settle_nb

_FEE = int(Kind.FEE)
_DAYS = 360.0 / 365.0  # years of ACT/360 in one of ACT/365


@kernel
def charge_fees_nb(t: int, flows: FlowArrays, market: MarketArrays, state: State, events: npt.NDArray[Any]) -> None:
    """Charge the book what it owes its manager for the sessions up to the previous close.

    See :class:`simulator.core.fees.Fees`. A book that is worth nothing is charged nothing.
    """
    cell = state.cell
    nav = stayers_nb(cell[PREVIOUS_NAV], cell[OWED])
    if nav <= 0.0:
        return
    management = flows.management * market.year[t] * _DAYS * nav
    worth = nav + cell[SET_ASIDE] - management
    aside = flows.performance * max(worth - cell[HIGH_WATER], 0.0)
    performance = aside - cell[SET_ASIDE]
    take_nb(t, MANAGEMENT, management, state, events)
    take_nb(t, PERFORMANCE, performance, state, events)
    cell[SET_ASIDE] = aside
    if flows.pays[t] == CRYSTALLISATION:
        if aside > 0.0:
            cell[HIGH_WATER] = worth - aside
        cell[SET_ASIDE] = 0.0


@kernel
def take_nb(t: int, component: int, fee: float, state: State, events: npt.NDArray[Any]) -> None:
    """Take a fee from cash, or give back what is less than was set aside. ``fee`` is in currency, of session t."""
    if fee == 0.0:
        return
    cell = state.cell
    cell[BOOK_CASH] -= fee
    cell[DAY_FEES] += fee
    cell[DAY_MOVED] += abs(fee)
    emit_nb(events, state.tally, t, _FEE, component, -1, -1, 0.0, 0.0, -fee)


@kernel
def pay_fees_nb(
    t: int,
    flows: FlowArrays,
    market: MarketArrays,
    costs: CostPanels,
    limits: Limits,
    state: State,
    out: Output,
    events: npt.NDArray[Any],
) -> None:
    """Where fees are to be paid, sell what brings cash back to nothing; a book that may borrow sells nothing.

    It happens at the fills of session t.
    """
    if flows.pays[t] == NO_PAYMENT or not state.cell[BOOK_CASH] < 0.0 or limits.least_cash < 0.0:
        return
    raise_nb(t, flows, market, costs, limits, state)
    charge_nb(t, False, costs, state)
    settle_nb(t, 0, -1, market, costs, limits, state, out, events)
