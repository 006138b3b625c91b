"""The features of a stress forecast: whatever the market offers, each on its own past."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from simulator.core.panels import FeaturePanel
from simulator.core.protocols import FeatureSource
from simulator.features import REGISTRY, Feature, Workspace, lacking, own_past, panel
from simulator.features.build import possible
from simulator.features.rows import Rows, rows, rows_abreast

from .state import STATE, state_columns

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


#: Asks for z-scores of every exogenous series, in a list of features or families.
SERIES: Final = "series"


def stress_features(features: FeatureSource | Workspace, columns: Sequence[str] | None = None) -> FeaturePanel:
    """(T, K) features known at each close.

    ``columns`` names features or families of the registry, :data:`SERIES` or :data:`STATE`; by default
    :data:`COLUMNS` as far as the market has what they need, and its series. What a family asks for and the market
    cannot give is left out.
    """
    workspace = Workspace.of(features)
    return panel(workspace, asked_of(workspace, columns))


def stress_rows(workspace: Workspace, columns: Sequence[str] | None = None) -> Rows:
    """The rows of :func:`stress_features` as models read them, the same bits."""
    return rows(features_of(workspace, columns), workspace)


def stress_rows_abreast(each: Sequence[Workspace], columns: Sequence[str] | None = None) -> list[Rows]:
    """:func:`stress_rows` of several markets, the same bits: those of the same sessions and features side by side."""
    asked = [features_of(workspace, columns) for workspace in each]
    alike: dict[tuple[object, ...], list[int]] = {}
    for place, (workspace, features) in enumerate(zip(each, asked, strict=True)):
        names = tuple(feature.name for feature in features)
        alike.setdefault((workspace.sessions.tobytes(), names), []).append(place)
    found: dict[int, Rows] = {}
    for those in alike.values():
        found |= dict(zip(those, rows_abreast(asked[those[0]], [each[place] for place in those]), strict=True))
    return [found[place] for place in range(len(each))]


def features_of(workspace: Workspace, columns: Sequence[str] | None = None) -> list[Feature]:
    """The features of :func:`stress_features` that a market can give."""
    return possible(asked_of(workspace, columns), workspace)[0]


def asked_of(workspace: Workspace, columns: Sequence[str] | None = None) -> list[str | Feature]:
    """The features, families and columns that :func:`stress_features` asks a market for."""
    there = [name for name in COLUMNS if not lacking(REGISTRY[name], workspace)]
    wanted = [*there, SERIES] if columns is None else list(columns)
    series = [feature for name in workspace.market.series for feature in own_past(name)] if SERIES in wanted else []
    state = state_columns(workspace) if STATE in wanted else []
    return [*(name for name in wanted if name not in (SERIES, STATE)), *series, *state]
