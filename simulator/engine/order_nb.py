"""From target weights to an order: bounds that depend on the day, sizing, what it may be planned to cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.core.abi import (
    BOOK_CASH,
    BOOK_NAV,
    COUNTS,
    CUTS,
    DAY_COSTS,
    DECISIONS,
    DUST,
    ETA,
    EVENTS,
    FIRST_CUT,
    GAMMA,
    GOAL,
    NEVER,
    NEXT_DUE,
    QUEUE,
    SHARES,
    SLICES_UNTIL,
    TRADE_LIST,
    WORK,
    WORKING,
    WORKING_DECISION,
    CostPanels,
    Limits,
    LiquidityPanels,
    State,
)
from simulator.core.edges_nb import to_edges_nb
from simulator.core.jit import kernel
from simulator.core.types import FloatArray, IntArray
from simulator.costs.law_nb import cost_nb, row_nb
from simulator.ledger.emit_nb import emit_nb
from simulator.ledger.events import (
    LIMIT_ANNUAL_COST,
    LIMIT_COST,
    LIMIT_CUT,
    LIMIT_LOT,
    LIMIT_MIN_TRADE,
    NO_COMPONENT,
    Kind,
)

from .book_nb import first_slice_nb
from .liquid_nb import keep_liquid_nb, keep_within_nb
from .lots_nb import whole_lots_nb
from .recent_nb import RECENT_COST, room_this_year_nb
from .schedule_nb import release_nb
from .settle_nb import fee_nb

_DECISION, _ORDER, _CANCEL, _LIMIT = int(Kind.DECISION), int(Kind.ORDER), int(Kind.CANCEL), int(Kind.LIMIT)
_BISECTIONS = 60


@kernel(inline=True)
def in_flight_nb(i: int, net: bool, work: FloatArray, slices: FloatArray, queue: FloatArray, held: IntArray) -> float:
    """Shares of asset i in orders still on their way, and in what older decisions have due where they are netted."""
    total = 0.0
    for slot in range(queue.shape[0]):
        if held[slot] >= 0:
            total += queue[slot, i]
    if net:
        total += work[i]
        for k in range(slices.shape[0]):
            total += slices[k, i]
    return total


@kernel(inline=True)
def size_nb(
    prices: FloatArray,
    t: int,
    row: int,
    nav: float,
    flying: bool,
    decision: int,
    costs: CostPanels,
    limits: Limits,
    state: State,
    events: npt.NDArray[Any],
) -> float:
    """Fill the trade list with shares = goal x nav / price - position - in flight; return max(buys, sells).

    Trades below the minimum are left out, and shares are rounded towards zero to whole lots. A book that is worth
    nothing, or less, aims at holding nothing. ``row`` is the session whose panels were known when deciding. Where
    decisions are sized at the fill, the queue holds weights, which are no shares in flight.
    """
    book, tally, lots, raws = state.book, state.tally, limits.lot, costs.raw_shares
    shares, trade, goal, work = book[SHARES], book[TRADE_LIST], book[GOAL], book[WORK]
    queued_shares = QUEUE if limits.size_at_fill else first_slice_nb(limits)
    queue, slices, held = book[QUEUE:queued_shares], book[first_slice_nb(limits) :], state.tally[COUNTS:]
    rr, least, net = row_nb(raws, row), limits.min_trade * nav, limits.net
    worth = max(nav, 0.0)
    if flying and not net:
        flying = False
        for slot in range(held.shape[0]):
            flying |= held[slot] >= 0
    bought, sold = 0.0, 0.0
    for i in range(shares.shape[0]):
        price = prices[t, i]
        trade[i] = 0.0
        if not price > 0.0:
            continue
        queued = in_flight_nb(i, net, work, slices, queue, held) if flying else 0.0
        wanted = goal[i] * worth / price - shares[i] - queued
        notional = wanted * price
        if abs(notional) <= DUST * nav:
            continue
        if abs(notional) < least:
            emit_nb(events, tally, t, _LIMIT, LIMIT_MIN_TRADE, i, decision, 0.0, 0.0, abs(notional))
            continue
        if lots[i] > 0.0:
            whole = whole_lots_nb(wanted, shares[i], lots[i], raws[rr, i])
            if whole != wanted:
                cut = abs(wanted - whole) * price
                emit_nb(events, tally, t, _LIMIT, LIMIT_LOT, i, decision, whole / wanted, 0.0, cut)
            wanted = whole
            notional = wanted * price
        trade[i] = wanted
        bought += max(notional, 0.0)  # without a branch: the side of a trade cannot be predicted
        sold -= min(notional, 0.0)
    return max(bought, sold)


@kernel
def planned_cost_nb(
    prices: FloatArray, t: int, row: int, scale: float, slices: int, costs: CostPanels, trade: FloatArray
) -> float:
    """What the trade list would cost at ``scale`` in equal slices, from forecast volume and volatility.

    In currency; ``trade`` is (N,) shares, ``scale`` a fraction, ``row`` the session forecast at.
    """
    spreads, volumes, sigmas = costs.planned_spread, costs.planned_volume, costs.planned_sigma
    eta, gamma = costs.by_asset[ETA], costs.by_asset[GAMMA]
    rs, rv, rg = row_nb(spreads, row), row_nb(volumes, row), row_nb(sigmas, row)
    total = 0.0
    for i in range(trade.shape[0]):
        if trade[i] != 0.0:
            quantity = abs(trade[i]) * scale / slices
            x = quantity * abs(prices[t, i])  # an order in flight may lack a price today
            a, b, c = cost_nb(x, spreads[rs, i], volumes[rv, i], sigmas[rg, i], eta[i], gamma[i], costs.delta)
            total += a + b + c
            if costs.commissions:
                total += fee_nb(row, i, quantity, x, costs)
    return total * slices


@kernel
def flying_cost_nb(prices: FloatArray, t: int, row: int, limits: Limits, costs: CostPanels, state: State) -> float:
    """What everything still to be traded for older decisions is planned to cost, each part of it by itself.

    In currency, at the close of session t.

    That is what is due and unfilled, the slices to come, and orders in flight, each to be traded in its own slices.
    Queued weights (sized at the fill) are no orders yet: they meet the cap when they are sized.
    """
    book, held, first = state.book, state.tally[COUNTS:], first_slice_nb(limits)
    total = planned_cost_nb(prices, t, row, 1.0, 1, costs, book[WORK])
    for k in range(first, book.shape[0]):
        total += planned_cost_nb(prices, t, row, 1.0, 1, costs, book[k])
    if not limits.size_at_fill:
        for slot in range(held.shape[0]):
            if held[slot] >= 0:
                total += planned_cost_nb(prices, t, row, 1.0, limits.slices, costs, book[QUEUE + slot])
    return total


@kernel
def affordable_nb(
    prices: FloatArray, t: int, row: int, budget: float, slices: int, costs: CostPanels, trade: FloatArray
) -> float:
    """Largest scale in [0, 1] at which the planned cost stays within ``budget`` (bisection: it is increasing).

    ``budget`` is in currency, ``trade`` (N,) shares.
    """
    if planned_cost_nb(prices, t, row, 1.0, slices, costs, trade) <= budget:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        if planned_cost_nb(prices, t, row, middle, slices, costs, trade) <= budget:
            low = middle
        else:
            high = middle
    return low


@kernel
def cap_cost_nb(
    prices: FloatArray,
    t: int,
    row: int,
    nav: float,
    traded: float,
    decision: int,
    limits: Limits,
    costs: CostPanels,
    state: State,
    events: npt.NDArray[Any],
) -> None:
    """Scale the whole trade list down to what it may be planned to cost, by itself and within a year.

    What a year leaves is the cap less what was paid, and less what older decisions are still planned to cost.
    """
    trade = state.book[TRADE_LIST]
    left = room_this_year_nb(t, limits.annual_cost, RECENT_COST, limits.year_long, state.recent)
    if nav > 0.0 and (limits.lag == 0 or limits.size_at_fill):  # the day is not over, and not yet among the recent ones
        left = max(left - state.cell[DAY_COSTS] / nav, 0.0)
    if nav > 0.0 and left > 0.0 and left < np.inf:
        left = max(left - flying_cost_nb(prices, t, row, limits, costs, state) / nav, 0.0)
    budget = min(limits.cost, left) * nav
    scale = affordable_nb(prices, t, row, budget, limits.slices, costs, trade)
    if scale < 1.0:
        which = LIMIT_COST if limits.cost <= left else LIMIT_ANNUAL_COST
        emit_nb(events, state.tally, t, _LIMIT, which, -1, decision, scale, 0.0, traded * (1.0 - scale))
        for i in range(trade.shape[0]):
            trade[i] *= scale


@kernel
def cancel_work_nb(t: int, marks: FloatArray, limits: Limits, state: State, events: npt.NDArray[Any]) -> None:
    """Drop what is due and unfilled, and what was to follow: a newer decision replaces it. Orders in flight stay.

    Orders are (N,) shares, dropped at the close of session t.
    """
    work, slices, tally = state.book[WORK], state.book[first_slice_nb(limits) :], state.tally
    decision = tally[WORKING_DECISION]
    for i in range(work.shape[0]):
        left = work[i]
        for k in range(slices.shape[0]):
            left += slices[k, i]
            slices[k, i] = 0.0
        if left != 0.0:
            emit_nb(events, tally, t, _CANCEL, NO_COMPONENT, i, decision, left, marks[t, i], left * marks[t, i])
        work[i] = 0.0
    tally[WORKING] = 0
    tally[SLICES_UNTIL] = -1


@kernel
def emit_orders_nb(t: int, prices: FloatArray, decision: int, state: State, events: npt.NDArray[Any]) -> None:
    """Record the order as sized and capped. In shares, at the prices (T, N) of session t."""
    trade, tally = state.book[TRADE_LIST], state.tally
    for i in range(trade.shape[0]):
        if trade[i] != 0.0:
            price = prices[t, i]
            emit_nb(events, tally, t, _ORDER, NO_COMPONENT, i, decision, trade[i], price, trade[i] * price)


@kernel(inline=True)
def decide_nb(
    t: int,
    marks: FloatArray,
    band: float,
    to_edge: bool,
    limits: Limits,
    costs: CostPanels,
    liquidity: LiquidityPanels,
    state: State,
    events: npt.NDArray[Any],
) -> None:
    """Take the decision in the book's goal at the close of t: cancel what is left of the last one, size, cap, queue.

    The goal is (N,) fractions of nav, orders are (N,) shares.
    """
    book, tally, cell = state.book, state.tally, state.cell
    shares, trade, goal = book[SHARES], book[TRADE_LIST], book[GOAL]
    queue, held = book[QUEUE : first_slice_nb(limits)], state.tally[COUNTS:]
    nav = cell[BOOK_NAV]
    if not limits.net and (tally[WORKING] != 0 or tally[SLICES_UNTIL] > t):
        cancel_work_nb(t, marks, limits, state, events)
    decision = tally[DECISIONS]
    tally[DECISIONS] = decision + 1
    if to_edge:
        to_edges_nb(shares, marks[t], nav, band, goal)
    at_fill = limits.size_at_fill and limits.lag > 0
    traded = 0.0
    first = tally[EVENTS]
    emit_nb(events, tally, t, _DECISION, NO_COMPONENT, -1, decision, 0.0, 0.0, nav)
    if events.shape[0] > 0:
        for bound in range(CUTS):
            cut = cell[FIRST_CUT + bound]
            if cut > 0.0:
                emit_nb(events, tally, t, _LIMIT, LIMIT_CUT + bound, -1, decision, 0.0, 0.0, cut * nav)
    if limits.least_liquid > 0.0 and liquidity.capacity.shape[1] > 0:
        keep_liquid_nb(t, nav, decision, limits, liquidity, state, events)
    if limits.holding.stated and nav > 0.0:
        keep_within_nb(t, nav, decision, limits, costs, liquidity, state, events)
    slot = (t + limits.lag) % queue.shape[0]
    if at_fill:
        for i in range(goal.shape[0]):
            queue[slot, i] = goal[i]
    else:
        traded = size_nb(marks, t, t, nav, True, decision, costs, limits, state, events)
        if decision > 0 and min(limits.cost, limits.annual_cost) < np.inf:
            cap_cost_nb(marks, t, t, nav, traded, decision, limits, costs, state, events)
        if events.shape[0] > 0:
            events[first]["quantity"] = traded / nav
            emit_orders_nb(t, marks, decision, state, events)
        if limits.lag == 0:
            release_nb(t, t, decision, limits, costs, marks, state)
            return
        for i in range(trade.shape[0]):
            queue[slot, i] = trade[i]
    held[slot] = decision
    tally[NEXT_DUE] = min(tally[NEXT_DUE], t + limits.lag)


@kernel(inline=True)
def take_due_nb(
    t: int,
    prices: FloatArray,
    marks: FloatArray,
    limits: Limits,
    costs: CostPanels,
    state: State,
    events: npt.NDArray[Any],
) -> None:
    """Move the order due today out of the queue; size it now if weights were queued.

    Orders are (N,) shares, queued weights (N,) fractions of nav.
    """
    book, tally = state.book, state.tally
    shares, trade, goal = book[SHARES], book[TRADE_LIST], book[GOAL]
    queue, held = book[QUEUE : first_slice_nb(limits)], state.tally[COUNTS:]
    slots = queue.shape[0]
    slot = t % slots
    decision = held[slot]
    if decision >= 0:
        held[slot] = -1
        decided = t - limits.lag
        if limits.size_at_fill:
            if not limits.net:
                cancel_work_nb(t, marks, limits, state, events)
            nav = state.cell[BOOK_CASH]
            for i in range(shares.shape[0]):
                nav += shares[i] * abs(prices[t, i])  # where there is no price, minus what was known of its worth
                goal[i] = queue[slot, i]
            traded = size_nb(prices, t, decided, nav, limits.net, decision, costs, limits, state, events)
            if decision > 0 and min(limits.cost, limits.annual_cost) < np.inf:
                cap_cost_nb(prices, t, decided, nav, traded, decision, limits, costs, state, events)
            if events.shape[0] > 0:
                emit_orders_nb(t, prices, decision, state, events)
        else:
            for i in range(trade.shape[0]):
                trade[i] = queue[slot, i]
        release_nb(t, decided, decision, limits, costs, marks, state)
    due = NEVER
    for later in range(1, slots + 1):
        if held[(t + later) % slots] >= 0:
            due = t + later
            break
    tally[NEXT_DUE] = due
