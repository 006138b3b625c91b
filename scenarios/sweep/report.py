"""What a sweep came to, in the form its page, its table and its ``metrics.json`` are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from reports.frontier import LIMITS, Frontier, by_severity
from reports.sweep import METRICS, SHARPE, Axis, SweepReport, Trial
from reports.sweep_edges import edges
from scenarios.assumptions import assumptions, survivor_warning
from scenarios.schema import ScenarioFile
from scenarios.shock_effect import shock_lines
from simulator.core.protocols import Freezable
from simulator.core.types import DateArray, FloatArray
from simulator.data import foreknown
from simulator.metrics import expected_best

from .figures import Distribution
from .grid import is_severity
from .jobs import Plan
from .luck import sweep_luck
from .notices import annualised, sweep_notices
from .results import is_numeric, shown
from .worlds import PathSettings, Source

_LISTED: Final = 10


def make_report(file: ScenarioFile, plan: Plan, paths: PathSettings, found: Distribution) -> SweepReport:
    """The report of what came of a plan."""
    first, sessions = plan.scenarios[0], _sessions(plan)
    held = plan.policies.index(file.scenario.benchmark)
    earned = float(found.history[plan.answers[0, held], [metric.name for metric in METRICS].index("cagr")])
    axes = [Axis(axis.key, shown(axis), is_numeric(axis), is_severity(axis.key)) for axis in plan.grid.axes]
    report = SweepReport(
        name=file.scenario.name,
        description=file.scenario.description,
        start=str(sessions[0]),
        end=str(sessions[-1]),
        warning=" ".join(
            text
            for text in (
                ended(found.ended, len(plan.jobs) * (found.paths + 1)),
                survivor_warning(first, file.scenario.benchmark, None if np.isnan(earned) else earned, sessions),
            )
            if text
        ),
        axes=axes,
        policies=plan.policies,
        trials=_trials(plan),
        answers=plan.answers,
        history=found.history,
        spread=found.spread,
        paths=found.paths,
        expected_best=expected_best(found.history[:, SHARPE]),
        assumptions=_notes(plan, paths),
        shocks=shock_lines(first),
        foreknown=" ".join(dict.fromkeys(filter(None, (foreknown(scenario.market) for scenario in plan.scenarios)))),
        notices=sweep_notices(plan, found.nav_most),
        drawn="bootstrapped" if paths.is_bootstrap else "generated",
    )
    if report.is_frontier:  # nothing is chosen; the shocks are described at their most severe
        return replace(report, shocks=shock_lines(plan.scenarios[by_severity(axes)[-1]]))
    return replace(report, explained=sweep_luck(plan, found.history))


def ended(over: int, runs: int) -> str:
    """How many of the runs fell to nothing or less, which ended them; empty for none.

    Their return and risk a year are undefined, so that they are in no ranking and no median.
    """
    if not over:
        return ""
    return (
        f"{over:,} of {runs:,} runs came to be worth nothing or less and ended there; "
        "their Sharpe ratio and CAGR are undefined, and left out of rankings and medians."
    )


def _sessions(plan: Plan) -> DateArray:
    """The sessions of the first point."""
    scenario, all_sessions = plan.scenarios[0], plan.scenarios[0].market.sessions
    end = scenario.file.scenario.end
    within = all_sessions >= plan.starts[0]
    if end is not None:
        within &= all_sessions <= np.datetime64(end, "D")
    return all_sessions[within]


def _trials(plan: Plan) -> list[Trial]:
    """Each job's policy, and the value of each axis where all points that it answers share one."""
    positions = np.repeat(plan.grid.positions(), len(plan.policies), axis=0)
    asked = plan.answers.ravel()
    lowest = np.full((len(plan.jobs), len(plan.grid.axes)), np.iinfo(np.int64).max)
    highest = np.full(lowest.shape, -1)
    np.minimum.at(lowest, asked, positions)
    np.maximum.at(highest, asked, positions)
    values = [shown(axis) for axis in plan.grid.axes]
    return [
        Trial(
            job.policy,
            tuple(
                texts[low] if low == high else None
                for texts, low, high in zip(values, lowest[job.number], highest[job.number], strict=True)
            ),
        )
        for job in plan.jobs
    ]


