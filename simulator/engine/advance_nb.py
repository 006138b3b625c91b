"""The day, in its order: interest, fills, marks, decision. One loop serves every driver.

``advance_nb`` runs until a session on which a policy must be asked, or to the end. The Python driver answers and
calls it again; a plan never stops it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy.typing as npt

from simulator.core.abi import (
    ASK,
    ASKED,
    BOOK_CASH,
    BOOK_NAV,
    DAY_BOUGHT,
    DAY_COSTS,
    DAY_IMPACT_PNL,
    DAY_INTEREST,
    DAY_PRICE_PNL,
    DAY_SOLD,
    DISPLACED,
    EVENTS,
    EVENTS_FULL,
    FINISHED,
    NEXT_DUE,
    NO_DISPLACEMENT,
    NOTHING,
    PREMIUM,
    PREVIOUS_NAV,
    TEST_BAND,
    TOLERANCE,
    TRADE,
    UNBALANCED,
    WORKING,
    CostPanels,
    Limits,
    LiquidityPanels,
    MarketArrays,
    Output,
    PlanArrays,
    State,
)
from simulator.core.jit import kernel
from simulator.core.types import FloatArray
from simulator.ledger.emit_nb import emit_nb
from simulator.ledger.events import NO_COMPONENT, Kind

from .fill_nb import fill_nb
from .order_nb import decide_nb, release_due_nb
from .settle_nb import accrue_nb

_MARK = int(Kind.MARK)
#: Most events one asset can cause in a day: a fill with two limits, three costs and a cancellation, two
#: cancellations by decisions (when made, when sized), two orders, a mark.
EVENTS_PER_ASSET = 12


@kernel(inline=True)
def mark_nb(t: int, marks: FloatArray, shares: FloatArray, cash: float) -> tuple[float, float]:
    """Nav at market prices, and the day's price pnl on the shares now held."""
    before = max(t - 1, 0)
    nav, pnl = cash, 0.0
    for i in range(marks.shape[1]):
        held, price = shares[i], marks[t, i]
        nav += held * price
        pnl += held * (price - marks[before, i])
    return nav, pnl


@kernel(inline=True)
def breached_nb(
    t: int,
    marks: FloatArray,
    shares: FloatArray,
    targets: FloatArray,
    row: int,
    cash_target: float,
    band: float,
    nav: float,
    cash: float,
) -> bool:
    """Whether a weight of nav, cash included, is further from its target than the band."""
    edge = band * nav
    out = abs(cash - cash_target * nav) > edge
    for i in range(marks.shape[1]):
        out |= abs(shares[i] * marks[t, i] - targets[row, i] * nav) > edge
    return out


@kernel(inline=True)
def raised_nb(t: int, marks: FloatArray, liquidity: LiquidityPanels, shares: FloatArray, cash: float) -> float:
    """Cash that could be raised within the horizon under stress, cash held included."""
    capacity, net, slope = liquidity.capacity, liquidity.net, liquidity.slope
    total = cash
    for i in range(marks.shape[1]):
        sold = min(shares[i] * marks[t, i], capacity[t, i])
        total += sold * (net[t, i] - slope[t, i] * sold)
    return total


@kernel(inline=True)
def decay_nb(retain: float, displacement: FloatArray) -> bool:
    """Let displacements decay by a session, flushed to zero before they become denormal; return if any is left."""
    left = False
    for i in range(displacement.shape[0]):
        moved = displacement[i] * retain
        moved = moved if abs(moved) > NO_DISPLACEMENT else 0.0
        displacement[i] = moved
        left |= moved != 0.0
    return left


@kernel(inline=True)
def premium_nb(t: int, marks: FloatArray, shares: FloatArray, displacement: FloatArray) -> float:
    """What marking at displaced prices would add to nav."""
    total = 0.0
    for i in range(marks.shape[1]):
        total += shares[i] * marks[t, i] * displaced_by_nb(displacement[i])
    return total


@kernel(inline=True)
def displaced_by_nb(x: float) -> float:
    """exp(x) - 1; a polynomial exact to the last bit or two where x is small, which it nearly always is."""
    if abs(x) < 1e-3:
        return x * (1.0 + x * (0.5 + x * (1.0 / 6.0 + x * (1.0 / 24.0 + x * (1.0 / 120.0)))))
    return math.expm1(x)


