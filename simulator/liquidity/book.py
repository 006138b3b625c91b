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
    """

    values: FloatArray
    cash: FloatArray
    debt: FloatArray

    @property
    def nav(self) -> FloatArray:
        """(...) net assets, in currency."""
        return self.cash + self.values.sum(axis=-1) - self.debt

    def at(self, row: int | IntArray) -> Book:
        """The book of one session, or of several."""
        return Book(self.values[row], self.cash[row], self.debt[row])

    def without(self, cash: FloatArray, sold: FloatArray) -> Book:
        """The book once cash and positions have been taken from it; rounding leaves nothing below zero."""
        return Book(np.maximum(self.values - sold, 0.0), np.maximum(self.cash - cash, 0.0), self.debt)


def book_of(positions: FloatArray, cash: FloatArray) -> Book:
    """The book of signed positions (..., N) and signed cash (...), in currency."""
    net = cash + np.minimum(positions, 0.0).sum(axis=-1)
    return Book(np.maximum(positions, 0.0), np.maximum(net, 0.0), np.maximum(-net, 0.0))
