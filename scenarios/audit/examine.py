"""The examination: a run, the same run again, then every cut with other futures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from scenarios.book import reached
from scenarios.build import Scenario, assemble
from scenarios.parts import part_tables
from scenarios.plugins import is_own
from scenarios.progress import Progress
from scenarios.runner import common_start, naming
from scenarios.shocks import World, shock_by_shock
from scenarios.stored import stored
from simulator.core.errors import PluginError, ScenarioError, UndertowError
from simulator.core.protocols import Evidencing
from simulator.core.types import IntArray
from simulator.engine.arrays import derive
from simulator.features import Features
from simulator.ledger import Kind

from .compare import Finding, differences, findings
from .cuts import Cut, CutMoments, choose, in_turn
from .foreknowledge import Foreknowledge, foreknowledge
from .fresh_process import observe_elsewhere
from .futures import other_close, truncated, wild, wild_world
from .ledger import LedgerEntry, release_ledger
from .observe import Run, failures, first_change, observe, observe_policies, observe_shocks, observe_signal
from .opening import Morning, opening
from .tables import Observation, observation_hash

TRUNCATED: Final = "truncated"
POISONED: Final = "poisoned"
OPENING: Final = "opening"
DECIDED: Final = "decided"
STRUCK: Final = "struck"
ELSEWHERE: Final = "elsewhere"
CALLED: Final = "called"
LEDGER: Final = "ledger"

#: Decisions at which the policies alone are replayed, and calls of a user's signal at which it alone is.
DECISIONS: Final = 24
#: Sessions around one refit at which a user's signal alone is replayed: a schedule may be stated a day or two off.
_AROUND: Final = (-2, -1, 1, 2)


@dataclass(frozen=True)
class Replay:
    """One replay of a cut: how it was made, what of it was compared, and the hash of that."""

    kind: str
    components: tuple[str, ...]
    expected: str
    sha256: str


@dataclass(frozen=True)
class Examination:
    """What an audit found.

    Attributes
    ----------
    components
        Names, in the order in which a run makes them.
    cuts
        Where history was cut.
    replays
        The replays of each cut.
    decisions
        Further cuts, at decisions, for the policies alone.
    findings
        Those that saw the future themselves first, then in the order of components and dates.
    ledger
        The release ledger.
    start, stop
        The sessions of the run, ``[start, stop)``.
    foreknowledge
        How each series moves with what the market did after it was published.
    calls
        Further cuts, for each of the user's own signals alone: where it calls, and about one of its refits.
    elsewhere
        The cut that was replayed in a process of its own; ``None`` where nothing of the user's own could remember.
    doubts
        What weakens the verdict, a sentence each.
    """

    components: tuple[str, ...]
    cuts: tuple[Cut, ...]
    replays: tuple[tuple[Replay, ...], ...]
    decisions: tuple[Cut, ...]
    findings: tuple[Finding, ...]
    ledger: tuple[LedgerEntry, ...]
    start: int
    stop: int
    foreknowledge: tuple[Foreknowledge, ...] = ()
    calls: tuple[Cut, ...] = ()
    elsewhere: Cut | None = None
    doubts: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether nothing saw the future."""
        return not self.findings


def examine(scenario: Scenario, count: int, progress: Progress) -> Examination:
    """Audit a scenario at ``count`` cuts. A cut is a session of the run.

    Raises
    ------
    UndertowError
        If the scenario cannot be run, or if it does not repeat itself.
    """
    at_open = scenario.execution.fill == "open"
    total = 3 + count * (3 if at_open else 2)
    worlds = _worlds(scenario)
    start = common_start(scenario, worlds[-1])
    honest = observe(scenario, worlds, start)
    for _, error in failures(honest.components):
        raise error
    progress("audit", 1, total)
    subject = _Subject(scenario, worlds, start, honest)
    subject.must_repeat_itself()
    progress("audit", 2, total)
    _add_stored(scenario, honest)
    cuts = subject.cuts(count)
    ledger = release_ledger(scenario, worlds[-1].observed, honest)
    decisions, found = subject.decided()
    calls, called = subject.called()
    found += called + _of_ledger(ledger)
    replays, done = [], 3
    total = 3 + len(cuts) * (3 if at_open else 2)
    progress("audit", done, total)
    for cut in cuts:
        of_cut = []
        for replay, seen in subject.replays(cut):
            of_cut.append(replay)
            found += seen
            done += 1
            progress("audit", done, total)
        replays.append(tuple(of_cut))
    elsewhere = cuts[-1] if subject.own and not found else None
    if elsewhere is not None:
        found += subject.elsewhere(elsewhere)
    names = tuple(honest.components)
    found.sort(key=lambda finding: (finding.cause is not None, names.index(finding.component), finding.date))
    first, last = subject.span
    return Examination(
        components=names,
        cuts=tuple(cuts),
        replays=tuple(replays),
        decisions=tuple(decisions),
        findings=tuple(found),
        ledger=tuple(ledger),
        start=first,
        stop=last,
        foreknowledge=foreknowledge(scenario.market),
        calls=tuple(calls),
        elsewhere=elsewhere,
        doubts=tuple(subject.doubts()),
    )


