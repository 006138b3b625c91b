"""Measures of several markets side by side: a column of each costs less than as many columns one by one.

A rolling statistic of one column waits for one division after the other, where those of several columns overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

import numpy as np

from simulator.core.types import FloatArray

from .workspace import Workspace

_R = TypeVar("_R")


class Abreast:
    """What :class:`~simulator.features.Workspace` has of a market as a whole, of P markets of the same T sessions.

    Every measure is (T, P). There is nothing else here: a feature that asks for more is no feature to compute so.
    """

    def __init__(self, each: Sequence[Workspace]) -> None:
        self.each = each
        self._memory: dict[str, Any] = {}

    def memo(self, key: str, compute: Callable[[], _R]) -> _R:
        """As that of a workspace."""
        if key not in self._memory:
            self._memory[key] = compute()
        result: _R = self._memory[key]
        return result

    def whole(self, key: str, compute: Callable[[Workspace], FloatArray]) -> FloatArray:
        """(T, P) a measure of each market, computed one by one."""
        return self.memo(key, lambda: np.column_stack([ws.whole(key, compute) for ws in self.each]))

    @cached_property
    def book(self) -> FloatArray:
        """(T, P) return of each equally weighted book."""
        return np.column_stack([ws.book for ws in self.each])

    @cached_property
    def book_log(self) -> FloatArray:
        """(T, P) logarithm of their values."""
        return np.column_stack([ws.book_log for ws in self.each])

    @cached_property
    def illiquidity(self) -> FloatArray:
        """(T, P) relative Amihud of the risky assets of each."""
        return np.column_stack([ws.illiquidity for ws in self.each])

    @cached_property
    def daily_spread(self) -> FloatArray:
        """(T, P) Corwin–Schultz spread of the risky assets of each."""
        return np.column_stack([ws.daily_spread for ws in self.each])

    def series(self, key: str) -> FloatArray:
        """(T, P) values of a series by role in each market, as known at each close."""
        return self.memo(f"series {key}", lambda: np.column_stack([ws.series(key) for ws in self.each]))


#: Where features that compute abreast find what they go by.
Measures: TypeAlias = Workspace | Abreast
