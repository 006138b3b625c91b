"""Spreading a decision over sessions: at once, in equal slices, or along the Almgren–Chriss trajectory."""

from __future__ import annotations

from simulator.core.abi import (
    ALMGREN_CHRISS,
    ETA,
    GAMMA,
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
    """Add each trade's slices to the coming sessions, this one included."""
    trade, slices, n = state.book[TRADE_LIST], state.book[first_slice_nb(limits) :], limits.slices
    sigmas, volumes, eta, gamma = costs.planned_sigma, costs.planned_volume, costs.by_asset[ETA], costs.by_asset[GAMMA]
    rg, rv = row_nb(sigmas, decided), row_nb(volumes, decided)
    for i in range(trade.shape[0]):
        if trade[i] == 0.0:
            continue
        kappa = 0.0
        if limits.schedule == ALMGREN_CHRISS:
            sigma, notional = sigmas[rg, i], abs(trade[i]) * marks[decided, i]
            impact = linear_impact_nb(notional / n, volumes[rv, i], sigma, eta[i], costs.delta)
            impact -= 0.5 * gamma[i] * sigma / volumes[rv, i]
            kappa = kappa_nb(limits.risk_aversion, sigma, impact)
        left = 1.0
        for j in range(n):
            after = holding_nb(j + 1, n, kappa)
            slices[(t + j) % n, i] += trade[i] * (left - after)
            left = after
    state.tally[SLICES_UNTIL] = t + n


@kernel
def take_slice_nb(t: int, limits: Limits, state: State) -> None:
    """Make today's slice due."""
    work, slices, tally = state.book[WORK], state.book[first_slice_nb(limits) :], state.tally
    k = t % slices.shape[0]
    for i in range(work.shape[0]):
        if slices[k, i] != 0.0:
            work[i] += slices[k, i]
            slices[k, i] = 0.0
            tally[WORKING] = 1
