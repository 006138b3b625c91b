"""Which sessions a chart draws where all of them are more than a page should carry, and what stands between them."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from simulator.core.types import FloatArray, IntArray

#: The line between two sessions of what was known at a close: it holds until the next one, and jumps there.
HELD: Final = "hv"
#: Values of a chart, over all its lines and choices.
_MOST: Final = 80_000
#: Rows of a line: more than a screen has columns. A week of thirty years.
_ROWS: Final = 1_700
#: Binary digits of a value that a picture needs: it is off by a four-thousandth at most, and packs to half the bytes.
_DIGITS: Final = 12
_MONDAY: Final = 3  # days from a Monday to 1970-01-01


class Spacing(NamedTuple):
    """Rows that are drawn, and what they are in words."""

    rows: IntArray
    said: str


def spaced(index: pd.DatetimeIndex, lines: int, most: int = _MOST) -> Spacing:
    """The closest rows of ``index`` that so many lines may have.

    Those are every session, or the last of each week, of each month, or of each quarter.
    The first and the last session are always among them. Beyond a quarter nothing is left out.
    """
    everything = np.arange(index.size)
    rows_left = min(_ROWS, most // max(lines, 1))
    if index.size <= rows_left:
        return Spacing(everything, "every session")
    days = index.to_numpy().astype("datetime64[D]")
    months = days.astype("datetime64[M]").astype(np.int64)
    weeks = (days.astype(np.int64) + _MONDAY) // 7
    for keys, word in ((weeks, "week"), (months, "month"), (months // 3, "")):
        last = np.append(np.diff(keys) != 0, True)
        last[0] = True
        rows = np.flatnonzero(last)
        if rows.size <= rows_left or not word:
            break
    return Spacing(rows, f"the last session of each {word or 'quarter'}")


def changes(values: FloatArray) -> IntArray:
    """Rows of (T,) values that a line in steps needs: the first, each that differs from the one before, the last.

    NaN after NaN is no change.
    """
    moved = np.ones(values.size, dtype=bool)
    moved[1:-1] = (values[1:-1] != values[:-2]) & ~(np.isnan(values[1:-1]) & np.isnan(values[:-2]))
    return np.flatnonzero(moved)


def rounded(values: FloatArray) -> np.ndarray:
    """Values with the binary digits that a picture needs, as float32."""
    part, power = np.frexp(values.astype(np.float64))
    return np.ldexp(np.round(np.ldexp(part, _DIGITS)), power - _DIGITS).astype(np.float32)
