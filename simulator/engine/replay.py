"""The drivers: both call the same kernel, one with a plan, one asking a Python policy on the same sessions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.core import abi
from simulator.core.errors import ReconciliationError
from simulator.ledger import EVENT, Save, reconcile

from .advance_nb import EVENTS_PER_ASSET, advance_nb
from .ask import Asker
from .breaches import with_breaches
from .prepare import Prepared, only_arrays
from .result import RunResult

_YEAR = 252
_NONE = np.zeros(0)
_NO_TABLE = np.zeros((0, 0))
_NO_YEAR = np.zeros((0, 3))
_NO_EVENTS = np.zeros(0, EVENT)


def new_state(run: Prepared) -> abi.State:
    """The book before the first session."""
    limits, assets = run.limits, run.arrays.mark.shape[1]
    slots, slices = max(limits.lag, 1), limits.slices if limits.slices > 1 else 0
    rolling = min(limits.annual_turnover, limits.annual_cost) < np.inf
    state = abi.State(
        book=np.zeros((abi.QUEUE + slots + slices, assets)),
        recent=np.full((_YEAR, 3), -np.inf) if rolling else _NO_YEAR,
        scratch=np.empty((3, abi.BLOCK)),
        cell=np.zeros(abi.CELLS),
        tally=np.zeros(abi.COUNTS + slots, np.int64),
    )
    state.cell[abi.BOOK_NAV] = run.initial_cash
    state.cell[abi.LEAST_RAISED] = state.cell[abi.LEAST_CASH] = np.inf
    state.tally[abi.NEXT_DUE] = abi.NEVER
    state.tally[abi.SLICES_UNTIL] = -1
    state.tally[abi.COUNTS :] = -1
    return state


def new_output(run: Prepared, save: Save) -> abi.Output:
    """Room for what is to be kept."""
    sessions, assets = run.arrays.mark.shape
    full, components = save != "nav", len(abi.COMPONENTS)
    return abi.Output(
        full=full,
        nav=np.empty(sessions),
        raised=np.empty(sessions) if run.panels.capacity.shape[1] > 0 else _NONE,
        daily=np.zeros((abi.DAILY_COSTS + components, sessions)) if full else _NO_TABLE,
        shares=np.zeros((sessions, assets)) if full else _NO_TABLE,
        total_costs=np.zeros(components),
    )


def _buffer(run: Prepared, save: Save) -> npt.NDArray[Any]:
    if save != "full":
        return _NO_EVENTS
    sessions, assets = run.arrays.mark.shape
    return np.zeros(sessions * (assets + 2) + 4 * EVENTS_PER_ASSET * (assets + 1), EVENT)


def replay(run: Prepared, save: Save = "full") -> RunResult:
    """Replay a prepared run.

    Raises
    ------
    ReconciliationError
        If the books of any day do not balance.
    """
    state, out, events = new_state(run), new_output(run, save), _buffer(run, save)
    bundles: tuple[Any, ...] = (*only_arrays(run), state, out)
    t, status, answer, asker = 0, abi.FINISHED + 1, abi.NO_ANSWER, None
    while status != abi.FINISHED:
        t, status = advance_nb(t, answer, *bundles, events)  # type: ignore[call-arg]
        answer = abi.NO_ANSWER
        if status == abi.EVENTS_FULL:
            events = np.concatenate([events, np.zeros(len(events), EVENT)])
        elif status == abi.ASKED:
            asker = asker or Asker(run)
            answer = asker.ask(t, state)
        elif status == abi.UNBALANCED:
            day = run.sessions[t]
            raise ReconciliationError(f"policy {run.name!r}: the change in nav on {day} is not explained by the books")
    return _proven(_result(run, save, out, state, events[: state.tally[abi.EVENTS]]))


def _result(run: Prepared, save: Save, out: abi.Output, state: abi.State, events: npt.NDArray[Any]) -> RunResult:
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
        records=events,
        run=run,
        state=state,
    )


def _proven(result: RunResult) -> RunResult:
    """The result, if its books balance; the kernel has proven the change in nav of every segment already."""
    if result.save == "nav":
        return result
    recorded = result.save == "full"
    reconcile(result.sessions, result.marks, result.daily, result.records if recorded else None)
    return with_breaches(result) if recorded else result
