"""The features of a stress forecast: whatever the market offers, each on its own past."""

from __future__ import annotations

from typing import Final

from simulator.core.panels import FeaturePanel
from simulator.core.protocols import FeatureSource
from simulator.features import REGISTRY, Workspace, lacking, own_past, panel

#: Prices always; volumes and ranges where there are any. Every exogenous series joins by its own past.
COLUMNS: Final = (
    "volatility_5",
    "volatility_21",
    "volatility_63",
    "volatility_5_over_63",
    "volatility_zscore",
    "volatility_of_volatility",
    "return_1",
    "return_5",
    "return_21",
    "return_63",
    "drawdown_252",
    "correlation_63",
    "correlation_change_30",
    "dispersion_21",
    "share_falling_21",
    "illiquidity",
    "illiquidity_change_5",
    "illiquidity_zscore",
    "volume_zscore",
    "corwin_schultz_5",
    "corwin_schultz_zscore_60",
    "corwin_schultz_change_5",
)


def stress_features(features: FeatureSource) -> FeaturePanel:
    """(T, K) features known at each close: :data:`COLUMNS` as far as the market has what they need, and its series."""
    workspace = Workspace(features)
    there = [name for name in COLUMNS if not lacking(REGISTRY[name], workspace)]
    series = [one for name in features.market.series for one in own_past(name)]
    return panel(features, [*there, *series])
