"""``python -m tests.benchmarks``: parity first, then ratios, all in one run."""

from __future__ import annotations

import os

import numpy as np

from simulator import prepare
from strategies import ThresholdBand

from . import peer_vectorbt, workloads
from .floor_nb import floor_nb
from .timing import best


def main() -> None:
    """Measure W1 and print it."""
    work = workloads.single()
    band = 0.05
    run = prepare(
        work.market(),
        ThresholdBand(work.weights, band),
        costs=workloads.COSTS,
        execution=workloads.EXECUTION,
        initial_cash=workloads.CASH,
    )
    theirs = peer_vectorbt.band_policy(work.close, work.weights, band, 1, workloads.COST, workloads.CASH)
    nav = np.empty(len(work.close))

    def floor() -> None:
        floor_nb(work.close, work.weights, band, 1, workloads.COST, workloads.CASH, nav)

    ours = run.run("nav").out.nav
    floor()
    check("vectorbt", ours, peer_vectorbt.nav_of(theirs()[0], work.close, workloads.CASH))
    check("the floor", ours, nav)
    times = {
        "undertow": best(lambda: run.run("nav"), 50),
        "floor": best(floor, 50),
        "vectorbt": best(theirs, 20),
    }
    print(f"W1: 5,040 days x 10 assets, 5% band, 10 bps; one thread of {os.cpu_count()}; best of several, milliseconds")
    for name, seconds in times.items():
        print(f"  {name:<10} {seconds * 1e3:8.3f}   {seconds / times['undertow']:8.2f} x undertow")


def check(name: str, ours: np.ndarray, other: np.ndarray) -> None:
    """Refuse to time a peer whose result differs."""
    gap = float(np.abs(other / ours - 1.0).max())
    if not gap < 1e-12:
        raise SystemExit(f"{name} differs from us by {gap:.3g}: not timed")
    print(f"parity with {name}: {gap:.1e}")


if __name__ == "__main__":
    main()
