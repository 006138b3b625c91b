"""Markets for tests."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from simulator import AlmgrenChriss, ExogenousSeries, Instrument, MarketData

FREE = AlmgrenChriss(half_spread_bps=0, eta=0, gamma=0)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: Whether all cases are asked for, as by ``UNDERTOW_TESTS=whole pytest``: an ordinary run samples what takes longest.
WHOLE = os.environ.get("UNDERTOW_TESTS") == "whole"


def some(cases: Iterable[Any], every: int) -> list[Any]:
    """Every so-manieth of many cases of one test, from the first; all of them in a whole run."""
    return [*cases][:: 1 if WHOLE else every]


def data_folder() -> Path | None:
    """The folder of real market data, if it is there."""
    stated = os.environ.get("UNDERTOW_DATA")
    candidates = [Path(stated)] if stated else [Path(__file__).resolve().parents[2] / "shared" / "data"]
    return next((candidate for candidate in candidates if (candidate / "etf").is_dir()), None)


def random_market(
    seed: int,
    sessions: int = 300,
    assets: int = 5,
    *,
    gaps: float = 0.03,
    silent: float = 0.03,
    volume: float = 22_000.0,
    series: bool = False,
    cash_rate: float = 0.03,
    crises: bool = False,
) -> MarketData:
    """A random walk with ranges and volumes, with gaps in prices and days without volume.

    With ``crises``, every 60th session begins ten in which prices move three times as much on a third of the volume.
    """
    rng = np.random.default_rng(seed)
    shape = (sessions, assets)
    wild = np.where(crises & (np.arange(sessions) % 60 < 10), 3.0, 1.0)[:, None]
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, shape) * wild, axis=0))
    open_ = close * np.exp(rng.normal(0.0, 0.005, shape))
    high = np.maximum(open_, close) * np.exp(np.abs(rng.normal(0.0, 0.006, shape)) * wild)
    low = np.minimum(open_, close) * np.exp(-np.abs(rng.normal(0.0, 0.006, shape)))
    traded = volume * rng.lognormal(0.0, 1.0, shape) / wild
    traded[rng.random(shape) < silent] = 0.0
    missing = rng.random(shape) < gaps
    missing[0] = False
    for panel in (open_, high, low, close):
        panel[missing] = np.nan
    index = pd.bdate_range("2000-01-03", periods=sessions)
    names = list(LETTERS[:assets]) if assets <= len(LETTERS) else [f"A{i:03d}" for i in range(assets)]

    def frame(values: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(values, index, names)

    classes = ["equity", "treasury", "hy-credit", "gold", "real-estate"]
    return MarketData.from_frames(
        frame(close),
        open=frame(open_),
        high=frame(high),
        low=frame(low),
        volume=frame(traded),
        cash_rate=cash_rate,
        instruments={name: Instrument(classes[i % len(classes)]) for i, name in enumerate(names)},
        series=random_series(rng, index) if series else None,
    )


def random_series(rng: np.random.Generator, index: pd.DatetimeIndex) -> dict[str, ExogenousSeries]:
    """A daily market price, and a weekly index published six days late."""
    daily = pd.Series(20.0 * np.exp(np.cumsum(rng.normal(0.0, 0.03, len(index)))), index)
    fridays = index[index.day_of_week == 4]
    weekly = pd.Series(rng.normal(0.0, 1.0, len(fridays)).cumsum(), fridays)
    return {
        "VIX": ExogenousSeries.from_pandas(daily, "close", "VIX"),
        "STLFSI": ExogenousSeries.from_pandas(weekly, "days:6", "STLFSI"),
    }


def closes(market: MarketData) -> pd.DataFrame:
    """The market's closes without gaps."""
    return market.frame("close").ffill()


def equal(assets: int, invested: float = 1.0) -> np.ndarray:
    """Equal weights."""
    return np.full(assets, invested / assets)


def same(a: Any, b: Any) -> bool:
    """Bitwise equality of arrays, NaN equal to NaN."""
    return bool(np.array_equal(np.asarray(a), np.asarray(b), equal_nan=True))


def same_events(a: Any, b: Any) -> bool:
    """Bitwise equality of event streams, field by field (records have padding)."""
    return all(same(a[name], b[name]) for name in a.dtype.names)
