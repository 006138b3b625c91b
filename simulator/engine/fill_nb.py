"""From shares due to shares filled: no volume no fill, the caps, sells first, then the buys that cash allows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.core.abi import (
    BOOK_NAV,
    BUYS,
    CHARGE,
    COMMISSION,
    DAY_FLOW,
    DISPLACEMENT,
    DUST,
    FORBIDDEN,
    OWED,
    PERMANENT,
    PRICE,
    SELLS,
    SETTLING,
    SHARES,
    SINCE,
    SLICES_UNTIL,
    SPREAD,
    TAKEN_NOTIONAL,
    TEMPORARY,
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
from simulator.costs.law_nb import power_nb, row_nb
from simulator.ledger.emit_nb import emit_nb
from simulator.ledger.events import (
    LIMIT_ANNUAL_TURNOVER,
    LIMIT_CASH,
    LIMIT_FORBIDDEN,
    LIMIT_HELD,
    LIMIT_PARTICIPATION,
    LIMIT_TURNOVER,
    LIMIT_UNPROFITABLE,
    LIMIT_UNTRADABLE,
    NO_COMPONENT,
    Kind,
)

from .lots_nb import whole_lots_nb
from .recent_nb import RECENT_TURNOVER, room_this_year_nb
from .settle_nb import charge_nb, displaced_nb, displacement_nb, fee_nb, settle_nb
from .unsettled_nb import buying_power_nb

_CANCEL, _LIMIT = int(Kind.CANCEL), int(Kind.LIMIT)
_NEWTON_STEPS = 50
_BISECTIONS = 60


@kernel(inline=True)
def executable_nb(
    t: int, market: MarketArrays, costs: CostPanels, limits: Limits, state: State, events: npt.NDArray[Any]
) -> None:
    """Set the trade list to what can trade today, before cash, and the fill prices (0 where nothing can trade).

    The list is (N,) shares, negative for sales; prices are (N,) in currency a share.
    """
    book, tally = state.book, state.tally
    work, trade, prices, shares, taken = book[WORK], book[TRADE_LIST], book[PRICE], book[SHARES], book[TAKEN_NOTIONAL]
    displacement, since, decay = book[DISPLACEMENT], book[SINCE], costs.decay
    status, fill_price, marks, lots, raws = market.status, market.fill_price, market.mark, limits.lot, costs.raw_shares
    volumes, short, participation = costs.volume, limits.short, limits.participation
    rv, rr = row_nb(volumes, t), row_nb(raws, t)
    dust = DUST * max(state.cell[BOOK_NAV], 0.0)
    decision = tally[WORKING_DECISION]
    for i in range(work.shape[0]):
        want = work[i]
        if want == 0.0 or status[t, i] != TRADABLE:
            trade[i] = prices[i] = 0.0
            if want != 0.0:
                which = LIMIT_FORBIDDEN if status[t, i] == FORBIDDEN else LIMIT_UNTRADABLE
                emit_nb(events, tally, t, _LIMIT, which, i, decision, 0.0, 0.0, abs(want * marks[t, i]))
            continue
        price = displaced_nb(fill_price[t, i], displacement_nb(i, t, displacement, since, decay))
        if want < -shares[i] and not short:
            cut = (-shares[i] - want) * price
            if cut > dust:  # not a rounding
                emit_nb(events, tally, t, _LIMIT, LIMIT_HELD, i, decision, shares[i] / -want, 0.0, cut)
            want = work[i] = -shares[i]
        notional, room = abs(want) * price, participation * volumes[rv, i] - taken[i]
        if notional > room:
            room = room if room > dust else 0.0
            emit_nb(events, tally, t, _LIMIT, LIMIT_PARTICIPATION, i, decision, room / notional, 0.0, notional - room)
            want *= room / notional
        if lots[i] > 0.0:
            want = whole_lots_nb(want, shares[i], lots[i], raws[rr, i])
        prices[i] = price
        trade[i] = want


@kernel(inline=True)
def drop_unprofitable_nb(t: int, decision: int, state: State, events: npt.NDArray[Any]) -> None:
    """Take sales whose cost would eat their proceeds off the trade list. Both are in currency, of session t."""
    book, sells, tally = state.book, state.sides[0], state.tally
    trade, prices = book[TRADE_LIST], book[PRICE]
    spread, temporary, permanent, commission = (
        book[CHARGE + SPREAD],
        book[CHARGE + TEMPORARY],
        book[CHARGE + PERMANENT],
        book[CHARGE + COMMISSION],
    )
    for k in range(tally[SELLS]):
        i = sells[k]
        notional = -trade[i] * prices[i]
        if spread[i] + temporary[i] + permanent[i] + commission[i] >= notional:
            emit_nb(events, tally, t, _LIMIT, LIMIT_UNPROFITABLE, i, decision, 0.0, 0.0, notional)
            trade[i] = prices[i] = 0.0


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
    left = room_this_year_nb(t, limits.annual_turnover, RECENT_TURNOVER, limits.year_long, state.recent)
    traded, room = max(bought, sold), max(min(limits.turnover, left) * nav, 0.0)
    if traded > room:
        room = room if room > DUST * nav else 0.0
        scale = room / traded
        which = LIMIT_TURNOVER if limits.turnover <= left else LIMIT_ANNUAL_TURNOVER
        emit_nb(events, state.tally, t, _LIMIT, which, -1, decision, scale, 0.0, traded - room)
        scale_nb(t, scale, False, costs, limits, state)
        drop_unprofitable_nb(t, decision, state, events)  # a minimum commission weighs more on less


@kernel
def scale_nb(t: int, scale: float, buys_only: bool, costs: CostPanels, limits: Limits, state: State) -> None:
    """Scale what is to trade, rounding towards zero to whole lots, and price it anew.

    ``scale`` is a fraction of each trade, in shares.
    """
    trade, shares, lots, raws = state.book[TRADE_LIST], state.book[SHARES], limits.lot, costs.raw_shares
    rr = row_nb(raws, t)
    for i in range(trade.shape[0]):
        if trade[i] > 0.0 or (trade[i] < 0.0 and not buys_only):
            trade[i] = whole_lots_nb(trade[i] * scale, shares[i], lots[i], raws[rr, i])
    charge_nb(t, buys_only, costs, state)


@kernel(inline=True)
def buying_scale_nb(t: int, budget: float, least: float, costs: CostPanels, state: State) -> float:
    """Largest f in [0, 1] with f x notional + cost(f) <= budget over all buys; 0 where that is not above ``least``.

    ``budget`` is in currency.

    The outlay is f (notional + spread) + f^(1 + delta) temporary + f^2 permanent: increasing and convex, so that
    Newton's method started at f = 1 comes down to the root without overshooting it (started below, it may leave
    the interval). Once there, rounding may make it swing between two neighbours for ever: it stops where it was two
    steps before. With commissions, which have a minimum and a fixed part, the scale is found by bisection.
    """
    book, bought, count = state.book, state.sides[1], state.tally[BUYS]
    trade, prices = book[TRADE_LIST], book[PRICE]
    by_spread, by_temporary, by_permanent, by_commission = (
        book[CHARGE + SPREAD],
        book[CHARGE + TEMPORARY],
        book[CHARGE + PERMANENT],
        book[CHARGE + COMMISSION],
    )
    linear, temporary, permanent, fees = 0.0, 0.0, 0.0, 0.0
    for k in range(count):
        i = bought[k]
        linear += trade[i] * prices[i] + by_spread[i]
        temporary += by_temporary[i]
        permanent += by_permanent[i]
        fees += by_commission[i]
    if linear + temporary + permanent + fees <= budget:
        return 1.0
    if budget <= least:
        return 0.0
    safety = 4.0 * np.finfo(np.float64).eps * (count + 4)
    if costs.commissions:
        return bisected_nb(t, budget, linear, temporary, permanent, costs, trade, prices) * (1.0 - safety)
    f, before = 1.0, 1.0
    for k in range(_NEWTON_STEPS):
        power = power_nb(f, costs.delta)
        excess = f * (linear + power * temporary + f * permanent) - budget
        slope = linear + (1.0 + costs.delta) * power * temporary + 2.0 * f * permanent
        step = excess / slope
        f -= step
        if f <= 0.0:
            return 0.0
        if abs(step) <= 1e-16 * f:
            break
        if k % 2 == 1:
            if f == before:
                break
            before = f
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
    """The scale of the buys where commissions make the outlay kink and jump; 0 where even fees are too much.

    ``budget``, ``linear``, ``temporary`` and ``permanent`` are in currency, ``trade`` is (N,) shares.
    """
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
    """Scale all buys by one factor where the cash does not reach; return whether it did not.

    What must stay in cash, or may be borrowed, is a share of the last known nav and of what has flowed in or out since.
    """
    trade, prices, cell = state.book[TRADE_LIST], state.book[PRICE], state.cell
    worth = cell[BOOK_NAV] + (cell[DAY_FLOW] if limits.lag > 0 else 0.0)
    budget = buying_power_nb(t, limits, state) - cell[OWED] - limits.least_cash * worth
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
    """Keep or drop what did not fill. What is kept is (N,) shares, from session t to the next.

    A buy cut for lack of cash waits only while sells of the same book, or slices, or their cash, are due; anything
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
    selling = tally[SLICES_UNTIL] > t + 1 or (tally[SETTLING] > t and not limits.unsettled_buys)
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
    charge_nb(t, False, costs, state)
    drop_unprofitable_nb(t, decision, state, events)
    if decision > 0 and min(limits.turnover, limits.annual_turnover) < np.inf:
        cap_turnover_nb(t, decision, costs, limits, state, events)
    short = False
    for side in range(2):  # sells, then buys: one loop, so that the accounting is compiled in once
        if side == 1:
            short = afford_nb(t, costs, limits, state, events)
        settle_nb(t, side, decision, market, costs, limits, state, out, events)
    carry_nb(t, market.mark, short, costs, limits, state, events)
