"""Signals: what tells a policy to act. Anything with ``name``, ``warmup`` and ``compute(features)`` is one."""

from .adapters import FromVectorbt, from_vectorbt
from .calendar import Calendar
from .hysteresis import hysteresis
from .stress import StressForecast
from .volatility import VolatilityTrigger

__all__ = ["Calendar", "FromVectorbt", "StressForecast", "VolatilityTrigger", "from_vectorbt", "hysteresis"]
