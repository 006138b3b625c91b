"""From shares due to shares filled: no volume no fill, the caps, sells first, then the buys that cash allows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.core.abi import (
    BOOK_CASH,
    BOOK_NAV,
    DISPLACEMENT,
    DUST,
    ETA,
    FORBIDDEN,
    GAMMA,
    OWED,
    PRICE,
    SHARES,
    SINCE,
    SLICES_UNTIL,
    TAKEN_NOTIONAL,
    TRADABLE,
    TRADE_LIST,
    WORK,
    WORKING,
    WORKING_DECISION,
    CostPanels,
    Limits,
    MarketArrays,
    Output,
    State,
)
from simulator.core.jit import kernel
from simulator.core.types import FloatArray
from simulator.costs.law_nb import cost_nb, power_nb, row_nb
from simulator.ledger.emit_nb import emit_nb
from simulator.ledger.events import (
    LIMIT_ANNUAL_TURNOVER,
    LIMIT_CASH,
    LIMIT_FORBIDDEN,
    LIMIT_PARTICIPATION,
    LIMIT_TURNOVER,
    LIMIT_UNPROFITABLE,
    LIMIT_UNTRADABLE,
    NO_COMPONENT,
    Kind,
)

from .flow_nb import net_nb
from .lots_nb import whole_lots_nb
from .recent_nb import RECENT_TURNOVER, room_this_year_nb
from .settle_nb import displaced_nb, displacement_nb, fee_nb, settle_nb

_CANCEL, _LIMIT = int(Kind.CANCEL), int(Kind.LIMIT)
_NEWTON_STEPS = 50
_BISECTIONS = 60


@kernel(inline=True)
def executable_nb(
    t: int, market: MarketArrays, costs: CostPanels, limits: Limits, state: State, events: npt.NDArray[Any]
) -> None:
    """Set the trade list to what can trade today, before cash, and the fill prices (0 where nothing can trade).

    A sale whose cost would exceed its proceeds does not trade.
    """
    work, trade, prices, shares, taken = (
        state.book[WORK],
        state.book[TRADE_LIST],
        state.book[PRICE],
        state.book[SHARES],
        state.book[TAKEN_NOTIONAL],
    )
    displacement, since, decay = state.book[DISPLACEMENT], state.book[SINCE], costs.decay
    status, fill_price, marks, lots, raws = market.status, market.fill_price, market.mark, limits.lot, costs.raw_shares
    spreads, volumes, sigmas, eta, gamma = (
        costs.spread,
        costs.volume,
        costs.sigma,
        costs.by_asset[ETA],
        costs.by_asset[GAMMA],
    )
    rs, rv, rg, rr = row_nb(spreads, t), row_nb(volumes, t), row_nb(sigmas, t), row_nb(raws, t)
    tally, dust = state.tally, DUST * max(state.cell[BOOK_NAV], 0.0)
    decision = tally[WORKING_DECISION]
    for i in range(work.shape[0]):
        want = work[i]
        trade[i] = prices[i] = 0.0
        if want == 0.0:
            continue
        if status[t, i] != TRADABLE:
            which = LIMIT_FORBIDDEN if status[t, i] == FORBIDDEN else LIMIT_UNTRADABLE
            emit_nb(events, tally, t, _LIMIT, which, i, decision, 0.0, 0.0, abs(want * marks[t, i]))
            continue
        if want < -shares[i] and not limits.short:
            want = work[i] = -shares[i]
        price = displaced_nb(fill_price[t, i], displacement_nb(i, t, displacement, since, decay))
        notional, room = abs(want) * price, limits.participation * volumes[rv, i] - taken[i]
        if notional > room:
            room = room if room > dust else 0.0
            emit_nb(events, tally, t, _LIMIT, LIMIT_PARTICIPATION, i, decision, room / notional, 0.0, notional - room)
            want *= room / notional
        if lots[i] > 0.0:
            want = whole_lots_nb(want, shares[i], lots[i], raws[rr, i])
        notional = abs(want) * price
        if want < 0.0:
            a, b, c = cost_nb(notional, spreads[rs, i], volumes[rv, i], sigmas[rg, i], eta[i], gamma[i], costs.delta)
            fee = fee_nb(t, i, want, notional, costs) if costs.commissions else 0.0
            if a + b + c + fee >= notional:
                emit_nb(events, tally, t, _LIMIT, LIMIT_UNPROFITABLE, i, decision, 0.0, 0.0, notional)
                continue
        prices[i] = price
        trade[i] = want


@kernel(inline=True)
def cap_turnover_nb(
    t: int, decision: int, costs: CostPanels, limits: Limits, state: State, events: npt.NDArray[Any]
) -> None:
    """Scale the session's trades to the turnover caps, on the last known nav. The first investment is exempt."""
    trade, prices, nav = state.book[TRADE_LIST], state.book[PRICE], state.cell[BOOK_NAV]
    bought, sold = 0.0, 0.0
    for i in range(trade.shape[0]):
        if trade[i] > 0.0:
            bought += trade[i] * prices[i]
        elif trade[i] < 0.0:
            sold -= trade[i] * prices[i]
    left = room_this_year_nb(t, limits.annual_turnover, RECENT_TURNOVER, state.recent)
    traded, room = max(bought, sold), max(min(limits.turnover, left) * nav, 0.0)
    if traded > room:
        room = room if room > DUST * nav else 0.0
        scale = room / traded
        which = LIMIT_TURNOVER if limits.turnover <= left else LIMIT_ANNUAL_TURNOVER
        emit_nb(events, state.tally, t, _LIMIT, which, -1, decision, scale, 0.0, traded - room)
        scale_nb(t, scale, False, costs, limits, state)
        if costs.commissions:
            keep_profitable_nb(t, decision, costs, state, events)


