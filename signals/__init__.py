"""Signals: what tells a policy to act. Anything with ``name``, ``warmup`` and ``compute(features)`` is one."""

from .calendar import Calendar
from .hysteresis import hysteresis
from .stress import StressForecast
from .volatility import VolatilityTrigger

__all__ = ["Calendar", "StressForecast", "VolatilityTrigger", "hysteresis"]
