"""What counts as stress: rules with thresholds from the past alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from simulator.core.protocols import FeatureSource
from simulator.core.types import FloatArray
from simulator.features import (
    change,
    equal_weight_return,
    market_illiquidity,
    past_quantile,
    realised_volatility,
)

from .features import MAX_AGE_DAYS, market_spread

_FUNDING = ("TED", "TEDRATE", "CPFF")


class StressEvents(NamedTuple):
    """Days of stress by a rule, and the rule in words."""

    days: FloatArray  # (T,) 1 in stress, 0 not, NaN before the thresholds are known
    rule: str
    thresholds: dict[str, FloatArray]  # (T,) each, by what is compared with it


def stress_events(features: FeatureSource) -> StressEvents:
    """The liquidity rule where there are volumes, else the price rule; the text says which and why."""
    illiquidity = market_illiquidity(features.market)
    if illiquidity is None:
        return _price_rule(features)
    return _liquidity_rule(features, illiquidity)


def _liquidity_rule(features: FeatureSource, illiquidity: FloatArray) -> StressEvents:
    """Relative Amihud above its past 95% quantile, and a rise of spreads or of funding costs."""
    thresholds = {"illiquidity": past_quantile(illiquidity, 0.95)}
    impact = _above(illiquidity, thresholds["illiquidity"])
    legs, words = [], []
    spread = market_spread(features)
    if spread is not None:
        window = pd.Series(spread).rolling(60, min_periods=40)
        thresholds["spread"] = (window.mean() + window.std()).to_numpy()
        legs.append(_above(spread, thresholds["spread"]))
        words.append("the Corwin–Schultz spread (5-day mean) is more than a standard deviation above its 60-day mean")
    funding = next((name for name in _FUNDING if name in features.market.series), None)
    if funding is not None:
        rise = change(features.series(funding, MAX_AGE_DAYS).to_numpy(), 5)
        thresholds[funding] = past_quantile(rise, 0.90)
        legs.append(_above(rise, thresholds[funding]))
        words.append(f"the 5-day change of {funding} is above the 90% quantile of its past")
    rule = "relative Amihud (5 days over its trailing median, risky assets) is above the 95% quantile of its past"
    if not legs:
        return StressEvents(impact, rule, thresholds)
    second = np.fmax.reduce(legs)
    days = np.where(np.isnan(impact), np.nan, impact * np.nan_to_num(second))
    return StressEvents(days, f"{rule}, and {' or '.join(words)}", thresholds)


def _price_rule(features: FeatureSource) -> StressEvents:
    """Without volumes: volatility relative to its usual level above its past 95% quantile, in a falling market."""
    book = equal_weight_return(features.returns())
    recent = realised_volatility(book, 5)
    usual = pd.Series(recent).rolling(252, min_periods=126).median().shift(5).to_numpy()
    relative = recent / usual
    falling = change(np.log1p(np.nan_to_num(book)).cumsum(), 5) < 0.0
    threshold = past_quantile(relative, 0.95)
    days = _above(relative, threshold) * falling
    return StressEvents(
        days,
        "this market has no volumes, so stress is a price event: 5-day volatility over its trailing median is above "
        "the 95% quantile of its past while the 5-day return is negative",
        {"relative volatility": threshold},
    )


def _above(values: FloatArray, threshold: FloatArray) -> FloatArray:
    unknown = np.isnan(values) | np.isnan(threshold)
    return np.where(unknown, np.nan, (values > threshold).astype(float))
