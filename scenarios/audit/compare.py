"""What differs between a run and a replay of it, and which component saw the future first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .cuts import Cut
from .tables import Component, Observation, TableDifference


@dataclass(frozen=True)
class Finding:
    """A component that is not the same up to a cut when what comes after it changes.

    Attributes
    ----------
    component, column
        Which, and what of it.
    date
        The first session on which it differs.
    cut
        Where history was cut; ``None`` for a finding of the release ledger.
    replay
        What was put in the place of the future: see :data:`REPLAYS`.
    was, became
        The value of the run, and that of the replay.
    cause
        The component it was made from that had seen the future before; ``None`` if it is the first.
    """

    component: str
    column: str
    date: np.datetime64
    cut: Cut | None
    replay: str
    was: str
    became: str
    cause: str | None = None


def differences(honest: Observation, replayed: Observation, t: int) -> dict[str, TableDifference]:
    """The first difference of each component up to session t; components that were not replayed are left out."""
    found = {}
    for name, series in honest.items():
        if name in replayed:
            difference = _difference(series, replayed[name], t)
            if difference is not None:
                found[name] = difference
    return found


def _difference(component: Component, other: Component, t: int) -> TableDifference | None:
    if other.error is not None:
        text = " ".join(f"{type(other.error).__name__}: {other.error}".split())
        return TableDifference("(all)", np.datetime64("NaT"), t, "a value", f"a failure ({text})")
    each = (mine.difference(theirs, t) for mine, theirs in zip(component.tables, other.tables, strict=True))
    return min((found for found in each if found is not None), key=lambda found: found.at, default=None)


def findings(honest: Observation, found: dict[str, TableDifference], cut: Cut, replay: str) -> list[Finding]:
    """Differences as findings, each with the component that caused it, in the order of the run."""
    return [
        Finding(
            component=name,
            column=component.column,
            date=cut.date if np.isnat(component.date) else component.date,
            cut=cut,
            replay=replay,
            was=component.was,
            became=component.became,
            cause=_root(name, honest, found),
        )
        for name, component in found.items()
    ]


def _root(name: str, honest: Observation, found: dict[str, TableDifference]) -> str | None:
    """The first component on the way to this one that differs; ``None`` if that is itself."""
    seen, current = {name}, name
    while True:
        cause = next((cause for cause in _causes(current, honest, found) if cause not in seen), None)
        if cause is None:
            return None if current == name else current
        seen.add(cause)
        current = cause


def _causes(name: str, honest: Observation, found: dict[str, TableDifference]) -> Iterable[str]:
    """Components that feed this one and differ. Of two that feed each other, the earlier one is the cause."""
    for feed in honest[name].feeds:
        if feed not in found:
            continue
        mutual = name in honest[feed].feeds
        if not mutual or (found[feed].at, honest[feed].order) < (found[name].at, honest[name].order):
            yield feed
