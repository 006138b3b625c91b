"""On which day shocks struck that wait for something, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from .build import Scenario
from .shocks import on_their_days
from .shocks.dated import DatedShock

#: How every such sentence begins.
WAITED: Final = "shocks that wait: "


class Waiting(NamedTuple):
    """Shocks that wait for the same from the same day.

    Attributes
    ----------
    kinds
        What they are.
    words
        What they wait for.
    since
        The first day that is looked at.
    day
        The session on which they strike; ``None`` where that is never, or after the run.
    """

    kinds: tuple[str, ...]
    words: str
    since: str
    day: np.datetime64 | None

    @property
    def name(self) -> str:
        """What they are and wait for, in words."""
        return f"{', '.join(self.kinds)}, from {self.since} on once {self.words}"


def waiting(scenario: Scenario) -> list[Waiting]:
    """The scenario's shocks that wait for something, those of one crisis together; none of severity 0."""
    if not any(isinstance(shock, DatedShock) and shock.when for shock in scenario.shocks):
        return []
    dated = on_their_days(scenario.market, scenario.shocks, scenario.file.scenario.seed)
    found: dict[tuple[str, str, np.datetime64 | None], list[str]] = {}
    for shock, struck in zip(scenario.shocks, dated, strict=True):
        if not isinstance(shock, DatedShock) or not isinstance(struck, DatedShock) or shock.severity == 0.0:
            continue
        if shock.condition is not None:
            day = struck.first_day if struck.severity and _within(scenario, struck.first_day) else None
            found.setdefault((shock.condition.words, str(shock.start), day), []).append(shock.kind)
    return [Waiting(tuple(dict.fromkeys(kinds)), *key) for key, kinds in found.items()]


def _within(scenario: Scenario, day: np.datetime64) -> bool:
    """Whether a day lies before the end of the run."""
    end = scenario.file.scenario.end
    return end is None or bool(day <= np.datetime64(end))


def waited(scenario: Scenario) -> Iterator[str]:
    """A sentence for those that wait for the same: when they strike, on history."""
    for group in waiting(scenario):
        yield f"{WAITED}{group.name}: {'never within the run' if group.day is None else f'they strike on {group.day}'}"


def waited_by_severity(scenarios: Mapping[str, Scenario]) -> Sequence[str]:
    """The same of several severities: a sentence for those that wait for the same, from the mildest on."""
    days: dict[str, dict[str, list[str]]] = {}
    for severity, scenario in scenarios.items():
        for group in waiting(scenario):
            when = "never within the run" if group.day is None else f"on {group.day}"
            days.setdefault(group.name, {}).setdefault(when, []).append(severity)
    return [
        f"{WAITED}{name}: " + "; ".join(f"{when} at severity {', '.join(at)}" for when, at in found.items())
        for name, found in days.items()
    ]
