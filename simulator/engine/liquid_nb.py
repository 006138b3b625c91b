"""Bounds on the liquidity of what a decision aims at: cash instead of what they do not leave room for.

All of it in cash keeps every one of them, and what one bound moves into cash breaks no other: each is kept by itself,
one after the other. The conditions are those known at the decision, as usual; the order in which holdings give way is
by what raising a unit of what the bound asks for would cost under stress, cheapest first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.core.abi import (
    CHARGE,
    GOAL,
    CostPanels,
    HoldingLimits,
    Limits,
    LiquidityPanels,
    State,
)
from simulator.core.jit import kernel
from simulator.core.types import FloatArray
from simulator.costs.law_nb import row_nb
from simulator.ledger.emit_nb import emit_nb
from simulator.ledger.events import (
    LIMIT_DAYS_TO_CASH,
    LIMIT_HIGHLY_LIQUID,
    LIMIT_ILLIQUID,
    LIMIT_LCR,
    LIMIT_LIQUID,
    Kind,
)

from .close_nb import brings_nb

_LIMIT = int(Kind.LIMIT)
_BISECTIONS = 60
#: Scratch rows of the book: what raising a unit costs, and the weight down to which selling raises anything.
_COST, _FLOOR = CHARGE, CHARGE + 1
_ROUNDED = 1e-12
#: Business days within which a position is to be cash to be highly liquid, and to be sold not to be illiquid (22e-4).
_HIGHLY_DAYS, _SOLD_DAYS = 3.0, 5.0


@kernel
def keep_liquid_nb(
    t: int,
    nav: float,
    decision: int,
    limits: Limits,
    liquidity: LiquidityPanels,
    state: State,
    events: npt.NDArray[Any],
) -> None:
    """Scale the goal down, into cash, until enough of nav could be raised under stress after the decision.

    The goal is (N,) fractions of ``nav``, which is in currency.

    A book worth nothing, or less, has nothing liquid, and aims at holding nothing.
    """
    goal = state.book[GOAL]
    if liquid_share_nb(t, 1.0, nav, goal, liquidity) >= limits.least_liquid:
        return
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        if liquid_share_nb(t, middle, nav, goal, liquidity) >= limits.least_liquid:
            low = middle
        else:
            high = middle
    cut = 0.0
    for i in range(goal.shape[0]):
        cut += abs(goal[i]) * (1.0 - low) * max(nav, 0.0)
        goal[i] *= low
    emit_nb(events, state.tally, t, _LIMIT, LIMIT_LIQUID, -1, decision, low, 0.0, cut)


@kernel
def liquid_share_nb(t: int, scale: float, nav: float, goal: FloatArray, liquidity: LiquidityPanels) -> float:
    """Share of nav that could be raised if the goal, scaled, were held and the rest were cash; 0 without any nav."""
    if nav <= 0.0:
        return 0.0
    raised, invested = 0.0, 0.0
    for i in range(goal.shape[0]):
        value = goal[i] * scale * nav
        invested += value
        raised += brings_nb(i, t, value, liquidity)
    return (nav - invested + raised) / nav


@kernel
def keep_within_nb(
    t: int,
    nav: float,
    decision: int,
    limits: Limits,
    costs: CostPanels,
    liquidity: LiquidityPanels,
    state: State,
    events: npt.NDArray[Any],
) -> None:
    """Move as much of the goal into cash as the bounds on days to cash, on 22e-4's buckets and on the LCR ask for."""
    own = limits.holding
    if own.slow < 1.0:
        floors_nb(t, own.days, own.pace / nav, 0, limits, costs, state)
        give_way_nb(t, nav, own.slow, False, LIMIT_DAYS_TO_CASH, decision, liquidity, state, events)
    rate = own.bucket_pace / nav
    if own.illiquid < 1.0:
        floors_nb(t, _SOLD_DAYS, rate, -1, limits, costs, state)
        give_way_nb(t, nav, own.illiquid, True, LIMIT_ILLIQUID, decision, liquidity, state, events)
    if own.less_liquid < 1.0:
        floors_nb(t, _HIGHLY_DAYS, rate, own.settlement, limits, costs, state)
        give_way_nb(t, nav, own.less_liquid, True, LIMIT_HIGHLY_LIQUID, decision, liquidity, state, events)
    if own.stock > 0.0:
        keep_stock_nb(t, nav, decision, own, liquidity, state, events)


@kernel
def floors_nb(
    t: int, days: float, pace: float, settlement: int, limits: Limits, costs: CostPanels, state: State
) -> None:
    """The weight that is sold, at ``pace`` of the planned volume, within so many days of which the last few settle it.

    ``settlement`` are the days a sale settles in at least; -1 for those of selling alone.
    """
    floor, volumes, waits = state.book[_FLOOR], costs.planned_volume, limits.settlement
    rv, rw = row_nb(volumes, t), t if waits.shape[0] > 1 else 0
    for i in range(floor.shape[0]):
        wait = max(settlement, 0)
        if settlement >= 0 and waits.shape[0] > 0:
            wait = max(wait, int(waits[rw, i]))
        floor[i] = pace * volumes[rv, i] * max(days - wait, 0.0)


