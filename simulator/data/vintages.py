"""Vintages of a series from a CSV file, in the layouts in which ALFRED gives them.

``period_start_date,NAME,realtime_start_date,realtime_end_date`` ("observations by real-time period", "initial release
only"; the interface of FRED writes ``date,value,realtime_start,realtime_end``), or
``observation_date,NAME_20200108,NAME_20200115,...`` ("observations by vintage date": all, or new and revised ones
only).

Source: https://alfred.stlouisfed.org/help/downloaddata
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from simulator.core.errors import DataError
from simulator.core.release import KNOWN_RULES
from simulator.core.revisions import Vintages
from simulator.core.types import FloatArray

_DATE: Final = ("date", "observation_date", "period_start_date", "reference_date")
_KNOWN: Final = ("realtime_start_date", "realtime_start", "known_at", "known_from", "vintage_date")
_OTHER: Final = ("realtime_end_date", "realtime_end")
_MISSING: Final = frozenset(("", ".", "na", "n/a", "#n/a", "nan"))
_VINTAGE = re.compile(r"(.*?)_(\d{4})-?(\d{2})-?(\d{2})")
_SAY: Final = (
    "write date, value and the date from which it was known (realtime_start_date), or one column a vintage "
    "(NAME_YYYYMMDD), as ALFRED does"
)


def read_vintages(path: Path, of: str = "") -> Vintages:
    """Read every value of a series with the date from which it was known.

    Parameters
    ----------
    path
        The file.
    of
        Whose vintages are wanted: those of another well-known series are refused.

    Raises
    ------
    DataError
        If the file cannot be read as one of ALFRED's layouts, naming the line or the column.
    """
    table = _cells(path)
    if table.empty:
        raise DataError(f"{path}: it holds a header but no rows")
    names = {str(column).strip().lower(): column for column in table.columns}
    date = next((names[name] for name in _DATE if name in names), None)
    if date is None:
        raise DataError(f"{path}: no column of reference dates; {_SAY}")
    known = next((names[name] for name in _KNOWN if name in names), None)
    long, name = _by_period(table, date, known, path) if known is not None else _by_vintage(table, date, path)
    if name != of and name in KNOWN_RULES and of in KNOWN_RULES:
        raise DataError(f"{path}: these are the vintages of {name}, not of {of}")
    try:
        return Vintages(*(long[column].to_numpy() for column in ("date", "known_at", "value")))
    except DataError as error:
        raise DataError(f"{path}: {error}") from None


def _by_period(table: pd.DataFrame, date: str, known: str, path: Path) -> tuple[pd.DataFrame, str]:
    """Date, value and when it was known, a row each, and the name of the series in the file."""
    values = [
        column for column in table.columns if column not in (date, known) and str(column).strip().lower() not in _OTHER
    ]
    if len(values) != 1:
        raise DataError(f"{path}: one column of values is needed beside {date} and {known}, not {len(values)}; {_SAY}")
    days, since = _days(table[date], path), _days(table[known], path)
    long = pd.DataFrame({"date": days, "known_at": since, "value": _numbers(table, values[0], path)})
    return long, str(values[0]).strip()


def _by_vintage(table: pd.DataFrame, date: str, path: Path) -> tuple[pd.DataFrame, str]:
    """One row for each value that a vintage changed; a value that a vintage leaves empty or repeats stands."""
    stamped = {column: _VINTAGE.fullmatch(str(column).strip()) for column in table.columns if column != date}
    wrong = [column for column, match in stamped.items() if match is None]
    if wrong or not stamped:
        raise DataError(f"{path}: column {wrong[0] if wrong else date!r} is no vintage; {_SAY}")
    names = list(dict.fromkeys(match[1] for match in stamped.values() if match))
    if len(names) > 1:
        raise DataError(f"{path}: its vintages are of several series ({', '.join(names)}); write one file a series")
    days = _days(table[date], path)
    since = {column: np.datetime64("-".join(match.groups()[1:]), "D") for column, match in stamped.items() if match}
    order = sorted(since, key=lambda column: since[column])
    wide = pd.DataFrame({since[column]: _numbers(table, column, path) for column in order}, days)
    stood = wide.ffill(axis=1).shift(axis=1)
    changed = wide.where(wide.ne(stood))
    row, vintage = np.nonzero(changed.notna().to_numpy())
    known = np.array([since[column] for column in order])[vintage]
    long = pd.DataFrame({"date": days[row], "known_at": known, "value": changed.to_numpy()[row, vintage]})
    return long, names[0]


def _cells(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{path}: not comma-separated UTF-8 text ({error}); {_SAY}") from None


def _numbers(table: pd.DataFrame, column: str, path: Path) -> FloatArray:
    """(R,) a column as numbers; NaN where a cell is empty or says that there is none."""
    text = table[column].fillna("").str.strip()
    missing = text.str.lower().isin(_MISSING)
    values = pd.to_numeric(text.mask(missing), errors="coerce").to_numpy(np.float64)
    bad = np.flatnonzero(~np.isfinite(values) & ~missing.to_numpy())
    if bad.size:
        raise DataError(f"{path}: line {bad[0] + 2}: column {column!r}: {text.iloc[bad[0]]!r} is no number")
    return values


def _days(cells: pd.Series, path: Path) -> pd.DatetimeIndex:
    days = pd.to_datetime(cells, errors="coerce", format="%Y-%m-%d")
    if days.isna().any():
        row = int(np.flatnonzero(days.isna())[0])
        raise DataError(f"{path}: line {row + 2}: {cells.iloc[row]!r} is no date; write YYYY-MM-DD")
    return pd.DatetimeIndex(days)
