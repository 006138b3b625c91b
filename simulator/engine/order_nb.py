"""From target weights to an order: sizing, then what it may be planned to cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.core.abi import (
    BOOK_CASH,
    BOOK_NAV,
    DECISIONS,
    DUST,
    NEXT_DUE,
    WORKING,
    WORKING_DECISION,
    CostPanels,
    Limits,
    State,
)
from simulator.core.jit import kernel
from simulator.core.types import FloatArray, IntArray
from simulator.costs.law_nb import cost_nb, row_nb
from simulator.ledger.emit_nb import emit_nb
from simulator.ledger.events import LIMIT_COST, NO_COMPONENT, Kind

_DECISION, _ORDER, _CANCEL, _LIMIT = int(Kind.DECISION), int(Kind.ORDER), int(Kind.CANCEL), int(Kind.LIMIT)
_NEVER = 2**62
_BISECTIONS = 60


@kernel(inline=True)
def nearest_edge_nb(weight: float, target: float, band: float) -> float:
    """The weight within ``band`` of ``target`` that is nearest to ``weight``."""
    return min(max(weight, target - band), target + band)


@kernel(inline=True)
def in_flight_nb(i: int, queue: FloatArray, queue_decision: IntArray) -> float:
    """Shares of asset i in orders still on their way."""
    total = 0.0
    for slot in range(queue.shape[0]):
        if queue_decision[slot] >= 0:
            total += queue[slot, i]
    return total


@kernel(inline=True)
def size_nb(
    prices: FloatArray,
    t: int,
    weights: FloatArray,
    row: int,
    band: float,
    to_edge: bool,
    nav: float,
    flying: bool,
    state: State,
) -> float:
    """Fill ``state.trade`` with shares = target x nav / price - position - in flight; return max(buys, sells)."""
    shares, trade, queue, queue_decision = state.shares, state.trade, state.queue, state.queue_decision
    bought, sold = 0.0, 0.0
    for i in range(shares.shape[0]):
        price = prices[t, i]
        trade[i] = 0.0
        if not price > 0.0:
            continue
        queued = in_flight_nb(i, queue, queue_decision) if flying else 0.0
        weight = weights[row, i]
        if to_edge:
            weight = nearest_edge_nb(shares[i] * price / nav, weight, band)
        wanted = weight * nav / price - shares[i] - queued
        notional = wanted * price
        if abs(notional) <= DUST * nav:
            continue
        trade[i] = wanted
        if notional > 0.0:
            bought += notional
        else:
            sold -= notional
    return max(bought, sold)


@kernel(inline=True)
def planned_cost_nb(prices: FloatArray, t: int, scale: float, costs: CostPanels, trade: FloatArray) -> float:
    """What the trade list would cost at ``scale``, from forecast volume and volatility."""
    spreads, volumes, sigmas = costs.planned_spread, costs.planned_volume, costs.planned_sigma
    eta, gamma = costs.eta, costs.gamma
    rs, rv, rg = row_nb(spreads, t), row_nb(volumes, t), row_nb(sigmas, t)
    total = 0.0
    for i in range(trade.shape[0]):
        if trade[i] != 0.0:
            x = abs(trade[i]) * prices[t, i] * scale
            a, b, c = cost_nb(x, spreads[rs, i], volumes[rv, i], sigmas[rg, i], eta[i], gamma[i], costs.delta)
            total += a + b + c
    return total


@kernel(inline=True)
def affordable_nb(prices: FloatArray, t: int, budget: float, costs: CostPanels, trade: FloatArray) -> float:
    """Largest scale in [0, 1] at which the planned cost stays within ``budget`` (bisection: it is increasing)."""
    if planned_cost_nb(prices, t, 1.0, costs, trade) <= budget:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        if planned_cost_nb(prices, t, middle, costs, trade) <= budget:
            low = middle
        else:
            high = middle
    return low


@kernel(inline=True)
def scale_nb(scale: float, trade: FloatArray) -> None:
    """Scale the trade list."""
    for i in range(trade.shape[0]):
        trade[i] *= scale


@kernel(inline=True)
def cap_cost_nb(
    prices: FloatArray,
    t: int,
    nav: float,
    traded: float,
    decision: int,
    limits: Limits,
    costs: CostPanels,
    state: State,
    events: npt.NDArray[Any],
) -> None:
    """Scale the whole trade list down to what it may be planned to cost. The first investment is exempt."""
    if decision == 0 or limits.cost == np.inf:
        return
    trade = state.trade
    scale = affordable_nb(prices, t, limits.cost * nav, costs, trade)
    if scale < 1.0:
        emit_nb(events, state.tally, t, _LIMIT, LIMIT_COST, -1, decision, scale, 0.0, traded * (1.0 - scale))
        scale_nb(scale, trade)


@kernel(inline=True)
def cancel_work_nb(t: int, marks: FloatArray, state: State, events: npt.NDArray[Any]) -> None:
    """Drop what is due and unfilled: a newer decision replaces it. Orders still in flight stay."""
    work, count = state.work, state.tally
    if count[WORKING] == 0:
        return
    decision = count[WORKING_DECISION]
    for i in range(work.shape[0]):
        if work[i] != 0.0:
            price = marks[t, i]
            emit_nb(events, count, t, _CANCEL, NO_COMPONENT, i, decision, work[i], price, work[i] * price)
            work[i] = 0.0
    count[WORKING] = 0


@kernel(inline=True)
def emit_orders_nb(t: int, prices: FloatArray, decision: int, state: State, events: npt.NDArray[Any]) -> None:
    """Record the order as sized and capped."""
    if events.shape[0] == 0:
        return
    trade, count = state.trade, state.tally
    for i in range(trade.shape[0]):
        if trade[i] != 0.0:
            price = prices[t, i]
            emit_nb(events, count, t, _ORDER, NO_COMPONENT, i, decision, trade[i], price, trade[i] * price)


@kernel(inline=True)
def start_work_nb(decision: int, state: State) -> None:
    """Add the sized trade list to what is due now."""
    work, trade, count = state.work, state.trade, state.tally
    for i in range(work.shape[0]):
        work[i] += trade[i]
    count[WORKING] = 1
    count[WORKING_DECISION] = decision


@kernel(inline=True)
def decide_nb(
    t: int,
    marks: FloatArray,
    weights: FloatArray,
    row: int,
    band: float,
    to_edge: bool,
    limits: Limits,
    costs: CostPanels,
    state: State,
    events: npt.NDArray[Any],
) -> None:
    """Take a decision at the close of t: cancel what is left of the last one, size, cap, queue."""
    count, queue, trade, shares = state.tally, state.queue, state.trade, state.shares
    nav = state.cell[BOOK_NAV]
    cancel_work_nb(t, marks, state, events)
    decision = count[DECISIONS]
    count[DECISIONS] = decision + 1
    slot = (t + limits.lag) % queue.shape[0]
    if limits.size_at_fill and limits.lag > 0:
        emit_nb(events, count, t, _DECISION, NO_COMPONENT, -1, decision, 0.0, 0.0, nav)
        for i in range(shares.shape[0]):
            weight = weights[row, i]
            if to_edge:
                weight = nearest_edge_nb(shares[i] * marks[t, i] / nav, weight, band)
            queue[slot, i] = weight
    else:
        traded = size_nb(marks, t, weights, row, band, to_edge, nav, True, state)
        emit_nb(events, count, t, _DECISION, NO_COMPONENT, -1, decision, traded / nav, 0.0, nav)
        cap_cost_nb(marks, t, nav, traded, decision, limits, costs, state, events)
        emit_orders_nb(t, marks, decision, state, events)
        if limits.lag == 0:
            start_work_nb(decision, state)
            return
        for i in range(trade.shape[0]):
            queue[slot, i] = trade[i]
    state.queue_decision[slot] = decision
    count[NEXT_DUE] = min(count[NEXT_DUE], t + limits.lag)


@kernel(inline=True)
def release_due_nb(
    t: int,
    prices: FloatArray,
    marks: FloatArray,
    limits: Limits,
    costs: CostPanels,
    state: State,
    events: npt.NDArray[Any],
) -> None:
    """Move the order due today out of the queue; size it now if weights were queued."""
    count, queue, queue_decision, trade, shares = (
        state.tally,
        state.queue,
        state.queue_decision,
        state.trade,
        state.shares,
    )
    slots = queue.shape[0]
    slot = t % slots
    decision = queue_decision[slot]
    if decision >= 0:
        queue_decision[slot] = -1
        if limits.size_at_fill:
            cancel_work_nb(t, marks, state, events)
            nav = state.cell[BOOK_CASH]
            for i in range(shares.shape[0]):
                price = prices[t, i]
                nav += shares[i] * (price if price > 0.0 else marks[t, i])
            traded = size_nb(prices, t, queue, slot, 0.0, False, nav, False, state)
            cap_cost_nb(prices, t, nav, traded, decision, limits, costs, state, events)
            emit_orders_nb(t, prices, decision, state, events)
        else:
            for i in range(trade.shape[0]):
                trade[i] = queue[slot, i]
        start_work_nb(decision, state)
    due = _NEVER
    for later in range(1, slots + 1):
        if queue_decision[(t + later) % slots] >= 0:
            due = t + later
            break
    count[NEXT_DUE] = due
