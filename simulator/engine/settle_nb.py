"""The accounting kernel: the only code that touches cash and shares.

``settle_nb`` books fills, ``accrue_nb`` a day's interest, ``deposit_nb`` a flow. Each moves cash by the amounts
it records and nothing else; :mod:`simulator.ledger.reconcile` proves the sum.
"""

from __future__ import annotations

import math
from typing import Any

import numpy.typing as npt

from simulator.core.abi import (
    BOOK_CASH,
    DAY_BOUGHT,
    DAY_COSTS,
    DAY_IMPACT_PNL,
    DAY_INTEREST,
    DAY_PRICE_PNL,
    DAY_SOLD,
    DISPLACED,
    FILLS,
    LEAST_CASH,
    MAX_DISPLACEMENT,
    PERMANENT,
    SPREAD,
    TEMPORARY,
    WORKING_DECISION,
    CostPanels,
    MarketArrays,
    Output,
    State,
)
from simulator.core.jit import kernel
from simulator.costs.law_nb import cost_nb, row_nb
from simulator.ledger.emit_nb import emit_nb
from simulator.ledger.events import NO_COMPONENT, Kind

_INTEREST, _FLOW, _FILL, _COST = int(Kind.INTEREST), int(Kind.FLOW), int(Kind.FILL), int(Kind.COST)


@kernel(inline=True)
def accrue_nb(t: int, rate: float, state: State, events: npt.NDArray[Any]) -> None:
    """Interest on the cash held since the previous close."""
    cell = state.cell
    interest = cell[BOOK_CASH] * rate
    if interest != 0.0:
        cell[BOOK_CASH] += interest
        cell[DAY_INTEREST] += interest
        emit_nb(events, state.tally, t, _INTEREST, NO_COMPONENT, -1, -1, 0.0, 0.0, interest)


@kernel
def deposit_nb(t: int, amount: float, state: State, events: npt.NDArray[Any]) -> None:
    """Cash brought in from outside (the initial cash on session 0)."""
    state.cell[BOOK_CASH] += amount
    emit_nb(events, state.tally, t, _FLOW, NO_COMPONENT, -1, -1, 0.0, 0.0, amount)


@kernel(inline=True)
def settle_nb(
    t: int,
    side: float,
    market: MarketArrays,
    costs: CostPanels,
    state: State,
    out: Output,
    events: npt.NDArray[Any],
) -> None:
    """Book the sells (``side`` -1) or the buys (+1) of the trade list at their prices, with costs and impact.

    Price pnl of the day is counted on the shares held at its close from the previous mark; what was traded at
    the market's price did not earn the move up to there, so that move is taken back here. What the book pays
    over the market's price because it has displaced it is impact pnl.
    """
    cell, count, shares, trade, prices = state.cell, state.tally, state.shares, state.trade, state.price
    displacement, fill_price, marks = state.displacement, market.fill_price, market.mark
    spreads, volumes, sigmas, eta, gamma = costs.spread, costs.volume, costs.sigma, costs.eta, costs.gamma
    rs, rv, rg = row_nb(spreads, t), row_nb(volumes, t), row_nb(sigmas, t)
    before = max(t - 1, 0)
    decision = count[WORKING_DECISION]
    cash, paid_spread, paid_temporary, paid_permanent, notional_all = cell[BOOK_CASH], 0.0, 0.0, 0.0, 0.0
    price_pnl, impact_pnl = 0.0, 0.0
    for i in range(shares.shape[0]):
        quantity = trade[i]
        if quantity * side <= 0.0:
            continue
        price, market_price = prices[i], fill_price[t, i]
        notional = abs(quantity) * price
        volume, sigma = volumes[rv, i], sigmas[rg, i]
        spread, temporary, permanent = cost_nb(notional, spreads[rs, i], volume, sigma, eta[i], gamma[i], costs.delta)
        cash -= quantity * price + (spread + temporary + permanent)
        shares[i] += quantity
        price_pnl += quantity * (marks[before, i] - market_price)
        impact_pnl -= quantity * (price - market_price)
        paid_spread += spread
        paid_temporary += temporary
        paid_permanent += permanent
        notional_all += notional
        count[FILLS] += 1
        if gamma[i] > 0.0:
            moved = displacement[i] + gamma[i] * sigma * quantity * price / volume
            displacement[i] = min(max(moved, -MAX_DISPLACEMENT), MAX_DISPLACEMENT)
            count[DISPLACED] = 1
        if events.shape[0] > 0:
            emit_nb(events, count, t, _FILL, NO_COMPONENT, i, decision, quantity, price, -quantity * price)
            emit_nb(events, count, t, _COST, SPREAD, i, decision, 0.0, 0.0, -spread)
            if temporary != 0.0:
                emit_nb(events, count, t, _COST, TEMPORARY, i, decision, 0.0, 0.0, -temporary)
            if permanent != 0.0:
                emit_nb(events, count, t, _COST, PERMANENT, i, decision, 0.0, 0.0, -permanent)
    cell[BOOK_CASH] = cash
    cell[LEAST_CASH] = min(cell[LEAST_CASH], cash)
    cell[DAY_PRICE_PNL] += price_pnl
    cell[DAY_IMPACT_PNL] += impact_pnl
    cell[DAY_COSTS] += paid_spread + paid_temporary + paid_permanent
    cell[DAY_BOUGHT if side > 0.0 else DAY_SOLD] += notional_all
    total = out.total_costs
    total[SPREAD] += paid_spread
    total[TEMPORARY] += paid_temporary
    total[PERMANENT] += paid_permanent
    if out.full:
        out.costs[t, SPREAD] += paid_spread
        out.costs[t, TEMPORARY] += paid_temporary
        out.costs[t, PERMANENT] += paid_permanent
        if decision == 0:
            out.first_investment[t] += notional_all


@kernel(inline=True)
def displaced_nb(price: float, displacement: float) -> float:
    """The price a fill gets while the book's own trading has moved it."""
    return price if displacement == 0.0 else price * math.exp(displacement)
