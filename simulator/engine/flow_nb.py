"""Subscriptions and redemptions: cash in, cash out, and what is sold to pay it."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from simulator.core.abi import (
    BOOK_CASH,
    DAY_DUE,
    DAY_FLOW,
    DAY_GIVEN_UP,
    DAY_LATE_FLOW,
    DISPLACEMENT,
    DUST,
    ETA,
    FLOW_AMOUNT,
    FLOW_INVEST,
    FLOW_SESSION,
    FLOW_SHARE,
    GAMMA,
    HIGH_WATER,
    NEXT_FLOW,
    OWED,
    PREVIOUS_NAV,
    PRICE,
    SETTLING,
    SHARES,
    SINCE,
    TAKEN_NOTIONAL,
    TRADABLE,
    TRADE_LIST,
    CostPanels,
    FlowArrays,
    Limits,
    MarketArrays,
    Output,
    State,
)
from simulator.core.jit import kernel
from simulator.core.types import FloatArray
from simulator.costs.law_nb import cost_nb, row_nb
from simulator.ledger.emit_nb import emit_nb
from simulator.ledger.events import NO_COMPONENT, NOTHING_LEFT, Kind

from .book_nb import stayers_nb
from .invest_nb import invest_nb
from .settle_nb import charge_nb, displaced_nb, displacement_nb, fee_nb, settle_nb, transfer_nb
from .unsettled_nb import payable_nb

_SHORTFALL = int(Kind.SHORTFALL)
_BISECTIONS = 60


@kernel
def flow_nb(
    t: int,
    flows: FlowArrays,
    market: MarketArrays,
    costs: CostPanels,
    limits: Limits,
    state: State,
    out: Output,
    events: npt.NDArray[Any],
) -> None:
    """Flows due by session t, and whatever older redemptions are still owed.

    A redemption is paid from cash, then from sales at today's fill prices within the participation cap; what
    cannot be raised stays owed, is recorded as a shortfall and tried again tomorrow. Cash never goes negative
    for it. A share of the book is one of what belonged to those who stayed. A claim on a book that has nothing left
    ends there: its rest is a shortfall for good, not a claim on what later investors bring. What is to be invested at
    once is, unless something is owed still. Sales that have not settled count as raised, but pay nobody until they do.
    """
    cell, tally, table, invested = state.cell, state.tally, flows.table, 0.0
    k, stayers = tally[NEXT_FLOW], stayers_nb(cell[PREVIOUS_NAV], cell[OWED])
    while k < table.shape[0] and table[k, FLOW_SESSION] <= t:
        amount = table[k, FLOW_AMOUNT] + table[k, FLOW_SHARE] * stayers
        cell[DAY_DUE] += amount
        cell[HIGH_WATER] += amount
        if amount >= 0.0:
            transfer_nb(t, amount, state, events)
            invested += amount if table[k, FLOW_INVEST] > 0.0 else 0.0
        else:
            cell[OWED] -= amount
        k += 1
    tally[NEXT_FLOW] = k
    if cell[OWED] > 0.0:
        pay_nb(t, state, events)
    if cell[OWED] > 0.0 and not awaited_nb(t, state):
        raise_nb(t, flows, market, costs, limits, state)
        charge_nb(t, False, costs, state)
        settle_nb(t, 0, -1, market, costs, limits, state, out, events)
        early = cell[DAY_FLOW]
        pay_nb(t, state, events)
        cell[DAY_LATE_FLOW] += cell[DAY_FLOW] - early
    if cell[OWED] > 0.0:
        ended = nothing_left_nb(t, costs, state) and tally[SETTLING] <= t
        which = NOTHING_LEFT if ended else NO_COMPONENT
        emit_nb(events, tally, t, _SHORTFALL, which, -1, -1, 0.0, 0.0, cell[OWED])
        if ended:
            cell[DAY_GIVEN_UP] += cell[OWED]
            cell[OWED] = 0.0
    elif invested > 0.0:
        invest_nb(t, invested, market, costs, limits, state, out, events)


@kernel
def pay_nb(t: int, state: State, events: npt.NDArray[Any]) -> None:
    """Pay what is owed as far as settled cash goes; a rest below dust of what was there is forgiven rounding.

    Amounts are in currency, of session t.
    """
    cell = state.cell
    paid = min(cell[OWED], max(payable_nb(t, 0, state), 0.0))
    if paid > 0.0:
        transfer_nb(t, -paid, state, events)
        cell[OWED] -= paid
        if cell[OWED] <= DUST * paid:
            cell[OWED] = 0.0


@kernel
def awaited_nb(t: int, state: State) -> bool:
    """Whether all that is owed has been raised already and only waits to settle, but for a rounding.

    Asked at session t.
    """
    cell = state.cell
    return state.tally[SETTLING] > t and cell[OWED] - cell[BOOK_CASH] <= DUST * cell[OWED]


@kernel
def nothing_left_nb(t: int, costs: CostPanels, state: State) -> bool:
    """Whether a book whose cash and sales of the day did not pay what is owed has nothing to sell later either.

    Whatever it still holds counts, what cannot trade today included; not so a position that would not even bring
    its own commission at the price it has just been offered at, which no volume would change.
    """
    shares, prices = state.book[SHARES], state.book[PRICE]
    for i in range(shares.shape[0]):
        if shares[i] > 0.0:
            worth = shares[i] * prices[i]
            if worth == 0.0 or not costs.commissions or fee_nb(t, i, shares[i], worth, costs) < worth:
                return False
    return True


@kernel
def raise_nb(
    t: int,
    flows: FlowArrays,
    market: MarketArrays,
    costs: CostPanels,
    limits: Limits,
    state: State,
) -> None:
    """Fill the trade list with sales that bring what is owed: asset by asset by rank, or all alike (rank 0).

    Sales are (N,) shares, what is owed is in currency.
    """
    trade, prices, shares, rank, cell = (
        state.book[TRADE_LIST],
        state.book[PRICE],
        state.book[SHARES],
        flows.rank,
        state.cell,
    )
    displacement, since, decay, taken = (
        state.book[DISPLACEMENT],
        state.book[SINCE],
        costs.decay,
        state.book[TAKEN_NOTIONAL],
    )
    status, fill_price, volumes = market.status, market.fill_price, costs.volume
    rv = row_nb(volumes, t)
    last = 0
    for i in range(trade.shape[0]):
        trade[i] = prices[i] = 0.0
        last = max(last, rank[i])
        if shares[i] > 0.0 and status[t, i] == TRADABLE:
            prices[i] = displaced_nb(fill_price[t, i], displacement_nb(i, t, displacement, since, decay))
            room = max(limits.participation * volumes[rv, i] - taken[i], 0.0)
            trade[i] = -min(shares[i], room / prices[i])
    need = cell[OWED] - cell[BOOK_CASH]  # a levered book pays its overdraft back first
    for level in range(last + 1):
        brought = proceeds_nb(t, level, rank, 1.0, costs, trade, prices)
        if brought <= need:
            need -= brought
            continue
        low, high = 0.0, 1.0 if need > 0.0 else 0.0
        for _ in range(_BISECTIONS):
            middle = 0.5 * (low + high)
            if proceeds_nb(t, level, rank, middle, costs, trade, prices) < need:
                low = middle
            else:
                high = middle
        for i in range(trade.shape[0]):
            if rank[i] == level:
                trade[i] *= high
        need = 0.0
    for i in range(trade.shape[0]):
        if trade[i] < 0.0 and net_nb(t, i, -trade[i], costs, prices) <= 0.0:
            trade[i] = 0.0


@kernel
def proceeds_nb(
    t: int, level: int, rank: npt.NDArray[Any], scale: float, costs: CostPanels, trade: FloatArray, prices: FloatArray
) -> float:
    """What selling a scale of everything of one rank brings, after costs.

    In currency; ``trade`` is (N,) shares, negative for sales, ``scale`` a fraction.
    """
    total = 0.0
    for i in range(trade.shape[0]):
        if rank[i] == level and trade[i] < 0.0:
            total += max(net_nb(t, i, -trade[i] * scale, costs, prices), 0.0)
    return total


@kernel
def net_nb(t: int, i: int, quantity: float, costs: CostPanels, prices: FloatArray) -> float:
    """Proceeds of a sale after its costs. In currency, of ``quantity`` shares of asset i on session t."""
    rs, rv, rg = row_nb(costs.spread, t), row_nb(costs.volume, t), row_nb(costs.sigma, t)
    x = quantity * prices[i]
    a, b, c = cost_nb(
        x,
        costs.spread[rs, i],
        costs.volume[rv, i],
        costs.sigma[rg, i],
        costs.by_asset[ETA, i],
        costs.by_asset[GAMMA, i],
        costs.delta,
    )
    fee = fee_nb(t, i, quantity, x, costs) if costs.commissions else 0.0
    return x - a - b - c - fee
