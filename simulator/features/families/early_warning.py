"""The indicators of the early-warning paper, transformed exactly as its Tables 3 and 4 say.

X is the raw series as known at each close, carried where its own market was shut. The deviation of "seven days" runs
from X(t-7) to X(t), eight values, as Table 4 has it. Where a price or a low is not positive (crude oil in April
2020) the last range is carried, as in section 4.1, and the return is that since the last positive price.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from simulator.core.types import FloatArray
from simulator.features.feature import Feature
from simulator.features.past import change
from simulator.features.windows import rolling_std
from simulator.features.workspace import Workspace

_FAMILY: Final = "early-warning"
_SOURCE: Final = "Tarkocin & Donduran, Tables 3 and 4"
_QUOTED: Final = {"vix": "VIX", "crude": "CRUDE", "nasdaq": "NASDAQ", "euronext": "EURONEXT"}


def log_return(values: FloatArray) -> FloatArray:
    """(T,) R_ln = log(X_t / X_t-1); a value that is not positive carries the last positive one, for 21 sessions."""
    positive = pd.Series(np.log(np.where(values > 0.0, values, np.nan)))
    carried = positive.ffill(limit=21).where(~np.isnan(values))
    return change(np.asarray(carried, dtype=np.float64), 1)


def high_low_range(high: FloatArray, low: FloatArray) -> FloatArray:
    """(T,) HLR = (high - low) / low; where the low is not positive, the last range, for 21 sessions."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ranges = np.where(low > 0.0, (high - low) / low, np.nan)
    known = ~np.isnan(high) & ~np.isnan(low)
    return np.asarray(pd.Series(ranges).ffill(limit=21).where(known), dtype=np.float64)


def _return(label: str, key: str) -> Feature:
    return Feature(
        name=f"ew_{label}_return",
        family=_FAMILY,
        formula=f"log(X_t / X_t-1), X {key}",
        source=_SOURCE,
        unit="log return",
        warmup=1,
        series=(key,),
        compute=lambda ws: log_return(ws.series(key)),
    )


def _deviation(label: str, key: str) -> Feature:
    return Feature(
        name=f"ew_{label}_stdev_7",
        family=_FAMILY,
        formula=f"Stdev(X_t-7 to X_t), X {key}",
        source=_SOURCE,
        unit="as X",
        warmup=7,
        series=(key,),
        compute=lambda ws: rolling_std(ws.series(key), 8),
    )


def _range(label: str, key: str) -> Feature:
    return Feature(
        name=f"ew_{label}_range",
        family=_FAMILY,
        formula=f"(X_high - X_low) / X_low, X {key}",
        source=_SOURCE,
        unit="fraction",
        warmup=0,
        series=(f"{key}_HIGH", f"{key}_LOW"),
        compute=lambda ws: high_low_range(ws.series(f"{key}_HIGH"), ws.series(f"{key}_LOW")),
    )


def _ted_change(ws: Workspace) -> FloatArray:
    return change(ws.series("TED"), 1)


def _quoted() -> list[Feature]:
    columns = []
    for label, key in _QUOTED.items():
        columns.append(_return(label, key))
        if label != "nasdaq":  # Table 3 has no deviation for the Nasdaq future
            columns.append(_deviation(label, key))
        columns.append(_range(label, key))
    return columns


FEATURES: Final = (
    *_quoted(),
    Feature(
        name="ew_ted_change",
        family=_FAMILY,
        formula="TED_t - TED_t-1",
        source=_SOURCE,
        unit="percentage points",
        warmup=1,
        series=("TED",),
        compute=_ted_change,
    ),
    Feature(
        name="ew_cpff",
        family=_FAMILY,
        formula="the spread as it is; the last one carried over days without a quote",
        source=f"{_SOURCE}, 4.1",
        unit="percent",
        warmup=0,
        series=("CPFF",),
        compute=lambda ws: ws.series("CPFF"),
    ),
    _deviation("cpff", "CPFF"),
)
