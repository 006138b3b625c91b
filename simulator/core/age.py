"""How long a published value holds."""

from __future__ import annotations

from typing import Final

import numpy as np

from .types import DateArray

#: A value holds for this many times the usual wait for the next one (95% of waits are no longer), and for three weeks
#: at least: a daily series for 21 days, a weekly one for 28, a monthly one for four months.
AGE_FACTOR: Final = 4
LEAST_AGE_DAYS: Final = 21


def usual_wait(published: DateArray) -> int:
    """Calendar days between two publications that 95% of waits do not exceed; 0 where there are not two."""
    waits = np.diff(np.unique(published.astype("datetime64[D]"))).astype(np.int64)
    return int(np.quantile(waits, 0.95, method="lower")) if waits.size else 0


def age_limit(wait_days: int) -> int:
    """Calendar days after its publication past which a value is missing, given the usual wait."""
    return max(LEAST_AGE_DAYS, AGE_FACTOR * wait_days)
