"""Sums over the assets of a row, one asset after the other, which leave out what is not known."""

from __future__ import annotations

import numpy as np

from simulator.core.jit import kernel
from simulator.core.types import FloatArray, IntArray


@kernel
def row_totals_nb(values: FloatArray, totals: FloatArray, counts: IntArray) -> None:
    """(R,) sums of the known (R, N) values, 0 where there is none, and how many they are; NaN is unknown."""
    for r in range(values.shape[0]):
        total, count = 0.0, 0
        for i in range(values.shape[1]):
            value = values[r, i]
            known = not np.isnan(value)
            count += known
            total = (total if i else -0.0) + (value if known else 0.0)
        totals[r], counts[r] = total, count


@kernel
def row_squares_nb(values: FloatArray, means: FloatArray, totals: FloatArray) -> None:
    """(R,) sums of squared distances of the known (R, N) values from (R,) means; NaN is unknown."""
    for r in range(values.shape[0]):
        total = 0.0
        for i in range(values.shape[1]):
            away = means[r] - values[r, i]
            total += 0.0 if np.isnan(away) else away * away
        totals[r] = total