@kernel
def keep_profitable_nb(t: int, decision: int, costs: CostPanels, state: State, events: npt.NDArray[Any]) -> None:
    """Leave out sales that no longer bring more than their commission now that they have been scaled down."""
    trade, prices = state.book[TRADE_LIST], state.book[PRICE]
    for i in range(trade.shape[0]):
        if trade[i] < 0.0 and net_nb(t, i, -trade[i], costs, prices) <= 0.0:
            notional = -trade[i] * prices[i]
            emit_nb(events, state.tally, t, _LIMIT, LIMIT_UNPROFITABLE, i, decision, 0.0, 0.0, notional)
            trade[i] = 0.0


@kernel
def scale_nb(t: int, scale: float, buys_only: bool, costs: CostPanels, limits: Limits, state: State) -> None:
    """Scale what is to trade, rounding towards zero to whole lots."""
    trade, shares, lots, raws = state.book[TRADE_LIST], state.book[SHARES], limits.lot, costs.raw_shares
    rr = row_nb(raws, t)
    for i in range(trade.shape[0]):
        if trade[i] > 0.0 or (trade[i] < 0.0 and not buys_only):
            trade[i] = whole_lots_nb(trade[i] * scale, shares[i], lots[i], raws[rr, i])


@kernel(inline=True)
def buying_scale_nb(t: int, budget: float, least: float, costs: CostPanels, state: State) -> float:
    """Largest f in [0, 1] with f x notional + cost(f) <= budget over all buys; 0 where that is not above ``least``.

    The outlay is f (notional + spread) + f^(1 + delta) temporary + f^2 permanent: increasing and convex, so that
    Newton's method started at f = 1 comes down to the root without overshooting it (started below, it may leave
    the interval). With commissions, which have a minimum and a fixed part, it is found by bisection.
    """
    trade, prices = state.book[TRADE_LIST], state.book[PRICE]
    spreads, volumes, sigmas, eta, gamma = (
        costs.spread,
        costs.volume,
        costs.sigma,
        costs.by_asset[ETA],
        costs.by_asset[GAMMA],
    )
    rs, rv, rg = row_nb(spreads, t), row_nb(volumes, t), row_nb(sigmas, t)
    linear, temporary, permanent, fees, buys = 0.0, 0.0, 0.0, 0.0, 0
    for i in range(trade.shape[0]):
        if trade[i] > 0.0:
            x = trade[i] * prices[i]
            a, b, c = cost_nb(x, spreads[rs, i], volumes[rv, i], sigmas[rg, i], eta[i], gamma[i], costs.delta)
            buys += 1
            linear += x + a
            temporary += b
            permanent += c
            if costs.commissions:
                fees += fee_nb(t, i, trade[i], x, costs)
    if linear + temporary + permanent + fees <= budget:
        return 1.0
    if budget <= least:
        return 0.0
    safety = 4.0 * np.finfo(np.float64).eps * (buys + 4)
    if costs.commissions:
        return bisected_nb(t, budget, linear, temporary, permanent, costs, trade, prices) * (1.0 - safety)
    f = 1.0
    for _ in range(_NEWTON_STEPS):
        power = power_nb(f, costs.delta)
        excess = f * (linear + power * temporary + f * permanent) - budget
        slope = linear + (1.0 + costs.delta) * power * temporary + 2.0 * f * permanent
        step = excess / slope
        f -= step
        if f <= 0.0:
            return 0.0
        if abs(step) <= 1e-16 * f:
            break
    return f * (1.0 - safety)


