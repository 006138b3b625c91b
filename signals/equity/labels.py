"""Two ways to call a share liquid or illiquid over a window of stress, and how the window is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from simulator.core.types import BoolArray, FloatArray

from .bars import ShareBars

#: Sessions of a fall, and of an average.
MONTH: Final = 20
#: A fall in logs beyond this makes a share illiquid: Article 12(1)(c)(iii) of the LCR delegated act names 40%.
LARGEST_FALL: Final = 0.40


class Window(NamedTuple):
    """A stretch of days, both ends included."""

    name: str
    first: np.datetime64
    last: np.datetime64

    def __str__(self) -> str:
        return f"{self.name} ({self.first} to {self.last})"


def _window(name: str, first: str, last: str) -> Window:
    return Window(name, np.datetime64(first, "D"), np.datetime64(last, "D"))


#: The candidates of the paper's Table 2, but for its last, which is no stress, and one after its time.
CANDIDATES: Final = (
    _window("global financial crisis 1", "2008-09-01", "2008-11-30"),
    _window("global financial crisis 2", "2009-01-01", "2009-03-31"),
    _window("European debt crisis", "2011-03-01", "2011-11-30"),
    _window("pandemic", "2020-02-01", "2020-04-30"),
)


def falls(bars: ShareBars, window: Window) -> FloatArray:
    """(N,) the worst log return over 20 sessions that ends in the window.

    The paper's CMPD (section 5.1) is printed as a ratio of logarithms; what its text says, and its 40% means, is the
    logarithm of the ratio, which is taken here. NaN where fewer than 20 sessions go before all of the window.
    """
    logs = np.log(bars.prices)
    over = np.full_like(logs, np.nan)
    over[MONTH:] = logs[MONTH:] - logs[:-MONTH]
    inside = over[bars.rows(window.first, window.last)]
    worst: FloatArray = np.fmin.reduce(inside, axis=0)
    return worst


def amihud_peaks(bars: ShareBars, window: Window) -> FloatArray:
    """(N,) the largest 20-session mean, within the window, of absolute return over dollar volume (Amihud 2002).

    A session without volume is left out of its means; NaN where no mean is known.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        daily = np.abs(bars.returns) / np.where(bars.traded > 0.0, bars.traded, np.nan)
    inside = bars.rows(window.first, window.last)
    known = np.isfinite(daily)
    sums = np.cumsum(np.where(known, daily, 0.0), axis=0)
    counts = np.cumsum(known, axis=0)
    sums[MONTH:], counts[MONTH:] = sums[MONTH:] - sums[:-MONTH], counts[MONTH:] - counts[:-MONTH]
    with np.errstate(invalid="ignore"):
        means = np.where(counts > 0, sums / counts, np.nan)
    means[: MONTH - 1] = np.nan
    peaks: FloatArray = np.fmax.reduce(means[inside], axis=0)
    return peaks


def liquid_by_fall(worst: FloatArray) -> BoolArray:
    """(N,) whether a share fell by no more than 40% in logs over any 20 sessions of the window."""
    liquid: BoolArray = worst >= -LARGEST_FALL
    return liquid


def liquid_by_rank(peaks: FloatArray, share: float) -> BoolArray:
    """(N,) the ``share`` of shares with the lowest peaks, NaN being the highest: the measure has no threshold."""
    count = round(share * peaks.size)
    liquid = np.zeros(peaks.size, np.bool_)
    liquid[np.argsort(peaks, kind="stable")[:count]] = True
    return liquid


def mean_largest_fall(bars: ShareBars, window: Window) -> float:
    """The mean over shares of their largest fall over 20 sessions of a window, as a simple return (Table 2)."""
    return float(np.mean(np.expm1(falls(bars, window))))


def covered(bars: ShareBars, candidates: Sequence[Window], least: int) -> list[Window]:
    """Candidates that lie within the data, with at least so many sessions before them."""
    kept = []
    for window in candidates:
        rows = bars.rows(window.first, window.last)
        reaches = bars.sessions[-1] >= window.last - np.timedelta64(4, "D")
        if reaches and rows.start >= least and rows.stop - rows.start >= MONTH:
            kept.append(window)
    return kept
