"""How time grows with days, assets, policies and paths: slopes in log-log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from . import ours, workloads
from .contest import Contestant
from .timing import race


@dataclass(frozen=True)
class Growth:
    """Times at several sizes, and the slope of log time on log size: 1 is proportional."""

    along: str
    sizes: tuple[int, ...]
    seconds: tuple[float, ...]
    slope: float


def _days(count: int) -> Contestant:
    work = workloads.single(count)
    return ours.one_run(work, workloads.band_policy(work), workloads.plain_terms())


def _days_full(count: int) -> Contestant:
    work = workloads.single(count)
    return ours.one_run(work, workloads.band_policy(work), workloads.full_terms(1e8), volume=True)


def _assets(count: int) -> Contestant:
    return ours.one_run(workloads.single(2520, count), workloads.calendar_policy(), workloads.plain_terms())


def _policies(threads: int) -> Callable[[int], Contestant]:
    def of(count: int) -> Contestant:
        bands, every = workloads.grid(np.linspace(0.005, 0.20, count // len(workloads.REVIEWS)))
        return ours.policies(workloads.single(), bands, every, workloads.plain_terms(), threads=threads)

    return of


def _paths(threads: int) -> Callable[[int], Contestant]:
    return lambda count: ours.paths(workloads.paths(count), workloads.plain_terms(), threads=threads)


def grow(rounds: int, threads: int) -> list[Growth]:
    """Measure all of them."""
    return [
        _along("days (W1)", (1260, 2520, 5040, 10080), _days, rounds),
        _along("days (W1x, 1e8)", (1260, 2520, 5040, 10080), _days_full, rounds),
        _along("assets (W2, 2,520 days)", (10, 40, 160, 500), _assets, rounds),
        _along("policies (W3)", (100, 200, 500, 1000), _policies(threads), rounds),
        _along("paths (W4)", (100, 200, 500, 1000), _paths(threads), rounds),
    ]


def _along(name: str, sizes: Sequence[int], make: Callable[[int], Contestant], rounds: int) -> Growth:
    seconds = race({str(size): make(size).run for size in sizes}, rounds)
    taken = [seconds[str(size)] for size in sizes]
    slope = float(np.polyfit(np.log(sizes), np.log(taken), 1)[0])
    return Growth(name, tuple(sizes), tuple(taken), slope)
