"""A fund's book as its liquidity is measured: what is long, cash, and what has to be paid back first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.core.types import FloatArray, IntArray


class Book(NamedTuple):
    """Positions and cash; every axis before the last is more books.

    Attributes
    ----------
    values
        (..., N) long positions, in currency.
    cash
        (...) cash, in currency, zero or more.
    debt
        (...) what short positions are worth and an overdraft is: paid from cash, then from sales, before anything else.
    settled
        (D, ...) cash that will have settled within 0, 1, ... D - 1 sessions; ``None`` where all of it has.
    """

    values: FloatArray
    cash: FloatArray
    debt: FloatArray
    settled: FloatArray | None = None

    @property
    def nav(self) -> FloatArray:
        """(...) net assets, in currency."""
        return self.cash + self.values.sum(axis=-1) - self.debt

    def at(self, row: int | IntArray) -> Book:
        """The book of one session, or of several."""
        settled = None if self.settled is None else self.settled[:, row]
        return Book(self.values[row], self.cash[row], self.debt[row], settled)

    def cash_within(self, days: float) -> FloatArray:
        """(...) cash that will have settled within some sessions; part of one counts for nothing."""
        if self.settled is None or days >= len(self.settled):
            return self.cash
        return self.settled[int(days)]

    def without(self, cash: FloatArray, sold: FloatArray) -> Book:
        """The book once cash and positions have been taken from it; rounding leaves nothing below zero.

        In currency; ``cash`` is (...), ``sold`` (..., N).
        """
        settled = None if self.settled is None else np.maximum(self.settled - cash, 0.0)
        return Book(np.maximum(self.values - sold, 0.0), np.maximum(self.cash - cash, 0.0), self.debt, settled)

    def repaid(self, debt: FloatArray) -> Book:
        """The book once some of its debt has been paid back."""
        return self._replace(debt=np.maximum(self.debt - debt, 0.0))


def book_of(positions: FloatArray, cash: FloatArray, settled: FloatArray | None = None) -> Book:
    """The book of signed positions (..., N), signed cash (...) and what of it has settled, in currency."""
    shorts = np.minimum(positions, 0.0).sum(axis=-1)
    net = cash + shorts
    there = None if settled is None else np.clip(settled + shorts, 0.0, np.maximum(net, 0.0))
    return Book(np.maximum(positions, 0.0), np.maximum(net, 0.0), np.maximum(-net, 0.0), there)
