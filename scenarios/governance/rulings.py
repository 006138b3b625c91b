"""Rulings that were kept, as the committee of a replay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from simulator.core.committee import Ruling
from simulator.core.day import Day
from simulator.core.errors import ScenarioError
from simulator.core.names import printable
from simulator.core.types import FloatArray

from .journal import APPROVED, Entry, read

#: Target weights that differ by no more are the same.
_SAME = 1e-9


@dataclass(frozen=True, eq=False)
class Kept:
    """A committee whose rulings stand in a journal; without one, every decision is traded.

    Decisions before the first ruling of the journal are traded as a policy takes them: the book of that day is where
    the journal begins. From then on, one without a ruling is not traded.

    Attributes
    ----------
    entries
        Rulings on this policy of this scenario, by date.
    last
        A session whose decision passes whatever the journal says: it is the one that is being proposed.
    proposed
        (N,) target weights the policy asked for, by date; filled by the replay.
    unruled
        Dates on which there is no ruling; filled by the replay.
    """

    entries: dict[str, Entry]
    last: str | None = None
    proposed: dict[str, FloatArray] = field(default_factory=dict)
    unruled: list[str] = field(default_factory=list)

    @property
    def slow(self) -> bool:
        """Rulings are as of the close of the proposal: it fills the lag later."""
        return False

    @property
    def since(self) -> str | None:
        """The first session that is ruled on; ``None`` without a journal."""
        return min(self.entries, default=None)

    def rule(self, weights: FloatArray, day: Day, first: bool) -> Ruling:  # noqa: ARG002 - of the protocol
        """The ruling kept for this day."""
        date = f"{day.date:%Y-%m-%d}"
        self.proposed[date] = np.array(weights)
        if self.since is None or date < self.since or date == self.last:
            return Ruling(weights)
        entry = self.entries.get(date)
        if entry is None:
            self.unruled.append(date)
            return Ruling(None, why="not approved: the journal has no ruling")
        if entry.action != APPROVED:
            return Ruling(None, why=f"rejected by {printable(entry.by)}")
        _check_same(entry, weights, day.assets)
        if not entry.overrides:
            return Ruling(weights)
        return Ruling(_overridden(entry, weights, day), why=f"overridden by {printable(entry.by)}")


def kept(journal: Path | None, scenario: str, policy: str, last: str | None = None) -> Kept:
    """The rulings of a journal on one policy of a scenario, the journal being whole."""
    entries: Iterable[Entry] = () if journal is None else read(journal)
    mine = {entry.date: entry for entry in entries if (entry.scenario, entry.policy) == (scenario, policy)}
    if journal is not None and not mine:
        raise ScenarioError(f"--journal {journal}: has no ruling on {policy} of {scenario}")
    return Kept(mine, last)


def _check_same(entry: Entry, weights: FloatArray, assets: tuple[str, ...]) -> None:
    """Raise unless the decision is the one that was approved."""
    for asset in entry.overrides:
        if asset not in assets or asset not in entry.prices:
            raise ScenarioError(
                f"journal, entry {entry.number}: on {entry.date} trades of {printable(asset)} were approved, which is "
                "not in this market; put it back, or begin another journal"
            )
    approved = np.array([entry.targets.get(asset, 0.0) for asset in assets])
    worst = int(np.abs(approved - weights).argmax())
    if abs(approved[worst] - weights[worst]) > _SAME:
        raise ScenarioError(
            f"journal, entry {entry.number}: on {entry.date} {assets[worst]} was approved at {approved[worst]:.6g} of "
            f"nav, and the policy now asks for {weights[worst]:.6g} on that day: data or scenario have changed since; "
            "put them back, or begin another journal"
        )


def _overridden(entry: Entry, weights: FloatArray, day: Day) -> FloatArray:
    """(N,) target weights that make the approved trades, however prices are adjusted since."""
    changed = np.array(weights)
    for asset, shares in entry.overrides.items():
        i = day.assets.index(asset)
        held = day.values[i] + day.queued[i] * day.prices[i]
        changed[i] = (held + shares * entry.prices[asset]) / day.nav
    return changed
