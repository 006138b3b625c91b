"""How much trades: turnover, volume for its volatility, days without a price change."""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.core.types import FloatArray
from simulator.features.feature import Feature
from simulator.features.past import past_zscore
from simulator.features.volatility import realised_volatility
from simulator.features.windows import log_positive, over_own_median, rolling_mean
from simulator.features.workspace import Workspace

_FAMILY: Final = "activity"
_NEEDS: Final = ("close", "volume")


def _turnover(ws: Workspace) -> FloatArray:
    volume = ws.market.volume
    assert volume is not None  # declared as needed
    return rolling_mean(np.nan_to_num(volume) / ws.by_asset("SHARES"), 21, 10)


def _volume_to_volatility(ws: Workspace) -> FloatArray:
    sigma = realised_volatility(ws.log_returns, 21)
    with np.errstate(divide="ignore", invalid="ignore"):
        return rolling_mean(ws.notional, 21) / sigma


def _zero_share(ws: Workspace) -> FloatArray:
    still = (ws.log_returns == 0.0).astype(float)
    if ws.market.volume is not None:
        still = np.maximum(still, np.nan_to_num(ws.market.volume) <= 0.0)
    started = ws.market.alive & ~np.isnan(ws.log_returns)
    return rolling_mean(np.where(started, still, np.nan), 21, 10)


def _traded(ws: Workspace) -> FloatArray:
    return np.log1p(ws.notional[:, ws.risky].sum(axis=1))


FEATURES: Final = (
    Feature(
        name="turnover_21",
        family=_FAMILY,
        formula="mean over 21 days of shares traded over shares outstanding, by asset",
        source="Goyenko, Holden & Trzcinka (2009); Singh & Sinha, 5.1",
        unit="fraction a day",
        warmup=9,
        fields=("volume",),
        series=("SHARES",),
        compute=_turnover,
        reduction="median",
    ),
    Feature(
        name="turnover_relative",
        family=_FAMILY,
        formula="5-day mean of close x volume over its median of the 252 days before those, by asset",
        source="turnover where shares outstanding are not known; over its own median, because volume trends",
        unit="multiple",
        warmup=130,
        fields=_NEEDS,
        compute=lambda ws: over_own_median(ws.notional, 5),
        reduction="geometric mean",
        risky=True,
    ),
    Feature(
        name="volume_zscore",
        family=_FAMILY,
        formula="log currency traded in the risky assets, minus its 63-day mean, over its standard deviation",
        source="Singh & Sinha, 3.1.1",
        unit="standard deviations",
        warmup=41,
        fields=_NEEDS,
        compute=lambda ws: past_zscore(ws.whole("log traded", _traded), 63, 42),
        abreast=True,
    ),
    Feature(
        name="volume_to_volatility",
        family=_FAMILY,
        formula="log of mean currency traded over the standard deviation of returns, both of 21 days, by asset",
        source="Singh & Sinha, 3.1.1",
        unit="log currency",
        warmup=21,
        fields=_NEEDS,
        compute=lambda ws: log_positive(_volume_to_volatility(ws)),
        reduction="median",
        risky=True,
    ),
    Feature(
        name="volume_to_volatility_relative",
        family=_FAMILY,
        formula="currency traded over volatility (21 days), over its median of the 252 days before those, by asset",
        source="Singh & Sinha, 3.1.1; over its own median, because volume trends",
        unit="multiple",
        warmup=167,
        fields=_NEEDS,
        compute=lambda ws: over_own_median(_volume_to_volatility(ws), 21),
        reduction="geometric mean",
        risky=True,
    ),
    Feature(
        name="zero_return_share_21",
        family=_FAMILY,
        formula="share of the last 21 days with no price change or, where volumes are known, no volume, by asset",
        source="Lesmond, Ogden & Trzcinka (1999)",
        unit="fraction",
        warmup=10,
        fields=("close",),
        optional=("volume",),
        compute=_zero_share,
        reduction="mean",
    ),
)
