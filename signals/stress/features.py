"""The features of a stress forecast: whatever the market offers, each on its own past."""

from __future__ import annotations

import numpy as np

from simulator.core.panels import FeaturePanel
from simulator.core.protocols import FeatureSource
from simulator.core.types import SESSIONS_PER_YEAR, FloatArray
from simulator.features import (
    average_correlation,
    change,
    corwin_schultz,
    daily_notional,
    dispersion,
    drawdown,
    equal_weight_return,
    market_illiquidity,
    past_zscore,
    realised_volatility,
    risky_assets,
)

#: A series whose last value is older than this has ended: it becomes missing instead of a stale constant.
MAX_AGE_DAYS = 21


def stress_features(features: FeatureSource) -> FeaturePanel:
    """(T, K) features known at each close: prices always, volumes, ranges and exogenous series where present."""
    columns = {**_prices(features), **_volumes(features), **_ranges(features), **_series(features)}
    values = np.column_stack(list(columns.values()))
    return FeaturePanel(features.sessions, tuple(columns), values, features.known_at(tuple(features.market.series)))


def _prices(features: FeatureSource) -> dict[str, FloatArray]:
    returns = features.returns()
    book = equal_weight_return(returns)
    annual = np.sqrt(SESSIONS_PER_YEAR)
    vol = {n: realised_volatility(book, n) * annual for n in (5, 21, 63)}
    correlation = average_correlation(returns)
    total = np.log1p(np.nan_to_num(book)).cumsum()
    with np.errstate(divide="ignore", invalid="ignore"):
        quickening = vol[5] / vol[63]
    return {
        **{f"volatility_{n}": v for n, v in vol.items()},
        "volatility_5_over_63": np.where(np.isfinite(quickening), quickening, np.nan),
        "volatility_zscore": past_zscore(vol[21]),
        "volatility_of_volatility": realised_volatility(vol[5], 21),
        **{f"return_{n}": change(total, n) for n in (1, 5, 21, 63)},
        "drawdown_252": drawdown(book),
        "correlation_63": correlation,
        "correlation_change_30": change(correlation, 30),
        "dispersion_21": dispersion(returns),
        "share_falling_21": (returns.rolling(21).sum() < 0.0).mean(axis=1).to_numpy(),
    }


def _volumes(features: FeatureSource) -> dict[str, FloatArray]:
    illiquidity = market_illiquidity(features.market)
    if illiquidity is None:
        return {}
    notional = daily_notional(features.market)
    assert notional is not None  # there are volumes
    traded = np.log1p(notional[:, risky_assets(features.market)].sum(axis=1))
    logs = np.log(illiquidity)
    return {
        "illiquidity": logs,
        "illiquidity_change_5": change(logs, 5),
        "illiquidity_zscore": past_zscore(logs),
        "volume_zscore": past_zscore(traded, 63, 42),
    }


def _ranges(features: FeatureSource) -> dict[str, FloatArray]:
    spread = market_spread(features)
    if spread is None:
        return {}
    return {
        "spread": spread,
        "spread_zscore_60": past_zscore(spread, 60, 40),
        "spread_change_5": change(spread, 5),
    }


def market_spread(features: FeatureSource, mean: int = 5) -> FloatArray | None:
    """(T,) Corwin–Schultz spread of the risky assets, averaged over them and ``mean`` days; ``None`` without ranges."""
    market = features.market
    if market.high is None or market.low is None:
        return None
    risky = risky_assets(market)
    daily = corwin_schultz(*(market.total_return(name)[:, risky] for name in ("high", "low", "close")))
    known = ~np.isnan(daily)
    counts = known.sum(axis=1)
    mean_spread = np.where(counts > 0, np.nansum(daily, axis=1) / np.maximum(counts, 1), np.nan)
    return _rolling_mean(mean_spread, mean)


def _rolling_mean(values: FloatArray, sessions: int) -> FloatArray:
    import pandas as pd

    return pd.Series(values).rolling(sessions, min_periods=sessions - 1).mean().to_numpy()


def _series(features: FeatureSource) -> dict[str, FloatArray]:
    columns: dict[str, FloatArray] = {}
    for name in features.market.series:
        level = features.series(name, MAX_AGE_DAYS).to_numpy()
        columns[f"{name}_zscore"] = past_zscore(level)
        columns[f"{name}_change_5_zscore"] = past_zscore(change(level, 5))
        columns[f"{name}_change_21_zscore"] = past_zscore(change(level, 21))
    return columns
