"""Figures as ``metrics.json`` holds them."""

from __future__ import annotations

import math

from signals.stress.validation import Interval


def difference(interval: Interval) -> dict[str, float | None]:
    """A paired difference and its interval; what is undefined is ``None``."""
    return {"difference": number(interval.value), "low": number(interval.low), "high": number(interval.high)}


def number(value: float) -> float | None:
    """A figure, or ``None`` where it is NaN or infinite: JSON has neither."""
    return value if math.isfinite(value) else None
