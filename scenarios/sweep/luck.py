"""What luck explains of a sweep: its trials replayed once more on history, where that fits nothing again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from reports.luck import SweepLuck
from reports.sweep import SHARPE
from scenarios.runner import prepared
from simulator.core.protocols import Freezable
from simulator.core.types import BoolArray, FloatArray
from simulator.engine import RunResult
from simulator.metrics import Overfitting, deflated_sharpe, expected_best, moments, overfitting, probabilistic_sharpe

from .compute import is_pure
from .jobs import Job, Plan
from .worlds import Block, PathSettings, Source

#: Trials that are replayed: a hundredth of a second each on 20 assets over thirty years.
_MOST: Final = 48


def sweep_luck(plan: Plan, history: FloatArray) -> SweepLuck | None:
    """How sure the best trial on history is, and what choosing it is worth.

    Trials that a signal that learns decides, and policies of a user's own, are not replayed a second time: models would
    be fitted again. Of very many trials the best and others evenly from the best to the worst are.

    Parameters
    ----------
    plan
        What was replayed.
    history
        (jobs, metrics) what it came to on history; NaN where undefined.

    Returns
    -------
    SweepLuck or None
        ``None`` where fewer than two trials have a Sharpe ratio.
    """
    annual = history[:, SHARPE]
    ranked = [int(place) for place in np.argsort(-annual, kind="stable") if not np.isnan(annual[place])]
    of_equals = expected_best(annual)
    if of_equals is None:
        return None
    again = [number for number in ranked if _is_cheap(plan, plan.jobs[number])]
    shown = [again[place] for place in np.unique(np.linspace(0, len(again) - 1, min(len(again), _MOST)).astype(int))]
    runs = dict(zip(shown, _replayed(plan, [plan.jobs[number] for number in shown]), strict=True))
    best = runs.get(ranked[0])
    spread = float(annual[ranked].std(ddof=1))
    return SweepLuck(
        trials=len(ranked),
        of_equals=of_equals,
        **_chances(best, of_equals, spread, len(ranked)),
        overfit=_overfitting(list(runs.values())),
        compared=len(runs),
    )


def _chances(best: RunResult | None, of_equals: float, spread: float, trials: int) -> dict[str, float | None]:
    of = None if best is None else moments(best.observations.returns - best.observations.cash)
    if best is None or of is None:
        return {"deflated": None, "chance": None}
    root = float(np.sqrt(best.observations.per_year))
    return {
        "deflated": deflated_sharpe(of, spread / root, trials),
        "chance": probabilistic_sharpe(of, of_equals / root),
    }


def _overfitting(runs: Sequence[RunResult]) -> Overfitting | None:
    """Over the sessions that all of them have, up to the end that the first has."""
    alike = [run for run in runs if run.sessions[-1] == runs[0].sessions[-1]]
    if len(alike) < 2:
        return None
    last = min(run.sessions.size for run in alike)
    if any(not np.array_equal(run.sessions[-last:], alike[0].sessions[-last:]) for run in alike):
        return None
    rows = [_by_session(run) for run in alike]
    return overfitting(np.stack([excess[-last:] for excess, _ in rows]), np.stack([seen[-last:] for _, seen in rows]))


def _by_session(run: RunResult) -> tuple[FloatArray, BoolArray]:
    """(T,) excess returns by session, 0 where not observed, and where they are."""
    excess, seen = np.zeros(run.sessions.size), np.asarray(run.observed, bool)
    excess[seen] = run.observations.returns - run.observations.cash
    return excess, seen


def _is_cheap(plan: Plan, job: Job) -> bool:
    scenario = plan.scenario(job)
    learns = any(isinstance(scenario.signals[name], Freezable) for name in job.signals)
    return not learns and is_pure(scenario.policies[job.policy])


def _replayed(plan: Plan, jobs: Sequence[Job]) -> list[RunResult]:
    """The runs of some jobs on history; of worlds, which come in the plan's order, one is held at a time."""
    found: dict[int, RunResult] = {}
    block, world = None, ""
    for job in sorted(jobs, key=lambda one: one.number):
        scenario, start = plan.scenario(job), plan.starts[job.point]
        if block is None or job.world != world:
            block, world = Block(Source(scenario, PathSettings()), range(1), 1), job.world
        panels = {name: block.panel(key, name, scenario.signals[name]) for name, key in job.signals.items()}
        ready = prepared(scenario, block.worlds[0], panels, job.policy, scenario.policies[job.policy], start)
        found[job.number] = ready.run("nav")
    return [found[job.number] for job in jobs]
