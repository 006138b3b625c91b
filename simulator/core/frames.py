"""Checks that turn a user's frames into arrays, or say exactly which cell cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from .errors import DataError
from .types import FloatArray


def check_shape(name: str, array: FloatArray, expected: tuple[int, ...]) -> None:
    """Raise unless ``array`` has the expected shape."""
    if array.shape != expected:
        raise DataError(f"{name}: shape {array.shape}, expected {expected} (sessions by assets)")


def check_close(close: Any) -> None:
    """Raise unless the frame that all others follow has an ascending, unique index of dates and named columns."""
    if not isinstance(close, pd.DataFrame):
        raise DataError(
            f"close must be a pandas DataFrame (sessions by assets) or a vectorbt.Data, not {type(close).__name__}"
        )
    if close.empty:
        raise DataError("close is empty: it needs at least one session and one asset")
    if not isinstance(close.index, pd.DatetimeIndex):
        raise DataError("close must be indexed by dates (a DatetimeIndex); convert with pd.to_datetime")
    check_dates("close", close.index)
    repeated = close.columns[close.columns.duplicated()]
    if len(repeated):
        raise DataError(f"close: column {repeated[0]!r} appears twice")


def check_dates(where: str, index: pd.DatetimeIndex) -> None:
    """Raise unless the dates are present, unique and ascending, one a day."""
    if index.hasnans:
        raise DataError(f"{where}: row {int(np.flatnonzero(index.isna())[0]) + 1} has no date")
    days = index.normalize()
    repeated = days[days.duplicated()]
    if len(repeated):
        raise DataError(f"{where}: date {repeated[0]:%Y-%m-%d} appears twice; keep one row a day")
    if not days.is_monotonic_increasing:
        first = days[1:][np.diff(days.asi8) < 0][0]
        raise DataError(f"{where}: dates go back at {first:%Y-%m-%d}; sort the rows by date")


def aligned(name: str, frame: pd.DataFrame, close: pd.DataFrame) -> pd.DataFrame:
    """The frame with the columns of ``close``; raise if a row or a column differs."""
    missing = [str(column) for column in close.columns if column not in frame.columns]
    if missing:
        raise DataError(f"{name}: no column {missing[0]!r}, which close has")
    if not frame.index.equals(close.index):
        extra = frame.index.symmetric_difference(close.index)
        where = f"at {extra[0]}" if len(extra) else "in their order"
        raise DataError(f"{name}: its dates differ from those of close {where}")
    return frame[list(close.columns)]


def numbers(name: str, frame: pd.DataFrame, close: pd.DataFrame) -> FloatArray:
    """(T, N) floats; raise at the first cell that is no number or not finite (NaN is allowed)."""
    matched = aligned(name, frame, close)
    for column in matched.columns:
        if not pd.api.types.is_numeric_dtype(matched[column]):
            raise DataError(f"{name}: column {column!r} holds text; it must hold numbers")
    values = matched.to_numpy(np.float64, na_value=np.nan)
    _refuse(name, matched, np.isinf(values), "is infinite")
    return values


def prices(name: str, frame: pd.DataFrame, close: pd.DataFrame) -> FloatArray:
    """(T, N) prices: positive where present, and not missing throughout."""
    values = numbers(name, frame, close)
    _refuse(name, frame[list(close.columns)], values <= 0.0, "is not positive")
    empty = np.flatnonzero(np.isnan(values).all(axis=0))
    if empty.size:
        raise DataError(f"{name}: column {close.columns[empty[0]]!r} holds no price at all")
    return values


def quantities(name: str, frame: pd.DataFrame, close: pd.DataFrame) -> FloatArray:
    """(T, N) volumes, spreads or factors: never negative."""
    values = numbers(name, frame, close)
    _refuse(name, frame[list(close.columns)], values < 0.0, "is negative")
    return values


def rate(given: float | pd.Series, close: pd.DataFrame) -> FloatArray:
    """(T,) annual cash rate on each session: a number, or a series whose last known value is carried."""
    if not isinstance(given, pd.Series):
        return np.full(len(close), float(given))
    known = given.sort_index().dropna().reindex(close.index, method="ffill")
    if known.isna().any():
        raise DataError(f"cash_rate: none known on {known.index[known.isna()][0]:%Y-%m-%d}, the first session")
    return known.to_numpy(np.float64)


def _refuse(name: str, frame: pd.DataFrame, bad: np.ndarray, why: str) -> None:
    if bad.any():
        row, column = np.argwhere(bad)[0]
        date, label = frame.index[row], frame.columns[column]
        raise DataError(f"{name}: {label} on {date:%Y-%m-%d} {why} ({frame.iloc[row, column]})")


def delistings(given: Mapping[str, Any], assets: tuple[str, ...], make: Callable[[Any, float], Any]) -> dict[str, Any]:
    """Delistings by asset, checked; ``make`` builds one from a date and a recovery."""
    checked = {}
    for name, one in given.items():
        if name not in assets:
            raise DataError(f"delistings: no asset {name!r} in this market")
        date, recovery = one
        if not 0.0 <= float(recovery) <= 1.0:
            raise DataError(f"delistings: {name}: recovery must lie in [0, 1], not {recovery}")
        try:
            checked[name] = make(np.datetime64(str(date)[:10], "D"), float(recovery))
        except ValueError:
            raise DataError(f"delistings: {name}: {date!r} is no date; write YYYY-MM-DD") from None
    return checked
