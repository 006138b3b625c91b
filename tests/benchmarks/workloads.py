"""The workloads: prices that never depend on the machine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulator import AlmgrenChriss, Execution, MarketData

#: 10 basis points of the notional, sized on nav before costs, filled on the deciding close: one convention for all.
COST = 0.001
COSTS = AlmgrenChriss(half_spread_bps=COST * 1e4, eta=0.0, gamma=0.0)
EXECUTION = Execution(lag=0)
CASH = 1e6
#: Two percent stay in cash, so that costs never exhaust it: tools differ in whom they then cut.
INVESTED = 0.98


@dataclass(frozen=True)
class Workload:
    """Prices and equal targets for some assets."""

    close: np.ndarray
    weights: np.ndarray

    @property
    def market(self) -> MarketData:
        """The prices as a market."""
        names = [f"A{i:03d}" for i in range(self.close.shape[1])]
        index = pd.bdate_range("1990-01-01", periods=len(self.close))
        return MarketData.from_frames(pd.DataFrame(self.close, index, names))


def prices(sessions: int, assets: int, seed: int = 0) -> np.ndarray:
    """A random walk with drift, 1.5% a day."""
    steps = np.random.default_rng(seed).normal(0.0003, 0.015, (sessions, assets))
    return 100.0 * np.exp(np.cumsum(steps, axis=0))


def w1(sessions: int = 5040, assets: int = 10) -> Workload:
    """5,040 days of 10 assets."""
    return Workload(prices(sessions, assets), np.full(assets, INVESTED / assets))
