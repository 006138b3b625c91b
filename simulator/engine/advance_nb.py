"""The day, in its order: interest, corporate actions, flows, fills, marks, decision. One loop serves every driver.

``advance_nb`` runs until a session on which a policy must be asked, or to the end. The Python driver answers and
calls it again; a plan never stops it. Sessions on which nothing happens but interest and marks are taken in blocks
(:mod:`simulator.engine.close_nb`).
"""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from simulator.core.abi import (
    ACTION_SESSION,
    ASK,
    ASKED,
    BLOCK,
    BOOK_CASH,
    BOOK_NAV,
    CUTS,
    DISPLACED,
    EVENTS,
    EVENTS_FULL,
    FINISHED,
    FIRST_CUT,
    FIRST_DAY_CELL,
    FLOW_AMOUNT,
    FLOW_SESSION,
    GOAL,
    LAST_DAY_CELL,
    NEXT_ACTION,
    NEXT_DUE,
    NEXT_FLOW,
    NO_ANSWER,
    OWED,
    PLAN_ANSWER,
    RULE_BAND,
    RULE_CUTS,
    SETTLING,
    SHARES,
    SLICES_UNTIL,
    TAKEN,
    TAKEN_NOTIONAL,
    TARGETS_ANSWER,
    TEST_BAND,
    TRADE,
    UNBALANCED,
    WORKING,
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
from simulator.core.fetch_nb import fetch_nb
from simulator.core.jit import kernel
from simulator.core.types import FloatArray

from .book_nb import begin_nb
from .close_nb import (
    cash_block_nb,
    keep_nb,
    nav_block_nb,
    premium_block_nb,
    proven_nb,
    raised_block_nb,
    strayed_block_nb,
    strayed_nb,
    write_nb,
)
from .fees_nb import charge_fees_nb, pay_fees_nb
from .fill_nb import fill_nb
from .flow_nb import flow_nb
from .order_nb import decide_nb, take_due_nb
from .ruin_nb import end_nb, ruined_nb
from .schedule_nb import take_slice_nb
from .settle_nb import accrue_nb, borrow_nb, corporate_nb
from .unsettled_nb import arrive_nb, payable_nb

#: Most events one asset can cause in a day, and the book as one more asset: corporate actions, flows, orders sized,
#: limited, filled, charged and cancelled, decisions, marks.
EVENTS_PER_ASSET = 32

_OPENING, _ANSWERED, _MARKING = 0, 1, 2
_FIRST_BLOCK = 8
#: A session on which nothing happens earns interest and is marked.
_QUIET_EVENTS = 2


@kernel(inline=True)
def quiet_until_nb(
    t: int, actions: CorporateActions, flows: FlowArrays, limits: Limits, sessions: int, state: State
) -> int:
    """End (exclusive) of the sessions from t whose opens bring nothing but interest."""
    tally = state.tally
    if (
        tally[WORKING] != 0
        or tally[SLICES_UNTIL] > t
        or (limits.settlement.shape[0] > 0 and tally[SETTLING] > t)
        or state.cell[OWED] > 0.0
        or limits.short
        or flows.pays.shape[0] > 0
    ):
        return t + 1
    until = min(sessions, tally[NEXT_DUE])
    if tally[NEXT_ACTION] < actions.table.shape[0]:
        until = min(until, int(actions.table[tally[NEXT_ACTION], ACTION_SESSION]))
    if tally[NEXT_FLOW] < flows.table.shape[0]:
        until = min(until, int(flows.table[tally[NEXT_FLOW], FLOW_SESSION]))
    return max(until, t + 1)


@kernel(inline=True)
def until_act_nb(t: int, count: int, least: int, plan: PlanArrays) -> int:
    """Sessions from t up to and with the first one after t with an action of ``least`` or more; at most ``count``."""
    action, until = plan.action, plan.until
    u, end = int(until[t]), t + count
    while u < end:
        if action[u] >= least:
            return u + 1 - t
        u = int(until[u])
    return count


@kernel(inline=True)
def first_act_nb(
    t: int, count: int, marks: FloatArray, shares: FloatArray, plan: PlanArrays, cash: FloatArray, nav: FloatArray
) -> int:
    """First of ``count`` sessions from t on which the policy acts; ``count`` for none."""
    action, until, row = plan.action, plan.until, plan.row
    u, end = t, t + count
    while u < end:
        after = min(int(until[u]), end)
        if action[u] >= TRADE:
            return u - t
        if action[u] == TEST_BAND:
            for s in range(u, after):
                band = plan.rules[row[s], RULE_BAND]
                if strayed_nb(s, marks, shares, plan, row[s], band, cash[s - t], nav[s - t]):
                    return s - t
        u = after
    return count


@kernel(inline=True)
def clear_nb(state: State) -> None:
    """Clear the day's totals, and what was traded of each asset."""
    cell, taken, tally = state.cell, state.book[TAKEN_NOTIONAL], state.tally
    if tally[TAKEN] != 0:
        tally[TAKEN] = 0
        for i in range(taken.shape[0]):
            taken[i] = 0.0
    for k in range(FIRST_DAY_CELL, LAST_DAY_CELL):
        cell[k] = 0.0


@kernel(inline=True)
def open_nb(
    t: int,
    market: MarketArrays,
    actions: CorporateActions,
    flows: FlowArrays,
    costs: CostPanels,
    limits: Limits,
    state: State,
    out: Output,
    events: npt.NDArray[Any],
) -> None:
    """Everything between the previous close and the fills of session t."""
    tally = state.tally
    clear_nb(state)
    if t > 0:
        accrue_nb(t, market, costs, state, events)
        if limits.short:
            borrow_nb(t, market, costs, state, out, events)
        if flows.pays.shape[0] > 0:
            charge_fees_nb(t, flows, market, state, events)
    if limits.settlement.shape[0] > 0 and tally[SETTLING] >= t:
        arrive_nb(t, state)
    if tally[NEXT_ACTION] < actions.table.shape[0] and actions.table[tally[NEXT_ACTION], ACTION_SESSION] <= t:
        corporate_nb(t, actions, limits, market.mark, state, events)
    due = tally[NEXT_FLOW] < flows.table.shape[0] and flows.table[tally[NEXT_FLOW], FLOW_SESSION] <= t
    if due or state.cell[OWED] > 0.0:
        flow_nb(t, flows, market, costs, limits, state, out, events)
    if t > 0 and flows.pays.shape[0] > 0:
        pay_fees_nb(t, flows, market, costs, limits, state, out, events)
    if tally[SLICES_UNTIL] > t:
        take_slice_nb(t, limits, state)
    if limits.lag > 0 and t >= tally[NEXT_DUE]:
        take_due_nb(t, market.fill_price, market.mark, limits, costs, state, events)


@kernel
def advance_nb(
    start: int,
    answer: int,
    market: MarketArrays,
    actions: CorporateActions,
    flows: FlowArrays,
    costs: CostPanels,
    limits: Limits,
    liquidity: LiquidityPanels,
    plan: PlanArrays,
    state: State,
    out: Output,
    events: npt.NDArray[Any],
) -> tuple[int, int]:
    """Replay from the open of session ``start``; return the session reached and why. Session 0 empties the book.

    ``FINISHED``: the last session is closed. ``ASKED``: that session is marked and the policy must decide; put its
    weights into the book's goal and call again with the same session and its ``answer``. A shared plan is asked as
    well where its band is left; its answer is ``PLAN_ANSWER``, or ``HOLD_ANSWER``. ``EVENTS_FULL``: nothing of that
    session was done; give a larger buffer and start from it again. ``UNBALANCED``: the books of the sessions up to
    that one do not balance.
    """
    book, cell, tally, nav, raised = state.book, state.cell, state.tally, out.nav, out.raised
    shares = book[SHARES]
    cash, premium, worst = state.scratch[0], state.scratch[1], state.scratch[2]
    by_asset, action_of, until_of, row_of = market.mark_by_asset, plan.action, plan.until, plan.row
    sessions, assets = market.mark.shape
    recording = events.shape[0] > 0
    step, size, traded = assets + 1, _FIRST_BLOCK, start
    t = start
    if start == 0 and answer == NO_ANSWER:
        begin_nb(flows.table[0, FLOW_AMOUNT], state)
    stage = _OPENING if answer == NO_ANSWER else _ANSWERED
    while t < sessions:
        stop = False
        spare = events.shape[0] - tally[EVENTS] - EVENTS_PER_ASSET * step
        if stage == _OPENING:
            if recording and spare < step:
                return t, EVENTS_FULL
            open_nb(t, market, actions, flows, costs, limits, state, out, events)
        # Fills come before the marks; with lag 0, after those that led to the decision, and the day is marked again.
        if tally[WORKING] != 0 and stage == (_OPENING if limits.lag > 0 else _MARKING):
            fill_nb(t, market, costs, limits, state, out, events)
        if stage != _ANSWERED:
            # Mark sessions until something may happen that is not in the marks: a fill, a flow, a decision.
            count, alike = 1, True
            if stage == _OPENING and action_of[t] < TRADE:
                quiet = quiet_until_nb(t, actions, flows, limits, sessions, state)
                count = min(quiet - t, size if action_of[t] == TEST_BAND else BLOCK)
                if recording:
                    count = min(count, spare // _QUIET_EVENTS)
                alike = until_of[t] >= t + count
                if not alike:  # after a test that led to a trade, the next one may as well: mark no further
                    count = until_act_nb(t, count, TEST_BAND if size == _FIRST_BLOCK else TRADE, plan)
            cash_block_nb(t, count, cell[BOOK_CASH], market, costs.financing, cash)
            navs = nav[t : t + count]
            nav_block_nb(t, count, market, shares, cash, navs)
            displaced = tally[DISPLACED] > t and (out.full or limits.impacted_marks)
            if displaced:
                premium_block_nb(t, count, by_asset, costs, state, premium)
            elif out.full or limits.impacted_marks:
                for b in range(count):
                    premium[b] = 0.0
            if limits.impacted_marks and displaced:
                for b in range(count):
                    navs[b] += premium[b]
            # Is the book still worth something?
            lived = ruined_nb(count, flows, cash, navs, state)
            if lived == 0:
                end_nb(t, market, costs, limits, state, out, cash, premium, events)
                if raised.shape[0] > 0:
                    raised[t:] = cash[0]
                if out.full:
                    write_nb(t, 1, costs.financing, limits, market, cash, premium, state, out, events)
                if not proven_nb(t, t, cash[0], nav[t], premium[0], market, limits, state):
                    return t, UNBALANCED
                keep_nb(t, 1, cash, premium[0], limits, state, out)
                return sessions, FINISHED
            count = lived
            # Does the policy act on one of them?
            hit = count
            if stage == _OPENING:
                if alike and count > 1:
                    if action_of[t] == TEST_BAND:
                        hit = strayed_block_nb(t, count, by_asset, shares, plan, row_of[t], cash, navs, worst)
                else:
                    hit = first_act_nb(t, count, market.mark, shares, plan, cash, navs)
                stop = hit < count
                if stop and not market.near and t + hit - traded > BLOCK:  # else its rows are probably at hand
                    fetch_nb(market.mark, t + hit, 0, assets)
                    fetch_nb(market.status, t + hit, 0, assets)
                size *= 2
                if stop:  # the next trade may be as far away as this one was from the last
                    size, traded = max((t + hit - traded) // 4, _FIRST_BLOCK), t + hit
                size = min(size, BLOCK)
            # With lag 0 the session that decides is finished only after its fills.
            pending = stage == _OPENING and limits.lag == 0 and (stop or tally[WORKING] != 0)
            done = min(hit + 1, count)
            if pending:
                done = hit if stop else 0
            if done > 0:
                if raised.shape[0] > 0:
                    raised_block_nb(t, done, market, shares, liquidity, cash, raised[t : t + done])
                    if limits.settlement.shape[0] > 0 and tally[SETTLING] > t + limits.horizon:  # a session by itself
                        raised[t] -= cell[BOOK_CASH] - payable_nb(t, limits.horizon, state)
                if out.full:
                    write_nb(t, done, costs.financing, limits, market, cash, premium, state, out, events)
                last = t + done - 1
                if not proven_nb(t, last, cash[done - 1], nav[last], premium[done - 1], market, limits, state):
                    return last, UNBALANCED
                keep_nb(t, done, cash, premium[done - 1] if displaced else 0.0, limits, state, out)
            if not stop and not pending:
                t += done
                stage = _OPENING
                continue
            if stop:
                t += hit
            if pending:
                if done > 0:  # marked already, and its open brings interest alone
                    clear_nb(state)
                    accrue_nb(t, market, costs, state, events)
                cell[BOOK_NAV] = nav[t]
            if stop and (action_of[t] == ASK or (plan.shared and action_of[t] == TEST_BAND)):
                return t, ASKED
        planned = stop or answer == PLAN_ANSWER
        if planned:
            row = row_of[t]
            for i in range(assets):
                book[GOAL, i] = plan.targets[row, i]
            for k in range(CUTS):
                cell[FIRST_CUT + k] = plan.rules[row, RULE_CUTS + k]
        if planned or answer == TARGETS_ANSWER:
            edge = plan.to_edge and action_of[t] == TEST_BAND
            decide_nb(t, market.mark, plan.rules[row_of[t], RULE_BAND], edge, limits, costs, liquidity, state, events)
        answer = NO_ANSWER
        if limits.lag > 0:
            t += 1
            stage = _OPENING
        else:
            stage = _MARKING
    return sessions, FINISHED
