"""The release ledger: nothing is used before the day on which it was published or became known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scenarios.build import Scenario
from simulator.core.market import MarketData
from simulator.core.release import KNOWN_RULES, ReleaseRule
from simulator.core.series import ExogenousSeries
from simulator.core.types import DateArray

from .observe import Run


@dataclass(frozen=True)
class LedgerEntry:
    """One item of the ledger.

    Attributes
    ----------
    component
        Who uses it.
    item
        What is used.
    rule
        When it becomes known.
    uses
        How many uses were checked.
    least_wait
        Fewest days between its being known and its use; ``None`` if it is never used.
    early
        Uses before it was known.
    first
        Date of the first of them.
    """

    component: str
    item: str
    rule: str
    uses: int
    least_wait: int | None
    early: int
    first: np.datetime64 | None


def release_ledger(scenario: Scenario, observed: MarketData, run: Run) -> list[LedgerEntry]:
    """Every series, piece of evidence and signal of a run, in the order of the run."""
    return [*_series(scenario, observed), *_evidence(run), *_signals(run)]


def _series(scenario: Scenario, market: MarketData) -> Iterator[LedgerEntry]:
    for name, series in market.series.items():
        _, published = series.on(market.sessions)
        yield _entry(f"series.{name}", f"values of {name}", str(series.rule), market.sessions, published)
        usual = _usual_rule(scenario, name)
        if usual is not None:
            yield _against(usual, name, series, market)


def _usual_rule(scenario: Scenario, name: str) -> ReleaseRule | None:
    """The release rule known for the file a series was read from."""
    spec = scenario.file.market.series.get(name)
    path = spec if isinstance(spec, str) or spec is None else spec.path
    rule = None if path is None else KNOWN_RULES.get(Path(path).stem)
    return None if rule is None else ReleaseRule.parse(rule)


def _against(usual: ReleaseRule, name: str, series: ExogenousSeries, market: MarketData) -> LedgerEntry:
    """A series' stated publication dates against those of its publisher."""
    used = series.known_at
    within = used <= market.sessions[-1]
    item = f"publication dates stated for {name}"
    return _entry(f"series.{name}", item, f"{usual}, as published", used[within], usual.known_at(series.dates)[within])


def _evidence(run: Run) -> Iterator[LedgerEntry]:
    for name, laid_open in run.evidence.items():
        for evidence in laid_open:
            known = np.where(
                np.isnat(evidence.known_at) & ~np.isnat(evidence.used_at),
                np.datetime64("9999-12-31"),
                evidence.known_at,
            )
            yield _entry(f"signals.{name}.{evidence.name}", evidence.name, "known when stated", evidence.used_at, known)


def _signals(run: Run) -> Iterator[LedgerEntry]:
    for name, panel in run.panels.items():
        known = panel.known_at.reshape(panel.sessions.size, -1).max(axis=1)
        yield _entry(f"signals.{name}", "rows", "known at the close", panel.sessions, known)


def _entry(component: str, item: str, rule: str, used: DateArray, known: DateArray) -> LedgerEntry:
    there = ~np.isnat(used) & ~np.isnat(known)
    wait = (used[there] - known[there]).astype(np.int64)
    early = np.flatnonzero(wait < 0)
    first = used[there][early[0]] if early.size else None
    least = int(wait.min()) if wait.size else None
    return LedgerEntry(component, item, rule, int(there.sum()), least, int(early.size), first)