def _notes(plan: Plan, paths: PathSettings) -> list[str]:
    """What the figures rest on; assumptions are those of the first point."""
    first, notes = plan.scenarios[0], []
    if plan.grid.axes:
        keys = ", ".join(axis.key for axis in plan.grid.axes)
        notes.append(f"The grid sets {keys}; where they matter below, the sentence is that of the first point.")
    if paths.count:
        notes += Source(first, paths).paths.notes()
        if first.file.scenario.start or any(getattr(signal, "warmup", 0) for signal in first.signals.values()):
            notes.append(_EARLIER)
        if any(isinstance(signal, Freezable) for signal in first.signals.values()):
            notes.append(_LEARNT[paths.refit])
    if first.signals:
        notes.append("What each signal looks at, and what it learns from, stands in the report of a single run.")
    return [*notes, *assumptions(replace(first, signals={})), annualised(first.market)]


_EARLIER: Final = (
    "Sessions before the first one replayed, on which signals warm up, are drawn as well: where they earned more or "
    "less than those after them, so do paths than history."
)
_LEARNT: Final = {
    False: "Models are those fitted on history, each from its own refit date on. They have seen the sessions that "
    "paths are made of, so a learning signal looks better on paths than it is.",
    True: "Models are refitted on every path. Blocks recur within a path, so a learning signal looks somewhat better "
    "on paths than it is.",
}


def summary(report: SweepReport) -> dict[str, Any]:
    """The content of ``metrics.json``; ``null`` where a figure is undefined, and for keys that do not matter."""
    return {
        "scenario": report.name,
        "start": report.start,
        "end": report.end,
        "grid": {axis.key: list(axis.values) for axis in report.axes},
        "points": len(report.answers),
        "policies": list(report.policies),
        "trials": len(report.trials),
        "paths": report.paths,
        **({"notices": list(report.notices)} if report.notices else {}),
        **(_frontier(report) if report.is_frontier else _best(report)),
    }


def _best(report: SweepReport) -> dict[str, Any]:
    ranked = report.ranked
    return {
        "expected_best_sharpe": report.expected_best,
        "at_edges": [edge.as_dict() for edge in edges(report)],
        **({} if report.explained is None else {"luck": report.explained.as_dict()}),
        "best": [_row(report, number) for number in ranked[:_LISTED]],
        "worst": [_row(report, number) for number in ranked[::-1][:_LISTED]],
    }


def _frontier(report: SweepReport) -> dict[str, Any]:
    """Every policy at every severity, from the mildest on, and where it first gives way: ``null`` if not known."""
    frontier = Frontier(report)
    keys = [axis.key for axis in report.axes]
    settings = [dict(zip(keys, severity, strict=True)) for severity in frontier.severities]
    rows = [
        _row(report, number) | {"settings": at}
        for asked in frontier.answers.tolist()
        for number, at in zip(asked, settings, strict=True)
    ]
    return {"frontier": rows, "gives_way": _gives_way(frontier, settings)}


def _gives_way(frontier: Frontier, settings: Sequence[dict[str, str]]) -> dict[str, Any]:
    """By policy and limit, the severities at which it is met and at no milder one."""
    return {
        policy: {
            limit.name: None if places is None else [settings[place] for place in places]
            for limit, places in ((limit, frontier.first(limit, number)) for limit in LIMITS)
        }
        for number, policy in enumerate(frontier.report.policies)
    }


def _row(report: SweepReport, number: int) -> dict[str, Any]:
    trial = report.trials[number]
    row: dict[str, Any] = {
        "policy": trial.policy,
        "settings": dict(zip((axis.key for axis in report.axes), trial.settings, strict=True)),
        "history": _figures(report.history[number]),
    }
    if report.spread is not None:
        low, middle, high = (_figures(values) for values in report.spread[:, number])
        row |= {"p05": low, "median": middle, "p95": high}
    return row if report.versus is None else row | report.versus.of(number)


def _figures(values: FloatArray) -> dict[str, float | None]:
    return {
        metric.name: None if np.isnan(value) else float(value) for metric, value in zip(METRICS, values, strict=True)
    }