@kernel
def bisected_nb(
    t: int,
    budget: float,
    linear: float,
    temporary: float,
    permanent: float,
    costs: CostPanels,
    trade: FloatArray,
    prices: FloatArray,
) -> float:
    """The scale of the buys where commissions make the outlay kink and jump; 0 where even fees are too much."""
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        f = 0.5 * (low + high)
        outlay = f * (linear + power_nb(f, costs.delta) * temporary + f * permanent)
        for i in range(trade.shape[0]):
            if trade[i] > 0.0:
                outlay += fee_nb(t, i, f * trade[i], f * trade[i] * prices[i], costs)
        if outlay <= budget:
            low = f
        else:
            high = f
    return low


@kernel(inline=True)
def afford_nb(t: int, costs: CostPanels, limits: Limits, state: State, events: npt.NDArray[Any]) -> bool:
    """Scale all buys by one factor where the cash does not reach; return whether it did not."""
    trade, prices, cell = state.book[TRADE_LIST], state.book[PRICE], state.cell
    budget = cell[BOOK_CASH] - cell[OWED] - limits.least_cash * cell[BOOK_NAV]
    scale = buying_scale_nb(t, budget, DUST * cell[BOOK_NAV], costs, state)
    if scale == 1.0:
        return False
    if events.shape[0] > 0:
        decision = state.tally[WORKING_DECISION]
        for i in range(trade.shape[0]):
            if trade[i] > 0.0:
                cut = trade[i] * (1.0 - scale) * prices[i]
                emit_nb(events, state.tally, t, _LIMIT, LIMIT_CASH, i, decision, scale, 0.0, cut)
    scale_nb(t, scale, True, costs, limits, state)
    return True


@kernel(inline=True)
def carry_nb(
    t: int,
    marks: FloatArray,
    short: bool,
    costs: CostPanels,
    limits: Limits,
    state: State,
    events: npt.NDArray[Any],
) -> None:
    """Keep or drop what did not fill.

    A buy cut for lack of cash waits only while sells of the same book, or slices, are still due; anything
    below :data:`DUST` of nav, or below a lot (unless it closes a position), is dropped.
    """
    work, trade, prices, shares, tally, lots, raws = (
        state.book[WORK],
        state.book[TRADE_LIST],
        state.book[PRICE],
        state.book[SHARES],
        state.tally,
        limits.lot,
        costs.raw_shares,
    )
    rr = row_nb(raws, t)
    dust = DUST * state.cell[BOOK_NAV]
    decision = tally[WORKING_DECISION]
    selling = tally[SLICES_UNTIL] > t + 1
    for i in range(work.shape[0]):
        work[i] -= trade[i]
        if abs(work[i]) * marks[t, i] <= dust or whole_lots_nb(work[i], shares[i], lots[i], raws[rr, i]) == 0.0:
            work[i] = 0.0
        elif work[i] < 0.0:
            selling = True
    working = 0
    for i in range(work.shape[0]):
        left = work[i]
        if left == 0.0:
            continue
        unpaid = short and left > 0.0 and prices[i] > 0.0 and not selling
        if limits.carry and not unpaid:
            working = 1
        else:
            emit_nb(events, tally, t, _CANCEL, NO_COMPONENT, i, decision, left, marks[t, i], left * marks[t, i])
            work[i] = 0.0
    tally[WORKING] = working


@kernel(inline=True)
def fill_nb(
    t: int,
    market: MarketArrays,
    costs: CostPanels,
    limits: Limits,
    state: State,
    out: Output,
    events: npt.NDArray[Any],
) -> None:
    """Fill what is due on session t."""
    decision = state.tally[WORKING_DECISION]
    executable_nb(t, market, costs, limits, state, events)
    if decision > 0 and min(limits.turnover, limits.annual_turnover) < np.inf:
        cap_turnover_nb(t, decision, costs, limits, state, events)
    short = False
    for side in range(2):  # sells, then buys: one loop, so that the accounting is compiled in once
        if side == 1:
            short = afford_nb(t, costs, limits, state, events)
        settle_nb(t, 2.0 * side - 1.0, decision, market, costs, state, out, events)
    carry_nb(t, market.mark, short, costs, limits, state, events)
