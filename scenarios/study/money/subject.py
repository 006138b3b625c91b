"""Whom a study in money is about: a policy, the signal it follows, and the benchmark it is held against."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from scenarios.build import Scenario
from scenarios.load import load
from scenarios.schema import ScenarioFile
from scenarios.sweep.jobs import reads
from scenarios.titles import titles
from simulator.core.errors import ScenarioError, nearest
from simulator.core.names import quoted

from .replays import Asked


@dataclass(frozen=True)
class Subject:
    """A policy, the signal it follows, and the benchmark.

    Attributes
    ----------
    policy, benchmark
        Names.
    signal
        Its name; ``None`` where the policy follows none.
    """

    policy: str
    benchmark: str
    signal: str | None

    def called(self, scenario: Scenario) -> tuple[str, str, str]:
        """Policy, benchmark and signal as people call them; an empty text for no signal."""
        told = titles(scenario.file)
        signal = "" if self.signal is None else told.signals[self.signal]
        return told.policies[self.policy], told.policies[self.benchmark], signal


def subject_of(asked: Asked, policy: str | None, signal: str | None) -> tuple[Asked, Subject]:
    """The subject that is asked for, or the one the scenario suggests; and the scenario in which it follows ``signal``.

    By default the policy is that of ``[judge]``, else the first one with a key ``signal``, else the first that is not
    the benchmark; its signal is the one it follows.

    Raises
    ------
    ScenarioError
        Naming the option that cannot be used.
    """
    file = load(asked.scenario, asked.overrides, asked.shocks, asked.plugins)
    chosen = _policy(file, policy, signal)
    if signal is None:
        stated = file.policies[chosen].get("signal")
        return asked, Subject(chosen, file.scenario.benchmark, stated if isinstance(stated, str) else None)
    if signal not in file.signals:
        raise ScenarioError(f"--signal: no signal {quoted(signal)}{nearest(signal, file.signals)}")
    if "signal" not in file.policies[chosen]:
        raise ScenarioError(
            f"--signal {signal}: policy {quoted(chosen)} has no key signal to follow it with; name one that has, with "
            "--policy"
        )
    followed = replace(asked, overrides=(*asked.overrides, f'policies."{chosen}".signal="{signal}"'))
    return followed, Subject(chosen, file.scenario.benchmark, signal)


def _policy(file: ScenarioFile, policy: str | None, signal: str | None) -> str:
    benchmark = file.scenario.benchmark
    if policy is not None:
        if policy not in file.policies:
            raise ScenarioError(f"--policy: no policy {quoted(policy)}{nearest(policy, file.policies)}")
        if policy == benchmark:
            raise ScenarioError(f"--policy {policy}: it is the benchmark that others are held against; name another")
        return policy
    others: dict[str, dict[str, Any]] = {name: table for name, table in file.policies.items() if name != benchmark}
    if not others:
        raise ScenarioError(f"policies: none besides the benchmark {quoted(benchmark)}, so there is nothing to compare")
    if file.judge is not None and file.judge.policy in others:
        return file.judge.policy
    follows = [name for name, table in others.items() if isinstance(table.get("signal"), str)]
    same = [name for name in follows if others[name]["signal"] == signal]
    return next(iter([*same, *follows, *others]))


def followed(scenario: Scenario, subject: Subject) -> bool:
    """Whether the policy reads its signal at all."""
    return subject.signal is not None and subject.signal in reads(scenario, subject.policy)
