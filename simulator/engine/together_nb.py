"""Runs that are alike but for their bands, replayed as one until their decisions differ.

The narrowest band is left whenever any of them is. There, the runs whose own band is not left part from the others:
the book is put aside for them, and taken up again when the narrower ones are done. Nothing is computed twice, and each
run is to the bit what it would have been alone.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy.typing as npt

from simulator.core.abi import (
    ASKED,
    BOOK_CASH,
    BOOK_NAV,
    FINISHED,
    FLOW_AMOUNT,
    HOLD_ANSWER,
    NO_ANSWER,
    PLAN_ANSWER,
    RULE_BAND,
    SHARES,
    CorporateActions,
    CostPanels,
    FlowArrays,
    Limits,
    LiquidityPanels,
    MarketArrays,
    Output,
    PlanArrays,
    State,
)
from simulator.core.jit import kernel
from simulator.core.types import FloatArray, IntArray

from .advance_nb import advance_nb
from .close_nb import strayed_nb
from .figures_nb import figures_nb, stayers_path_nb


class Plans(NamedTuple):
    """The plans of I runs, path by path and within a path policy by policy; what several share is there once."""

    action: npt.NDArray[Any]  # (C, T) uint8
    until: npt.NDArray[Any]  # (C, T) int32
    row: npt.NDArray[Any]  # (C, T) int32, counted from the first row of its plan
    targets: FloatArray  # (R, N)
    rules: FloatArray  # (R, columns)
    calendar: IntArray  # (I,) which of the C calendars
    first: IntArray  # (I,) rows of targets and rules, from ...
    stop: IntArray  # (I,) ... to
    to_edge: npt.NDArray[Any]  # (I,) bool
    turn: IntArray  # (I,) the runs in the order in which they are replayed
    end: IntArray  # (I,) for each place in that order, where the runs that begin together there end


class Aside(NamedTuple):
    """Books put aside, one on the other: their states, and the runs that go on from them.

    Each array has D places, one a book.
    """

    book: FloatArray  # (D, ...) as in State
    recent: FloatArray
    cell: FloatArray
    tally: IntArray
    since: IntArray  # (D, 3) session, and the first and the end of the runs, by their turns


class Results(NamedTuple):
    """What is kept of I runs."""

    figures: FloatArray  # (I, figures)
    navs: FloatArray  # (I, T), or (0, 0) where they are not kept


@kernel(inline=True)
def copy_nb(source: npt.NDArray[Any], target: npt.NDArray[Any]) -> None:
    """Copy a row."""
    for i in range(source.shape[0]):
        target[i] = source[i]


@kernel(inline=True)
def copy_rows_nb(source: FloatArray, target: FloatArray) -> None:
    """Copy a table."""
    for i in range(source.shape[0]):
        for j in range(source.shape[1]):
            target[i, j] = source[i, j]


@kernel(inline=True)
def put_aside_nb(depth: int, t: int, first: int, stop: int, state: State, aside: Aside) -> None:
    """Keep the book of session t for the runs from ``first`` to ``stop``."""
    copy_rows_nb(state.book, aside.book[depth])
    copy_rows_nb(state.recent, aside.recent[depth])
    copy_nb(state.cell, aside.cell[depth])
    copy_nb(state.tally, aside.tally[depth])
    aside.since[depth, 0] = t
    aside.since[depth, 1] = first
    aside.since[depth, 2] = stop


@kernel(inline=True)
def take_up_nb(depth: int, state: State, aside: Aside) -> None:
    """Go back to a book that was put aside. ``depth`` is its place among the (D, ...) that are."""
    copy_rows_nb(aside.book[depth], state.book)
    copy_rows_nb(aside.recent[depth], state.recent)
    copy_nb(aside.cell[depth], state.cell)
    copy_nb(aside.tally[depth], state.tally)


@kernel(inline=True)
def plan_nb(first: int, stop: int, plans: Plans) -> PlanArrays:
    """The plan of the run whose turn is ``first``; it stands for those up to ``stop`` as well.

    Its arrays are (T,) by session and (rows, N) by targets.
    """
    k = plans.turn[first]
    calendar, rows = plans.calendar[k], slice(plans.first[k], plans.stop[k])
    return PlanArrays(
        plans.action[calendar],
        plans.until[calendar],
        plans.row[calendar],
        plans.targets[rows],
        plans.rules[rows],
        plans.to_edge[k],
        stop - first > 1,
    )


@kernel(inline=True)
def parting_nb(t: int, first: int, stop: int, marks: FloatArray, plan: PlanArrays, plans: Plans, state: State) -> int:
    """The first of the runs from ``first`` to ``stop`` whose band is not left at the close of t. Marks are (T, N).

    That of ``first`` is left, and they come in order of their bands: it is searched by halving.
    """
    cash, nav, shares, row = state.cell[BOOK_CASH], state.cell[BOOK_NAV], state.book[SHARES], plan.row[t]
    low, high = first, stop
    while high - low > 1:
        middle = (low + high) // 2
        band = plans.rules[plans.first[plans.turn[middle]] + row, RULE_BAND]
        if strayed_nb(t, marks, shares, plan, row, band, cash, nav):
            low = middle
        else:
            high = middle
    return high


@kernel(inline=True)
def hand_out_nb(first: int, stop: int, nav: FloatArray, plans: Plans, results: Results) -> None:
    """Give the figures of the run whose turn is ``first`` to those up to ``stop``, and its nav to all of them.

    ``nav`` is (T,), in currency.
    """
    figures, navs, turn = results.figures, results.navs, plans.turn
    for place in range(first + 1, stop):
        copy_nb(figures[turn[first]], figures[turn[place]])
    if navs.shape[0] > 0:
        for place in range(first, stop):
            copy_nb(nav, navs[turn[place]])


@kernel
def replay_together_nb(
    first: int,
    stop: int,
    years: float,
    stress: float,
    market: MarketArrays,
    actions: CorporateActions,
    flows: FlowArrays,
    costs: CostPanels,
    limits: Limits,
    liquidity: LiquidityPanels,
    plans: Plans,
    state: State,
    aside: Aside,
    out: Output,
    returns: FloatArray,
    results: Results,
    events: npt.NDArray[Any],
) -> int:
    """Replay the runs whose turn is ``first`` to ``stop``, which begin together.

    Return how far they came: ``stop``, or the place of a run whose books do not balance. The nav of what several runs
    have in common is written once: of the books put aside, the latest is taken up first, so that nothing before its
    session has been overwritten.
    """
    zero = first - first  # a variable: to numba a literal is a type of its own, for which all would be compiled again
    a, b, depth, t, answer = first, stop, 0, zero, zero + NO_ANSWER
    while True:
        plan = plan_nb(a, b, plans)
        t, status = advance_nb(t, answer, market, actions, flows, costs, limits, liquidity, plan, state, out, events)
        if status == ASKED:
            parting = parting_nb(t, a, b, market.mark, plan, plans, state)
            if parting < b:
                put_aside_nb(depth, t, parting, b, state, aside)
                b = parting
                depth += 1
            answer = zero + PLAN_ANSWER
            continue
        if status != FINISHED:
            return a
        initial = flows.table[0, FLOW_AMOUNT]
        own = results.figures[plans.turn[a]]
        nav = out.nav
        if out.flowed.shape[1] > 0:
            nav = returns[3]
            stayers_path_nb(out.nav, out.flowed[2], nav)
        figures_nb(nav, out.flowed, out.raised, stress, market, years, initial, state, returns, own)
        hand_out_nb(a, b, nav, plans, results)
        if depth == 0:
            return stop
        depth -= 1
        take_up_nb(depth, state, aside)
        t, a, b = aside.since[depth, 0], aside.since[depth, 1], aside.since[depth, 2]
        answer = zero + HOLD_ANSWER
        for later in range(t + (1 if limits.lag > 0 else 0), out.flowed.shape[1]):  # no trace of the other runs' flows
            out.flowed[0, later] = out.flowed[1, later] = out.flowed[2, later] = 0.0
