"""Where prices stand: returns, drawdown, distance from their own trend."""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.core.types import FloatArray
from simulator.features.crowd import drawdown
from simulator.features.feature import Feature
from simulator.features.past import change
from simulator.features.reduce import row_mean
from simulator.features.windows import rolling_mean, rolling_sum, trend_gap
from simulator.features.workspace import Workspace

_FAMILY: Final = "trend"


def _return(sessions: int) -> Feature:
    return Feature(
        name=f"return_{sessions}",
        family=_FAMILY,
        formula=f"log return of the equally weighted book over {sessions} session{'s' if sessions > 1 else ''}",
        source="closes",
        unit="log return",
        warmup=sessions,
        fields=("close",),
        compute=lambda ws: change(ws.book_log, sessions),
        abreast=True,
    )


def _share_falling(ws: Workspace) -> FloatArray:
    total = rolling_sum(ws.simple_returns, 21)
    return row_mean(np.where(np.isnan(total), np.nan, total < 0.0))


def _gap_by_asset(ws: Workspace) -> FloatArray:
    level = np.log(ws.source.prices().to_numpy(np.float64))
    return level - rolling_mean(level, 252, 126)


FEATURES: Final = (
    *(_return(sessions) for sessions in (1, 5, 21, 63)),
    Feature(
        name="drawdown_252",
        family=_FAMILY,
        formula="equally weighted book over its highest value of the last 252 sessions, minus 1",
        source="Singh & Sinha, 5.1",
        unit="fraction, 0 or less",
        warmup=0,
        fields=("close",),
        compute=lambda ws: drawdown(ws.book),
        abreast=True,
    ),
    Feature(
        name="share_falling_21",
        family=_FAMILY,
        formula="share of assets whose return over 21 sessions is negative",
        source="breadth of a fall",
        unit="fraction",
        warmup=21,
        fields=("close",),
        compute=_share_falling,
    ),
    Feature(
        name="price_over_mean_252",
        family=_FAMILY,
        formula="log price minus its mean of the last 252 sessions, by asset",
        source="Singh & Sinha, 3.1.2 (asset prices against their trend)",
        unit="log",
        warmup=125,
        fields=("close",),
        compute=_gap_by_asset,
        reduction="median",
    ),
    Feature(
        name="trend_gap_504",
        family=_FAMILY,
        formula="log value of the equally weighted book minus a straight line fitted to its last 504 sessions, today",
        source="Singh & Sinha, 3.1.2 (asset prices against their trend)",
        unit="log",
        warmup=503,
        fields=("close",),
        compute=lambda ws: trend_gap(ws.book_log, 504),
    ),
)
