"""Green, amber and red days from a published index of stress.

Source: Tarkocin & Donduran, section 4.1: green up to the 85% quantile of the St. Louis Fed index, amber up to the 95%
one, red above; every day of a week has the status of that week's value.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.series import ExogenousSeries
from simulator.core.types import DateArray, FloatArray, IntArray

TIERS = ("green", "amber", "red")
Sample = Literal["past", "whole"]
_WEEK = np.timedelta64(6, "D")


class Status(NamedTuple):
    """The value of an index that each session belongs to."""

    values: FloatArray  # (T,) that of the period the session lies in; NaN where there is none
    known_at: DateArray  # (T,) its publication
    observation: IntArray  # (T,) which value of the series; -1 for none


def status_of(index: ExogenousSeries, sessions: DateArray) -> Status:
    """The value of the period that each session lies in: the first one dated on the session or up to six days later.

    It is published after the session. A session without one (a hole, or the end of the series) has none.
    """
    present = ~np.isnan(index.values)
    dates, values, published = index.dates[present], index.values[present], index.known_at[present]
    nowhere = np.full(sessions.size, -1, dtype=np.int64)
    if dates.size == 0:
        return Status(np.full(sessions.size, np.nan), np.full(sessions.size, np.datetime64("NaT", "D")), nowhere)
    following = np.searchsorted(dates, sessions)
    held = np.minimum(following, dates.size - 1)
    there = (following < dates.size) & (dates[held] - sessions <= _WEEK)
    return Status(
        np.where(there, values[held], np.nan),
        np.where(there, published[held], np.datetime64("NaT", "D")),
        np.where(there, held, nowhere),
    )


def check_quantiles(quantiles: Sequence[float]) -> None:
    """Raise unless two quantiles or more ascend within (0, 1)."""
    if len(quantiles) < 2 or not all(low < high for low, high in pairwise((0.0, *quantiles, 1.0))):
        raise ParameterError(f"tiers need two ascending quantiles between 0 and 1, not {quantiles}")


def past_thresholds(
    index: ExogenousSeries,
    sessions: DateArray,
    quantiles: Sequence[float] = (0.85, 0.95),
    since: str | None = None,
    min_values: int = 104,
) -> FloatArray:
    """(T, n) quantiles of all values published by the close of each session; NaN until there are ``min_values``.

    ``since`` leaves out values dated before it.
    """
    check_quantiles(quantiles)
    present = ~np.isnan(index.values)
    if since is not None:
        present &= index.dates >= np.datetime64(since, "D")
    values, published = index.values[present], index.known_at[present]
    order = np.argsort(published, kind="stable")
    values, published = values[order], published[order]
    counts = np.searchsorted(published, sessions, side="right")
    out = np.full((sessions.size, len(quantiles)), np.nan)
    for count in np.unique(counts[counts >= max(min_values, 1)]):
        out[counts == count] = np.quantile(values[:count], quantiles)
    return out


def whole_thresholds(values: FloatArray, quantiles: tuple[float, float] = (0.85, 0.95)) -> FloatArray:
    """(2,) quantiles of the whole sample: hindsight. In units of the index."""
    check_quantiles(quantiles)
    known = values[~np.isnan(values)]
    if known.size == 0:
        raise ParameterError("tiers: the index has no value in the sample")
    return np.asarray(np.quantile(known, quantiles))


def tiers(values: FloatArray, thresholds: FloatArray) -> FloatArray:
    """(T,) 0 green, 1 amber, 2 red: above neither, the first, or both thresholds, (2,) or (T, 2); NaN if unknown."""
    bounds = np.broadcast_to(thresholds, (values.size, 2))
    unknown = np.isnan(values) | np.isnan(bounds).any(axis=1)
    return np.where(unknown, np.nan, (values[:, None] > bounds).sum(axis=1).astype(float))


def published_tiers(index: ExogenousSeries, sessions: DateArray, thresholds: FloatArray) -> FloatArray:
    """(T,) the status of the last value published by each close, not older than 28 days: what was known that day."""
    values, _ = index.on(sessions, 28)
    return tiers(values, thresholds)
