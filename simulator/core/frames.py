"""Checks that turn a user's frames into arrays, or say exactly which cell cannot be used."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from .age import age_limit, usual_wait
from .dates import local_dates
from .errors import DataError
from .names import CASH
from .types import BoolArray, DateArray, FloatArray


def check_shape(name: str, array: FloatArray, expected: tuple[int, ...]) -> None:
    """Raise unless ``array`` has the expected shape."""
    if array.shape != expected:
        raise DataError(f"{name}: shape {array.shape}, expected {expected} (sessions by assets)")


def check_depth(depth: FloatArray | None, sessions: DateArray, assets: tuple[str, ...]) -> None:
    """Raise at the first depth that is no finite number above zero. Of shape (T, N), as multiples of the volume."""
    if depth is None:
        return
    bad = ~(np.isfinite(depth) & (depth > 0.0))
    if bad.any():
        t, i = np.argwhere(bad)[0]
        raise DataError(
            f"depth: {assets[i]} on {sessions[t]} is {depth[t, i]:g}; it must be above 0: 1 where volume is as deep as "
            "it looks; a day on which nothing trades is halted"
        )


#: Above it, and below its inverse, no market quotes a price, and books could not be kept: figures have 16 digits.
MOST_PRICE: Final = 1e15
#: More shares than any session has seen, or a larger factor.
MOST_QUANTITY: Final = 1e24
BEYOND: Final = "is beyond what any market quotes"
#: Columns of one asset's bars, as most sources name them.
_BARS: Final = frozenset(("open", "high", "low", "close", "adjclose", "volume"))


def dated(name: str, frame: Any, zone: str | None = None) -> pd.DataFrame:
    """The frame with its index as local dates and its columns as names; raise if either cannot be told apart.

    Rows are sessions, columns assets or series.
    """
    if not isinstance(frame, pd.DataFrame):
        hint = "; make it one with .to_frame('NAME')" if isinstance(frame, pd.Series) else ""
        raise DataError(f"{name} must be a pandas DataFrame (sessions by assets), not {type(frame).__name__}{hint}")
    if frame.empty:
        raise DataError(f"{name} is empty: it needs at least one session and one asset")
    if isinstance(frame.columns, pd.MultiIndex):
        raise DataError(f"{name}: its columns have {frame.columns.nlevels} levels; give one level, an asset a column")
    check_columns(name, frame.columns)
    return frame.set_axis(local_dates(name, frame.index, zone), axis=0).set_axis(list(map(str, frame.columns)), axis=1)


def check_columns(where: str, columns: Iterable[Any]) -> None:
    """Raise if a column has no name, or two are told apart by nothing, or by case and blanks alone."""
    seen: dict[str, str] = {}
    for column in columns:
        name = str(column)
        if not name.strip() or pd.isna(column):
            raise DataError(f"{where}: a column has no name; name it")
        folded = name.strip().casefold()
        if seen.get(folded) == name:
            raise DataError(f"{where}: column {name!r} appears twice; keep one")
        if folded in seen:
            twins = f"{seen[folded]!r} and {name!r}"
            raise DataError(f"{where}: columns {twins} differ in case or blanks alone; keep one or rename it")
        seen[folded] = name


def check_assets(close: pd.DataFrame) -> None:
    """Raise if the columns are not assets: the cash of a book, or the fields of one asset's bars.

    ``close`` is (T, N), a column an asset.
    """
    if CASH in close.columns:
        raise DataError(f"close: {CASH} is the cash of every book and can be no asset; rename that column")
    bars = [name for name in close.columns if re.sub("[^a-z]", "", name.lower()) in _BARS]
    if len(bars) >= 3:
        raise DataError(
            f"close has the columns {', '.join(bars)}: the bars of one asset, not assets; give close, open, high, low "
            "and volume as frames of their own, an asset a column"
        )


def _aligned(name: str, frame: pd.DataFrame, close: pd.DataFrame) -> pd.DataFrame:
    """The frame with the columns of ``close``; raise if a row or a column differs.

    Both are (T, N), sessions by assets.
    """
    missing = [column for column in close.columns if column not in frame.columns]
    if missing:
        raise DataError(f"{name}: no column {missing[0]!r}, which close has")
    if not frame.index.equals(close.index):
        extra = frame.index.symmetric_difference(close.index)
        where = f"at {extra[0]}" if len(extra) else "in their order"
        raise DataError(f"{name}: its dates differ from those of close {where}")
    return frame[list(close.columns)]


def numbers(name: str, frame: pd.DataFrame, close: pd.DataFrame) -> FloatArray:
    """(T, N) floats; raise at the first cell that is no number or not finite (NaN is allowed)."""
    matched = _aligned(name, frame, close)
    for column in matched.columns:
        check_numeric(f"{name}: column {column!r}", matched[column])
    values = matched.to_numpy(np.float64, na_value=np.nan)
    _refuse(name, matched, np.isinf(values), "is infinite")
    return values


def check_numeric(where: str, column: pd.Series) -> None:
    """Raise unless the column holds real numbers: no text, no objects, no truth values."""
    kind = column.dtype
    if pd.api.types.is_float_dtype(kind) or pd.api.types.is_integer_dtype(kind):
        return
    what = "text" if pd.api.types.is_string_dtype(column) or kind.kind == "O" else str(kind)
    raise DataError(f"{where} holds {what}; it must hold numbers: convert it with pd.to_numeric")


def flags(name: str, frame: pd.DataFrame, close: pd.DataFrame) -> BoolArray:
    """(T, N) truth values; raise at the first cell that is neither true, false, 0 nor 1."""
    matched = _aligned(name, frame, close)
    unclear = ~matched.isin([True, False]).to_numpy()
    _refuse(name, matched, unclear, "is neither true nor false")
    return matched.to_numpy(bool)


def prices(name: str, frame: pd.DataFrame, close: pd.DataFrame) -> FloatArray:
    """(T, N) prices: positive where present, and not missing throughout."""
    values = numbers(name, frame, close)
    _refuse(name, frame[list(close.columns)], values <= 0.0, "is not positive")
    _refuse(name, frame[list(close.columns)], (values > MOST_PRICE) | (values < 1.0 / MOST_PRICE), BEYOND)
    empty = np.flatnonzero(np.isnan(values).all(axis=0))
    if empty.size:
        raise DataError(f"{name}: column {close.columns[empty[0]]!r} holds no price at all")
    return values


def quantities(name: str, frame: pd.DataFrame, close: pd.DataFrame) -> FloatArray:
    """(T, N) volumes, spreads or factors: never negative."""
    values = numbers(name, frame, close)
    _refuse(name, frame[list(close.columns)], values < 0.0, "is negative")
    _refuse(name, frame[list(close.columns)], values > MOST_QUANTITY, BEYOND)
    return values


def rate(
    given: float | pd.Series, close: pd.DataFrame, after: float | None = None, zone: str | None = None
) -> tuple[FloatArray, BoolArray | None]:
    """(T,) annual cash rate on each session, and where it is ``after``: a number, or a series.

    The last value of a series is carried up to its age limit; from there on the rate is ``after``, NaN without one.
    """
    if not isinstance(given, pd.Series):
        return np.full(len(close), float(given)), None
    check_numeric("cash_rate", given)
    known = given.set_axis(local_dates("cash_rate", given.index, zone)).dropna()
    carried = known.reindex(close.index, method="ffill")
    if carried.isna().any():
        raise DataError(f"cash_rate: none known on {carried.index[carried.isna()][0]:%Y-%m-%d}, the first session")
    days = pd.DatetimeIndex(known.index).values.astype("datetime64[D]")
    sessions = pd.DatetimeIndex(close.index).values.astype("datetime64[D]")
    age = sessions - days[np.searchsorted(days, sessions, side="right") - 1]
    ended = age > np.timedelta64(age_limit(usual_wait(days)), "D")
    return stated_rate(carried.to_numpy(np.float64), np.asarray(ended), after)


def stated_rate(rates: FloatArray, ended: BoolArray, after: float | None) -> tuple[FloatArray, BoolArray | None]:
    """Rates with ``after`` (NaN without one) where the source has ended, and where that is.

    Both are (T,), rates a year as fractions.
    """
    if not ended.any():
        return rates, None
    return np.where(ended, np.nan if after is None else after, rates), None if after is None else ended


def _refuse(name: str, frame: pd.DataFrame, bad: np.ndarray, why: str) -> None:
    if bad.any():
        row, column = np.argwhere(bad)[0]
        date, label = frame.index[row], frame.columns[column]
        raise DataError(f"{name}: {label} on {date:%Y-%m-%d} {why} ({frame.iloc[row, column]})")


def delistings(given: Mapping[str, Any], assets: tuple[str, ...], make: Callable[[Any, float], Any]) -> dict[str, Any]:
    """Delistings by asset, checked; ``make`` builds one from a date and a recovery."""
    checked = {}
    for name, stated in given.items():
        if name not in assets:
            raise DataError(f"delistings: no asset {name!r} in this market")
        date, recovery = stated
        if not 0.0 <= float(recovery) <= 1.0:
            raise DataError(f"delistings: {name}: recovery must lie in [0, 1], not {recovery}")
        try:
            checked[name] = make(np.datetime64(str(date)[:10], "D"), float(recovery))
        except ValueError:
            raise DataError(f"delistings: {name}: {date!r} is no date; write YYYY-MM-DD") from None
    return checked
