"""The accounting kernel: the only code that touches cash and shares.

``charge_nb`` prices what is to trade and ``settle_nb`` books it; ``accrue_nb`` books interest, ``borrow_nb`` the fee
for shorts, ``transfer_nb`` flows, ``corporate_nb`` splits, dividends and delistings. Each moves cash by the amounts
it records and nothing else; :mod:`simulator.ledger.reconcile` proves the sum.
"""

from __future__ import annotations

import math
from typing import Any

import numpy.typing as npt

from simulator.core import abi
from simulator.core.abi import (
    ACTION_ASSET,
    ACTION_KIND,
    ACTION_SESSION,
    ACTION_VALUE,
    BOOK_CASH,
    BORROW,
    BORROW_RATE,
    BUYS,
    CHARGE,
    COMMISSION,
    DAILY_COSTS,
    DAY_BOUGHT,
    DAY_COSTS,
    DAY_DIVIDENDS,
    DAY_FIRST,
    DAY_FLOW,
    DAY_IMPACT_PNL,
    DAY_INTEREST,
    DAY_MOVED,
    DAY_PRICE_PNL,
    DAY_SOLD,
    DISPLACED,
    DISPLACEMENT,
    ETA,
    EVER,
    FEE_FIXED,
    FEE_MINIMUM,
    FEE_PER_SHARE,
    FEE_RATE,
    FILLS,
    GAMMA,
    LEAST_CASH,
    MAX_DISPLACEMENT,
    NEXT_ACTION,
    PERMANENT,
    PRICE,
    QUEUE,
    SELLS,
    SHARES,
    SINCE,
    SPREAD,
    TAKEN,
    TAKEN_NOTIONAL,
    TEMPORARY,
    TRADE_LIST,
    UNSETTLED,
    WORK,
    CorporateActions,
    CostPanels,
    Limits,
    MarketArrays,
    Output,
    State,
)
from simulator.core.jit import kernel
from simulator.core.types import FloatArray
from simulator.costs.law_nb import commission_nb, cost_nb, row_nb
from simulator.ledger.emit_nb import emit_nb
from simulator.ledger.events import NO_COMPONENT, Kind

from .book_nb import first_slice_nb
from .unsettled_nb import defer_nb

_INTEREST, _FLOW, _FILL, _COST = int(Kind.INTEREST), int(Kind.FLOW), int(Kind.FILL), int(Kind.COST)
_SPLIT, _DIVIDEND, _DELISTING = int(Kind.SPLIT), int(Kind.DIVIDEND), int(Kind.DELISTING)


@kernel(inline=True)
def interest_nb(cash: float, accrual: float, year: float, financing: float) -> float:
    """What cash earns from one close to the next, or what an overdraft costs.

    In currency; ``accrual`` is a fraction of cash, ``financing`` a rate a year, ``year`` a fraction of one.
    """
    rate = accrual if cash >= 0.0 else accrual + financing * year
    return cash * rate


@kernel(inline=True)
def accrue_nb(t: int, market: MarketArrays, costs: CostPanels, state: State, events: npt.NDArray[Any]) -> None:
    """Interest on the settled cash held since the previous close. In currency, booked at session t."""
    cell = state.cell
    interest = interest_nb(cell[BOOK_CASH] - cell[UNSETTLED], market.accrual[t], market.year[t], costs.financing)
    cell[BOOK_CASH] += interest
    cell[DAY_INTEREST] += interest
    if interest != 0.0 and events.shape[0] > 0:
        emit_nb(events, state.tally, t, _INTEREST, NO_COMPONENT, -1, -1, 0.0, 0.0, interest)