def _add_stored(scenario: Scenario, honest: Run) -> None:
    """The models of stored signals: no replay fits them, so that they are proven once, on the market they belong to."""
    features = Features(scenario.market)
    for name, forecast in stored(scenario.signals).items():
        with naming(name, scenario.signals[name]):
            honest.add_evidence(name, forecast.provenance(features), features.sessions)


def _worlds(scenario: Scenario) -> list[World]:
    try:
        return shock_by_shock(scenario.market, scenario.shocks, scenario.file.scenario.seed)
    except UndertowError as error:
        raise type(error)(f"shocks: {error}") from None


def _of_ledger(ledger: list[LedgerEntry]) -> list[Finding]:
    return [
        Finding(
            component=entry.component,
            column=entry.item,
            date=entry.first,
            cut=None,
            replay=LEDGER,
            was=f"{entry.early} uses before it is known",
            became=f"known {-(entry.least_wait or 0)} days later at most ({entry.rule})",
        )
        for entry in ledger
        if entry.first is not None
    ]


@dataclass(frozen=True, eq=False)
class _Subject:
    """What is audited: the scenario, its world and its run."""

    scenario: Scenario
    worlds: list[World]
    start: np.datetime64
    honest: Run

    @property
    def span(self) -> tuple[int, int]:
        """The sessions replayed."""
        run = next(iter(self.honest.results.values())).run
        return run.start, run.stop

    def fresh(self, end: np.datetime64 | None = None) -> Scenario:
        """The scenario with every object made anew: nothing is remembered from one replay to the next.

        Flows due after ``end`` are left out: a history that ends there has no session for them.
        """
        made = assemble(self.scenario.file, self.scenario.market)
        flows = reached(made.flows, end)
        return replace(made, terms=replace(made.terms, flows=flows))

    def must_repeat_itself(self) -> None:
        """Raise unless the same run again gives the same bits: otherwise no difference would mean anything."""
        scenario = self.fresh()
        again = observe(scenario, _worlds(scenario), self.start)
        last = self.scenario.market.sessions.size
        found = differences(self.honest.components, again.components, last)
        for name, component in found.items():
            raise PluginError(
                f"{name}: {component.column} on {component.date} is {component.was} in one run and "
                f"{component.became} in the next, on the same data: seed its randomness and keep no state between "
                "runs, then audit again"
            )

    def room(self) -> IntArray:
        """The sessions that can be cut: with a session after them, and never before every signal is warm."""
        first, stop = self.span
        warmups = [int(getattr(signal, "warmup", 0)) for signal in self.scenario.signals.values()]
        room = np.arange(max([first, *warmups]), stop - 1)
        if room.size == 0:
            raise ScenarioError("nothing to audit: the run has no session with a future after the longest warm-up")
        return room

    def cuts(self, count: int) -> list[Cut]:
        """Where history is cut."""
        observed = self.worlds[-1].observed
        return choose(observed, self.room(), self._moments(), count, self.scenario.file.scenario.seed)

    def _moments(self) -> CutMoments:
        decisions = {}
        for name, result in self.honest.results.items():
            decided = result.records["session"][result.records["kind"] == Kind.DECISION][1:]
            decisions[name] = decided.astype(np.int64) + result.run.start
        refits = {f"signals.{name}": self._refits(name) for name in self.scenario.signals}
        sessions = self.worlds[-1].market.sessions
        due = [flow.due(sessions) for flow in self.scenario.flows]
        flows = np.concatenate([np.zeros(0, np.int64), *due])
        begun = [first for first in map(first_change, self.worlds[:-1], self.worlds[1:]) if first is not None]
        made = {name: sessions for name, sessions in refits.items() if sessions.size}
        return CutMoments(decisions, made, flows, np.array(begun, np.int64))

    def _refits(self, name: str) -> IntArray:
        """Sessions on which a signal made a model: those it lays open, else those of its refit_every."""
        sessions = self.worlds[-1].market.sessions
        for evidence in self.honest.evidence.get(name, ()):
            if evidence.name == "models":
                return np.searchsorted(sessions, evidence.dates)
        every = getattr(self.scenario.signals[name], "refit_every", None)
        if not isinstance(every, int) or every < 1:
            return np.zeros(0, np.int64)
        first = getattr(self.scenario.signals[name], "min_train", self.scenario.signals[name].warmup)
        return np.arange(int(first), sessions.size, every)

    def decided(self) -> tuple[list[Cut], list[Finding]]:
        """Cuts at further decisions of every policy, with the signals as they were: cheap, so there are more."""
        room, world = self.room(), self.worlds[-1]
        rng = np.random.default_rng(np.random.SeedSequence([self.scenario.file.scenario.seed, 0xDEC]))
        chosen = sorted(set(in_turn(self._moments().decisions, room, DECISIONS, rng)))
        cuts, found = [], []
        for t, name in chosen:
            cut = Cut(t, world.market.sessions[t], f"a decision of {name}")
            panels = {signal: panel.between(0, t + 1) for signal, panel in self.honest.panels.items()}
            replayed = observe_policies(self.fresh(cut.date), truncated(world, t), self.start, panels)
            seen = differences(self.honest.components, replayed, t)
            found += findings(self.honest.components, seen, cut, DECIDED)
            cuts.append(cut)
        return cuts, found

    @property
    def own(self) -> bool:
        """Whether anything of the user's own is in the scenario: a module of theirs may remember what it saw."""
        file = self.scenario.file
        parts = [table for _, table, _ in part_tables(file)]
        tables = [*file.signals.values(), *file.policies.values(), *parts, *file.shocks, file.costs]
        return any(is_own(str(table.get("kind"))) for table in tables)

    def _own_signals(self) -> list[str]:
        """The user's own signals."""
        return [name for name, table in self.scenario.file.signals.items() if is_own(str(table.get("kind")))]

    def called(self) -> tuple[list[Cut], list[Finding]]:
        """Each of the user's own signals alone, where history ends on a day it calls, or about one of its refits.

        A peek on a single day shows on that day alone, and a model that learns a day too early on the day it learns.
        """
        cuts, found = [], []
        for name in self._own_signals():
            for t, why in self._telling_of(name):
                cut = Cut(t, self.worlds[-1].market.sessions[t], why)
                replayed = observe_signal(self.fresh(cut.date), truncated(self.worlds[-1], t), name)
                found += findings(self.honest.components, differences(self.honest.components, replayed, t), cut, CALLED)
                cuts.append(cut)
        return cuts, found

    def _telling_of(self, name: str) -> Iterator[tuple[int, str]]:
        """Sessions to cut for one signal: calls spread over the run, and those around one refit."""
        room, panel = self.room(), self.honest.panels[name]
        rng = np.random.default_rng(np.random.SeedSequence([self.scenario.file.scenario.seed, 0xCA11]))
        refits = np.intersect1d(self._refits(name), room)
        calls = np.flatnonzero(panel.fires())
        for t, _ in in_turn({name: calls}, room, DECISIONS // 3 if refits.size else DECISIONS, rng):
            yield t, f"a call of signals.{name}"
        if refits.size:
            about = int(rng.choice(refits)) + np.array(_AROUND)
            for t in np.intersect1d(about, room):
                yield int(t), f"about a refit of signals.{name}"

    def elsewhere(self, cut: Cut) -> list[Finding]:
        """The run up to a cut in a process of its own, which never sees more: memories of modules cannot help it."""
        market = truncated(World(self.scenario.market, self.scenario.market), cut.t).market
        world = truncated(self.worlds[-1], cut.t)
        replayed = observe_elsewhere(self.scenario.file, market, world, self.start)
        return findings(self.honest.components, differences(self.honest.components, replayed, cut.t), cut, ELSEWHERE)

    def doubts(self) -> Iterator[str]:
        """What weakens a clean verdict: signals whose refits are not stated, or that react to no other market."""
        market = self.worlds[-1].observed
        other = wild(market, -1, np.random.default_rng((self.scenario.file.scenario.seed, 0xD0B7)))
        for name in self._own_signals():
            signal = self.scenario.signals[name]
            if getattr(signal, "warmup", 0) and not isinstance(signal, Evidencing) and not self._refits(name).size:
                yield (
                    f"signals.{name} states no refits (refit_every): if it learns, a leak that shows on the days it "
                    "learns alone may have been missed"
                )
            replayed = observe_signal(self.fresh(), World(other, other), name)
            if not differences(self.honest.components, replayed, market.sessions.size):
                yield (f"signals.{name} says the same on another market: what it reads from elsewhere was not replayed")

    def struck(self, cut: Cut) -> tuple[Replay, list[Finding]] | None:
        """The shocks that have begun by a cut, struck again on a history that ends there: their size may not know more.

        ``None`` where none has begun.
        """
        begun = [first is not None and first <= cut.t for first in map(first_change, self.worlds[:-1], self.worlds[1:])]
        if not any(begun):
            return None
        scenario = self.fresh(cut.date)
        shocks = [shock if now else _Waiting() for shock, now in zip(scenario.shocks, begun, strict=True)]
        market = truncated(World(self.scenario.market, self.scenario.market), cut.t).market
        worlds = shock_by_shock(market, shocks, scenario.file.scenario.seed)
        replayed = observe_shocks(worlds)
        kept = {name: part for (name, part), now in zip(replayed.items(), begun, strict=True) if now}
        return _verdict(STRUCK, cut, self.honest.components, kept, cut.t)

    def replays(self, cut: Cut) -> Iterator[tuple[Replay, list[Finding]]]:
        """Every replay of a cut, with what was found in it."""
        ended = observe(self.fresh(cut.date), [truncated(self.worlds[-1], cut.t)], self.start)
        yield _verdict(TRUNCATED, cut, self.honest.components, ended.components, cut.t)
        poisoned = observe(self.fresh(), _worlds(self._poisoned(cut)), self.start)
        yield _verdict(POISONED, cut, self.honest.components, poisoned.components, cut.t)
        struck = self.struck(cut)
        if struck is not None:
            yield struck
        if self.scenario.execution.fill == "open":
            yield self._opened(cut)

    def _seed(self, cut: Cut) -> tuple[int, int, int]:
        return self.scenario.file.scenario.seed, 0xF17E, cut.t

    def _poisoned(self, cut: Cut, *, opened: bool = False) -> Scenario:
        market = wild(self.scenario.market, cut.t, np.random.default_rng(self._seed(cut)), opened=opened)
        return replace(self.fresh(), market=market)

    def _opened(self, cut: Cut) -> tuple[Replay, list[Finding]]:
        """The open of the next session: as it was, and with another rest of the day."""
        world, session = self.worlds[-1], cut.t + 1
        realised = self.scenario.costs.panels(world.market, derive(world.market).estimates)
        mornings = (
            Morning(self.worlds, world, world.market),
            Morning(
                _worlds(self._poisoned(cut, opened=True)),
                wild_world(world, cut.t, self._seed(cut), opened=True),
                other_close(world.market, session, np.random.default_rng(self._seed(cut))),
            ),
        )
        was, became = (
            opening(
                self.fresh(world.market.sessions[session]), morning, self.honest.panels, realised, self.start, session
            )
            for morning in mornings
        )
        return _verdict(OPENING, cut, was, became, session)


class _Waiting:
    """A shock that has not begun yet, in the place of one: those after it keep their random streams."""

    severity = 0.0

    def apply(self, world: World, rng: np.random.Generator) -> World:  # noqa: ARG002 - the protocol's
        """Nothing yet."""
        return world

    def describe(self) -> str:
        """One line, as the protocol asks."""
        return "a shock that has not begun"


def _verdict(kind: str, cut: Cut, honest: Observation, replayed: Observation, t: int) -> tuple[Replay, list[Finding]]:
    compared = [name for name in honest if name in replayed and replayed[name].error is None]
    replay = Replay(
        kind=kind,
        components=tuple(compared),
        expected=observation_hash(honest, compared, t),
        sha256=observation_hash(replayed, compared, t),
    )
    return replay, findings(honest, differences(honest, replayed, t), cut, kind)
