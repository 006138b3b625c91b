"""Causal features: row t of anything here uses only what was known at the close of session t."""

from .activity import daily_notional, forecast_adv
from .amihud import amihud, market_illiquidity, relative_amihud, risky_assets
from .crowd import average_correlation, dispersion, drawdown, equal_weight_return
from .past import any_within, change, past_percentile, past_quantile, past_zscore
from .source import Features
from .spreads import abdi_ranaldo, corwin_schultz, spread_estimates
from .volatility import (
    day_volatility,
    ewma_volatility,
    forecast_sigma,
    log_returns,
    parkinson,
    realised_volatility,
)

__all__ = [
    "Features",
    "abdi_ranaldo",
    "amihud",
    "any_within",
    "average_correlation",
    "change",
    "corwin_schultz",
    "daily_notional",
    "day_volatility",
    "dispersion",
    "drawdown",
    "equal_weight_return",
    "ewma_volatility",
    "forecast_adv",
    "forecast_sigma",
    "log_returns",
    "market_illiquidity",
    "parkinson",
    "past_percentile",
    "past_quantile",
    "past_zscore",
    "realised_volatility",
    "relative_amihud",
    "risky_assets",
    "spread_estimates",
]
