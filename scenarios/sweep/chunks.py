"""How the work is cut: in chunks that depend on the plan alone, never on the machine."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from .jobs import Job, Plan

#: Runs (a job on a path) in a chunk: a few seconds of work at most where policies have plans.
CHUNK: Final = 256
#: Paths held in memory at a time: as many as have so many prices (sessions times assets) together, within these bounds.
PRICES_AT_ONCE: Final = 640_000
LEAST_AT_ONCE, MOST_AT_ONCE = 8, 16


class Chunk(NamedTuple):
    """Some jobs of one world on some paths; a kill loses one of these at most."""

    number: int
    world: str
    paths: range
    jobs: tuple[int, ...]

    @property
    def runs(self) -> int:
        """Replays in it."""
        return len(self.paths) * len(self.jobs)


def cut(plan: Plan, paths: int, size: int, sessions: int | None = None) -> list[Chunk]:
    """Every chunk of a sweep over paths 0 to ``paths``: world by world, some paths at a time, job after job.

    ``sessions`` is how many a path has, where it is stated.
    """
    at_once = min(_at_once(plan, sessions), size, paths + 1)
    blocks = [range(first, min(first + at_once, paths + 1)) for first in range(0, paths + 1, at_once)]
    chunks: list[Chunk] = []
    for world, jobs in itertools.groupby(plan.jobs, key=lambda job: job.world):
        numbers = [job.number for job in jobs]
        for block in blocks:
            step = max(1, size // len(block))
            for first in range(0, len(numbers), step):
                chunks.append(Chunk(len(chunks), world, block, tuple(numbers[first : first + step])))
    return chunks


def _at_once(plan: Plan, sessions: int | None) -> int:
    """Paths held in memory at a time."""
    shapes = [scenario.market.shape for scenario in plan.scenarios]
    prices = max((sessions or whole) * assets for whole, assets in shapes)
    return int(np.clip(PRICES_AT_ONCE // prices, LEAST_AT_ONCE, MOST_AT_ONCE))


def together(jobs: Sequence[Job]) -> Iterator[list[Job]]:
    """Jobs of one world that one call can replay: same terms, and no name that means two signals."""
    for _, same in itertools.groupby(jobs, key=lambda job: job.terms):
        groups: list[tuple[dict[str, str], list[Job]]] = []
        for job in same:
            for signals, members in groups:
                if all(signals.get(name, signal) == signal for name, signal in job.signals.items()):
                    signals.update(job.signals)
                    members.append(job)
                    break
            else:
                groups.append((dict(job.signals), [job]))
        yield from (members for _, members in groups)
