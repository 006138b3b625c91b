"""Spreading a decision over sessions: at once, in equal slices, or along the Almgren–Chriss trajectory."""

from __future__ import annotations

import numpy as np

from simulator.core.abi import (
    ALMGREN_CHRISS,
    ETA,
    SLICES_UNTIL,
    TRADE_LIST,
    WORK,
    WORKING,
    WORKING_DECISION,
    CostPanels,
    Limits,
    State,
)
from simulator.core.jit import kernel
from simulator.core.types import FloatArray
from simulator.costs.law_nb import row_nb
from simulator.costs.trajectory_nb import holding_nb, kappa_nb, linear_impact_nb

from .book_nb import first_slice_nb
from .lots_nb import whole_lots_nb


@kernel(inline=True)
def release_nb(
    t: int, decided: int, decision: int, limits: Limits, costs: CostPanels, marks: FloatArray, state: State
) -> None:
    """Put the sized trade list to work: its first slice now, the others on the sessions after."""
    work, trade, tally = state.book[WORK], state.book[TRADE_LIST], state.tally
    if limits.slices == 1:
        for i in range(work.shape[0]):
            work[i] += trade[i]
        tally[WORKING] = 1
    else:
        spread_nb(t, decided, limits, costs, marks, state)
        take_slice_nb(t, limits, state)
    tally[WORKING_DECISION] = decision


@kernel
def spread_nb(t: int, decided: int, limits: Limits, costs: CostPanels, marks: FloatArray, state: State) -> None:
    """Add each trade's slices, in whole lots, to the coming sessions, this one included.

    A slice pays half of its own permanent impact (:func:`simulator.costs.law_nb.cost_nb`) and all of the earlier
    ones', which together is gamma X^2 / 2 on every schedule: the paper's eta tilde is the temporary coefficient
    itself. Where no volume is forecast the trajectory has no answer, and slices are equal.
    """
    trade, slices, n = state.book[TRADE_LIST], state.book[first_slice_nb(limits) :], limits.slices
    sigmas, volumes, eta = costs.planned_sigma, costs.planned_volume, costs.by_asset[ETA]
    lots, raws = limits.lot, costs.raw_shares
    rg, rv, rr = row_nb(sigmas, decided), row_nb(volumes, decided), row_nb(raws, decided)
    for i in range(trade.shape[0]):
        if trade[i] == 0.0:
            continue
        kappa = 0.0
        if limits.schedule == ALMGREN_CHRISS and volumes[rv, i] > 0.0:
            sigma, notional = sigmas[rg, i], abs(trade[i]) * marks[decided, i]
            impact = linear_impact_nb(notional / n, volumes[rv, i], sigma, eta[i], costs.delta)
            kappa = kappa_nb(limits.risk_aversion, sigma, impact)
        before = 0.0
        for j in range(n):
            done = trade[i]
            if j < n - 1:
                done = whole_lots_nb(trade[i] * (1.0 - holding_nb(j + 1, n, kappa)), np.inf, lots[i], raws[rr, i])
            slices[(t + j) % n, i] += done - before
            before = done
    state.tally[SLICES_UNTIL] = t + n


@kernel
def take_slice_nb(t: int, limits: Limits, state: State) -> None:
    """Make today's slice due. It is (N,) shares, of session t."""
    work, slices, tally = state.book[WORK], state.book[first_slice_nb(limits) :], state.tally
    k = t % slices.shape[0]
    for i in range(work.shape[0]):
        if slices[k, i] != 0.0:
            work[i] += slices[k, i]
            slices[k, i] = 0.0
            tally[WORKING] = 1
