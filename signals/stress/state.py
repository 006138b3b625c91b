"""The state of stress: how near each leg of the stress rule is to its threshold, as columns to learn from.

Few columns, all of them distances from the event that is forecast. With a handful of episodes to learn from, these say
more than a hundred others (``undertow study stress-forecast`` shows both).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from simulator.core.types import FloatArray
from simulator.features import Feature, Workspace, lacking, past_percentile

from .labels.events import FUNDING as _FUNDING
from .labels.events import StressRule, events_of, funding_handovers, funding_series, stress_legs

#: Asks for these columns, in a list of features or families; their family.
STATE: Final = "state"

_SOURCE: Final = "Singh & Sinha, section 5.2, as distances"
_RECENT: Final = 10


def impact_distance(ws: Workspace) -> FloatArray:
    """(T,) log of relative Amihud over its threshold: above 0 the leg is met."""
    leg = stress_legs(ws)["impact"]
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.log(leg.measure / leg.threshold)
    return np.where(np.isfinite(distance), distance, np.nan)


def spread_distance(ws: Workspace) -> FloatArray:
    """(T,) Corwin–Schultz spread against its 60 days, in standard deviations: above 1 the leg is met."""
    return stress_legs(ws)["spread"].degree


def funding_percentile(ws: Workspace) -> FloatArray:
    """(T,) percentile of the 5-day change of funding costs among all so far: above 0.9 the leg is met."""
    return stress_legs(ws)["funding"].percentile


def vix_percentile(ws: Workspace) -> FloatArray:
    """(T,) percentile of the VIX among its closes on all sessions so far."""
    return past_percentile(ws.series("VIX"))


def recent_stress(ws: Workspace) -> FloatArray:
    """(T,) share of the last ten sessions that were days of stress by the rule."""
    days = pd.Series(events_of(ws, StressRule()).days)
    return np.asarray(days.rolling(_RECENT, min_periods=1).mean(), dtype=np.float64)


def state_columns(ws: Workspace) -> list[Feature]:
    """Those of the columns that a market has the data for."""
    funding = tuple(
        dict.fromkeys((funding_series(ws) or "TED", *(handover.after for handover in funding_handovers(ws))))
    )
    columns = (
        Feature(
            name="impact_distance",
            family=STATE,
            formula="log of relative Amihud over the 95% quantile of its past",
            source=_SOURCE,
            unit="log",
            warmup=383,
            compute=impact_distance,
            fields=("close", "volume"),
        ),
        Feature(
            name="spread_distance",
            family=STATE,
            formula="5-day Corwin–Schultz spread minus its mean of 60 days, over its standard deviation of them",
            source=_SOURCE,
            unit="standard deviations",
            warmup=43,
            compute=spread_distance,
            fields=("close", "high", "low"),
        ),
        Feature(
            name="funding_percentile",
            family=STATE,
            formula="percentile of the 5-day change of the funding spread among all so far",
            source=_SOURCE,
            unit="share",
            warmup=256,
            compute=funding_percentile,
            series=funding,
        ),
        Feature(
            name="vix_percentile",
            family=STATE,
            formula="percentile of the VIX among all sessions so far",
            source="Tarkocin & Donduran (VIX), against its own past",
            unit="share",
            warmup=251,
            compute=vix_percentile,
            series=("VIX",),
        ),
        Feature(
            name="recent_stress",
            family=STATE,
            formula=f"share of the last {_RECENT} sessions that were days of stress by the rule",
            source=_SOURCE,
            unit="share",
            warmup=383,
            compute=recent_stress,
            fields=("close", "volume"),
            optional=("high", "low", *_FUNDING),
        ),
    )
    return [column for column in columns if not lacking(column, ws)]
