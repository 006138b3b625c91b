"""Daily histories of several books over the same sessions, and the figures that compare them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.rhythm_nb import WEEKDAYS
from simulator.core.types import BoolArray, FloatArray, IntArray

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
        """T. How many sessions there are."""
        return int(self.cash.shape[-1])

    @cached_property
    def levels(self) -> FloatArray:
        """(K, T) what one unit of currency has become at each close."""
        levels: FloatArray = np.cumprod(1.0 + self.returns, axis=1, dtype=np.float64)
        return levels

    def take(self, rows: IntArray) -> Books:
        """The same books on these sessions, in this order, over as many years."""
        return replace(
            self,
            returns=self.returns.take(rows, axis=1),
            cost_bps=self.cost_bps.take(rows, axis=1),
            cash=self.cash.take(rows, axis=-1),
            observed=None if self.observed is None else self.observed.take(rows, axis=1),
        )


def sharpes(books: Books) -> FloatArray:
    """(K,) annual Sharpe ratios; NaN for a book that never moved against cash."""
    mean, spread = _excess(books)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(spread < _FLAT, np.nan, mean / spread * np.sqrt(books.per_year))


def growths(books: Books) -> FloatArray:
    """(K,) compound annual growth, a fraction; NaN for a book that lost everything."""
    growth = books.levels[:, -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(growth > 0.0, growth ** (1.0 / books.years) - 1.0, np.nan)


def falls(books: Books) -> FloatArray:
    """(K,) largest fall below the highest level so far, the start included; a fraction, zero or negative."""
    level = books.levels
    deepest: FloatArray = (level / np.maximum(np.maximum.accumulate(level, axis=1), 1.0)).min(axis=1) - 1.0
    return deepest


def costs(books: Books) -> FloatArray:
    """(K,) costs in basis points of nav a year."""
    paid: FloatArray = books.cost_bps.sum(axis=1) / books.years
    return paid


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
