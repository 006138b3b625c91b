"""Books side by side: differences of their figures, and intervals from resampling the same days of all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.rhythm_nb import WEEKDAYS
from simulator.core.types import BoolArray, FloatArray, IntArray

#: What is compared; each with whether more of it is better.
MEASURES: Final[dict[str, bool]] = {"sharpe": True, "cagr": True, "max_drawdown": True, "cost_bps_annual": False}
_FLAT: Final = 1e-15


@dataclass(frozen=True, eq=False)
class Books:
    """Daily histories of K books over the same T sessions.

    Attributes
    ----------
    names
        K names.
    returns
        (K, T) daily returns, net of costs.
    cost_bps
        (K, T) costs of each day, in basis points of nav.
    cash
        (T,) what cash earned each day, or (K, T) where books are observed on different days.
    years
        Calendar years from the first session to the last.
    per_year
        (K,) or one number: observations of each book a year, for annual figures.
    observed
        (K, T) the sessions that are observations of each book, or ``None`` for all. On the others nothing it ever held
        traded; ``returns`` and ``cash`` there are 0, and what was earned is in the next observation.
    """

    names: tuple[str, ...]
    returns: FloatArray
    cost_bps: FloatArray
    cash: FloatArray
    years: float
    per_year: FloatArray | float = WEEKDAYS
    observed: BoolArray | None = None

    def __post_init__(self) -> None:
        expected = (len(self.names), self.cash.shape[-1])
        for field in ("returns", "cost_bps"):
            if getattr(self, field).shape != expected:
                raise ParameterError(f"books: {field} must have shape {expected}, not {getattr(self, field).shape}")
        if self.sessions < 2 or not self.years > 0.0:
            raise ParameterError("books: at least two sessions are needed to compare them")

    @property
    def sessions(self) -> int:
        """T."""
        return int(self.cash.shape[-1])

    def figures(self) -> FloatArray:
        """(K, M) the figures of each book, in the order of :data:`MEASURES`."""
        return _figures(self)

    def take(self, rows: IntArray) -> Books:
        """The same books on these sessions, in this order, over as many years."""
        return replace(
            self,
            returns=self.returns.take(rows, axis=1),
            cost_bps=self.cost_bps.take(rows, axis=1),
            cash=self.cash.take(rows, axis=-1),
            observed=None if self.observed is None else self.observed.take(rows, axis=1),
        )


class Difference(NamedTuple):
    """A figure of one book minus that of another; NaN where undefined."""

    value: float
    low: float  # bounds that hold the stated share of resampled differences, as much left out on either side
    high: float
    better: float  # share of resamples in which it is the better one; ties count half


def resampled(books: Books, draws: int = 2000, block: int = 20, seed: int = 0) -> FloatArray:
    """(draws, K, M) figures of every book on histories drawn from its own, the same days for all books.

    Blocks of consecutive days have lengths that vary around ``block`` (stationary bootstrap), so that what
    clusters in time stays together. Falls longer than a block break apart: drawdowns are those of redrawn histories.

    Source: Politis & Romano (1994), The Stationary Bootstrap; drawn by arch.
    """
    from arch.bootstrap import StationaryBootstrap

    sessions = books.sessions
    if draws < 1 or block < 1:
        raise ParameterError(f"bootstrap: {draws} draws of blocks of {block} sessions are impossible")
    rng = np.random.default_rng(seed)
    drawn = StationaryBootstrap(min(block, sessions), np.arange(sessions), seed=rng).bootstrap(draws)
    out = np.empty((draws, len(books.names), len(MEASURES)))
    for number, (rows, _) in enumerate(drawn):
        out[number] = _figures(books.take(rows[0]))
    return out


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
    for m, (name, more_is_better) in enumerate(MEASURES.items()):
        gaps = drawn[:, own, m] - drawn[:, rival, m]
        value = float(plain[own, m] - plain[rival, m])
        out[name] = _interval(value, gaps[~np.isnan(gaps)], level, 1.0 if more_is_better else -1.0)
    return out


def _interval(value: float, gaps: FloatArray, level: float, sign: float) -> Difference:
    if gaps.size == 0:
        return Difference(value, np.nan, np.nan, np.nan)
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(gaps, [tail, 1.0 - tail])
    better = float((sign * gaps > 0.0).mean() + 0.5 * (gaps == 0.0).mean())
    return Difference(value, float(low), float(high), better)


def _figures(books: Books) -> FloatArray:
    mean, spread = _excess(books)
    level = np.cumprod(1.0 + books.returns, axis=1)
    growth = level[:, -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        sharpe = np.where(spread < _FLAT, np.nan, mean / spread * np.sqrt(books.per_year))
        cagr = np.where(growth > 0.0, growth ** (1.0 / books.years) - 1.0, np.nan)
    fall = (level / np.maximum(np.maximum.accumulate(level, axis=1), 1.0)).min(axis=1) - 1.0
    return np.column_stack([sharpe, cagr, fall, books.cost_bps.sum(axis=1) / books.years])


def _excess(books: Books) -> tuple[FloatArray, FloatArray]:
    """(K,) mean and standard deviation (ddof 1) of each book's excess returns, over its own observations."""
    excess = books.returns - books.cash
    if books.observed is None:
        return excess.mean(axis=1), excess.std(axis=1, ddof=1)
    seen = books.observed
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = excess.sum(axis=1, where=seen) / seen.sum(axis=1)
        squares = np.square(excess - mean[:, None]).sum(axis=1, where=seen)
        return mean, np.sqrt(squares / (seen.sum(axis=1) - 1))
