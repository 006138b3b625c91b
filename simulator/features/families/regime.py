"""One index of liquidity conditions: a weighted mean of named z-scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from simulator.core.errors import ParameterError, nearest
from simulator.core.types import FloatArray
from simulator.features.columns import column, lacking
from simulator.features.feature import Feature
from simulator.features.workspace import Workspace

from . import activity, comovement, funding, impact, macro, spread, volatility

_SCORES: Final = {
    feature.name: feature
    for module in (spread, impact, activity, volatility, comovement, funding, macro)
    for feature in module.FEATURES
    if feature.unit == "standard deviations"
}

#: Weights where a scenario states none: spreads, price impact, volatility, funding, credit and fear alike.
WEIGHTS: Final[dict[str, float]] = {
    "corwin_schultz_zscore_60": 1.0,
    "illiquidity_zscore": 1.0,
    "volatility_zscore": 1.0,
    "ted_zscore": 1.0,
    "hy_spread_zscore": 1.0,
    "vix_zscore": 1.0,
}


def regime_index(weights: Mapping[str, float], name: str = "regime_index") -> Feature:
    """A feature that is the weighted mean of named z-scores.

    Parameters
    ----------
    weights
        By the name of a feature measured in standard deviations; a negative weight turns a score around.
    name
        Its column.

    Raises
    ------
    ParameterError
        For a name that is no z-score of the registry, or if all weights are zero.
    """
    for weight in weights:
        if weight not in _SCORES:
            raise ParameterError(f"{name}: no z-score {weight!r}{nearest(weight, _SCORES)}")
    total = sum(abs(weight) for weight in weights.values())
    if not 0.0 < total < np.inf:
        raise ParameterError(f"{name}: weights must be finite and not all zero")
    parts = [_SCORES[weight] for weight in weights]
    needs = {need for part in parts for need in (*part.fields, *part.series, *part.optional)} - {"close"}
    return Feature(
        name=name,
        family="regime",
        formula=f"mean of {', '.join(f'{weight:g} x {name}' for name, weight in weights.items())} over the weights "
        "of those known, if they are half of all",
        source="Singh & Sinha, 3.1.4 (combined index); weights are the scenario's",
        unit="standard deviations",
        warmup=_warmup(parts, list(weights.values()), total),
        fields=("close",),
        optional=tuple(sorted(needs)),
        compute=lambda ws: _weighted(ws, parts, np.array(list(weights.values())), total),
    )


def _warmup(parts: list[Feature], weights: list[float], total: float) -> int:
    known = 0.0
    for part, weight in sorted(zip(parts, weights, strict=True), key=lambda pair: pair[0].warmup):
        known += abs(weight)
        if 2.0 * known >= total:
            return part.warmup
    return parts[-1].warmup


def _weighted(ws: Workspace, parts: list[Feature], weights: FloatArray, total: float) -> FloatArray:
    nothing = np.full(ws.sessions.size, np.nan)
    scores = np.column_stack([nothing if lacking(part, ws) else column(part, ws).values for part in parts])
    known = ~np.isnan(scores)
    size = np.where(known, np.abs(weights), 0.0).sum(axis=1)
    mean = np.where(known, scores * weights, 0.0).sum(axis=1) / np.where(size > 0.0, size, 1.0)
    return np.where(2.0 * size >= total, mean, np.nan)


FEATURES: Final = (regime_index(WEIGHTS),)
