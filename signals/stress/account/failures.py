"""The worst failures of a forecast: what it did not see, and what it called for nothing."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from signals.stress.validation import Scored
from simulator.core.types import BoolArray, FloatArray, IntArray

#: Failures closer together than this are one.
APART: Final = 21
COUNT: Final = 5


def worst(scored: Scored, kind: Literal["miss", "false alarm"], count: int = COUNT, apart: int = APART) -> IntArray:
    """Rows of the worst failures in the order of time, each at least ``apart`` sessions from the others.

    A miss is a day of stress without a warning, worse the lower the probability; a false alarm a warning on a day that
    turned out calm, worse the higher.
    """
    chance = scored.probability[:, 1:].sum(axis=1)
    stressed, warned = scored.actual > 0.0, scored.status > 0.0
    if kind == "miss":
        return _spread(stressed & ~warned, chance, count, apart)
    return _spread(~stressed & warned, -chance, count, apart)


def _spread(there: BoolArray, size: FloatArray, count: int, apart: int) -> IntArray:
    """Rows with the smallest sizes, none near another."""
    chosen: list[int] = []
    rows = np.flatnonzero(there)
    for row in rows[np.argsort(size[rows], kind="stable")]:
        if all(abs(int(row) - other) >= apart for other in chosen):
            chosen.append(int(row))
        if len(chosen) == count:
            break
    return np.array(sorted(chosen), dtype=np.int64)
