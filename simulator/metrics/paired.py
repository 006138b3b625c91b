"""Books side by side: differences of their figures, and intervals from resampling the same days of all of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.types import FloatArray

from .books import Books
from .redrawn import redrawn, times_drawn
from .registry import PAIRED

_ROUNDING = 1e-12  # of a mean square: a variance below it is rounding errors


class Difference(NamedTuple):
    """A figure of one book minus that of another; NaN where undefined.

    In the unit of the figure; ``better`` is a fraction of resamples.
    """

    value: float
    low: float  # bounds that hold the stated share of resampled differences, as much left out on either side
    high: float
    better: float  # share of resamples in which it is the better one; ties count half


def paired_figures(books: Books) -> FloatArray:
    """(K, M) the figures of each book, in the order of :data:`PAIRED`; NaN where undefined."""
    return np.column_stack([measure.paired(books) for measure in PAIRED.values() if measure.paired is not None])


def resampled(books: Books, draws: int = 2000, block: int = 20, seed: int = 0) -> FloatArray:
    """(draws, K, M) figures of every book on histories drawn from its own, the same days for all books.

    Blocks of consecutive days have lengths that vary around ``block`` (stationary bootstrap), so that what
    clusters in time stays together. Falls longer than a block break apart: drawdowns are those of redrawn histories.

    Source: Politis & Romano (1994), The Stationary Bootstrap (:func:`.redrawn.redrawn`).
    """
    histories = redrawn(books.sessions, draws, block, seed)
    return np.stack([paired_figures(books.take(rows)) for rows in histories])


def resampled_sharpes(books: Books, draws: int, block: int, seed: int) -> FloatArray:
    """(draws, K) annual Sharpe ratios on the histories of :func:`resampled`; NaN for a book that never moved there.

    From sums over how often each session is drawn, so that many books take little more time than one.
    """
    excess = books.returns - books.cash
    seen = np.ones(excess.shape) if books.observed is None else books.observed.astype(np.float64)
    sums = (seen, excess * seen, excess**2 * seen)
    drawn = np.empty((draws, len(books.names)))
    for number, often in enumerate(times_drawn(books.sessions, draws, block, seed)):
        n, total, squares = (rows @ often for rows in sums)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean, square = total / n, squares / n
            variance = square - mean**2
            still = ~(variance > _ROUNDING * square)
            drawn[number] = np.where(still, np.nan, mean / np.sqrt(np.where(still, 1.0, variance) * n / (n - 1.0)))
    found: FloatArray = drawn * np.sqrt(books.per_year)
    return found


def difference(
    plain: FloatArray, drawn: FloatArray, own: int, rival: int, level: float = 0.90
) -> dict[str, Difference]:
    """Book ``own`` minus book ``rival``, by measure.

    Parameters
    ----------
    plain
        (K, M) figures of the books themselves.
    drawn
        (draws, K, M) those of their resamples.
    level
        Share of resampled differences that an interval holds.

    Source: paired percentile intervals, Efron & Tibshirani (1993), chapter 13.
    """
    if not 0.0 < level < 1.0:
        raise ParameterError(f"bootstrap: the level of an interval must lie between 0 and 1, not {level}")
    out = {}
    for m, (name, measure) in enumerate(PAIRED.items()):
        gaps = drawn[:, own, m] - drawn[:, rival, m]
        value = float(plain[own, m] - plain[rival, m])
        out[name] = interval(value, gaps[~np.isnan(gaps)], level, float(measure.better))
    return out


def interval(value: float, gaps: FloatArray, level: float, sign: float = 1.0) -> Difference:
    """A difference with the percentile interval of its resamples.

    Parameters
    ----------
    value
        The difference itself.
    gaps
        (draws,) the same on redrawn histories; none makes an interval of NaN.
    level
        Share of them that the interval holds.
    sign
        1 where more is better, -1 where less is.
    """
    if gaps.size == 0:
        return Difference(value, np.nan, np.nan, np.nan)
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(gaps, [tail, 1.0 - tail])
    better = float((sign * gaps > 0.0).mean() + 0.5 * (gaps == 0.0).mean())
    return Difference(value, float(low), float(high), better)
