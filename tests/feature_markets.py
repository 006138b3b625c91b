"""Markets that hold everything any feature reads, and the same markets with another future."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from simulator import ExogenousSeries, MarketData
from simulator.features import ROLES, Role
from tests.support import random_market

_STEP = {"daily": 1, "weekly": 5, "monthly": 21, "quarterly": 63}
_RULE = {"daily": "business-days:1", "weekly": "days:6", "monthly": "days:20", "quarterly": "days:45"}


def _series(role: Role, index: pd.DatetimeIndex, rng: np.random.Generator, *, late: bool) -> ExogenousSeries:
    """A positive random walk, or noise for a weekly index.

    Late: published as such series are, with holes. Otherwise daily, and known at the close.
    """
    dates = index[index.day_of_week == 4] if late and role.frequency == "weekly" else index
    dates = dates[:: _STEP[role.frequency]] if late and role.frequency in ("monthly", "quarterly") else dates
    values = np.exp(np.cumsum(rng.normal(0.0, 0.05, len(dates))))
    if role.frequency == "weekly":
        values = rng.lognormal(0.0, 1.0, len(dates))
    if role.key.endswith("_HIGH"):
        values = 2.0 + values
    if role.key.endswith("_LOW"):
        values = 1.0 / (1.0 + values)
    if late and role.frequency == "daily":
        values = np.where(rng.random(values.size) < 0.03, np.nan, values)
    rule = _RULE[role.frequency] if late else "close"
    return ExogenousSeries.from_pandas(pd.Series(values, dates), rule, role.key, revised="none")


def full_market(seed: int, sessions: int = 800, *, late: bool, gaps: float = 0.0) -> MarketData:
    """A market with every field and a series in every role."""
    rng = np.random.default_rng(seed)
    market = random_market(seed, sessions, gaps=gaps, silent=gaps, crises=True)
    index = pd.DatetimeIndex(market.sessions)
    series = {}
    for role in ROLES.values():
        names = [f"{role.key}:{asset}" for asset in market.assets] if role.per_asset else [role.key]
        series |= {name: _series(role, index, rng, late=late) for name in names}
    half_spread = 1e-4 * rng.lognormal(0.0, 0.3, market.shape)
    return replace(market, half_spread=half_spread, series=series)


def another_future(market: MarketData, t: int, seed: int) -> MarketData:
    """The same up to session t; afterwards other prices, volumes, spreads and holes, and other values unpublished."""
    rng = np.random.default_rng(seed)
    after = (np.arange(market.sessions.size) > t)[:, None]
    shape = market.shape
    noise = np.exp(rng.normal(0.0, 0.3, shape))
    hole = after & (rng.random(shape) < 0.05)

    def other(values):
        return np.where(hole, np.nan, np.where(after, values * noise, values))

    def other_series(one: ExogenousSeries) -> ExogenousSeries:
        unknown = one.known_at > market.sessions[t]
        changed = one.values * np.exp(rng.normal(0.0, 0.5, one.values.size))
        changed = np.where(rng.random(one.values.size) < 0.1, np.nan, changed)
        return one.with_values(np.where(unknown, changed, one.values))

    silent = after & (rng.random(shape) < 0.1)
    return replace(
        market,
        open=other(market.open),
        high=other(market.high),
        low=other(market.low),
        close=other(market.close),
        volume=np.where(silent, 0.0, np.where(after, market.volume * noise[::-1], market.volume)),
        half_spread=np.where(after, market.half_spread * noise[::-1], market.half_spread),
        series={name: other_series(series) for name, series in market.series.items()},
    )


def cut_after(market: MarketData, t: int) -> MarketData:
    """What was known at the close of session t, and nothing else."""
    return market.between(0, t + 1)
