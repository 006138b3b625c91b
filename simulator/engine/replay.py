"""The drivers: both call the same kernel, one with a plan, one asking a Python policy on the same sessions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.core import abi
from simulator.core.errors import ReconciliationError
from simulator.ledger import EVENT, Save, reconcile

from .advance_nb import EVENTS_PER_ASSET, advance_nb, resume_nb
from .ask import Asker
from .prepare import Prepared
from .result import RunResult
from .settle_nb import deposit_nb

_NEVER = 2**62


def new_state(run: Prepared) -> abi.State:
    """The book before the first session."""
    assets = run.arrays.mark.shape[1]
    slots = max(run.limits.lag, 1)
    state = abi.State(
        shares=np.zeros(assets),
        displacement=np.zeros(assets),
        work=np.zeros(assets),
        queue=np.zeros((slots, assets)),
        queue_decision=np.full(slots, -1, np.int64),
        price=np.zeros(assets),
        trade=np.zeros(assets),
        cell=np.zeros(abi.CELLS),
        tally=np.zeros(abi.COUNTS, np.int64),
    )
    state.tally[abi.NEXT_DUE] = _NEVER
    return state


def new_output(run: Prepared, save: Save) -> abi.Output:
    """Room for what is to be kept."""
    sessions, assets = run.arrays.mark.shape
    full = save != "nav"
    days = sessions if full else 0
    covered = days if len(run.panels.capacity) else 0
    components = len(abi.COMPONENTS)
    return abi.Output(
        full=full,
        nav=np.zeros(sessions),
        cash=np.zeros(days),
        shares=np.zeros((days, assets)),
        costs=np.zeros((days, components)),
        interest=np.zeros(days),
        price_pnl=np.zeros(days),
        impact_pnl=np.zeros(days),
        bought=np.zeros(days),
        sold=np.zeros(days),
        first_investment=np.zeros(days),
        premium=np.zeros(days),
        raised=np.zeros(covered),
        total_costs=np.zeros(components),
    )


def _buffer(run: Prepared, save: Save) -> npt.NDArray[Any]:
    if save != "full":
        return np.zeros(0, EVENT)
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
    deposit_nb(0, run.initial_cash, state, events)
    for position in (abi.BOOK_NAV, abi.PREVIOUS_NAV, abi.LEAST_CASH):
        state.cell[position] = run.initial_cash
    asker = Asker(run)
    t, status = 0, abi.FINISHED + 1
    while status != abi.FINISHED:
        t, status = advance_nb(t, run.arrays, run.costs, run.limits, run.panels, run.plan, state, out, events)
        if status == abi.EVENTS_FULL:
            events = np.concatenate([events, np.zeros(len(events), EVENT)])
        elif status == abi.ASKED:
            weights = asker.ask(t, state)
            balanced = resume_nb(
                t,
                weights is not None,
                asker.no_targets if weights is None else weights,
                run.arrays,
                run.costs,
                run.limits,
                run.panels,
                state,
                out,
                events,
            )
            if balanced:
                t += 1
            else:
                status = abi.UNBALANCED
        if status == abi.UNBALANCED:
            _refuse(run, t)
    return _proven(_result(run, save, out, state, events[: state.tally[abi.EVENTS]]))


def _result(run: Prepared, save: Save, out: abi.Output, state: abi.State, events: npt.NDArray[Any]) -> RunResult:
    return RunResult(
        name=run.name,
        sessions=run.sessions,
        assets=run.market.assets,
        initial_cash=run.initial_cash,
        marks=run.arrays.mark,
        accrual=run.arrays.accrual,
        redemption_stress=run.liquidity.redemption_stress,
        impacted_marks=run.limits.impacted_marks,
        save=save,
        out=out,
        records=events,
        run=run,
        state=state,
    )


def _proven(result: RunResult) -> RunResult:
    """The result, if its books balance; the kernel has proven the change in nav of every day already."""
    if result.save != "nav":
        events = result.records if result.save == "full" else None
        reconcile(result.sessions, result.marks, result.daily, events)
    return result


def _refuse(run: Prepared, t: int) -> None:
    day = run.sessions[t]
    raise ReconciliationError(f"policy {run.name!r}: the change in nav on {day} is not explained by the books")
