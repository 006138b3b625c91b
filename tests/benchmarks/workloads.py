"""The workloads: prices that never depend on the machine, the policies and the terms they are replayed on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from simulator import AlmgrenChriss, Execution, MarketData
from simulator.core.protocols import Strategy
from strategies import EqualWeight, ThresholdBand

#: 10 basis points of the notional, sized on nav before costs, filled on the deciding close: one convention for all.
COST = 0.001
COSTS = AlmgrenChriss(half_spread_bps=COST * 1e4, eta=0.0, gamma=0.0)
EXECUTION = Execution(lag=0)
CASH = 1e6
#: Two percent stay in cash, so that costs never exhaust it: tools differ in whom they then cut.
INVESTED = 0.98

#: Everything on: impact that moves marks, participation with carry, a turnover cap; coverage is measured as well.
FULL_COSTS = AlmgrenChriss(half_spread_bps=COST * 1e4)
#: Books of the x-rows: nearly no order is cut, the participation cap binds often, it binds nearly always.
BOOKS = (1e8, 1e9, 1e10)

SESSIONS = 5040
BAND = 0.05
#: W2: sessions between rebalances.
EVERY = 21
#: W3: bands, and sessions between reviews.
BANDS = np.linspace(0.005, 0.20, 100)
REVIEWS = (5, 10, 21, 42, 63, 126, 252, 504, 1008, 5040)


def plain_terms(cash: float = CASH) -> dict[str, Any]:
    """Terms of the plain rows: one linear cost and nothing else, no coverage."""
    return {"costs": COSTS, "execution": EXECUTION, "initial_cash": cash, "liquidity": False}


def full_execution(participation: float | None = 0.10) -> Execution:
    """The execution of the x-rows."""
    return Execution(lag=1, max_participation=participation, max_turnover=0.25, unfilled="carry", marks="impacted")


def full_terms(cash: float) -> dict[str, Any]:
    """Terms of the x-rows, liquidity coverage measured on every session."""
    return {"costs": FULL_COSTS, "execution": full_execution(), "initial_cash": cash}


@dataclass(frozen=True)
class Workload:
    """Closes (T, N) or (P, T, N), volumes likewise, and equal targets."""

    close: np.ndarray
    volume: np.ndarray
    weights: np.ndarray

    def market(self, path: int | None = None, volume: bool = False) -> MarketData:
        """The prices as a market: all of them, or those of one path."""
        close = self.close if path is None else self.close[path]
        names = [f"A{i:03d}" for i in range(close.shape[1])]
        index = pd.bdate_range("1950-01-02", periods=len(close))
        panel = self.volume if path is None else self.volume[path]
        shares = pd.DataFrame(panel, index, names) if volume else None
        return MarketData.from_frames(pd.DataFrame(close, index, names), volume=shares)

    def markets(self, volume: bool = False) -> list[MarketData]:
        """Every path as a market."""
        return [self.market(path, volume) for path in range(len(self.close))]


def prices(sessions: int, assets: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Closes, a random walk with drift, 1.5% a day; and shares traded, about 50 million of currency a day."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0003, 0.015, (sessions, assets)), axis=0))
    volume = rng.lognormal(np.log(5e7), 0.5, (sessions, assets)) / close
    return close, volume


def single(sessions: int = SESSIONS, assets: int = 10) -> Workload:
    """One market of a given size."""
    return Workload(*prices(sessions, assets), np.full(assets, INVESTED / assets))


def paths(count: int = 1000, sessions: int = 1260, assets: int = 10) -> Workload:
    """Bootstrapped paths of one market: blocks of 21 sessions, prices and volumes drawn together."""
    close, volume = prices(SESSIONS, assets)
    returns, traded = np.diff(np.log(close), axis=0), volume[1:] * close[1:]
    rng = np.random.default_rng(1)
    starts = rng.integers(0, len(returns) - 21, (count, sessions // 21))
    rows = (starts[:, :, None] + np.arange(21)).reshape(count, -1)
    walked = 100.0 * np.exp(np.cumsum(returns[rows], axis=1))
    return Workload(walked, traded[rows] / walked, np.full(assets, INVESTED / assets))


def band_policy(work: Workload, band: float = BAND, every: int = 1) -> ThresholdBand:
    """W1 and W4: back to equal weights when one has strayed beyond the band."""
    return ThresholdBand(named(work), band, review=every)


def calendar_policy() -> EqualWeight:
    """W2: equal weights every 21 sessions."""
    return EqualWeight(every=EVERY, cash=1.0 - INVESTED)


def grid(bands: np.ndarray = BANDS, reviews: tuple[int, ...] = REVIEWS) -> tuple[np.ndarray, np.ndarray]:
    """W3: band and review interval of every policy, (K,) each; bands vary slowest."""
    return np.repeat(bands, len(reviews)), np.tile(np.array(reviews), len(bands))


def grid_policies(work: Workload, bands: np.ndarray, every: np.ndarray) -> Mapping[str, Strategy]:
    """W3: the policies of a grid, by name."""
    pairs = zip(bands, every, strict=True)
    return {f"{band:.6f}-{review}": band_policy(work, band, int(review)) for band, review in pairs}


def named(work: Workload) -> dict[str, float]:
    """Target weights by asset."""
    return {f"A{i:03d}": float(weight) for i, weight in enumerate(work.weights)}
