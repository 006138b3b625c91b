"""Policies of a scenario replayed at changed settings: each market, signal and replay once however often asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from scenarios.build import Scenario, assemble, check, load_market
from scenarios.held import refuse_opening
from scenarios.load import load
from scenarios.progress import Progress, Silent
from scenarios.runner import common_start, prepared
from scenarios.shocks import World
from scenarios.side_by_side import books
from scenarios.stored import check_stored, stored
from scenarios.sweep.jobs import digest, market_digest, reads, trial_digest, world_digest
from scenarios.sweep.worlds import Block, PathSettings, Source
from simulator.core.errors import UndertowError
from simulator.core.market import MarketData
from simulator.core.panels import SignalPanel
from simulator.core.types import DateArray, FloatArray
from simulator.engine import RunResult
from simulator.metrics import Books, PolicyMetrics, policy_metrics

if TYPE_CHECKING:
    from signals.stress.walk_forward import Keeper

#: Settings as ``--set`` writes them, beside those that the whole study was given.
Settings = tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """The scenario of a study, as its command names it.

    Attributes
    ----------
    scenario
        A catalogued name, or a path.
    data
        Folder that data paths are under.
    overrides, shocks, plugins
        As ``--set``, ``--shock`` and ``--plugins`` give them.
    """

    scenario: str
    data: Path | None = None
    overrides: Sequence[str] = ()
    shocks: Sequence[str] = ()
    plugins: Sequence[Path] = ()


@dataclass(frozen=True, eq=False)
class KeptReplay:
    """What is kept of a policy's run.

    Attributes
    ----------
    figures
        The figures an ordinary run has.
    book
        Its daily history, the only one in it.
    sessions
        (T,) those replayed.
    invested
        Mean share of nav that is not in cash.
    hindsight
        Whether it hears what nobody could have known: no one could have followed it.
    """

    figures: PolicyMetrics
    book: Books
    sessions: DateArray
    invested: float
    hindsight: bool = False

    @property
    def sharpe(self) -> float | None:
        """The annual Sharpe ratio, net of costs."""
        value: float | None = self.figures["sharpe"]
        return value


@dataclass(frozen=True, eq=False)
class TriedPoint:
    """A policy of a scenario at some settings, and what it came to: a trial.

    Attributes
    ----------
    policy, settings
        Whose, and where it was asked for first.
    digest
        Of all that its figures depend on.
    scenario
        At these settings.
    replay
        What it came to.
    """

    policy: str
    settings: Settings
    digest: str
    scenario: Scenario
    replay: KeptReplay


@dataclass(frozen=True, eq=False)
class SettingsPoint:
    """A scenario at some settings, and the session its policies start on."""

    scenario: Scenario
    start: np.datetime64


@dataclass(eq=False)
class Replays:
    """Replays of one scenario, kept by all they depend on.

    Attributes
    ----------
    asked
        The scenario.
    refit_cache
        Where fitted models are found and kept: a signal that learns fits nothing twice.
    made
        Replays made so far.
    """

    asked: Asked
    refit_cache: Keeper | None = None
    progress: Progress = field(default_factory=Silent)
    made: int = 0
    _markets: dict[str, MarketData] = field(default_factory=dict)
    _points: dict[Settings, SettingsPoint] = field(default_factory=dict)
    _blocks: dict[str, Block] = field(default_factory=dict)
    _kept: dict[str, TriedPoint] = field(default_factory=dict)

    @property
    def tried(self) -> tuple[TriedPoint, ...]:
        """What has been replayed so far, each once, but for what hears told signals or hindsight."""
        return tuple(kept for kept in self._kept.values() if not kept.replay.hindsight)

    def at(self, settings: Settings = ()) -> SettingsPoint:
        """The scenario at some settings.

        Raises
        ------
        UndertowError
            Naming what cannot be used, and the settings it came with.
        """
        if settings not in self._points:
            try:
                self._points[settings] = self._made(settings)
            except UndertowError as error:
                raise type(error)(f"{error} (at {' '.join(settings)})" if settings else str(error)) from None
        return self._points[settings]

    def of(self, policy: str, settings: Settings = ()) -> KeptReplay:
        """The replay of a policy at some settings: what an ordinary run with them comes to."""
        point = self.at(settings)
        key = trial_digest(point.scenario, policy, point.start)
        if key not in self._kept:
            replay = self._kept_of(self.run(policy, settings), policy)
            self._kept[key] = TriedPoint(policy, settings, key, point.scenario, replay)
        return self._kept[key].replay

    def run(self, policy: str, settings: Settings = (), told: Mapping[str, SignalPanel] | None = None) -> RunResult:
        """The whole run; with ``told``, of a policy that hears these panels in place of the signals of those names."""
        point, block = self.at(settings), self.block(settings)
        panels = {
            name: self.panel(name, settings) for name in reads(point.scenario, policy) if name not in (told or {})
        }
        self.made += 1
        world, scenario = block.worlds[0], point.scenario
        own = scenario.policies[policy]
        return prepared(scenario, world, {**panels, **(told or {})}, policy, own, point.start).run()

    def told(self, policy: str, panels: Mapping[str, SignalPanel], settings: Settings = ()) -> KeptReplay:
        """The replay of a policy that hears these panels; not kept."""
        return self._kept_of(self.run(policy, settings, panels), policy)

    def panel(self, signal: str, settings: Settings = ()) -> SignalPanel:
        """What a signal says at some settings, computed once."""
        file, scenario = self.at(settings).scenario.file, self.at(settings).scenario
        key = digest([signal, file.signals[signal], file.model_dump(include={"portfolio"}), file.scenario.seed])
        return self.block(settings).panel(key, signal, scenario.signals[signal])

    def block(self, settings: Settings = ()) -> Block:
        """The world at some settings, and the signals computed in it."""
        scenario = self.at(settings).scenario
        key = world_digest(scenario.file)
        if key not in self._blocks:
            self._blocks[key] = Block(Source(scenario, PathSettings()), range(1), 1)
        return self._blocks[key]

    def _made(self, settings: Settings) -> SettingsPoint:
        asked = self.asked
        file = load(asked.scenario, [*asked.overrides, *settings], asked.shocks, asked.plugins)
        file = file.model_copy(update={"judge": None})
        check(file)
        refuse_opening(file, "runs of a study in money")
        key = market_digest(file)
        if key not in self._markets:
            self._markets[key] = load_market(file, asked.data)
        scenario = assemble(file, self._markets[key], self.progress, self.refit_cache)
        if not settings:
            check_stored(stored(scenario.signals), scenario.market)
        return SettingsPoint(scenario, common_start(scenario, World(scenario.market, scenario.market)))

    def _kept_of(self, result: RunResult, policy: str) -> KeptReplay:
        hindsight = any(panel.hindsight for panel in result.run.signals.values())
        invested = _invested(result.daily["cash"], result.daily["nav"])
        return KeptReplay(policy_metrics(result), books({policy: result}), result.sessions, invested, hindsight)


def _invested(cash: FloatArray, nav: FloatArray) -> float:
    """Mean over (T,) sessions, those on which there is anything, of what is not in cash."""
    there = nav > 0.0
    return float(1.0 - (cash[there] / nav[there]).mean()) if there.any() else 0.0
