"""Causal features: row t of anything here uses only what was known at the close of session t."""

from .absorption import absorption_ratio
from .activity import daily_notional, forecast_adv, tradable_notional
from .amihud import amihud, market_illiquidity, relative_amihud, risky_assets
from .build import asset_panel, panel
from .columns import lacking
from .crowd import average_correlation, dispersion, drawdown, equal_weight_return
from .families.own_past import own_past
from .families.regime import regime_index
from .feature import Feature
from .past import any_within, change, past_percentile, past_quantile, past_zscore
from .principal import Components, PrincipalComponents, principal_components
from .reduce import row_mean, row_sum
from .registry import FAMILIES, REGISTRY
from .roles import ROLES, Role
from .scaling import scaled
from .source import Features
from .spreads import abdi_ranaldo, abdi_ranaldo_mean, corwin_schultz, roll, spread_estimates
from .volatility import (
    day_volatility,
    ewma_volatility,
    forecast_sigma,
    garman_klass_variance,
    log_returns,
    parkinson,
    range_volatility,
    realised_volatility,
)
from .windows import expected_shortfall, over_own_median, rolling_mean, rolling_std, trend_gap
from .workspace import Workspace

__all__ = [
    "FAMILIES",
    "REGISTRY",
    "ROLES",
    "Components",
    "Feature",
    "Features",
    "PrincipalComponents",
    "Role",
    "Workspace",
    "abdi_ranaldo",
    "abdi_ranaldo_mean",
    "absorption_ratio",
    "amihud",
    "any_within",
    "asset_panel",
    "average_correlation",
    "change",
    "corwin_schultz",
    "daily_notional",
    "day_volatility",
    "dispersion",
    "drawdown",
    "equal_weight_return",
    "ewma_volatility",
    "expected_shortfall",
    "forecast_adv",
    "forecast_sigma",
    "garman_klass_variance",
    "lacking",
    "log_returns",
    "market_illiquidity",
    "over_own_median",
    "own_past",
    "panel",
    "parkinson",
    "past_percentile",
    "past_quantile",
    "past_zscore",
    "principal_components",
    "range_volatility",
    "realised_volatility",
    "regime_index",
    "relative_amihud",
    "risky_assets",
    "roll",
    "rolling_mean",
    "rolling_std",
    "row_mean",
    "row_sum",
    "scaled",
    "spread_estimates",
    "tradable_notional",
    "trend_gap",
]
