"""What there is to replay: each policy once for every set of terms that makes a difference to it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np

from scenarios.build import Scenario, named_assets
from scenarios.load import steps_of
from scenarios.own_sources import is_ours, made_of
from scenarios.runner import common_start, struck
from scenarios.schema import ScenarioFile
from scenarios.shock_effect import check_shocks
from scenarios.shocks import World
from simulator.core.errors import ScenarioError, UndertowError, nearest
from simulator.core.types import IntArray
from simulator.engine.signals import signal_names

from .grid import Grid

#: Columns of a signal that policies read unless they name others.
_USUAL: Final = ("state", "fire", "probability")
_SAYS_NOTHING = ("name", "title", "description", "extends", "benchmark", "index", "start")


@dataclass(frozen=True)
class Job:
    """One policy under one set of terms, replayed on every path.

    Attributes
    ----------
    number
        Its place in the plan.
    policy
        Its name in the scenario.
    point
        The first grid point that asks for it; others may share it.
    world
        Digest of what shapes the market: jobs of one world meet the same paths.
    terms
        Digest of everything but market, policy and signals.
    signals
        Digest of each signal the policy may read, by name.
    """

    number: int
    policy: str
    point: int
    world: str
    terms: str
    signals: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Plan:
    """Every job of a sweep, and which of them answers which point and policy.

    Attributes
    ----------
    grid
        The grid.
    scenarios
        One for each point.
    starts
        The session on which each point's policies start.
    jobs
        In the order they are computed in: by world, then terms, then the point that asks first.
    answers
        (points, policies) number of the job.
    """

    grid: Grid
    scenarios: Sequence[Scenario]
    starts: Sequence[np.datetime64]
    jobs: Sequence[Job]
    answers: IntArray

    @property
    def policies(self) -> tuple[str, ...]:
        """Names, in the scenario's order."""
        return tuple(self.scenarios[0].policies)

    def scenario(self, job: Job) -> Scenario:
        """The scenario a job is made from."""
        return self.scenarios[job.point]

    @cached_property
    def read(self) -> frozenset[str] | None:
        """The columns of signals that policies read; ``None`` where one is the user's own."""
        parts = [part for job in self.jobs for part in made_of(self.scenario(job).policies[job.policy])]
        if not all(map(is_ours, parts)):
            return None
        return frozenset([*_USUAL, *filter(None, (getattr(part, "column", None) for part in parts))])

    def label(self, job: Job) -> str:
        """A name for a job that no other has and that says where it comes from."""
        settings = self.grid.points[job.point] if len(self.grid) > 1 else ()
        return f"{job.policy} at {' '.join(settings)}" if settings else job.policy


def make_plan(
    grid: Grid,
    scenario_at: Callable[[tuple[str, ...]], Scenario],
    earliest: Callable[[Scenario], np.datetime64 | None] = lambda _: None,
) -> Plan:
    """Validate every point of a grid and find out what has to be replayed.

    Parameters
    ----------
    grid
        The grid.
    scenario_at
        Makes the scenario of a point, given its overrides.
    earliest
        The first session on which paths of a scenario can be replayed; ``None`` where any will do.

    Raises
    ------
    UndertowError
        Naming the point that cannot be used and why.
    """
    scenarios, starts, seen = [], [], set()
    for point in grid.points:
        try:
            scenario = scenario_at(point)
            start, first = common_start(scenario, World(scenario.market, scenario.market)), earliest(scenario)
            starts.append(start if first is None else max(start, first))
            worlds = world_digest(scenario.file), starts[-1]
            if scenario.shocks and worlds not in seen:
                check_shocks(scenario, struck(scenario, scenario.market), starts[-1])
            seen.add(worlds)
        except UndertowError as error:
            raise type(error)(f"{error} (at --grid {' '.join(point)})" if point else str(error)) from None
        scenarios.append(scenario)
    found: dict[str, Job] = {}
    asked = []
    for number, (scenario, start) in enumerate(zip(scenarios, starts, strict=True)):
        world, terms = world_digest(scenario.file), _terms(scenario.file, start)
        for name in scenario.policies:
            job = Job(-1, name, number, world, terms, _signals(scenario, name))
            asked.append(digest([world, terms, _own(scenario.file, name), job.signals]))
            found.setdefault(asked[-1], job)
    place = {key: number for number, key in enumerate(_ordered(found))}
    jobs = [replace(found[key], number=number) for key, number in place.items()]
    answers = np.array([place[key] for key in asked], np.int64).reshape(len(scenarios), -1)
    return Plan(grid, scenarios, starts, jobs, answers)


