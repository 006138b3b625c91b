"""Every measure of liquidity of five policies, at every close, after their replay.

The market is made: as many sessions and assets as `etf-core` has, with volumes that leave some positions slow.
"""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np

from simulator import LiquidityStress, simulate
from strategies import Periodic
from tests.support import random_market

from .table import digits, milliseconds, table

#: Of etf-core, 2007 to 2018.
SESSIONS, ASSETS, POLICIES = 2917, 7, 5
_TARGET = 1.0  # second


class Measured(NamedTuple):
    """Best time of all rounds."""

    policies: int
    sessions: int
    columns: int
    seconds: float
    processor: float
    met: bool


def measure(rounds: int, small: bool) -> list[Measured]:
    """Replay, then time what comes after it."""
    sessions = 300 if small else SESSIONS
    market = random_market(7, sessions, ASSETS, gaps=0.0, silent=0.0, volume=1e5)
    weights = dict.fromkeys(market.assets, 0.13)
    stress = LiquidityStress(participation=0.1)
    runs = [simulate(market, Periodic(weights, 5 + k), liquidity=stress, initial_cash=1e8) for k in range(POLICIES)]
    elapsed, processor, columns = np.inf, np.inf, 0
    for _ in range(rounds):
        began, worked = time.perf_counter(), time.process_time()
        for run in runs:
            for name in ("liquidity", "breaches_22e4"):
                run.__dict__.pop(name, None)
            columns = len(run.liquidity.columns)
            assert run.breaches_22e4 is not None
        elapsed, processor = min(elapsed, time.perf_counter() - began), min(processor, time.process_time() - worked)
    return [Measured(POLICIES, sessions, columns, elapsed, processor, elapsed < _TARGET)]


def lay(measured: list[Measured]) -> str:
    """As a table."""
    body = [
        (
            f"{timing.policies} policies, {timing.sessions:,} sessions, {timing.columns} measures",
            milliseconds(timing.seconds),
            f"{digits(timing.processor)} s",
            f"< {_TARGET:g} s",
            "met" if timing.met else "missed",
        )
        for timing in measured
    ]
    return f"{table(('liquidity after the replay', 'ms', 'processor', 'target', ''), body, left_columns=(0, 4))}\n"
