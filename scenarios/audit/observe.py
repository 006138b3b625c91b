"""A whole run of a scenario, laid open step by step, in the order in which it is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from scenarios.build import Scenario
from scenarios.runner import naming, prepared
from scenarios.shocks import World
from simulator.core import abi
from simulator.core.errors import PluginError, ReconciliationError
from simulator.core.evidence import Evidence
from simulator.core.market import MarketData
from simulator.core.panels import SignalPanel
from simulator.core.protocols import Estimates, Evidencing, Signal, Strategy
from simulator.core.types import DateArray, FloatArray, IntArray
from simulator.engine import RunResult
from simulator.engine.arrays import derive
from simulator.engine.signals import own_signals, panel_of, signal_names
from simulator.features import Features
from simulator.ledger import Kind

from .tables import ALWAYS, NEVER, Component, EventTable, Observation, PanelTable, Table

_PANELS: Final = (
    *("open", "high", "low", "close", "volume", "depth", "adjustment", "half_spread", "spread_scale"),
    *("dividends", "splits"),
)
_COSTS: Final = ("planned_spread", "planned_volume", "planned_sigma", "spread", "volume", "sigma", "raw_shares")
_BY_ASSET: Final = ("eta", "gamma", "commission", "per_share", "min_commission", "fixed", "borrow")
_RULES: Final = ("cash target", "band", "cut by max_weight", "cut by groups", "cut by leverage", "cut by min_cash")
#: What a policy asked for, and what bounds and newer decisions took from it.
DECIDED: Final = (Kind.DECISION, Kind.ORDER, Kind.CANCEL, Kind.LIMIT)
_NOT_EXECUTED: Final = (*DECIDED, Kind.MARK)  # marks repeat what the daily books hold


@dataclass(frozen=True, eq=False)
class Run:
    """One run laid open.

    Attributes
    ----------
    components
        Everything it computed, by name.
    panels
        Its signals; those that failed are missing.
    results
        Its replays, by policy.
    evidence
        What signals laid open, by signal.
    """

    components: Observation = field(default_factory=dict)
    panels: dict[str, SignalPanel] = field(default_factory=dict)
    results: dict[str, RunResult] = field(default_factory=dict)
    evidence: dict[str, list[Evidence]] = field(default_factory=dict)

    def add(self, component: Component) -> None:
        """Record one component."""
        self.components[component.name] = component

    def add_evidence(self, signal: str, evidence: Evidence, sessions: DateArray, feeds: tuple[str, ...] = ()) -> str:
        """Record something a signal rests on; return the name of its component."""
        name = f"signals.{signal}.{evidence.name}"
        self.evidence.setdefault(signal, []).append(evidence)
        self.add(Component(name, (_evidence_table(evidence, sessions),), feeds))
        return name


def observe(scenario: Scenario, worlds: list[World], start: np.datetime64) -> Run:
    """Run a scenario over a world and keep every step of it.

    What a plug-in raises is kept as the error of its component, and what needs it is left out.

    Parameters
    ----------
    worlds
        The world before any shock and after each; or only the last of them, where shocks are not to be compared.
    start
        The first session of every policy.

    Raises
    ------
    ReconciliationError
        If the books of a replay do not balance.
    """
    run, world = Run(), worlds[-1]
    run.components.update(observe_shocks(worlds))
    shocks = list(run.components)
    features = Features(world.observed)
    published = [_series(run, name, features, tuple(shocks[-1:])) for name in world.observed.series]
    given = (*shocks[-1:], *published)
    for name, signal in scenario.signals.items():
        _signal(run, name, signal, features, given, world)
    _replay(run, scenario, world, start, given)
    return run


def observe_shocks(worlds: Sequence[World]) -> Observation:
    """What each shock left, by name; ``worlds`` are those before any of them and after each."""
    found: Observation = {}
    for number, world in enumerate(worlds[1:]):
        name = f"shocks[{number}]"
        found[name] = Component(name, tuple(_world_tables(world)), tuple(found))
    return found


def observe_signal(scenario: Scenario, world: World, name: str) -> Observation:
    """One signal alone, and what it lays open."""
    run = Run()
    _signal(run, name, scenario.signals[name], Features(world.observed), (), world)
    return run.components


def first_change(before: World, after: World) -> int | None:
    """The first session on which two worlds differ; ``None`` if on none (series apart)."""
    firsts = [fault.start for fault in after.misheard[len(before.misheard) :]]
    for now, was in ((after.market, before.market), (after.observed, before.observed)):
        for name in (*_PANELS, "halted"):
            a, b = getattr(now, name), getattr(was, name)
            if a is None or a is b:
                continue
            neutral = 1.0 if name in ("spread_scale", "splits", "depth") else 0.0
            b = np.full(a.shape, neutral) if b is None else b
            differs = ~((a == b) | ((a != a) & (b != b)))  # noqa: PLR0124 - NaN differs from itself
            rows = np.flatnonzero(differs.any(axis=1))
            firsts += rows[:1].tolist()
        if isinstance(now.assumed_adv, np.ndarray) and now.assumed_adv is not was.assumed_adv:
            rows = np.flatnonzero((now.assumed_adv != np.asarray(was.assumed_adv)).any(axis=1))
            firsts += rows[:1].tolist()
    return min(firsts, default=None)


def observe_policies(
    scenario: Scenario, world: World, start: np.datetime64, panels: Mapping[str, SignalPanel]
) -> Observation:
    """The steps that follow the signals, with signals as given: forecasts, costs, policies and their execution."""
    run = Run(panels=dict(panels))
    _replay(run, scenario, world, start, ())
    return run.components


def _replay(run: Run, scenario: Scenario, world: World, start: np.datetime64, given: tuple[str, ...]) -> None:
    execution = _execution(run, scenario, world, tuple(feed for feed in given if feed.startswith("shocks")))
    if execution is not None:
        for name, policy in scenario.policies.items():
            _policy(run, scenario, world, name, policy, start, (*given, *execution))


def panel_table(columns: tuple[str, ...], values: FloatArray, sessions: DateArray, first: int = 0) -> PanelTable:
    """A table with a row a session, settled at that session's close."""
    return PanelTable(columns, values, sessions, np.arange(first, first + sessions.size))