@kernel
def borrow_nb(
    t: int, market: MarketArrays, costs: CostPanels, state: State, out: Output, events: npt.NDArray[Any]
) -> None:
    """The fee for what was held short since the previous close.

    In currency: shares x marks (T, N) x the rate a year of each asset.
    """
    cell, shares, marks, rates = state.cell, state.book[SHARES], market.mark, costs.by_asset[BORROW_RATE]
    before, year = max(t - 1, 0), market.year[t]
    total = 0.0
    for i in range(shares.shape[0]):
        if shares[i] < 0.0 and rates[i] > 0.0:
            fee = -shares[i] * marks[before, i] * rates[i] * year
            total += fee
            emit_nb(events, state.tally, t, _COST, BORROW, i, -1, 0.0, 0.0, -fee)
    cell[BOOK_CASH] -= total
    cell[DAY_COSTS] += total
    out.total_costs[BORROW] += total
    if out.full:
        out.daily[DAILY_COSTS + BORROW, t] += total


@kernel(inline=True)
def transfer_nb(t: int, amount: float, state: State, events: npt.NDArray[Any]) -> None:
    """Cash brought in from outside, or paid out. ``amount`` is in currency, negative where it is paid out."""
    state.cell[BOOK_CASH] += amount
    state.cell[DAY_FLOW] += amount
    state.cell[DAY_MOVED] += abs(amount)
    emit_nb(events, state.tally, t, _FLOW, NO_COMPONENT, -1, -1, 0.0, 0.0, amount)


@kernel
def corporate_nb(
    t: int,
    actions: CorporateActions,
    limits: Limits,
    marks: FloatArray,
    state: State,
    events: npt.NDArray[Any],
) -> None:
    """Splits, dividends and delistings that take effect before the open of session t.

    Price pnl is counted on the shares held at the close from the previous mark, so that the shares a split adds
    are taken back at that mark, and a delisted position loses what it does not recover.
    """
    cell, tally, shares, table = state.cell, state.tally, state.book[SHARES], actions.table
    before = max(t - 1, 0)
    k = tally[NEXT_ACTION]
    while k < table.shape[0] and table[k, ACTION_SESSION] <= t:
        i, kind, value = int(table[k, ACTION_ASSET]), table[k, ACTION_KIND], table[k, ACTION_VALUE]
        held, last = shares[i], marks[before, i]
        k += 1
        cell[DAY_MOVED] += abs(held) * (last + value)
        if kind == abi.SPLIT:
            added = held * (value - 1.0)
            shares[i] = held + added
            cell[DAY_PRICE_PNL] += added * last
            cell[DAY_MOVED] += abs(added) * last
            rescale_orders_nb(i, value, limits, state)
            if held != 0.0:
                emit_nb(events, tally, t, _SPLIT, NO_COMPONENT, i, -1, added, value, 0.0)
        elif kind == abi.DIVIDEND:
            paid = held * value
            cell[BOOK_CASH] += paid
            cell[DAY_DIVIDENDS] += paid
            if held != 0.0:
                emit_nb(events, tally, t, _DIVIDEND, NO_COMPONENT, i, -1, held, value, paid)
        else:
            paid = held * last * value
            shares[i] = 0.0
            cell[BOOK_CASH] += paid
            cell[DAY_PRICE_PNL] += paid - held * last
            rescale_orders_nb(i, 0.0, limits, state)
            if held != 0.0:
                emit_nb(events, tally, t, _DELISTING, NO_COMPONENT, i, -1, -held, last * value, paid)
    tally[NEXT_ACTION] = k


@kernel(inline=True)
def rescale_orders_nb(i: int, ratio: float, limits: Limits, state: State) -> None:
    """Rescale what is ordered of an asset; queued weights stay what they are.

    ``ratio`` is that of shares after to shares before.
    """
    book = state.book
    queue, slices = book[QUEUE : first_slice_nb(limits)], book[first_slice_nb(limits) :]
    book[WORK, i] *= ratio
    for k in range(slices.shape[0]):
        slices[k, i] *= ratio
    if not limits.size_at_fill or ratio == 0.0:
        for k in range(queue.shape[0]):
            queue[k, i] *= ratio


