"""Signals: what tells a policy to act. Anything with ``name``, ``warmup`` and ``compute(features)`` is one."""

from .calendar import Calendar
from .hindsight_volatility import HindsightVolatility
from .hysteresis import hysteresis
from .past_volatility import PastVolatility
from .placebo import Shifted
from .stress import Foresight, PublishedStatus, StressForecast
from .threshold import Threshold
from .volatility import VolatilityTrigger

__all__ = [
    "Calendar",
    "Foresight",
    "HindsightVolatility",
    "PastVolatility",
    "PublishedStatus",
    "Shifted",
    "StressForecast",
    "Threshold",
    "VolatilityTrigger",
    "hysteresis",
]
