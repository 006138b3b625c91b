"""Books to compare: those of the scenario, and of volatility on for as long as each signal, in hindsight."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from scenarios.schema import JudgeSection
from scenarios.shocks import World
from signals.hindsight_volatility import at_share
from simulator.core.errors import ScenarioError
from simulator.core.panels import SignalPanel
from simulator.core.protocols import Strategy
from simulator.engine import RunResult, Terms, prepare

from .fed import Fed


def equal_share(
    policy: Strategy,
    signal: str,
    panels: Mapping[str, SignalPanel],
    section: JudgeSection,
    world: World,
    terms: Terms,
) -> tuple[RunResult, float]:
    """A policy that follows, in place of a signal, the first rival's measure at the level that is on for as long.

    The level is that of the whole run: hindsight. Returns the run and the share of sessions it was on, which is
    the signal's or just below.
    """
    rival = panels[section.against[0]]
    if rival.columns[0] in ("state", "fire"):
        raise ScenarioError(
            f"judge.against: {section.against[0]!r} has no measure to set a level on; name first a signal whose first "
            "column is one, such as a volatility trigger"
        )
    rows = run_rows(rival, terms)
    share = float(panels[signal].state()[rows].mean())
    matched = at_share(rival, share, section.exit_ratio, section.min_hold, rows)
    result = played_on(world, terms, Fed(policy, {signal: matched}), panels, signal)
    return result, float(matched.state()[rows].mean())


def played_on(world: World, terms: Terms, policy: Strategy, panels: Mapping[str, SignalPanel], name: str) -> RunResult:
    """The run of a policy in a world."""
    return prepare(world.market, policy, terms, signals=panels, observed=world.observed, name=name).run()


def run_rows(panel: SignalPanel, terms: Terms) -> slice:
    """The rows of a panel that a run replays. A row is a session."""
    first = 0 if terms.start is None else int(np.searchsorted(panel.sessions, terms.start))
    stop = panel.sessions.size if terms.end is None else int(np.searchsorted(panel.sessions, terms.end, "right"))
    return slice(first, stop)
