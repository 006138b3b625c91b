"""What assets do together: correlation, absorption, dispersion."""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.core.types import FloatArray
from simulator.features.abreast import Measures
from simulator.features.absorption import absorption_ratio
from simulator.features.crowd import average_correlation, dispersion
from simulator.features.feature import Feature
from simulator.features.past import change
from simulator.features.windows import rolling_mean, rolling_std
from simulator.features.workspace import Workspace

_FAMILY: Final = "comovement"
_KRITZMAN: Final = "Kritzman, Li, Page & Rigobon (2011), eq. 1"


def _correlation(ws: Measures) -> FloatArray:
    return ws.whole("correlation", lambda market: average_correlation(market.simple_returns))


def _absorption(ws: Workspace) -> FloatArray:
    return ws.memo("absorption", lambda: absorption_ratio(ws.log_returns))


def _absorption_shift(ws: Workspace) -> FloatArray:
    ratio = _absorption(ws)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (rolling_mean(ratio, 15) - rolling_mean(ratio, 252, 126)) / rolling_std(ratio, 252, 126)


FEATURES: Final = (
    Feature(
        name="correlation_63",
        family=_FAMILY,
        formula="mean pairwise correlation of returns over 63 days, from the variance of standardised returns' mean",
        source="Singh & Sinha, 3.1.2",
        unit="correlation",
        warmup=125,
        fields=("close",),
        compute=_correlation,
        abreast=True,
    ),
    Feature(
        name="correlation_change_30",
        family=_FAMILY,
        formula="correlation_63 minus its value 30 sessions ago",
        source="Singh & Sinha, 5.2",
        unit="correlation",
        warmup=155,
        fields=("close",),
        compute=lambda ws: change(_correlation(ws), 30),
        abreast=True,
    ),
    Feature(
        name="absorption_ratio",
        family=_FAMILY,
        formula="share of the variance of 252 days' returns in the first fifth of their principal components",
        source=_KRITZMAN,
        unit="fraction",
        warmup=252,
        fields=("close",),
        compute=_absorption,
    ),
    Feature(
        name="absorption_shift",
        family=_FAMILY,
        formula="15-day mean of absorption_ratio minus its 252-day mean, over its 252-day standard deviation",
        source="Kritzman, Li, Page & Rigobon (2011), eq. 2",
        unit="standard deviations",
        warmup=377,
        fields=("close",),
        compute=_absorption_shift,
    ),
    Feature(
        name="dispersion_21",
        family=_FAMILY,
        formula="standard deviation across assets of their 21-day log returns",
        source="cross-sectional dispersion of returns",
        unit="log return",
        warmup=21,
        fields=("close",),
        compute=lambda ws: dispersion(ws.simple_returns),
    ),
)
