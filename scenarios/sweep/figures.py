"""The figures of a sweep put together: on disk, a part of them in memory at a time, however many runs there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from reports.sweep import METRICS, spread_of
from simulator.core.files import scratch
from simulator.core.types import FloatArray

_NAV: Final = [metric.name for metric in METRICS].index("nav_end")
_FALL: Final = [metric.name for metric in METRICS].index("max_drawdown")
#: Bytes of figures in memory at a time.
AT_ONCE: Final = 16_000_000
_ONE: Final = np.dtype(np.float64).itemsize


class Figures:
    """(jobs, paths, metrics) of a sweep; path 0 is history. Use as a context manager.

    Each metric is in its own unit; NaN where undefined. More than :data:`AT_ONCE` bytes of them lie in a file without a
    name, which is gone with the process however it ends.

    Parameters
    ----------
    folder
        On whose disk they lie.
    jobs, paths
        How many, history among the paths.
    """

    def __init__(self, folder: Path, jobs: int, paths: int) -> None:
        self.jobs, self.paths = jobs, paths
        self._file = scratch(folder, AT_ONCE)

    def __enter__(self) -> Figures:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def put(self, jobs: Sequence[int], paths: range, figures: FloatArray) -> None:
        """Keep those of some jobs on some paths that follow each other, (jobs, paths, metrics)."""
        for job, own in zip(jobs, figures, strict=True):
            self._file.seek(self._place(job, paths.start))
            self._file.write(np.ascontiguousarray(own, dtype=np.float64).data)

    def read(self, job: int, paths: range) -> FloatArray:
        """(paths, metrics) of a job on some paths that follow each other."""
        self._file.seek(self._place(job, paths.start))
        content = self._file.read(len(paths) * len(METRICS) * _ONE)
        return np.frombuffer(content).reshape(len(paths), len(METRICS))

    def _place(self, job: int, path: int) -> int:
        return (job * self.paths + path) * len(METRICS) * _ONE

    def blocks(self) -> Iterator[range]:
        """Paths that are in memory together, for one job."""
        step = max(1, AT_ONCE // (len(METRICS) * _ONE))
        for first in range(0, self.paths, step):
            yield range(first, min(first + step, self.paths))

    def columns(self, job: int) -> Iterator[tuple[slice, FloatArray]]:
        """Some metrics at a time, with their (paths, metrics) of a job."""
        step = max(1, AT_ONCE // (self.paths * _ONE))
        for first in range(0, len(METRICS), step):
            some = slice(first, first + step)
            yield some, np.concatenate([self.read(job, paths)[:, some] for paths in self.blocks()])


@dataclass(frozen=True, eq=False)
class Distribution:
    """What a page shows of the figures of a sweep.

    Attributes
    ----------
    history
        (jobs, metrics) on history; NaN where undefined, and each metric in its own unit, here as below.
    spread
        (3, jobs, metrics) 5% quantile, median and 95% quantile over paths; ``None`` without.
    paths
        How many, history not among them.
    ended
        Runs that came to be worth nothing or less.
    nav_most
        (jobs,) the largest net asset value at the end of any path, in currency.
    """

    history: FloatArray
    spread: FloatArray | None
    paths: int
    ended: int
    nav_most: FloatArray


def distribution(figures: Figures) -> Distribution:
    """Go through the figures job by job, reading each once or, of very many paths, some metrics at a time."""
    history = np.empty((figures.jobs, len(METRICS)))
    spread = np.empty((3, *history.shape)) if figures.paths > 1 else None
    ended, most = 0, np.empty(figures.jobs)
    for job in range(figures.jobs):
        kept: dict[int, FloatArray] = {}
        for some, values in figures.columns(job):
            history[job, some] = values[0]
            if spread is not None:
                spread[:, job, some] = spread_of(values[1:])
            kept |= {place: values[:, place - some.start] for place in (_NAV, _FALL) if _within(place, some)}
        ended += int(((kept[_NAV] <= 0.0) & (kept[_FALL] <= -1.0)).sum())
        most[job] = np.fmax.reduce(kept[_NAV])
    return Distribution(history, spread, figures.paths - 1, ended, most)


def _within(place: int, some: slice) -> bool:
    return bool(some.start <= place < some.stop)