@kernel(inline=True)
def displacement_nb(i: int, t: int, displacement: FloatArray, since: FloatArray, decay: FloatArray) -> float:
    """Log displacement of an asset's fills on session t."""
    if displacement[i] == 0.0:
        return 0.0
    age = t - int(since[i])
    return displacement[i] * decay[age] if age < decay.shape[0] else 0.0


@kernel(inline=True)
def displaced_nb(price: float, displacement: float) -> float:
    """The price a fill gets while the book's own trading has moved it.

    In currency a share; ``displacement`` is in logs.
    """
    return price if displacement == 0.0 else price * math.exp(displacement)


@kernel(inline=True)
def charge_nb(t: int, buys_only: bool, costs: CostPanels, state: State) -> None:
    """Price the trade list: what each trade costs, by component, and which assets sell and which buy.

    Costs are (components, N) in currency, trades (N,) shares.

    ``buys_only`` leaves the sells at what they were priced before.
    """
    book, sides, tally = state.book, state.sides, state.tally
    trade, prices = book[TRADE_LIST], book[PRICE]
    by_spread, by_temporary, by_permanent, by_commission = (
        book[CHARGE + SPREAD],
        book[CHARGE + TEMPORARY],
        book[CHARGE + PERMANENT],
        book[CHARGE + COMMISSION],
    )
    spreads, volumes, sigmas = costs.spread, costs.volume, costs.sigma
    eta, gamma, commissions = costs.by_asset[ETA], costs.by_asset[GAMMA], costs.commissions
    rs, rv, rg = row_nb(spreads, t), row_nb(volumes, t), row_nb(sigmas, t)
    sells, buys = 0, 0
    for i in range(trade.shape[0]):
        quantity = trade[i]
        sides[0, sells] = i
        sides[1, buys] = i
        sells += 1 if quantity < 0.0 else 0
        buys += 1 if quantity > 0.0 else 0
        if quantity == 0.0 or (buys_only and quantity < 0.0):
            continue
        notional = abs(quantity) * prices[i]
        by_spread[i], by_temporary[i], by_permanent[i] = cost_nb(
            notional, spreads[rs, i], volumes[rv, i], sigmas[rg, i], eta[i], gamma[i], costs.delta
        )
        by_commission[i] = fee_nb(t, i, quantity, notional, costs) if commissions else 0.0
    tally[SELLS], tally[BUYS] = sells, buys


