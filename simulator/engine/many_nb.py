"""Many runs in one call: every policy on every path, each from an empty book, keeping figures alone."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy.typing as npt

from simulator.core.abi import (
    FINISHED,
    NO_ANSWER,
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
from simulator.costs.law_nb import row_nb

from .advance_nb import advance_nb
from .figures_nb import figures_nb


class Paths(NamedTuple):
    """P markets of the same sessions and assets: the bundles of a run, every array with paths as its first axis.

    Day counts, cash rates and the cost coefficients of assets have one row where they are alike on all paths.
    """

    market: MarketArrays
    actions: CorporateActions
    flows: FlowArrays
    costs: CostPanels
    liquidity: LiquidityPanels
    years: float  # from the first session to the last


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


@kernel(inline=True)
def path_costs_nb(p: int, costs: CostPanels) -> CostPanels:
    """The cost coefficients of path p."""
    return CostPanels(
        costs.planned_spread[p],
        costs.planned_volume[p],
        costs.planned_sigma[p],
        costs.spread[p],
        costs.volume[p],
        costs.sigma[p],
        costs.raw_shares[p],
        costs.by_asset[row_nb(costs.by_asset, p)],
        costs.decay[row_nb(costs.decay, p)],
        costs.financing,
        costs.delta,
        costs.commissions,
    )


@kernel
def replay_many_nb(
    first: int,
    stop: int,
    policies: int,
    paths: Paths,
    limits: Limits,
    plans: Plans,
    state: State,
    out: Output,
    nav: FloatArray,
    returns: FloatArray,
    figures: FloatArray,
    events: npt.NDArray[Any],
) -> int:
    """Replay runs ``first`` to ``stop``; return the run whose books do not balance, or ``stop``.

    ``nav`` has a row for each run to keep them, or a single one. ``state``, ``out`` and ``returns`` are scratch.
    """
    market = paths.market
    start = first - first  # a variable: with the literal 0 the whole replay would be compiled once more
    for k in range(first, stop):
        p, calendar = k // policies, plans.calendar[k]
        own = MarketArrays(
            market.mark[p],
            market.mark_by_asset[p],
            market.fill_price[p],
            market.status[p],
            market.accrual[row_nb(market.accrual, p)],
            market.year[row_nb(market.year, p)],
            market.earning,
            k > first and k % policies > 0,
        )
        flows = FlowArrays(paths.flows.table[p], paths.flows.rank[p])
        liquidity = LiquidityPanels(paths.liquidity.capacity[p], paths.liquidity.net[p], paths.liquidity.slope[p])
        rows = slice(plans.first[k], plans.stop[k])
        plan = PlanArrays(
            plans.action[calendar],
            plans.until[calendar],
            plans.row[calendar],
            plans.targets[rows],
            plans.rules[rows],
            plans.to_edge[k],
        )
        kept = nav[k if nav.shape[0] > 1 else 0]
        if out.flowed.shape[1] > 0:
            out.flowed[:] = 0.0
        _, status = advance_nb(
            start,
            start + NO_ANSWER,
            own,
            CorporateActions(paths.actions.table[p]),
            flows,
            path_costs_nb(p, paths.costs),
            limits,
            liquidity,
            plan,
            state,
            Output(out.full, kept, out.raised, out.daily, out.shares, out.total_costs, out.flowed),
            events,
        )
        if status != FINISHED:
            return k
        initial = flows.table[0, 1]
        figures_nb(kept, out.flowed, own.accrual, paths.years, initial, state, returns, figures[k])
    return stop
