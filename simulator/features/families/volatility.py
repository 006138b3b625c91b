"""Volatility: from closes, from ranges, of itself. Daily, not annualised."""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.core.types import FloatArray
from simulator.features.abreast import Measures
from simulator.features.feature import Feature
from simulator.features.past import past_zscore
from simulator.features.volatility import (
    ewma_volatility,
    garman_klass_variance,
    parkinson,
    range_volatility,
    realised_volatility,
)
from simulator.features.windows import over_own_median
from simulator.features.workspace import Workspace

_FAMILY: Final = "volatility"
_UNIT: Final = "daily"
#: The half-life of RiskMetrics' daily decay factor 0.94.
_HALF_LIFE: Final = float(np.log(0.5) / np.log(0.94))


def _book(ws: Measures, sessions: int) -> FloatArray:
    return ws.memo(f"volatility of the book {sessions}", lambda: realised_volatility(ws.book, sessions))


def _quickening(ws: Measures) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return _book(ws, 5) / _book(ws, 63)


def _garman_klass(ws: Workspace) -> FloatArray:
    open_ = ws.market.total_return("open")
    return range_volatility(garman_klass_variance(open_, *ws.high_low_close))


def _realised(sessions: int) -> Feature:
    return Feature(
        name=f"volatility_{sessions}",
        family=_FAMILY,
        formula=f"standard deviation over {sessions} days of the equally weighted book's return",
        source="Singh & Sinha, 3.1.2",
        unit=_UNIT,
        warmup=sessions,
        fields=("close",),
        compute=lambda ws: _book(ws, sessions),
        abreast=True,
    )


FEATURES: Final = (
    _realised(5),
    _realised(21),
    _realised(63),
    Feature(
        name="volatility_5_over_63",
        family=_FAMILY,
        formula="volatility_5 / volatility_63",
        source="a quickening of volatility",
        unit="multiple",
        warmup=63,
        fields=("close",),
        compute=_quickening,
        abreast=True,
    ),
    Feature(
        name="volatility_zscore",
        family=_FAMILY,
        formula="volatility_21 minus its mean of the last 252 days, over its standard deviation of them",
        source="Singh & Sinha, 5.1",
        unit="standard deviations",
        warmup=146,
        fields=("close",),
        compute=lambda ws: past_zscore(_book(ws, 21)),
        abreast=True,
    ),
    Feature(
        name="volatility_of_volatility",
        family=_FAMILY,
        formula="standard deviation over 21 days of volatility_5",
        source="Singh & Sinha, 5.2 (moving statistics)",
        unit=_UNIT,
        warmup=25,
        fields=("close",),
        compute=lambda ws: realised_volatility(_book(ws, 5), 21),
        abreast=True,
    ),
    Feature(
        name="realised_volatility_21",
        family=_FAMILY,
        formula="standard deviation over 21 days of log returns, by asset",
        source="closes",
        unit=_UNIT,
        warmup=21,
        fields=("close",),
        compute=lambda ws: realised_volatility(ws.log_returns, 21),
        reduction="median",
    ),
    Feature(
        name="ewma_volatility",
        family=_FAMILY,
        formula="root of the exponentially weighted mean square log return, decay 0.94 a day, by asset",
        source="RiskMetrics (1996), 5.2",
        unit=_UNIT,
        warmup=21,
        fields=("close",),
        compute=lambda ws: ewma_volatility(ws.log_returns, _HALF_LIFE),
        reduction="median",
    ),
    Feature(
        name="parkinson_21",
        family=_FAMILY,
        formula="sqrt(mean over 21 days of ln(H/L)^2 / (4 ln 2)), by asset",
        source="Parkinson (1980), eq. 3",
        unit=_UNIT,
        warmup=9,
        fields=("high", "low"),
        compute=lambda ws: range_volatility(np.square(parkinson(*ws.high_low_close[:2]))),
        reduction="median",
    ),
    Feature(
        name="garman_klass_21",
        family=_FAMILY,
        formula="sqrt(mean over 21 days of 1/2 ln(H/L)^2 - (2 ln 2 - 1) ln(C/O)^2), by asset",
        source="Garman & Klass (1980), eq. 20",
        unit=_UNIT,
        warmup=9,
        fields=("open", "high", "low", "close"),
        compute=_garman_klass,
        reduction="median",
    ),
    Feature(
        name="parkinson_relative",
        family=_FAMILY,
        formula="5-day mean of ln(H/L) over its median of the 252 days before those, by asset",
        source="Parkinson (1980), over its own past",
        unit="multiple",
        warmup=130,
        fields=("high", "low"),
        compute=lambda ws: over_own_median(parkinson(*ws.high_low_close[:2]), 5),
        reduction="geometric mean",
        risky=True,
    ),
)
