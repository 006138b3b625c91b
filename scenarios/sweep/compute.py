"""Replaying a chunk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Final

import numpy as np

from reports.sweep import METRICS
from scenarios.own_sources import is_ours, made_of
from scenarios.policies import make_policies
from scenarios.runner import terms
from scenarios.shocks import World
from simulator.core.abi import FIGURES
from simulator.core.memory import keep_freed
from simulator.core.protocols import Signal, Strategy
from simulator.core.types import FloatArray
from simulator.engine.many import simulate_many

from .chunks import Chunk, together
from .jobs import Job, Plan
from .worlds import Block, PathSettings, Source

Done = Callable[[int], None]
#: Where the figures of a sweep stand among those of a replay.
_COLUMNS: Final = [FIGURES.index(metric.name) for metric in METRICS]


class Computer:
    """Replays chunks one after the other; keeps the paths of the latest, which the next often shares."""

    def __init__(self, plan: Plan, settings: PathSettings, workers: int) -> None:
        self.plan, self.settings, self.workers = plan, settings, workers
        self._source: tuple[str, Source] | None = None
        self._block: Block | None = None
        keep_freed()

    def figures(self, chunk: Chunk, done: Done) -> FloatArray:
        """(jobs, paths, metrics) of a chunk; ``done`` hears how many of its runs are finished.

        Each metric is in its own unit; NaN where undefined.
        """
        block = self._paths(chunk)
        jobs = [self.plan.jobs[number] for number in chunk.jobs]
        place = {job.number: number for number, job in enumerate(jobs)}
        figures = np.empty((len(jobs), len(chunk.paths), len(METRICS)))
        finished = 0
        for members in together(jobs):
            heard = _after(finished, done)
            figures[[place[job.number] for job in members]] = self._replayed(members, block, heard)
            finished += len(members) * len(chunk.paths)
        return figures

    def _paths(self, chunk: Chunk) -> Block:
        if self._source is None or self._source[0] != chunk.world:
            self._block = None
            first = self.plan.jobs[chunk.jobs[0]]
            self._source = chunk.world, Source(self.plan.scenario(first), self.settings, self.plan.read)
        if self._block is None or self._block.paths != chunk.paths:
            self._block = None  # the old paths go before the new ones come
            self._block = Block(self._source[1], chunk.paths, self.workers)
        return self._block

    def _replayed(self, jobs: Sequence[Job], block: Block, done: Done) -> FloatArray:
        """(jobs, paths, metrics) of jobs that share their terms.

        A user's own policy may remember what it has seen: each path meets a fresh one.
        """
        signals: dict[str, Signal] = {
            name: block.signal(key, name, self.plan.scenario(job).signals[name])
            for job in jobs
            for name, key in job.signals.items()
        }
        policies = [self.plan.scenario(job).policies[job.policy] for job in jobs]
        if all(is_pure(policy) for policy in policies):
            alike = [list(worlds) for _, worlds in groupby(block.worlds, key=lambda world: world.market.sessions.size)]
            figures = []
            for number, worlds in enumerate(alike):  # paths of a stated length are shorter than history
                heard = _after(sum(map(len, alike[:number])) * len(jobs), done)
                figures.append(self._call(jobs, policies, worlds, signals, heard, pure=True))
            return np.concatenate(figures, axis=1)
        parts = []
        for number, world in enumerate(block.worlds):
            heard = _after(number * len(jobs), done)
            parts.append(self._call(jobs, [self._fresh(job) for job in jobs], [world], signals, heard))
        return np.concatenate(parts, axis=1)

    def _fresh(self, job: Job) -> Strategy:
        scenario = self.plan.scenario(job)
        return make_policies(scenario.file, scenario.weights, scenario.market)[job.policy]

    def _call(
        self,
        jobs: Sequence[Job],
        policies: Sequence[Strategy],
        worlds: Sequence[World],
        signals: dict[str, Signal],
        done: Done,
        pure: bool = False,
    ) -> FloatArray:
        scenario, names = self.plan.scenario(jobs[0]), [self.plan.label(job) for job in jobs]
        observed = worlds[0].observed if len(worlds) == 1 else None  # several paths are observed as they are
        many = simulate_many(
            [world.market for world in worlds],
            dict(zip(names, policies, strict=True)),
            terms(scenario, worlds[0], self.plan.starts[jobs[0].point]),  # shocks make the same flows on every path
            signals=signals,
            observed=observed,
            workers=self.workers,
            pure=pure,
            progress=lambda runs, _: done(runs),
        )
        return many.figures[:, :, _COLUMNS].transpose(1, 0, 2)


def _after(finished: int, done: Done) -> Done:
    return lambda runs: done(finished + runs)


def is_pure(policy: object) -> bool:
    """Whether a policy, those it stands on and its parts are ours."""
    return all(map(is_ours, made_of(policy)))
