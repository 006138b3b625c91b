"""Columns that many published series share: the value, its change, and its place in its own past."""

from __future__ import annotations

from collections.abc import Callable

from simulator.core.types import FloatArray
from simulator.features.feature import Feature
from simulator.features.past import change, past_zscore
from simulator.features.workspace import Workspace

Compute = Callable[[Workspace], FloatArray]


def level(name: str, family: str, formula: str, source: str, unit: str, compute: Compute, *series: str) -> Feature:
    """A column computed from series as they are known at each close."""
    return Feature(name, family, formula, source, unit, 0, compute, series=series)


def with_past(feature: Feature) -> tuple[Feature, ...]:
    """A column, its 5-session change, and its z-score over 252 sessions."""

    def changed(ws: Workspace) -> FloatArray:
        return change(feature.compute(ws), 5)

    def scored(ws: Workspace) -> FloatArray:
        return past_zscore(feature.compute(ws))

    return (
        feature,
        Feature(
            f"{feature.name}_change_5",
            feature.family,
            f"{feature.name} minus its value 5 sessions ago",
            feature.source,
            feature.unit,
            feature.warmup + 5,
            changed,
            fields=feature.fields,
            series=feature.series,
        ),
        Feature(
            f"{feature.name}_zscore",
            feature.family,
            f"{feature.name} minus its mean of the last 252 sessions, over its standard deviation of them",
            feature.source,
            "standard deviations",
            feature.warmup + 125,
            scored,
            fields=feature.fields,
            series=feature.series,
        ),
    )
