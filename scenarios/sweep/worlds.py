"""The markets of some paths and the signals on them, computed once however many jobs look at them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated

import numpy as np

from scenarios.build import Scenario
from scenarios.own_sources import is_ours
from scenarios.paths import MEAN_BLOCK, Paths, asked_for
from scenarios.runner import followed_signals, naming, shocked
from scenarios.shocks import World
from simulator.core.errors import ScenarioError
from simulator.core.market import MarketData
from simulator.core.panels import SignalPanel
from simulator.core.protocols import FeatureSource, Freezable, Signal, Sparing, Together, WarmedUp
from simulator.core.within import Within
from simulator.engine.signals import panel_of
from simulator.features import Features


@dataclass(frozen=True)
class PathSettings:
    """How paths are made, and what learns on them.

    Attributes
    ----------
    count
        Paths, besides history.
    mean_block
        Mean block of bootstraps in sessions; ``None`` for a quarter. Other generators have none.
    refit
        Whether models are fitted anew on every path; otherwise those fitted on history are applied.
    generator
        What draws paths, as ``--generator`` states it; empty for the stationary bootstrap.
    """

    count: Annotated[int, Within(0, 1_000_000, option="--paths")] = 0
    mean_block: Annotated[int | None, Within(1, 10_000, unit="sessions", option="--block")] = MEAN_BLOCK
    refit: bool = False
    generator: str = ""

    @property
    def is_bootstrap(self) -> bool:
        """Whether paths are sessions of history and nothing else."""
        return self.generator.partition(":")[0] in ("", "bootstrap", "circular")

    @property
    def sessions(self) -> int | None:
        """How many sessions a path has, where that is stated."""
        return asked_for(self.generator, self.mean_block).sessions

    @property
    def plain(self) -> list[int | str | bool | None]:
        """What paths depend on, as plain data; the generator only where it is not the usual one."""
        block = MEAN_BLOCK if self.mean_block is None and not self.generator else self.mean_block
        return [self.count, block, self.refit, *([self.generator] if self.generator else [])]


@dataclass(eq=False)
class Source:
    """A world's history: paths are drawn from it, models are fitted on it.

    ``read`` are the columns of signals that policies read; ``None`` where that is not known.
    """

    scenario: Scenario
    settings: PathSettings
    read: Collection[str] | None = None
    history: World = field(init=False)
    _frozen: dict[str, Signal] = field(default_factory=dict)
    _paths: Paths | None = None

    def __post_init__(self) -> None:
        self.history = self._shocked(self.scenario.market)

    def path(self, number: int) -> World:
        """The world of one path. Shocks strike it on their dates, as they strike history."""
        if number == 0:
            return self.history
        return self._shocked(self.paths.path(number))

    @property
    def paths(self) -> Paths:
        """Where paths come from: the market before its shocks, up to the last session of the run."""
        if self._paths is None:
            self._paths = paths_of(self.scenario, self.settings)
        return self._paths

    def signal(self, key: str, name: str, signal: Signal) -> Signal:
        """The signal as paths see it: with its models as fitted on history, unless they are to be refitted."""
        if self.settings.count == 0 or self.settings.refit or not isinstance(signal, Freezable):
            return signal
        if key not in self._frozen:
            with naming(name, signal):
                learnt = signal.frozen(Features(self.history.observed))
            if self.read is not None and isinstance(learnt, Sparing):
                learnt = learnt.reading(self.read)
            self._frozen[key] = learnt
        return self._frozen[key]

    def _shocked(self, market: MarketData) -> World:
        world = shocked(self.scenario, market)
        if self.settings.count and world.observed is not world.market:
            raise ScenarioError(
                "shocks: policies would observe another market than the one they trade in, which a sweep can replay on "
                "history alone; leave --paths out, or the shock"
            )
        return world


def paths_of(scenario: Scenario, settings: PathSettings) -> Paths:
    """Where paths of a scenario come from, fitted and found drawable.

    Raises
    ------
    UndertowError
        Naming what cannot be drawn, or what of ``--generator`` cannot be used.
    """
    section, market = scenario.file.scenario, scenario.market
    last = None if section.end is None else np.datetime64(section.end, "D")
    start = market.sessions[0] if section.start is None else np.datetime64(section.start, "D")
    since = int(np.searchsorted(market.sessions, start))
    return _paths(market, last, section.seed, settings.generator, settings.mean_block, since)


def first_replayed(scenario: Scenario, settings: PathSettings) -> np.datetime64 | None:
    """The first session on which the signals of paths of a stated length are warm; ``None`` without such a length.

    Raises
    ------
    ScenarioError
        If they warm up for as long as a path is.
    """
    asked = asked_for(settings.generator, settings.mean_block)
    if not settings.count or asked.sessions is None:
        return None
    end = scenario.file.scenario.end
    market = until(scenario.market, None if end is None else np.datetime64(end, "D"))
    asked.check_length(market.sessions.size)
    features = Features(market)
    followed = followed_signals(scenario)
    warmups = {name: _warmup(signal, features, settings) for name, signal in followed.items()}
    longest = max(warmups.values(), default=0)
    if longest >= asked.sessions:
        slow = max(warmups, key=lambda name: warmups[name])
        raise ScenarioError(
            f"--generator {asked.kind}: sessions = {asked.sessions:,}: signals.{slow} warms up for {longest:,} of "
            "them, so that none is left to replay; state more"
        )
    return market.sessions[market.sessions.size - asked.sessions + longest]


def _warmup(signal: Signal, features: Features, settings: PathSettings) -> int:
    """Sessions of a path before a signal has what it looks at."""
    if not settings.refit and isinstance(signal, WarmedUp):
        return signal.frozen_warmup(features)
    return int(getattr(signal, "warmup", 0))


@lru_cache(maxsize=2)  # fitting takes a while, and a plan, its chunks and its report ask for the same
def _paths(
    market: MarketData, last: np.datetime64 | None, seed: int, generator: str, block: int | None, since: int
) -> Paths:
    return asked_for(generator, block).paths(until(market, last), seed, since)


def until(market: MarketData, last: np.datetime64 | None) -> MarketData:
    """The market up to the last session of a run."""
    if last is None:
        return market
    return market.between(0, int(np.searchsorted(market.sessions, last, side="right")))


class Block:
    """Some paths of a source, held in memory."""

    def __init__(self, source: Source, paths: range, workers: int) -> None:
        self.source, self.paths, self.workers = source, paths, workers
        self.worlds = [source.path(number) for number in paths]
        self._features = [Features(world.observed) for world in self.worlds]
        self._panels: dict[str, dict[MarketData, SignalPanel]] = {}

    def signal(self, key: str, name: str, signal: Signal) -> OnPaths:
        """A signal's panels on these paths, as a signal."""
        if key not in self._panels:
            shown = self.source.signal(key, name, signal)
            with naming(name, signal):
                panels = self._heard(name, self._computed(name, shown))
            observed = [feature.market for feature in self._features]
            self._panels[key] = dict(zip(observed, panels, strict=True))
        return OnPaths(name, self._panels[key])

    def panel(self, key: str, name: str, signal: Signal) -> SignalPanel:
        """A signal's panel on the first of these paths."""
        return self.signal(key, name, signal).compute(self._features[0])

    def _heard(self, name: str, panels: Sequence[SignalPanel]) -> Sequence[SignalPanel]:
        """Panels as policies get them: shocks may have them come late or wrong."""
        return [world.heard(name, panel) for world, panel in zip(self.worlds, panels, strict=True)]

    def _computed(self, name: str, signal: Signal) -> Sequence[SignalPanel]:
        """Panels on every path; a user's own signal is asked on one path after the other."""
        if is_ours(signal) and isinstance(signal, Together):
            return self._together(name, signal)
        if self.workers == 1 or not is_ours(signal):
            return [panel_of(name, signal, feature) for feature in self._features]
        with ThreadPoolExecutor(self.workers) as pool:
            return list(pool.map(lambda one: panel_of(name, signal, one), self._features))

    def _together(self, name: str, signal: Together) -> Sequence[SignalPanel]:
        """Panels of a signal that computes several paths at once, as many of them as there are workers."""
        shares = np.array_split(np.arange(len(self._features)), min(self.workers, len(self._features)))
        asked = [[self._features[number] for number in share] for share in shares]
        if len(asked) == 1:
            panels = signal.compute_together(asked[0])
        else:
            with ThreadPoolExecutor(len(asked)) as pool:
                panels = [panel for part in pool.map(signal.compute_together, asked) for panel in part]
        return [panel_of(name, panel, features) for panel, features in zip(panels, self._features, strict=True)]


class OnPaths:
    """A signal that has been computed on some observed markets already; the run's start has waited for its warm-up."""

    warmup = 0

    def __init__(self, name: str, panels: Mapping[MarketData, SignalPanel]) -> None:
        self.name, self._panels = name, panels

    def compute(self, features: FeatureSource) -> SignalPanel:
        """Its panel on this very market."""
        return self._panels[features.market]
