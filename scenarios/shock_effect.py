"""The shocks of a scenario against its run: whether they touch it, what its ends cut, what they did to each policy."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from reports.shock_effect import ShockEffect
from simulator.core.abi import ETA, GAMMA
from simulator.core.market import MarketData
from simulator.core.names import CASH
from simulator.engine import RunResult
from simulator.engine.arrays import derive
from simulator.metrics import span_metrics

from .build import Scenario
from .crises import counts
from .shocks import World
from .shocks.dated import DatedShock
from .shocks.reach import check_reach


def unshocked(scenario: Scenario) -> Scenario:
    """The scenario without its shocks, and without judging."""
    return replace(scenario, shocks=(), file=scenario.file.model_copy(update={"shocks": [], "judge": None}))


def shock_lines(scenario: Scenario) -> list[str]:
    """What was injected, a line each, and what was left alone."""
    if not scenario.shocks:
        return []
    lines = [shock.describe() for shock in scenario.shocks]
    return [*lines, f"exogenous series left alone: {', '.join(left_alone(scenario)) or 'none'}"]


def left_alone(scenario: Scenario) -> list[str]:
    """Exogenous series of the market that no shock moves."""
    keys = ("series", "shifts", "moved_series")
    moved = {name for shock in scenario.shocks for key in keys for name in getattr(shock, key, ())}
    return [name for name in scenario.market.series if name not in moved]


def cost_fault(scenario: Scenario, world: World) -> str:
    """A cost beyond all reason under shocks, in words: buying a whole day's volume at more than it is worth."""
    market = world.market
    costs = scenario.costs.panels(market, derive(market).estimates)
    impact = costs.by_asset[ETA] + 0.5 * costs.by_asset[GAMMA]
    charged = np.nan_to_num(np.broadcast_to(costs.spread + impact * costs.sigma, market.shape))
    if not (charged > 1.0).any():
        return ""
    t, i = np.argwhere(charged > 1.0)[0]
    return (
        f"buying what trades in a day of {market.assets[i]} on {market.sessions[t]} would cost {charged[t, i]:.3g} "
        "times what it is worth"
    )


def check_shocks(scenario: Scenario, worlds: Sequence[World], start: np.datetime64) -> None:
    """Raise :class:`~simulator.core.errors.ParameterError` unless every shock touches something inside the run.

    A crisis of the catalogue does if any of the shocks that it is composed of does; its first one stands for it.
    """
    first, stop = run_rows(scenario, worlds[0], start)
    ends = np.cumsum([0, *counts(scenario.file.shocks, scenario.market)]).tolist()
    if ends[-1] != len(scenario.shocks):  # made by hand, beside their file
        ends = list(range(len(scenario.shocks) + 1))
    begun = [scenario.shocks[begin] for begin, end in itertools.pairwise(ends) if end > begin]
    check_reach(begun, [worlds[end] for end in dict.fromkeys(ends)], first, stop, _held(scenario))


def run_rows(scenario: Scenario, world: World, start: np.datetime64) -> tuple[int, int]:
    """The sessions ``[first, stop)`` that are replayed from ``start`` on."""
    sessions, end = world.market.sessions, scenario.file.scenario.end
    stop = sessions.size if end is None else int(np.searchsorted(sessions, np.datetime64(end, "D"), side="right"))
    return int(np.searchsorted(sessions, start)), stop


#: Kinds of policy that hold nothing but what their tables, or the portfolio's, give weight.
_ITS_WEIGHTS: Final = ("hold", "periodic", "threshold-band", "de-risk")


def _held(scenario: Scenario) -> frozenset[str] | None:
    """The assets that policies may hold; ``None`` where anything may matter: signals look, or a policy is one's own."""
    file = scenario.file
    looks = any(table.get("kind") != "calendar" for table in file.signals.values())
    if looks or any(table.get("kind") not in _ITS_WEIGHTS for table in file.policies.values()):
        return None
    stated: list[Mapping[str, float]] = [scenario.weights]
    for table in file.policies.values():
        stated += [table[key] for key in ("weights", "into") if isinstance(table.get(key), Mapping)]
    return frozenset(name for weights in stated for name, weight in weights.items() if weight and name != CASH)


def touched(scenario: Scenario, market: MarketData, start: int, stop: int) -> tuple[int, int]:
    """The sessions ``[first, last)`` that shocks touch, of those replayed, ``[start, stop)``."""
    windows = [shock.possible(market) for shock in scenario.shocks if isinstance(shock, DatedShock)]
    if len(windows) != len(scenario.shocks):  # one's own shock does not say when it is over
        return start, stop
    first = min((window.start for window in windows), default=start)
    return max(start, first), min(stop, max((window.stop for window in windows), default=stop))


def shock_effect(
    scenario: Scenario, world: World, shocked: Mapping[str, RunResult], plain: Mapping[str, RunResult]
) -> ShockEffect:
    """Every policy with and without the shocks, over the sessions of the run that they touch."""
    run = next(iter(shocked.values())).run
    first, stop = touched(scenario, world.market, run.start, run.stop)
    rows = first - run.start, stop - run.start
    return ShockEffect(
        start=str(world.market.sessions[first]),
        end=str(world.market.sessions[stop - 1]),
        shocked={name: span_metrics(result, *rows) for name, result in shocked.items()},
        unshocked={name: span_metrics(result, *rows) for name, result in plain.items()},
    )
