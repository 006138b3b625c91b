"""Signals: what tells a policy to act. Anything with ``name``, ``warmup`` and ``compute(features)`` is one."""

from .adapters import FromVectorbt, from_vectorbt
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
    "FromVectorbt",
    "HindsightVolatility",
    "PastVolatility",
    "PublishedStatus",
    "Shifted",
    "StressForecast",
    "Threshold",
    "VolatilityTrigger",
    "from_vectorbt",
    "hysteresis",
]