def check_names(grid: Grid, file: ScenarioFile) -> None:
    """Raise if an axis names a policy or a signal that the scenario does not have."""
    for axis in grid.axes:
        section, *rest = steps_of(axis.key)
        known = {"policies": file.policies, "signals": file.signals}.get(section)
        name = rest[0] if len(rest) > 1 else ""
        if known is not None and name and name not in known:
            kind = "policy" if section == "policies" else "signal"
            raise ScenarioError(f"--grid {axis.key}: no {kind} {name!r}{nearest(name, known)}")


def _ordered(found: Mapping[str, Job]) -> list[str]:
    """By world and terms in the order they first appear, so that jobs that can share a call lie together."""
    worlds: dict[str, int] = {}
    terms: dict[str, int] = {}
    for job in found.values():
        worlds.setdefault(job.world, len(worlds))
        terms.setdefault(job.terms, len(terms))
    return sorted(found, key=lambda key: (worlds[found[key].world], terms[found[key].terms]))


def digest(what: Any) -> str:
    """SHA-256 of plain data."""
    return hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()


#: Keys of [market] that say nothing where they are not stated: digests are as before there were such keys.
_LATER: Final = ("instruments", "currency", "fx")


def market_digest(file: ScenarioFile) -> str:
    """Of everything that decides which market is loaded."""
    market = {key: value for key, value in file.market.model_dump().items() if key not in _LATER or value}
    if file.market.source == "csv" and file.market.assets is None:
        market["assets"] = named_assets(file)
    stated = {name: own.model_dump() for name, own in file.instruments.items()}
    for own in stated.values():
        for key in ("sector", "duration", "settlement", "currency"):
            if own[key] is None:
                del own[key]
    return digest([market, stated])


def world_digest(file: ScenarioFile) -> str:
    """Of everything that shapes the market and its paths."""
    return digest([market_digest(file), file.shocks, file.scenario.seed, file.scenario.end])


def trial_digest(scenario: Scenario, policy: str, start: np.datetime64) -> str:
    """Of all that a scenario says and that the figures of a policy from a session on depend on.

    The same of a run as of the point of a sweep that asks for the same. What the data hold is not in it.
    """
    file = scenario.file.model_copy(update={"judge": None})
    parts = [world_digest(file), _terms(file, start), _own(file, policy), _signals(scenario, policy)]
    return digest(parts)


def _terms(file: ScenarioFile, start: np.datetime64) -> str:
    """Digest of all a replay depends on besides its world, its policy and its signals."""
    rest = file.model_dump(
        exclude={"market", "instruments", "shocks", "overlays", "policies", "signals", "redemptions"}
    )
    if rest["governance"] is None:
        del rest["governance"]
    section = {key: value for key, value in rest.pop("scenario").items() if key not in _SAYS_NOTHING}
    return digest([rest, section, str(start)])


def _own(file: ScenarioFile, name: str) -> list[Any]:
    """A policy's own table, those of the policies it stands on, and those of the overlays that any of them names."""
    chain: list[Any] = [name]
    table: Mapping[str, Any] | None = file.policies[name]
    while table is not None:
        chain.append(table)
        chain += [file.overlays.get(overlay) for overlay in table.get("overlays") or () if isinstance(overlay, str)]
        table = file.policies.get(str(table.get("base"))) if len(chain) <= len(file.policies) else None
    return chain


def _signals(scenario: Scenario, name: str) -> dict[str, str]:
    """Digest of each signal a policy may read: those it names, or all of them where a user's own may look further."""
    names = reads(scenario, name)
    portfolio = scenario.file.model_dump(include={"portfolio"})
    return {name: digest([name, scenario.file.signals[name], portfolio, scenario.file.scenario.seed]) for name in names}


def reads(scenario: Scenario, name: str) -> list[str]:
    """The names of the signals a policy may read, in the scenario's order."""
    policy: Any = scenario.policies[name]
    named = set(signal_names(policy, name))
    if not all(map(is_ours, made_of(policy))):
        return list(scenario.signals)
    return [signal for signal in scenario.signals if signal in named]
