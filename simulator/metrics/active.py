"""A book against an index on the same days: what it did that the index did not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.core.types import FloatArray

_FLAT = 1e-15


class Active(NamedTuple):
    """Figures of a book against an index; NaN where undefined.

    Attributes
    ----------
    tracking_error
        Annual standard deviation (ddof 1) of the differences between their daily returns, a fraction.
    information_ratio
        Mean of those differences over their standard deviation, annual.
    beta
        Slope of the book's returns above cash on the index's.
    correlation
        Of their returns above cash.

    Source: Grinold & Kahn (1999), Active Portfolio Management, chapters 2 and 5.
    """

    tracking_error: float
    information_ratio: float
    beta: float
    correlation: float


def active(returns: FloatArray, index: FloatArray, cash: FloatArray, per_year: float) -> Active:
    """(T,) daily returns of a book, an index and cash on the same observations, of which a year has ``per_year``."""
    if returns.size < 2:
        return Active(np.nan, np.nan, np.nan, np.nan)
    gap = returns - index
    spread = float(gap.std(ddof=1))
    own, its = returns - cash, index - cash
    own, its = own - own.mean(), its - its.mean()
    shared, moved, alone = float(own @ its), float(its @ its), float(own @ own)
    return Active(
        tracking_error=spread * float(np.sqrt(per_year)),
        information_ratio=float(gap.mean() / spread * np.sqrt(per_year)) if spread > _FLAT else np.nan,
        beta=shared / moved if moved > _FLAT**2 else np.nan,
        correlation=float(shared / np.sqrt(moved * alone)) if min(moved, alone) > _FLAT**2 else np.nan,
    )
