"""The policies a judgement needs: one for each signal, alike but for the signal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scenarios.schema import JudgeSection, ScenarioFile
from simulator.core.errors import ScenarioError, nearest


def judged_signals(file: ScenarioFile) -> tuple[str, ...]:
    """The signals a file asks to judge, those to beat among them first."""
    section = _section(file)
    asked = section.signals
    if asked is None:
        asked = [name for name, table in file.signals.items() if table.get("kind") != "calendar"]
    return tuple(dict.fromkeys([*section.against, *asked]))


def policy_of(file: ScenarioFile) -> dict[str, str]:
    """The policy that follows each judged signal, by signal.

    A policy of the file that is the stated one but for its signal is it; others bear the name of their signal.
    """
    section = _section(file)
    template = _untitled(_template(file, section))
    return {signal: _existing(file, {**template, "signal": signal}) or signal for signal in judged_signals(file)}


def with_policies(file: ScenarioFile) -> ScenarioFile:
    """The file with a policy for every signal it asks to judge; unchanged where it asks for none.

    Raises
    ------
    ScenarioError
        For a name that is unknown, or that a new policy would need and another one bears.
    """
    section = file.judge
    if section is None:
        return file
    _check_names("judge.policy", [section.policy], file.policies, "policy")
    _check_names("judge.against", section.against, file.signals, "signal")
    _check_names("judge.signals", section.signals or (), file.signals, "signal")
    template = _untitled(_template(file, section))
    policies = dict(file.policies)
    for signal, policy in policy_of(file).items():
        wanted = {**template, "signal": signal}
        if _untitled(policies.setdefault(policy, wanted)) != wanted:
            raise ScenarioError(
                f"judge: the policy that follows signal {signal!r} would be named after it, but policies.{signal} is "
                "another one; rename either"
            )
    return file.model_copy(update={"policies": policies})


def _section(file: ScenarioFile) -> JudgeSection:
    if file.judge is None:
        raise ScenarioError("judge: this scenario has no such table, so there is nothing to judge")
    return file.judge


def _template(file: ScenarioFile, section: JudgeSection) -> dict[str, Any]:
    table = file.policies[section.policy]
    if not isinstance(table.get("signal"), str):
        raise ScenarioError(f"judge.policy: policies.{section.policy} follows no signal; name one with a key signal")
    return table


def _untitled(table: dict[str, Any]) -> dict[str, Any]:
    """A table without what is for people alone."""
    return {key: value for key, value in table.items() if key != "title"}


def _existing(file: ScenarioFile, wanted: dict[str, Any]) -> str | None:
    return next((name for name, table in file.policies.items() if _untitled(table) == wanted), None)


def _check_names(where: str, names: Iterable[str], known: Iterable[str], what: str) -> None:
    known = list(known)
    for name in names:
        if name not in known:
            raise ScenarioError(f"{where}: no {what} {name!r}{nearest(name, known)}")
