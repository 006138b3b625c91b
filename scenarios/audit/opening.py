"""Between open and close: fills at the open of a session may use nothing that only its later hours tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from scenarios.build import Scenario
from scenarios.runner import prepared
from scenarios.shocks import World
from simulator.core.abi import CostPanels
from simulator.core.market import MarketData
from simulator.core.panels import SignalPanel
from simulator.core.types import FloatArray
from simulator.engine import Prepared
from simulator.engine.arrays import derive
from simulator.ledger import Kind

from .observe import by_asset, events
from .tables import Component, Observation

#: A shock may rebuild an open from the day's close and their ratio: rounding is no information.
_ROUNDING = 1e-12


class Morning(NamedTuple):
    """The same open, and whatever the rest of the day may have been.

    Attributes
    ----------
    worlds
        Before any shock and after each, from a market of which only the open of the day is known.
    world
        The shocked world, of which only the open of the day is known.
    closing
        The shocked market with another close and volume on the day, and the same range.
    """

    worlds: list[World]
    world: World
    closing: MarketData


def opening(
    scenario: Scenario,
    morning: Morning,
    panels: Mapping[str, SignalPanel],
    realised: CostPanels,
    start: np.datetime64,
    session: int,
) -> Observation:
    """Opening prices, realised half-spreads, and every order sized and filled by the open of ``session``.

    Realised volumes, volatilities and spreads of the fills are ``realised`` (T, N): a cost may be what its whole day
    made it. That the half-spread owes nothing to the close is looked at by itself.
    """
    seen: Observation = {}
    for number, world in enumerate(morning.worlds[1:]):
        market = world.market
        assert market.open is not None  # fills are at the open
        table = replace(by_asset("open", market.open, market), tolerance=_ROUNDING)
        seen[f"shocks[{number}]"] = Component(f"shocks[{number}]", (table,), tuple(seen))
    closing = morning.closing
    spread = scenario.costs.panels(closing, derive(closing).estimates).spread
    seen["costs"] = Component("costs", (by_asset("spread", spread, closing),), tuple(seen))
    day = morning.world.market.sessions[session]
    for name, policy in scenario.policies.items():
        run = prepared(scenario, morning.world, panels, name, policy, start, day)
        result = _with_realised(run, realised).run()
        kinds = [Kind.FILL, Kind.COST, *([Kind.ORDER] if scenario.execution.size_at == "fill" else [])]
        seen[f"execution.{name}"] = Component(f"execution.{name}", (events(result, kinds),))
    return seen


def _with_realised(run: Prepared, realised: CostPanels) -> Prepared:
    def rows(panel: FloatArray) -> FloatArray:
        return panel if len(panel) == 1 else panel[run.start : run.stop]

    costs = run.costs._replace(spread=rows(realised.spread), volume=rows(realised.volume), sigma=rows(realised.sigma))
    return replace(run, costs=costs)
