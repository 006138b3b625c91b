"""The engine on each workload, plain or with everything on: prepared runs, of which the replay alone is timed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from simulator import prepare, prepare_many
from simulator.core.protocols import Strategy

from . import workloads
from .contest import Contestant
from .workloads import Workload

NAME = "undertow"


def one_run(work: Workload, policy: Strategy, terms: Mapping[str, Any], volume: bool = False) -> Contestant:
    """A policy on one market (W1, W2): nav by session."""
    run = prepare(work.market(volume=volume), policy, **terms)
    return Contestant(NAME, 1, lambda: run.run("nav"), lambda result: result.out.nav)


def policies(
    work: Workload,
    bands: np.ndarray,
    every: np.ndarray,
    terms: Mapping[str, Any],
    volume: bool = False,
    threads: int = 2,
) -> Contestant:
    """Many policies on one market (W3): final nav of each."""
    given = workloads.grid_policies(work, bands, every)
    run = prepare_many(work.market(volume=volume), given, **terms)
    return Contestant(NAME, threads, lambda: run.run(workers=threads), lambda result: result.figures[0, :, 0])


def paths(work: Workload, terms: Mapping[str, Any], volume: bool = False, threads: int = 2) -> Contestant:
    """One policy on many paths (W4): final nav on each."""
    run = prepare_many(work.markets(volume), {"band": workloads.band_policy(work)}, **terms)
    return Contestant(NAME, threads, lambda: run.run(workers=threads), lambda result: result.figures[:, 0, 0])
