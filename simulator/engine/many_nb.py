"""Many runs in one call: every policy on every path, each from an empty book, keeping figures alone."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy.typing as npt

from simulator.core.abi import (
    CorporateActions,
    CostPanels,
    FlowArrays,
    Limits,
    LiquidityPanels,
    MarketArrays,
    Output,
    State,
)
from simulator.core.jit import kernel
from simulator.core.types import FloatArray
from simulator.costs.law_nb import row_nb

from .together_nb import Aside, Plans, Results, replay_together_nb


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
    redemption_stress: float  # share of nav that investors are assumed to withdraw; NaN for no such measure


@kernel(inline=True)
def path_costs_nb(p: int, costs: CostPanels) -> CostPanels:
    """The cost coefficients of path p. Panels of (T, N) out of those of (paths, T, N)."""
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
    aside: Aside,
    out: Output,
    returns: FloatArray,
    results: Results,
    events: npt.NDArray[Any],
) -> int:
    """Replay the runs whose turn is ``first`` to ``stop``.

    ``figures`` of ``results`` are (runs, figures), its navs (runs, T) in currency.

    Return how far they came: ``stop``, or the place of a run whose books do not balance. ``state``, ``aside``, ``out``
    and ``returns`` are scratch.
    """
    market, some, place, last = paths.market, paths.liquidity, first, -1
    while place < stop:
        p, end = plans.turn[place] // policies, min(plans.end[place], stop)
        own = MarketArrays(
            market.mark[p],
            market.mark_by_asset[p],
            market.fill_price[p],
            market.status[p],
            market.accrual[row_nb(market.accrual, p)],
            market.year[row_nb(market.year, p)],
            market.earning,
            p == last,
            market.quoted[p if market.quoted.shape[0] > 1 else 0],
            market.day[0],
            market.per_year,
            market.stated,
        )
        if out.flowed.shape[1] > 0:
            out.flowed[:] = 0.0
        reached = replay_together_nb(
            place,
            end,
            paths.years,
            paths.redemption_stress,
            own,
            CorporateActions(paths.actions.table[p]),
            FlowArrays(
                paths.flows.table[p],
                paths.flows.rank[p],
                paths.flows.pays,
                paths.flows.management,
                paths.flows.performance,
            ),
            path_costs_nb(p, paths.costs),
            limits,
            LiquidityPanels(some.capacity[p], some.net[p], some.slope[p], some.by_session),
            plans,
            state,
            aside,
            out,
            returns,
            results,
            events,
        )
        if reached != end:
            return reached
        place, last = end, p
    return stop
