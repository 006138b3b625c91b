"""Reading one CSV file of dated numbers, with errors that name the file, the column and the line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from simulator.core.errors import DataError
from simulator.core.frames import check_dates

_MISSING = {"", ".", "na", "n/a", "nan", "null", "none"}
_DATE_NAMES = ("date", "timestamp")


def read_table(path: Path) -> pd.DataFrame:
    """The file as a frame of strings indexed by date.

    Raises
    ------
    DataError
        If the file is missing, empty, not text, has no date column, or a date is missing, unreadable, repeated or
        out of order.
    """
    raw = _raw(path)
    names = {str(column).strip().lower(): column for column in raw.columns}
    date = next((names[name] for name in _DATE_NAMES if name in names), None)
    if date is None:
        raise DataError(f"{path}: no 'Date' column; it has: {', '.join(map(str, raw.columns))}")
    if raw.empty:
        raise DataError(f"{path}: it holds a header but no rows")
    days = pd.to_datetime(raw[date], errors="coerce", format="%Y-%m-%d")
    if days.isna().any():
        row = int(np.flatnonzero(days.isna())[0])
        raise DataError(f"{path}: line {row + 2}: {raw[date].iloc[row]!r} is no date; write YYYY-MM-DD")
    index = pd.DatetimeIndex(days, name="date")
    check_dates(str(path), index)
    return raw.drop(columns=date).set_axis(index)


def _raw(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    content = path.read_bytes()
    if not content.strip():
        raise DataError(f"{path}: the file is empty")
    if b"\0" in content:
        raise DataError(f"{path}: a binary file, not comma-separated text")
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"{path}: not UTF-8 text; save it as comma-separated UTF-8") from None
    except pd.errors.ParserError as error:
        raise DataError(f"{path}: not comma-separated text ({error})") from None


def numeric(table: pd.DataFrame, column: str, path: Path) -> pd.Series:
    """One column as floats, NaN where the cell is empty or says so.

    Raises
    ------
    DataError
        Naming the first cell that holds anything else, or the column if the file has none of that name.
    """
    if column not in table.columns:
        raise DataError(f"{path}: no column {column!r}; it has: {', '.join(map(str, table.columns))}")
    text = table[column].fillna("").str.strip()
    missing = text.str.lower().isin(_MISSING)
    values = pd.to_numeric(text.mask(missing), errors="coerce")
    bad = (values.isna() & ~missing) | np.isinf(values)
    if bad.any():
        day = table.index[bad][0]
        raise DataError(f"{path}: column {column!r} on {day:%Y-%m-%d}: {text[day]!r} is no number")
    return values.astype(float)
