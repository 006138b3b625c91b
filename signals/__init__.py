"""Signals: what tells a policy to act. Anything with ``name``, ``warmup`` and ``compute(features)`` is one.

The names below are imported on first use: a book that follows a calendar does not wait for scikit-learn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator._lazy import on_first_use

from .hysteresis import hysteresis  # at once: its module, of the same name, would take its place

if TYPE_CHECKING:
    from .adapters import FromVectorbt, from_vectorbt
    from .calendar import Calendar
    from .hindsight_volatility import HindsightVolatility
    from .past_volatility import PastVolatility
    from .placebo import Shifted
    from .stress.forecast import StressForecast
    from .stress.foresight import Foresight
    from .stress.status import PublishedStatus
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

__getattr__, __dir__ = on_first_use(
    __name__,
    {
        "Calendar": "calendar",
        "Foresight": "stress.foresight",
        "FromVectorbt": "adapters",
        "HindsightVolatility": "hindsight_volatility",
        "PastVolatility": "past_volatility",
        "PublishedStatus": "stress.status",
        "Shifted": "placebo",
        "StressForecast": "stress.forecast",
        "Threshold": "threshold",
        "VolatilityTrigger": "volatility",
        "from_vectorbt": "adapters",
    },
)