@kernel(inline=True)
def clear_day_nb(state: State) -> None:
    """Clear the day's totals."""
    cell = state.cell
    cell[DAY_INTEREST] = 0.0
    cell[DAY_PRICE_PNL] = 0.0
    cell[DAY_IMPACT_PNL] = 0.0
    cell[DAY_COSTS] = 0.0
    cell[DAY_BOUGHT] = 0.0
    cell[DAY_SOLD] = 0.0


@kernel
def open_nb(
    t: int,
    market: MarketArrays,
    costs: CostPanels,
    limits: Limits,
    state: State,
    out: Output,
    events: npt.NDArray[Any],
) -> None:
    """The fills due on session t, orders that fall due released first."""
    if t >= state.tally[NEXT_DUE]:
        release_due_nb(t, market.fill_price, market.mark, limits, costs, state, events)
    if state.tally[WORKING] != 0:
        fill_nb(t, market, costs, limits, state, out, events)


@kernel
def write_day_nb(
    t: int,
    pnl: float,
    premium: float,
    marks: FloatArray,
    state: State,
    out: Output,
    events: npt.NDArray[Any],
) -> None:
    """Write the daily arrays and the marks of what is held."""
    cell, shares, written = state.cell, state.shares, out.shares
    out.cash[t] = cell[BOOK_CASH]
    out.interest[t] = cell[DAY_INTEREST]
    out.price_pnl[t] = pnl + cell[DAY_PRICE_PNL]
    out.impact_pnl[t] = cell[DAY_IMPACT_PNL]
    out.bought[t] = cell[DAY_BOUGHT]
    out.sold[t] = cell[DAY_SOLD]
    out.premium[t] = premium
    for i in range(marks.shape[1]):
        held = shares[i]
        written[t, i] = held
        if events.shape[0] > 0 and held != 0.0:
            price = marks[t, i]
            emit_nb(events, state.tally, t, _MARK, NO_COMPONENT, i, -1, held, price, held * price)


@kernel(inline=True)
def close_nb(
    t: int,
    market: MarketArrays,
    limits: Limits,
    liquidity: LiquidityPanels,
    state: State,
    out: Output,
    events: npt.NDArray[Any],
) -> bool:
    """Mark the book, prove the day's change in nav, write it; return whether it balances."""
    cell, shares = state.cell, state.shares
    nav, pnl = mark_nb(t, market.mark, shares, cell[BOOK_CASH])
    premium = 0.0
    if state.tally[DISPLACED] != 0:
        premium = premium_nb(t, market.mark, shares, state.displacement)
    if limits.impacted_marks:
        nav += premium
        cell[DAY_IMPACT_PNL] += premium - cell[PREMIUM]
        cell[PREMIUM] = premium
    explained = pnl + cell[DAY_PRICE_PNL] + cell[DAY_IMPACT_PNL] - cell[DAY_COSTS] + cell[DAY_INTEREST]
    out.nav[t] = nav
    if out.full:
        write_day_nb(t, pnl, premium, market.mark, state, out, events)
    if out.raised.shape[0] > 0:
        out.raised[t] = raised_nb(t, market.mark, liquidity, shares, cell[BOOK_CASH])
    change = nav - cell[PREVIOUS_NAV]
    cell[BOOK_NAV] = cell[PREVIOUS_NAV] = nav
    return abs(change - explained) <= TOLERANCE * max(abs(nav), 1.0)


@kernel
def coast_nb(
    start: int,
    stop: int,
    market: MarketArrays,
    plan: PlanArrays,
    state: State,
    nav_out: FloatArray,
) -> tuple[int, bool]:
    """Run through sessions on which nothing is due and nothing but nav is kept.

    Returns the first session that wants more than that (not begun), and whether all before it balanced. This is
    the loop a replay spends its time in: interest, marks, the proof of the day, the test of the band.
    """
    marks, accrual = market.mark, market.accrual
    actions, rows, targets, bands, cash_targets = (
        plan.action,
        plan.row,
        plan.targets,
        plan.band,
        plan.cash_target,
    )
    shares, cell = state.shares, state.cell
    cash, previous = cell[BOOK_CASH], cell[PREVIOUS_NAV]
    balanced = True
    t = start
    while t < stop:
        action = actions[t]
        if action > TEST_BAND:
            break
        interest = cash * accrual[t]
        held = cash + interest
        nav, pnl = mark_nb(t, marks, shares, held)
        if action == TEST_BAND:
            row = rows[t]
            if breached_nb(t, marks, shares, targets, row, cash_targets[row], bands[row], nav, held):
                break
        if abs(nav - previous - pnl - interest) > TOLERANCE * max(abs(nav), 1.0):
            balanced = False
            break
        cash = held
        nav_out[t] = nav
        previous = nav
        t += 1
    cell[BOOK_CASH] = cash
    cell[BOOK_NAV] = cell[PREVIOUS_NAV] = previous
    return t, balanced


