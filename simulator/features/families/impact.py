"""Price impact of trading: Amihud's ratio, raw and relative to its own past."""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.core.types import FloatArray
from simulator.features.abreast import Measures
from simulator.features.feature import Feature
from simulator.features.past import change, past_quantile, past_zscore
from simulator.features.windows import expected_shortfall, rolling_mean

_FAMILY: Final = "impact"
_NEEDS: Final = ("close", "volume")
_AMIHUD: Final = "Amihud (2002), eq. 1"


def _log_illiquidity(ws: Measures) -> FloatArray:
    return ws.memo("log illiquidity", lambda: np.log(ws.illiquidity))


FEATURES: Final = (
    Feature(
        name="amihud_21",
        family=_FAMILY,
        formula="mean over 21 days of |log return| / (close x volume), by asset, times a million",
        source=_AMIHUD,
        unit="per million of currency",
        warmup=10,
        fields=_NEEDS,
        compute=lambda ws: rolling_mean(ws.amihud, 21, 10) * 1e6,
        reduction="median",
        risky=True,
    ),
    Feature(
        name="amihud_relative",
        family=_FAMILY,
        formula="5-day mean of Amihud's ratio over its median of the 252 days before those, by asset",
        source=f"{_AMIHUD}; over its own median, because the ratio falls for decades as volume grows",
        unit="multiple",
        warmup=131,
        fields=_NEEDS,
        compute=lambda ws: ws.relative_amihud,
        reduction="geometric mean",
        risky=True,
    ),
    Feature(
        name="illiquidity",
        family=_FAMILY,
        formula="log of amihud_relative",
        source=_AMIHUD,
        unit="log",
        warmup=131,
        fields=_NEEDS,
        compute=_log_illiquidity,
        abreast=True,
    ),
    Feature(
        name="illiquidity_change_5",
        family=_FAMILY,
        formula="illiquidity minus its value 5 sessions ago",
        source=_AMIHUD,
        unit="log",
        warmup=136,
        fields=_NEEDS,
        compute=lambda ws: change(_log_illiquidity(ws), 5),
        abreast=True,
    ),
    Feature(
        name="illiquidity_zscore",
        family=_FAMILY,
        formula="illiquidity minus its mean of the last 252 days, over its standard deviation of them",
        source=_AMIHUD,
        unit="standard deviations",
        warmup=256,
        fields=_NEEDS,
        compute=lambda ws: past_zscore(_log_illiquidity(ws)),
        abreast=True,
    ),
    Feature(
        name="amihud_distance",
        family=_FAMILY,
        formula="log of amihud_relative over the 95% quantile of all its earlier values",
        source="Singh & Sinha, 5.2 (the event's first leg, as a distance)",
        unit="log; above 0 the leg is met",
        warmup=383,
        fields=_NEEDS,
        compute=lambda ws: _log_illiquidity(ws) - np.log(past_quantile(ws.illiquidity, 0.95)),
    ),
    Feature(
        name="amihud_tail_252",
        family=_FAMILY,
        formula="mean of the largest 5% of amihud_relative over the last 252 days (expected shortfall)",
        source="Singh & Sinha, 3.1.4",
        unit="multiple",
        warmup=256,
        fields=_NEEDS,
        compute=lambda ws: expected_shortfall(ws.illiquidity),
    ),
)