def by_asset(name: str, values: FloatArray, market: MarketData) -> PanelTable:
    """A (T, N) panel, or one of a single row that holds always, as a table."""
    columns = tuple(f"{name} {asset}" for asset in market.assets)
    if len(values) == market.sessions.size and len(values) > 1:
        return panel_table(columns, values, market.sessions)
    return PanelTable(columns, values, market.sessions[:1], np.array([ALWAYS]))


def _world_tables(world: World) -> Iterator[PanelTable]:
    views = {"": world.market} if world.observed is world.market else {"": world.market, "observed ": world.observed}
    for prefix, market in views.items():
        for name in _PANELS:
            panel = getattr(market, name)
            if panel is not None:
                yield by_asset(f"{prefix}{name}", panel, market)
        if market.halted is not None:
            yield by_asset(f"{prefix}halted", market.halted.astype(float), market)
        yield panel_table((f"{prefix}cash_rate",), market.cash_rate[:, None], market.sessions)
        features = Features(market)
        for name in market.series:
            values = features.series(name).to_numpy(np.float64)
            yield panel_table((f"{prefix}series {name}",), values[:, None], market.sessions)


def _series(run: Run, name: str, features: Features, feeds: tuple[str, ...]) -> str:
    values, published = features.market.series[name].on(features.sessions)
    days = np.where(np.isnat(published), np.nan, published.astype(np.int64).astype(float))
    table = panel_table((name, "published"), np.column_stack([values, days]), features.sessions)
    run.add(Component(f"series.{name}", (table,), feeds))
    return f"series.{name}"


def _signal(run: Run, name: str, signal: Signal, features: Features, feeds: tuple[str, ...], world: World) -> None:
    """A signal as policies get it, and what it lays open."""
    own = f"signals.{name}"
    laid_open: list[str] = []
    try:
        if isinstance(signal, Evidencing):
            with naming(name, signal):
                told = list(signal.evidence(features))
            laid_open.extend(run.add_evidence(name, evidence, features.sessions, feeds) for evidence in told)
        with naming(name, signal):
            panel = world.heard(name, panel_of(name, signal, features))
    except Exception as error:  # noqa: BLE001 - whatever a plug-in raises is a finding, not a crash of the audit
        run.add(Component(own, (), (*feeds, *laid_open), error=error))
        return
    run.panels[name] = panel
    known = panel.known_at.reshape(panel.sessions.size, -1).astype(np.int64).astype(float)
    columns = tuple(f"known_at {k}" if known.shape[1] > 1 else "known_at" for k in range(known.shape[1]))
    tables = (
        panel_table(panel.columns, panel.values, panel.sessions),
        panel_table(columns, np.where(known < -1e15, np.nan, known), panel.sessions),
    )
    run.add(Component(own, tables, (*feeds, *laid_open)))


def _evidence_table(evidence: Evidence, sessions: DateArray) -> PanelTable:
    settled = np.searchsorted(sessions, np.fmax(evidence.dates, evidence.known_at))
    at = np.where(np.isnat(evidence.known_at) | (settled >= sessions.size), NEVER, settled)
    return PanelTable(evidence.columns, evidence.values, evidence.dates, at)


