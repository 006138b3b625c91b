"""The drivers: both call the same kernel, one with a plan, one asking a Python policy on the same sessions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from simulator.core import abi
from simulator.core.errors import ReconciliationError
from simulator.core.jit import compiled_for
from simulator.ledger import EVENT, Save, reconcile

from .advance_nb import EVENTS_PER_ASSET, advance_nb
from .ask import Asker
from .breaches import with_breaches
from .ground import Ground
from .leaving import Redeemed
from .opening import open_book
from .prepare import Prepared, only_arrays
from .result import RunResult

_NONE = np.zeros(0)
_NO_TABLE = np.zeros((0, 0))
_NO_FLOWS = np.zeros((3, 0))
_NO_YEAR = np.zeros((0, 3))
_NO_EVENTS = np.zeros(0, EVENT)
#: The kernel for the types of a run's bundles; they are the same whatever is kept.
_ENTRIES: WeakKeyDictionary[Prepared, Callable[..., tuple[int, int]]] = WeakKeyDictionary()


def new_state(run: Ground) -> abi.State:
    """Room for the book; the kernel puts it where it begins."""
    limits, assets = run.limits, run.arrays.mark.shape[1]
    slots, slices = max(limits.lag, 1), limits.slices if limits.slices > 1 else 0
    rolling = min(limits.annual_turnover, limits.annual_cost) < np.inf
    longest = _longest_wait(run)
    return abi.State(
        book=np.empty((abi.QUEUE + slots + slices, assets)),
        recent=np.empty((int(limits.year_long.max()), 3)) if rolling else _NO_YEAR,
        scratch=np.empty((3, abi.BLOCK)),
        cell=np.empty(abi.CELLS + longest),
        tally=np.empty(abi.COUNTS + slots, np.int64),
        sides=np.empty((2, assets), np.int64),
    )


def _longest_wait(run: Ground) -> int:
    """Most sessions from a trade to its cash."""
    days = run.limits.settlement
    return int(days.max()) if days.shape[0] else 0


def new_output(run: Ground, save: Save) -> abi.Output:
    """Room for what is to be kept."""
    sessions, assets = run.arrays.mark.shape
    full, components = save != "nav", len(abi.COMPONENTS)
    longest = _longest_wait(run)
    return abi.Output(
        full=full,
        nav=np.empty(sessions),
        raised=np.empty(sessions) if run.panels.capacity.shape[1] > 0 else _NONE,
        daily=np.zeros((abi.DAILY_COSTS + components, sessions)) if full else _NO_TABLE,
        shares=np.zeros((sessions, assets)) if full else _NO_TABLE,
        total_costs=np.zeros(components),
        flowed=np.zeros((3, sessions)) if _may_flow(run) else _NO_FLOWS,
        settled=np.zeros((longest, sessions)) if full and longest > 0 else _NO_TABLE,
    )


def _may_flow(run: Ground) -> bool:
    """Whether anything comes or goes after the initial cash."""
    return len(run.flows.table) > 1 or run.terms.clients is not None


def _buffer(run: Prepared, save: Save) -> npt.NDArray[Any]:
    if save != "full":
        return _NO_EVENTS
    sessions, assets = run.arrays.mark.shape
    return np.zeros(2 * sessions + 4 * EVENTS_PER_ASSET * (assets + 1), EVENT)


def replay(run: Prepared, save: Save = "full") -> RunResult:
    """Replay a prepared run.

    Raises
    ------
    ReconciliationError
        If the books of any day do not balance.
    """
    state, out, events, remarks = _advance(run, save)
    return _proven(_result(run, save, out, state, events, remarks))


def replay_state(run: Prepared) -> tuple[abi.State, abi.Output]:
    """Replay a prepared run keeping nav alone; return the book at its end and what was written."""
    state, out, _, _ = _advance(run, "nav")
    return state, out


def _advance(run: Prepared, save: Save) -> tuple[abi.State, abi.Output, npt.NDArray[Any], dict[int, str]]:
    state, out, events, earlier = new_state(run), new_output(run, save), _buffer(run, save), []
    redeemed = None if run.terms.clients is None else Redeemed(run)
    bundles: tuple[Any, ...] = (
        *only_arrays(run if redeemed is None else replace(run, flows=redeemed.flows)),
        state,
        out,
    )
    advance = _ENTRIES.get(run)
    if advance is None:
        advance = _ENTRIES[run] = compiled_for(advance_nb, (0, abi.NO_ANSWER, *bundles, events))
    t, status, answer = 0, abi.FINISHED + 1, abi.NO_ANSWER
    asker = None if run.opening is None else Asker(run)
    if asker is not None:
        answer = open_book(run, state, out, events, asker.ask)
        if redeemed is not None:
            redeemed.take(0, state, out)
    while status != abi.FINISHED:
        t, status = advance(t, answer, *bundles, events)
        answer = abi.NO_ANSWER
        if status == abi.EVENTS_FULL:
            earlier.append(events[: state.tally[abi.EVENTS]].copy())
            state.tally[abi.EVENTS] = 0
        elif status == abi.ASKED:
            asker = asker or Asker(run)
            answer = asker.ask(t, state)
            if redeemed is not None:
                redeemed.take(t, state, out)
        elif status == abi.UNBALANCED:
            day = run.sessions[t]
            raise ReconciliationError(f"policy {run.name!r}: the change in nav on {day} is not explained by the books")
    last = events[: state.tally[abi.EVENTS]]
    stream = np.concatenate([*earlier, last]) if earlier else last.copy()
    return state, out, stream, {} if asker is None else asker.remarks


def _result(
    run: Prepared,
    save: Save,
    out: abi.Output,
    state: abi.State,
    events: npt.NDArray[Any],
    remarks: dict[int, str],
) -> RunResult:
    return RunResult(
        name=run.name,
        sessions=run.sessions,
        assets=run.market.assets,
        initial_cash=run.initial_cash,
        marks=run.arrays.mark,
        accrual=run.arrays.accrual,
        redemption_stress=run.redemption_stress,
        impacted_marks=run.limits.impacted_marks,
        save=save,
        out=out,
        stream=events,
        ruined=None if state.tally[abi.RUINED] < 0 else int(state.tally[abi.RUINED]),
        quoted=run.arrays.quoted,
        ever=state.book[abi.EVER] > 0.0,
        market_per_year=run.arrays.per_year,
        per_year_stated=run.arrays.stated,
        run=run,
        state=state,
        remarks={**run.laid.failed, **remarks},
    )


def _proven(result: RunResult) -> RunResult:
    """The result, if its books balance; the kernel has proven the change in nav of every segment already."""
    if result.save == "nav":
        return result
    recorded = result.save == "full"
    reconcile(result.sessions, result.marks, result.daily, result.stream if recorded else None)
    return with_breaches(result) if recorded else result
