"""Measures of several markets side by side: a column of each costs less than as many columns one by one.

A rolling statistic of one column waits for one division after the other, where those of several columns overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from simulator.core.types import FloatArray

from .workspace import Memory, Workspace


class Abreast(Memory):
    """What :class:`~simulator.features.Workspace` has of a market as a whole, of P markets of the same T sessions.

    Every measure is (T, P), NaN where it is not known. There is nothing else here: a feature that asks for more is no
    feature to compute so.
    """

    def __init__(self, each: Sequence[Workspace]) -> None:
        super().__init__()
        self.each = each

    def whole(self, key: str, compute: Callable[[Workspace], FloatArray]) -> FloatArray:
        """(T, P) a measure of each market, computed one by one."""
        return self._beside(key, lambda ws: ws.whole(key, compute))

    @property
    def book(self) -> FloatArray:
        """(T, P) return of each equally weighted book."""
        return self._beside("book", lambda ws: ws.book)

    @property
    def book_log(self) -> FloatArray:
        """(T, P) logarithm of their values."""
        return self._beside("book_log", lambda ws: ws.book_log)

    @property
    def illiquidity(self) -> FloatArray:
        """(T, P) relative Amihud of the risky assets of each."""
        return self._beside("illiquidity", lambda ws: ws.illiquidity)

    @property
    def daily_spread(self) -> FloatArray:
        """(T, P) Corwin–Schultz spread of the risky assets of each."""
        return self._beside("daily_spread", lambda ws: ws.daily_spread)

    def series(self, key: str) -> FloatArray:
        """(T, P) values of a series by role in each market, as known at each close."""
        return self._beside(f"series {key}", lambda ws: ws.series(key))

    def _beside(self, key: str, measure: Callable[[Workspace], FloatArray]) -> FloatArray:
        return self.memo(f"beside {key}", lambda: np.column_stack([measure(ws) for ws in self.each]))


#: Where features that compute abreast find what they go by.
Measures: TypeAlias = Workspace | Abreast
