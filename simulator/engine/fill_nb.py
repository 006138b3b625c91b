"""From shares due to shares filled: no volume no fill, the caps, sells first, then the buys that cash allows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.core.abi import (
    BOOK_CASH,
    BOOK_NAV,
    DUST,
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
    LIMIT_CASH,
    LIMIT_PARTICIPATION,
    LIMIT_TURNOVER,
    LIMIT_UNTRADABLE,
    NO_COMPONENT,
    Kind,
)

from .settle_nb import displaced_nb, settle_nb

_CANCEL, _LIMIT = int(Kind.CANCEL), int(Kind.LIMIT)
_NEWTON_STEPS = 50


@kernel(inline=True)
def executable_nb(
    t: int, market: MarketArrays, costs: CostPanels, limits: Limits, state: State, events: npt.NDArray[Any]
) -> None:
    """Set ``state.trade`` to what can trade today, before cash, and ``state.price`` to the fill prices (0 for none).

    A sale whose cost would exceed its proceeds does not trade.
    """
    work, trade, prices, shares, displacement = (
        state.work,
        state.trade,
        state.price,
        state.shares,
        state.displacement,
    )
    tradable, fill_price, marks = market.tradable, market.fill_price, market.mark
    spreads, volumes, sigmas, eta, gamma = costs.spread, costs.volume, costs.sigma, costs.eta, costs.gamma
    rs, rv, rg = row_nb(spreads, t), row_nb(volumes, t), row_nb(sigmas, t)
    count = state.tally
    decision = count[WORKING_DECISION]
    for i in range(work.shape[0]):
        want = work[i]
        trade[i] = prices[i] = 0.0
        if want == 0.0:
            continue
        if not tradable[t, i]:
            emit_nb(events, count, t, _LIMIT, LIMIT_UNTRADABLE, i, decision, 0.0, 0.0, abs(want * marks[t, i]))
            continue
        if want < -shares[i]:
            want = work[i] = -shares[i]
        price = displaced_nb(fill_price[t, i], displacement[i])
        notional, room = abs(want) * price, limits.participation * volumes[rv, i]
        if notional > room:
            emit_nb(
                events,
                count,
                t,
                _LIMIT,
                LIMIT_PARTICIPATION,
                i,
                decision,
                room / notional,
                0.0,
                notional - room,
            )
            want *= room / notional
            notional = room
        if want < 0.0:
            spread, temporary, permanent = cost_nb(
                notional, spreads[rs, i], volumes[rv, i], sigmas[rg, i], eta[i], gamma[i], costs.delta
            )
            if spread + temporary + permanent >= notional:
                continue
        prices[i] = price
        trade[i] = want


@kernel(inline=True)
def cap_turnover_nb(t: int, limits: Limits, state: State, events: npt.NDArray[Any]) -> None:
    """Scale the session's trades to the turnover cap, on the last known nav. The first investment is exempt."""
    tally, trade, prices = state.tally, state.trade, state.price
    decision = tally[WORKING_DECISION]
    if decision == 0 or limits.turnover == np.inf:
        return
    bought, sold = 0.0, 0.0
    for i in range(trade.shape[0]):
        if trade[i] > 0.0:
            bought += trade[i] * prices[i]
        elif trade[i] < 0.0:
            sold -= trade[i] * prices[i]
    traded, room = max(bought, sold), limits.turnover * state.cell[BOOK_NAV]
    if traded > room:
        scale = room / traded
        emit_nb(events, tally, t, _LIMIT, LIMIT_TURNOVER, -1, decision, scale, 0.0, traded - room)
        for i in range(trade.shape[0]):
            trade[i] *= scale


@kernel(inline=True)
def buying_scale_nb(
    t: int, budget: float, least: float, costs: CostPanels, trade: FloatArray, prices: FloatArray
) -> float:
    """Largest f in [0, 1] with f x notional + cost(f) <= budget over all buys; 0 where that is not above ``least``.

    The outlay is f (notional + spread) + f^(1 + delta) temporary + f^2 permanent: increasing and convex, so that
    Newton's method started at f = 1 comes down to the root without overshooting it (started below, it may leave
    the interval).
    """
    spreads, volumes, sigmas, eta, gamma = costs.spread, costs.volume, costs.sigma, costs.eta, costs.gamma
    rs, rv, rg = row_nb(spreads, t), row_nb(volumes, t), row_nb(sigmas, t)
    linear, temporary, permanent, buys = 0.0, 0.0, 0.0, 0
    for i in range(trade.shape[0]):
        if trade[i] > 0.0:
            x = trade[i] * prices[i]
            a, b, c = cost_nb(x, spreads[rs, i], volumes[rv, i], sigmas[rg, i], eta[i], gamma[i], costs.delta)
            buys += 1
            linear += x + a
            temporary += b
            permanent += c
    if linear + temporary + permanent <= budget:
        return 1.0
    if budget <= least:
        return 0.0
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
    safety = 4.0 * np.finfo(np.float64).eps * (buys + 4)
    return max(f * (1.0 - safety), 0.0)


@kernel(inline=True)
def afford_nb(t: int, costs: CostPanels, state: State, events: npt.NDArray[Any]) -> bool:
    """Scale all buys by one factor where the cash does not reach; return whether it did not."""
    trade, prices = state.trade, state.price
    scale = buying_scale_nb(t, state.cell[BOOK_CASH], DUST * state.cell[BOOK_NAV], costs, trade, prices)
    if scale == 1.0:
        return False
    count = state.tally
    decision = count[WORKING_DECISION]
    for i in range(trade.shape[0]):
        if trade[i] > 0.0:
            cut = trade[i] * (1.0 - scale) * prices[i]
            emit_nb(events, count, t, _LIMIT, LIMIT_CASH, i, decision, scale, 0.0, cut)
            trade[i] *= scale
    return True


@kernel(inline=True)
def carry_nb(t: int, marks: FloatArray, short: bool, limits: Limits, state: State, events: npt.NDArray[Any]) -> None:
    """Keep or drop what did not fill.

    A buy cut for lack of cash waits only while sells of the same book are still due to pay for it; anything
    below :data:`DUST` of nav is dropped.
    """
    work, trade, prices, count = state.work, state.trade, state.price, state.tally
    dust = DUST * state.cell[BOOK_NAV]
    decision = count[WORKING_DECISION]
    selling = False
    for i in range(work.shape[0]):
        work[i] -= trade[i]
        if abs(work[i]) * marks[t, i] <= dust:
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
            emit_nb(events, count, t, _CANCEL, NO_COMPONENT, i, decision, left, marks[t, i], left * marks[t, i])
            work[i] = 0.0
    count[WORKING] = working


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
    executable_nb(t, market, costs, limits, state, events)
    cap_turnover_nb(t, limits, state, events)
    settle_nb(t, -1.0, market, costs, state, out, events)
    short = afford_nb(t, costs, state, events)
    settle_nb(t, 1.0, market, costs, state, out, events)
    carry_nb(t, market.mark, short, limits, state, events)
