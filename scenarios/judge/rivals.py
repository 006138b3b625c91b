"""Books to compare: those of the scenario, and of volatility on for as long as each signal, in hindsight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from scenarios.schema import JudgeSection
from signals.hindsight_volatility import at_share
from simulator.core.errors import ScenarioError
from simulator.core.panels import SignalPanel
from simulator.core.protocols import Strategy
from simulator.core.types import FloatArray
from simulator.engine import RunResult, simulate
from simulator.metrics import Books
from simulator.metrics.performance import years
from simulator.metrics.trading import cost_bps

from .fed import Fed


def equal_share(
    policy: Strategy, signal: str, panels: Mapping[str, SignalPanel], section: JudgeSection, terms: Mapping[str, Any]
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
    result = simulate(**{**terms, "strategy": Fed(policy, {signal: matched}), "signals": panels, "name": signal})
    return result, float(matched.state()[rows].mean())


def run_rows(panel: SignalPanel, terms: Mapping[str, Any]) -> slice:
    """The rows of a panel that a run replays."""
    first = int(np.searchsorted(panel.sessions, np.datetime64(terms["start"], "D")))
    end = terms["end"]
    stop = (
        panel.sessions.size if end is None else int(np.searchsorted(panel.sessions, np.datetime64(end, "D"), "right"))
    )
    return slice(first, stop)


def books(results: Mapping[str, RunResult]) -> Books:
    """Runs over the same sessions, side by side."""
    runs = list(results.values())
    whole = all(one.observed.all() for one in runs)
    return Books(
        names=tuple(results),
        returns=np.stack([_spread_out(one, one.observations.returns, one.rest) for one in runs]),
        cost_bps=np.stack([cost_bps(one).sum(axis=1) for one in runs]),
        cash=runs[0].accrual if whole else np.stack([_spread_out(one, one.observations.cash) for one in runs]),
        years=years(runs[0].sessions),
        per_year=np.array([one.sessions_per_year for one in runs]),
        observed=None if whole else np.stack([one.observed for one in runs]),
    )


def _spread_out(run: RunResult, values: FloatArray, rest: float = 0.0) -> FloatArray:
    """(T,) values by observation on their sessions, 0 on the others but the last, which has the ``rest``."""
    out = np.zeros(run.sessions.size)
    out[-1] = rest
    out[run.observed] = values
    return out