@kernel
def unit_cost_nb(t: int, i: int, value: float, liquidity: LiquidityPanels) -> float:
    """What is lost of a unit of a position's value when it is sold within the horizon under stress."""
    row, column = (t, i) if liquidity.by_session else (i, t)
    sold = min(value, liquidity.capacity[row, column])
    return 1.0 - (liquidity.net[row, column] - liquidity.slope[row, column] * sold)


@kernel
def cheapest_nb(cost: FloatArray) -> int:
    """The asset that is cheapest to sell, the first of those that tie; -1 where none is left.

    ``cost`` is (N,), as a fraction of what is sold; inf for those that are out.
    """
    best = -1
    for i in range(cost.shape[0]):
        if cost[i] < np.inf and (best < 0 or cost[i] < cost[best]):
            best = i
    return best


@kernel
def give_way_nb(
    t: int,
    nav: float,
    most: float,
    whole: bool,
    limit: int,
    decision: int,
    liquidity: LiquidityPanels,
    state: State,
    events: npt.NDArray[Any],
) -> None:
    """Cut weights above their floors, cheapest first, until what is above them comes to at most ``most`` of nav.

    Weights are (N,) fractions of ``nav``, ``most`` is one as well.

    ``whole``: a weight counts in full as long as it is above its floor, and not at all from there on.
    """
    goal, cost, floor = state.book[GOAL], state.book[_COST], state.book[_FLOOR]
    over = -most
    for i in range(goal.shape[0]):
        cost[i] = np.inf
        if goal[i] > floor[i] * (1.0 + _ROUNDED):
            over += goal[i] if whole else goal[i] - floor[i]
            cost[i] = unit_cost_nb(t, i, goal[i] * nav, liquidity)
    while over > _ROUNDED:
        i = cheapest_nb(cost)
        if i < 0:
            return
        cut = min(over, goal[i] - floor[i])
        gone = goal[i] if whole and cut == goal[i] - floor[i] else cut
        take_nb(t, i, cut, nav, limit, decision, state, events)
        over -= gone
        cost[i] = np.inf


@kernel
def take_nb(
    t: int, i: int, cut: float, nav: float, limit: int, decision: int, state: State, events: npt.NDArray[Any]
) -> None:
    """Move some of a weight into cash, and record why. ``cut`` is a fraction of ``nav``, which is in currency."""
    goal = state.book[GOAL]
    left = max(goal[i] - cut, 0.0)
    emit_nb(events, state.tally, t, _LIMIT, limit, i, decision, left / goal[i], 0.0, cut * nav)
    goal[i] = left


@kernel
def keep_stock_nb(
    t: int,
    nav: float,
    decision: int,
    own: HoldingLimits,
    liquidity: LiquidityPanels,
    state: State,
    events: npt.NDArray[Any],
) -> None:
    """Sell what counts for less than cash until the stock of high-quality liquid assets is large enough.

    The goal is (N,) fractions of ``nav``, at the close of session t.

    Of each asset, cheapest first, as little as does.
    """
    goal, cost, counted = state.book[GOAL], state.book[_COST], own.counted
    for i in range(goal.shape[0]):
        counts = counted[0, i] + counted[1, i] + counted[2, i]
        cost[i] = np.inf
        if goal[i] > 0.0 and counts < 1.0:
            cost[i] = unit_cost_nb(t, i, goal[i] * nav, liquidity) / (1.0 - counts)
    while stock_nb(goal, counted) < own.stock - _ROUNDED:
        i = cheapest_nb(cost)
        if i < 0:
            return
        held, low, high = goal[i], 0.0, 1.0
        goal[i] = 0.0
        if stock_nb(goal, counted) >= own.stock:
            for _ in range(_BISECTIONS):
                middle = 0.5 * (low + high)
                goal[i] = held * middle
                if stock_nb(goal, counted) >= own.stock:
                    low = middle
                else:
                    high = middle
        goal[i] = held
        take_nb(t, i, held * (1.0 - low), nav, LIMIT_LCR, decision, state, events)
        cost[i] = np.inf


@kernel
def stock_nb(goal: FloatArray, counted: FloatArray) -> float:
    """Stock of high-quality liquid assets of target weights, a share of nav; the rest is cash, of level 1.

    Both caps of BCBS 238, Annex 1, as :func:`simulator.liquidity.high_quality_liquid_assets` has them.
    """
    first, second_a, second_b = 1.0, 0.0, 0.0
    for i in range(goal.shape[0]):
        first += goal[i] * (counted[0, i] - 1.0)
        second_a += goal[i] * counted[1, i]
        second_b += goal[i] * counted[2, i]
    over = max(second_b - min(15.0 / 85.0 * (first + second_a), 15.0 / 60.0 * first), 0.0)
    over += max(second_a + second_b - over - 2.0 / 3.0 * first, 0.0)
    return max(first + second_a + second_b - over, 0.0)
