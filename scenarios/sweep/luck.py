"""What luck explains of a sweep: its trials replayed once more on history, where that fits nothing again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from reports.luck import SweepLuck, SweepVersus
from reports.sweep import SHARPE
from scenarios.luck import seeds_of
from scenarios.runner import prepared
from scenarios.versus import BLOCK, LEVEL, SHORTEST, draws_for, seed_of
from simulator.core.protocols import Freezable
from simulator.core.types import BoolArray, FloatArray
from simulator.engine import RunResult
from simulator.metrics import (
    Books,
    Overfitting,
    confidence_set,
    deflated_sharpe,
    expected_best,
    interval,
    moments,
    overfitting,
    probabilistic_sharpe,
    resampled_sharpes,
    sharpe_rows,
    superiority,
)
from simulator.metrics.books import sharpes
from simulator.metrics.performance import years

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
    rivals = {number: _rival(plan, number) for number in shown if _rival(plan, number) in again}
    wanted = sorted({*shown, *rivals.values()})
    runs = dict(zip(wanted, _replayed(plan, [plan.jobs[number] for number in wanted]), strict=True))
    best = runs.get(ranked[0])
    spread = float(annual[ranked].std(ddof=1))
    return SweepLuck(
        trials=len(ranked),
        of_equals=of_equals,
        **_chances(best, of_equals, spread, len(ranked)),
        overfit=_overfitting([runs[number] for number in shown]),
        compared=len(shown),
        versus=_versus(plan, runs, rivals),
        learning=len(ranked) - len(again),
    )


def _rival(plan: Plan, number: int) -> int:
    """The trial of the benchmark policy under the terms of the first point that a trial answers."""
    held = plan.policies.index(plan.scenarios[0].file.scenario.benchmark)
    return int(plan.answers[plan.jobs[number].point, held])


def _versus(plan: Plan, runs: Mapping[int, RunResult], rivals: Mapping[int, int]) -> SweepVersus | None:
    """Trials against the benchmark policy under their own terms, as the policies of a run are against theirs."""
    sides = None if not rivals else _side_by_side(runs)
    if sides is None or sides.sessions < SHORTEST:
        return None
    section, place = plan.scenarios[0].file.scenario, {int(name): row for row, name in enumerate(sides.names)}
    pairs = [(number, place[number], place[at]) for number, at in rivals.items() if number in place and at in place]
    if not pairs:
        return None
    own, held = [row for _, row, _ in pairs], [row for _, _, row in pairs]
    draws, seeds = draws_for(len(runs)), seeds_of(section.seed)
    rows, annual = sharpe_rows(sides), sharpes(sides)
    drawn = resampled_sharpes(sides, draws, BLOCK, seed_of(section.seed))
    gaps = {}
    for number, row, against in pairs:
        if row == against:
            continue
        away = drawn[:, row] - drawn[:, against]
        gaps[number] = interval(float(annual[row] - annual[against]), away[~np.isnan(away)], LEVEL)
    sets = confidence_set(rows[own], draws, BLOCK, seeds[0])
    return SweepVersus(
        section.benchmark,
        gaps,
        {number: level for (number, *_), level in zip(pairs, sets.tolist(), strict=True)},
        superiority(rows[own], rows[held], draws, BLOCK, seeds[1]),
        LEVEL,
        draws,
        BLOCK,
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
    sides = _side_by_side(dict(enumerate(runs)))
    return None if sides is None else overfitting(sides.returns, sides.observed)


def _side_by_side(runs: Mapping[int, RunResult]) -> Books | None:
    """Excess returns over the sessions that all runs have, those left out that do not end where the first does.

    ``None`` where fewer than two are left.
    """
    first = next(iter(runs.values()), None)
    alike = {
        number: run for number, run in runs.items() if first is not None and run.sessions[-1] == first.sessions[-1]
    }
    every = list(alike.values())
    if len(every) < 2:
        return None
    last = min(run.sessions.size for run in every)
    sessions = every[0].sessions[-last:]
    if any(not np.array_equal(run.sessions[-last:], sessions) for run in every):
        return None
    rows = [_by_session(run) for run in every]
    excess = np.stack([row[-last:] for row, _ in rows])
    seen = np.stack([row[-last:] for _, row in rows])
    still = np.zeros_like(excess)
    year = np.array([run.sessions_per_year for run in every])
    return Books(tuple(map(str, alike)), excess, still, still[0], max(years(sessions), 1e-9), year, seen)


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