def _execution(run: Run, scenario: Scenario, world: World, feeds: tuple[str, ...]) -> tuple[str, ...] | None:
    """Forecasts, cost coefficients, liquidity coefficients; ``None`` where the cost model cannot be asked."""
    market = world.market
    estimates = derive(market).estimates
    run.add(Component("estimates", tuple(_estimates(estimates, market)), feeds))
    try:
        costs = scenario.costs.panels(market, estimates)
        if not isinstance(costs, abi.CostPanels):
            raise PluginError(f"cost model {type(scenario.costs).__name__}: panels() must return CostPanels")
        run.add(Component("costs", tuple(_costs(costs, market)), (*feeds, "estimates")))
        coverage = scenario.liquidity.panels(
            market.instruments, market.sessions.size, costs, scenario.execution.max_participation
        )
    except Exception as error:  # noqa: BLE001 - as for signals
        run.add(Component("costs", (), (*feeds, "estimates"), error=error))
        return None
    panels = {name: getattr(coverage, name) for name in ("capacity", "net", "slope")}
    tables = tuple(by_asset(name, panel.T, market) for name, panel in panels.items() if panel.shape[1] > 0)
    run.add(Component("liquidity", tables, (*feeds, "estimates", "costs")))
    return "estimates", "costs", "liquidity"


def _estimates(estimates: Estimates, market: MarketData) -> Iterator[PanelTable]:
    for name in ("adv", "sigma", "volume", "sigma_day"):
        panel = getattr(estimates, name)
        if panel is not None:
            yield by_asset(name, panel, market)


def _costs(costs: abi.CostPanels, market: MarketData) -> Iterator[PanelTable]:
    for name in _COSTS:
        yield by_asset(name, getattr(costs, name), market)
    columns = tuple(f"{name} {asset}" for name in _BY_ASSET for asset in market.assets)
    scalars = np.array([[costs.financing, costs.delta, float(costs.commissions), *costs.decay[1:2]]])
    names = ("financing", "delta", "commissions", "decay")[: scalars.shape[1]]
    always = np.array([ALWAYS])
    yield PanelTable(columns, costs.by_asset.reshape(1, -1), market.sessions[:1], always)
    yield PanelTable(names, scalars, market.sessions[:1], always)


def _policy(
    run: Run,
    scenario: Scenario,
    world: World,
    name: str,
    policy: Strategy,
    start: np.datetime64,
    feeds: tuple[str, ...],
) -> None:
    read = [
        signal_name for signal_name in signal_names(policy, name) or scenario.signals if signal_name in scenario.signals
    ]
    if any(signal not in run.panels for signal in read):
        return  # a signal it reads could not be computed
    own, filled = f"policies.{name}", f"execution.{name}"
    fed = (*feeds, *(f"signals.{signal}" for signal in read))
    first = scenario.execution.lag == 0  # a decision that fills on its own close precedes its fills
    try:
        result = prepared(scenario, world, run.panels, name, policy, start).run()
    except ReconciliationError:
        raise
    except Exception as error:  # noqa: BLE001 - as for signals
        run.add(Component(own, (), fed, error=error))
        return
    run.results[name] = result
    run.add(Component(own, tuple(_decided(result, policy)), (*fed, filled), order=int(not first)))
    run.add(Component(filled, tuple(_executed(result)), (*feeds, own), order=int(first)))


def _decided(result: RunResult, policy: Strategy) -> Iterator[Table]:
    """The policy's plan, the signals it carries itself, its decisions and orders."""
    prepared_, plan, first = result.run, result.run.plan, result.run.start
    targets = tuple(f"target {asset}" for asset in result.assets)
    values = np.column_stack([plan.action, plan.targets[plan.row], plan.rules[plan.row]])
    yield panel_table(("action", *targets, *_RULES), values, result.sessions, first)
    for name in own_signals(policy):
        panel = prepared_.signals[name]
        columns = tuple(f"signal {name} {column}" for column in panel.columns)
        yield panel_table(columns, panel.values, panel.sessions, first)
    yield events(result, DECIDED)


def _executed(result: RunResult) -> Iterator[Table]:
    """Its fills, costs and other movements of cash and shares, and its daily books."""
    yield events(result, [kind for kind in Kind if kind not in _NOT_EXECUTED])
    columns, panels = zip(*_books(result), strict=True)
    yield panel_table(tuple(columns), np.column_stack(panels), result.sessions, result.run.start)


def _books(result: RunResult) -> Iterator[tuple[str, FloatArray]]:
    for name, values in result.daily.items():
        if values.ndim == 1:
            yield name, values
        else:
            labels = result.assets if name == "shares" else abi.COMPONENTS
            yield from ((f"{name} {label}", values[:, k]) for k, label in enumerate(labels))
    if len(result.out.raised):
        yield "raised", result.out.raised


def events(result: RunResult, kinds: Any) -> EventTable:
    """Events of some kinds of a replay."""
    records = result.records[np.isin(result.records["kind"], [int(kind) for kind in kinds])]
    at: IntArray = records["session"].astype(np.int64) + result.run.start
    return EventTable(records, at, result.run.market.sessions, result.assets)


def failures(components: Mapping[str, Component]) -> Iterator[tuple[str, Exception]]:
    """The components that could not be computed, and why."""
    for name, component in components.items():
        if component.error is not None:
            yield name, component.error
