"""Tables from files, checked column by column: what is wrong is said with file, column and row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from simulator.core.errors import DataError, nearest

_AS_TEXT: Final[Mapping[str, Any]] = {"dtype": str, "keep_default_na": False}


def read_table(path: Path, **csv: Any) -> pd.DataFrame:
    """A table from CSV (read with these options of pandas) or Parquet.

    Raises
    ------
    DataError
        Where it cannot be read as one, in a line.
    """
    try:
        return pd.read_parquet(path) if path.name.lower().endswith(".parquet") else pd.read_csv(path, **csv)
    except Exception as error:  # noqa: BLE001 - whatever a reader of tables raises is said in one line
        words = str(error).strip().splitlines() or [type(error).__name__]
        raise DataError(f"{path}: cannot be read as a table ({words[0]})") from None


def loaded(path: Path) -> pd.DataFrame:
    """A table, as text where it is CSV, with the names of its columns in lower case.

    Raises
    ------
    DataError
        Where there is no such file, it is no table or has no row.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    table = read_table(path, sep=_separator(path), **_AS_TEXT)
    if table.empty:
        raise DataError(f"{path}: has no row")
    return table.set_axis([str(name).strip().lower() for name in table.columns], axis=1).reset_index(drop=True)


def _separator(path: Path) -> str:
    """What parts the names of the columns: a comma unless the first line has none, and semicolons or tabs instead."""
    if path.name.lower().endswith(".gz"):
        return ","
    with path.open(encoding="utf-8", errors="replace") as file:
        heading = file.readline()
    return next((sign for sign in (",", ";", "\t") if sign in heading), ",")


def has_columns(path: str, table: pd.DataFrame, needed: Sequence[str]) -> None:
    """Refuse a table that lacks a column."""
    spelt = list(table.columns)
    for name in needed:
        if name not in spelt:
            raise DataError(f"{path}: has no column {name}{nearest(name, spelt)}")


def line_of(wrong: Any) -> int:
    """The line of the first wrong row, counted as an editor does: the heading is the first."""
    return int(np.flatnonzero(np.asarray(wrong))[0]) + 2


def names_in(path: str, table: pd.DataFrame, column: str) -> pd.Series:
    """Texts, none of them empty."""
    names = table[column].astype(str).str.strip()
    empty = table[column].isna() | (names == "")
    if empty.any():
        raise DataError(f"{path}, column {column}, line {line_of(empty)}: is empty; name a bank")
    return names


def numbers_in(path: str, table: pd.DataFrame, column: str, least: float, *, above: bool = False) -> pd.Series:
    """Finite numbers, at least or above something."""
    values = pd.to_numeric(table[column], errors="coerce")
    low = values <= least if above else values < least
    wrong = ~np.isfinite(values) | low
    if wrong.any():
        line = line_of(wrong)
        must = f"a number {'above' if above else 'of at least'} {least:g}"
        raise DataError(f"{path}, column {column}, line {line}: {table[column][line - 2]!s} is not {must}")
    return values.astype(np.float64)


def stamps_in(path: str, table: pd.DataFrame, column: str, example: str) -> pd.Series:
    """Local dates or times, without a zone."""
    try:
        stamps = pd.to_datetime(table[column], errors="coerce", format="ISO8601")
        zoned = getattr(stamps.dtype, "tz", None) is not None
    except ValueError:  # stamps of several zones, or some without
        zoned = True
    if zoned:
        raise DataError(f"{path}, column {column}: has a time zone; write local times, {example}")
    wrong = stamps.isna()
    if wrong.any():
        line = line_of(wrong)
        raise DataError(
            f"{path}, column {column}, line {line}: {table[column][line - 2]!s} is no date; write {example}"
        )
    return stamps