@kernel
def advance_nb(
    start: int,
    market: MarketArrays,
    costs: CostPanels,
    limits: Limits,
    liquidity: LiquidityPanels,
    plan: PlanArrays,
    state: State,
    out: Output,
    events: npt.NDArray[Any],
) -> tuple[int, int]:
    """Replay from the open of session ``start``; return the session reached and why.

    ``FINISHED``: the last session is closed. ``ASKED``: the close of that session is marked and the policy must
    decide (see :func:`resume_nb`). ``EVENTS_FULL``: nothing of that session was done; give a larger buffer and
    start from it again. ``UNBALANCED``: its books do not balance.
    """
    cell, count = state.cell, state.tally
    sessions, assets = market.mark.shape
    room = events.shape[0] - EVENTS_PER_ASSET * (assets + 1)
    plain = not out.full and out.raised.shape[0] == 0
    t = start
    while t < sessions:
        if plain and count[WORKING] == 0 and count[DISPLACED] == 0:
            t, balanced = coast_nb(t, min(sessions, count[NEXT_DUE]), market, plan, state, out.nav)
            if not balanced:
                return t, UNBALANCED
            if t >= sessions:
                break
        if events.shape[0] > 0 and count[EVENTS] > room:
            return t, EVENTS_FULL
        clear_day_nb(state)
        accrue_nb(t, market.accrual[t], state, events)
        if count[DISPLACED] != 0 and not decay_nb(costs.retain, state.displacement):
            count[DISPLACED] = 0
        if limits.lag > 0 and (t >= count[NEXT_DUE] or count[WORKING] != 0):
            open_nb(t, market, costs, limits, state, out, events)
        action = plan.action[t]
        if action != NOTHING or (limits.lag == 0 and count[WORKING] != 0):
            nav = mark_nb(t, market.mark, state.shares, cell[BOOK_CASH])[0]
            if limits.impacted_marks:
                nav += premium_nb(t, market.mark, state.shares, state.displacement)
            cell[BOOK_NAV] = nav
        if action == ASK:
            return t, ASKED
        if action != NOTHING:
            row = plan.row[t]
            band, cash_target = plan.band[row], plan.cash_target[row]
            if action == TRADE or breached_nb(
                t, market.mark, state.shares, plan.targets, row, cash_target, band, cell[BOOK_NAV], cell[BOOK_CASH]
            ):
                edge = plan.to_edge and action == TEST_BAND
                decide_nb(t, market.mark, plan.targets, row, band, edge, limits, costs, state, events)
        if limits.lag == 0 and count[WORKING] != 0:
            fill_nb(t, market, costs, limits, state, out, events)
        if not close_nb(t, market, limits, liquidity, state, out, events):
            return t, UNBALANCED
        t += 1
    return sessions, FINISHED


@kernel
def resume_nb(
    t: int,
    decided: bool,
    weights: FloatArray,
    market: MarketArrays,
    costs: CostPanels,
    limits: Limits,
    liquidity: LiquidityPanels,
    state: State,
    out: Output,
    events: npt.NDArray[Any],
) -> bool:
    """Finish session t with a policy's answer (``weights`` (1, N), ignored unless ``decided``)."""
    if decided:
        decide_nb(t, market.mark, weights, 0, 0.0, False, limits, costs, state, events)
    if limits.lag == 0 and state.tally[WORKING] != 0:
        fill_nb(t, market, costs, limits, state, out, events)
    return close_nb(t, market, limits, liquidity, state, out, events)
