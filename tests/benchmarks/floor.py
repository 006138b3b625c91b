"""The floor on each workload, with the threads the engine has."""

from __future__ import annotations

import numpy as np

from .contest import Contestant
from .floor_nb import floor_nb, floor_paths_nb, floor_policies_nb
from .threads import spread
from .workloads import BAND, CASH, COST, Workload

NAME = "floor"


def one_run(work: Workload, band: float, every: int) -> Contestant:
    """A policy on one market: nav by session."""
    nav = np.empty(len(work.close))

    def run() -> np.ndarray:
        floor_nb(work.close, work.weights, band, every, COST, CASH, nav)
        return nav

    return Contestant(NAME, 1, run, np.copy)


def policies(work: Workload, bands: np.ndarray, every: np.ndarray, threads: int = 2) -> Contestant:
    """Many policies on one market: final nav of each."""
    nav_end = np.empty(bands.size)

    def block(first: int, stop: int) -> None:
        floor_policies_nb(first, stop, work.close, work.weights, bands, every, COST, CASH, nav_end)

    def run() -> np.ndarray:
        spread(block, bands.size, threads)
        return nav_end

    return Contestant(NAME, threads, run, np.copy)


def paths(work: Workload, threads: int = 2) -> Contestant:
    """One policy on many paths: final nav on each."""
    nav_end = np.empty(len(work.close))

    def block(first: int, stop: int) -> None:
        floor_paths_nb(first, stop, work.close, work.weights, BAND, COST, CASH, nav_end)

    def run() -> np.ndarray:
        spread(block, len(work.close), threads)
        return nav_end

    return Contestant(NAME, threads, run, np.copy)
