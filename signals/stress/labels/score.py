"""Stress as a matter of degree, and as one of three regimes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator.core.errors import ParameterError
from simulator.core.types import FloatArray
from simulator.features import Workspace, past_quantile

from .events import stress_legs


def stress_score(workspace: Workspace) -> FloatArray:
    """(T,) mean of the past percentiles of the legs of the stress rule, 0 to 1.

    The legs: relative Amihud, the Corwin–Schultz spread as a z-score over 60 days, the 5-day change of funding costs;
    those known that day count. NaN until the first leg that the market has (price impact, where there are volumes) is
    known.
    """
    legs = stress_legs(workspace)
    if not legs:
        raise ParameterError("stress score: this market has neither volumes, nor highs and lows, nor a funding series")
    ranks = {name: leg.percentile for name, leg in legs.items()}
    mean = np.asarray(pd.DataFrame(ranks).mean(axis=1), dtype=np.float64)
    return np.where(np.isnan(next(iter(ranks.values()))), np.nan, mean)


def highest_ahead(values: FloatArray, horizon: int) -> FloatArray:
    """(T,) highest value of the ``horizon`` sessions after each; NaN where one of them is missing or not there yet."""
    ahead = np.full((horizon, values.size), np.nan)
    for h in range(1, horizon + 1):
        ahead[h - 1, :-h] = values[h:]
    return np.asarray(np.max(ahead, axis=0))


def regimes(
    index: FloatArray,
    quantiles: tuple[float, float] = (0.85, 0.95),
    levels: tuple[float, float] | None = None,
    min_periods: int = 252,
) -> FloatArray:
    """(T,) 0 normal, 1 stressed, 2 crisis: an index against two quantiles of its own past, or two fixed levels.

    NaN where the index is, and until ``min_periods`` of its values are known (not needed for levels).

    Source: Singh & Sinha, section 3.1.4 (ranges of a combined index).
    """
    low, high = quantiles if levels is None else levels
    if not low < high:
        raise ParameterError(f"regimes: the two bounds must ascend, not {low:g} and {high:g}")
    if levels is None:
        below = [past_quantile(index, q, min_periods) for q in (low, high)]
    else:
        below = [np.full(index.size, level) for level in (low, high)]
    unknown = np.isnan(index) | np.isnan(below[0])
    return np.where(unknown, np.nan, (index > below[0]).astype(float) + (index > below[1]))