@kernel(inline=True)
def settle_nb(
    t: int,
    side: int,
    decision: int,
    market: MarketArrays,
    costs: CostPanels,
    limits: Limits,
    state: State,
    out: Output,
    events: npt.NDArray[Any],
) -> None:
    """Book the sells (``side`` 0) or the buys (1) of the charged trade list at their prices, with costs and impact.

    Price pnl of the day is counted on the shares held at its close from the previous mark; what was traded at
    the market's price did not earn the move up to there, so that move is taken back here. What the book pays
    over the market's price because it has displaced it is impact pnl. Fills of the first decision (0) and for
    flows (-1) do not count as turnover.
    """
    cell, tally, book, assets = state.cell, state.tally, state.book, state.sides[side]
    shares, trade, prices, taken = book[SHARES], book[TRADE_LIST], book[PRICE], book[TAKEN_NOTIONAL]
    by_spread, by_temporary, by_permanent, by_commission = (
        book[CHARGE + SPREAD],
        book[CHARGE + TEMPORARY],
        book[CHARGE + PERMANENT],
        book[CHARGE + COMMISSION],
    )
    displacement, since, decay, ever = book[DISPLACEMENT], book[SINCE], costs.decay, book[EVER]
    fill_price, marks, volumes, sigmas = market.fill_price, market.mark, costs.volume, costs.sigma
    gamma, rv, rg, before = costs.by_asset[GAMMA], row_nb(volumes, t), row_nb(sigmas, t), max(t - 1, 0)
    recording, count = events.shape[0] > 0, tally[SELLS + side]
    cash, price_pnl, impact_pnl, notional_all, moved_all = cell[BOOK_CASH], 0.0, 0.0, 0.0, 0.0
    paid_spread, paid_temporary, paid_permanent, paid_commission = 0.0, 0.0, 0.0, 0.0
    for k in range(count):
        i = assets[k]
        quantity, price, market_price = trade[i], prices[i], fill_price[t, i]
        if quantity == 0.0:  # rounded down to no lot
            continue
        notional = abs(quantity) * price
        spread, temporary, permanent, commission = by_spread[i], by_temporary[i], by_permanent[i], by_commission[i]
        cash -= quantity * price + (spread + temporary + permanent + commission)
        shares[i] += quantity
        ever[i] = 1.0
        taken[i] += notional
        price_pnl += quantity * (marks[before, i] - market_price)
        moved_all += abs(quantity) * marks[before, i]
        impact_pnl -= quantity * (price - market_price)
        paid_spread += spread
        paid_temporary += temporary
        paid_permanent += permanent
        paid_commission += commission
        notional_all += notional
        if gamma[i] > 0.0:
            now = displacement_nb(i, t, displacement, since, decay)
            moved = now + gamma[i] * sigmas[rg, i] * quantity * price / volumes[rv, i]
            displacement[i] = min(max(moved, -MAX_DISPLACEMENT), MAX_DISPLACEMENT)
            since[i] = t
            tally[DISPLACED] = t + decay.shape[0]
        if recording:
            emit_nb(events, tally, t, _FILL, NO_COMPONENT, i, decision, quantity, price, -quantity * price)
            emit_nb(events, tally, t, _COST, SPREAD, i, decision, 0.0, 0.0, -spread)
            if temporary != 0.0:
                emit_nb(events, tally, t, _COST, TEMPORARY, i, decision, 0.0, 0.0, -temporary)
            if permanent != 0.0:
                emit_nb(events, tally, t, _COST, PERMANENT, i, decision, 0.0, 0.0, -permanent)
            if commission != 0.0:
                emit_nb(events, tally, t, _COST, COMMISSION, i, decision, 0.0, 0.0, -commission)
    if count > 0:
        tally[FILLS] += count
        tally[TAKEN] = 1
        if limits.settlement.shape[0] > 0:
            defer_nb(t, side, limits, state)
    cell[BOOK_CASH] = cash
    cell[LEAST_CASH] = min(cell[LEAST_CASH], cash)
    cell[DAY_PRICE_PNL] += price_pnl
    cell[DAY_IMPACT_PNL] += impact_pnl
    costs_all = paid_spread + paid_temporary + paid_permanent + paid_commission
    cell[DAY_COSTS] += costs_all
    cell[DAY_MOVED] += notional_all + moved_all + costs_all
    if decision > 0:
        cell[DAY_BOUGHT if side == 1 else DAY_SOLD] += notional_all
    elif decision == 0:
        cell[DAY_FIRST] += notional_all
    total = out.total_costs
    total[SPREAD] += paid_spread
    total[TEMPORARY] += paid_temporary
    total[PERMANENT] += paid_permanent
    total[COMMISSION] += paid_commission
    if out.full:
        daily = out.daily
        daily[DAILY_COSTS + SPREAD, t] += paid_spread
        daily[DAILY_COSTS + TEMPORARY, t] += paid_temporary
        daily[DAILY_COSTS + PERMANENT, t] += paid_permanent
        daily[DAILY_COSTS + COMMISSION, t] += paid_commission


@kernel(inline=True)
def fee_nb(t: int, i: int, quantity: float, notional: float, costs: CostPanels) -> float:
    """Commission on a fill of ``quantity`` (adjusted) shares."""
    raw, own = costs.raw_shares, costs.by_asset
    return commission_nb(
        notional,
        abs(quantity) * raw[row_nb(raw, t), i],
        own[FEE_RATE, i],
        own[FEE_PER_SHARE, i],
        own[FEE_MINIMUM, i],
        own[FEE_FIXED, i],
    )
