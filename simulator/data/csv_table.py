"""Reading one CSV file of dated numbers, with errors that name the file, the column and the line."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from simulator.core.dates import check_dates, checked_zone, refuse_late
from simulator.core.errors import DataError
from simulator.core.frames import check_columns

_MISSING: Final = frozenset(
    ("", ".", "-", "--", "na", "n/a", "n.a.", "#n/a", "nan", "<na>", "nd", "nat", "null", "none")
)
_DATE_NAMES: Final = ("date", "timestamp", "datetime", "observation_date")
_SEPARATORS: Final = (",", ";", "\t")
#: A date, and if there is one its time and its zone: 2020-01-02, 2020-01-02 00:00:00-05:00, 2020-01-02T00:00:00Z.
_STAMP: Final = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})(?:[ T](?P<time>\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?) ?(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
_UTC: Final = ("Z", "UTC", "+00:00", "+0000", "-00:00")


def read_table(path: Path, zone: str | None = None) -> pd.DataFrame:
    """The file as a frame of strings indexed by local date. A row is a session.

    Parameters
    ----------
    path
        Columns apart by commas (or semicolons, or tabs), the first line their names; the date column is ``Date``
        (also ``DATE``, ``timestamp``, ``observation_date``), or the first one where it has no name. The three header
        lines of yfinance are read.
    zone
        The exchange's time zone, in which dates with a time and a zone are read. By default they are read as
        written; see :func:`simulator.core.dates.local_dates`.

    Returns
    -------
    pandas.DataFrame
        Its ``attrs`` tell who wrote it: ``tickers`` where a header line names the ticker, ``zoned`` where dates have
        a zone, as yfinance does.

    Raises
    ------
    DataError
        If the file is missing, empty, not text, has no date column, columns that cannot be told apart, rows of
        other lengths, or a date that is missing, unreadable, repeated or out of order.
    """
    cells = _cells(path)
    tickers = _has_tickers(cells[0], cells[1])
    names, rows, lines = _one_header(path, *cells) if tickers else cells
    _check_names(path, names)
    position = _date_column(path, names)
    if not rows:
        raise DataError(f"{path}: it holds a header but no rows")
    rows = [_fitted(path, row, names, line) for row, line in zip(rows, lines, strict=True)]
    days = days_of(path, [row[position] for row in rows], lines, zone)
    frame = pd.DataFrame(rows, columns=names, index=days, dtype=str)
    frame = frame.drop(columns=names[position]).drop(columns="", errors="ignore")
    frame.attrs["zoned"] = is_zoned(rows[0][position])
    frame.attrs["tickers"] = tickers
    return frame


def is_zoned(stamp: str) -> bool:
    """Whether a date has the offset of a zone."""
    return bool(re.search(r"[+-]\d\d:?\d\d\s*$", stamp[10:]))


def _cells(path: Path) -> tuple[list[str], list[list[str]], list[int]]:
    """The header, the rows that are not blank, and the line each ends on."""
    text = text_of(path)
    header_line = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=header_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
    rows, lines = [], []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise DataError(f"{path}: line {reader.line_num}: not comma-separated text ({error})") from None
    return [name.strip() for name in rows[0]], rows[1:], lines[1:]


def text_of(path: Path) -> str:
    """What a text file holds; raise :class:`DataError` if it is missing, empty or no text."""
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{path}: UTF-16 text; save it as comma-separated UTF-8")
    if b"\0" in content or content.startswith(b"PK\x03\x04"):
        raise DataError(f"{path}: a binary file, not comma-separated text")
    try:
        text = content.decode("utf-8").lstrip("\ufeff")
    except UnicodeDecodeError:
        raise DataError(f"{path}: not UTF-8 text; save it as comma-separated UTF-8") from None
    if not text.strip():
        raise DataError(f"{path}: the file is empty")
    return text


def _has_tickers(names: list[str], rows: list[list[str]]) -> bool:
    """Whether the first two lines are fields and tickers, as ``yfinance.download(...).to_csv()`` writes them."""
    return bool(rows) and {names[0].lower(), rows[0][0].strip().lower()} == {"price", "ticker"}


def _one_header(
    path: Path, names: list[str], rows: list[list[str]], lines: list[int]
) -> tuple[list[str], list[list[str]], list[int]]:
    """The fields as header, instead of three lines: fields, tickers, and ``Date`` alone."""
    second = [cell.strip() for cell in rows[0]]
    fields, tickers = (names, second) if names[0].lower() == "price" else (second, names)
    held = sorted(set(tickers[1:]) - {""})
    if len(held) != 1:
        raise DataError(f"{path}: it holds several tickers ({', '.join(held)}); write one file a ticker")
    dates = len(rows) > 1 and not any(cell.strip() for cell in rows[1][1:])
    skipped = 2 if dates else 1
    return ["Date", *fields[1:]], rows[skipped:], lines[skipped:]


def _check_names(path: Path, names: list[str]) -> None:
    """Raise if columns cannot be told apart; blank names are those of columns that hold nothing of ours."""
    check_columns(str(path), [name for name in names if name])


def _date_column(path: Path, names: list[str]) -> int:
    folded = [name.lower() for name in names]
    found = next((folded.index(name) for name in _DATE_NAMES if name in folded), None)
    if found is not None:
        return found
    if names[0] == "" and len(names) > 1:  # an index without a name, as pandas writes it
        names[0] = "Date"
        return 0
    raise DataError(f"{path}: no 'Date' column; it has: {', '.join(names)}")


def _fitted(path: Path, row: list[str], names: list[str], line: int) -> list[str]:
    """A row of the header's length: empty cells at its end are no content, anything else is."""
    if len(row) == len(names):
        return row
    if len(row) > len(names) and not any(cell.strip() for cell in row[len(names) :]):
        return row[: len(names)]
    hint = "; are there commas within numbers, or a note below the table?"
    raise DataError(f"{path}: line {line} has {len(row)} cells, the header {len(names)}{hint}")


def days_of(path: Path, cells: list[str], lines: list[int], zone: str | None) -> pd.DatetimeIndex:
    """Local dates of cells, each on one of ``lines``; unique and ascending, or :class:`DataError` names the first.

    One of the days for each of the (n,) cells.
    """
    found = [_STAMP.fullmatch(cell.strip()) for cell in cells]
    parsed = pd.to_datetime(["" if cell is None else cell["day"] for cell in found], errors="coerce", format="%Y-%m-%d")
    if parsed.isna().any():
        row = int(np.flatnonzero(parsed.isna())[0])
        raise DataError(f"{path}: line {lines[row]}: {cells[row]!r} is no date; write YYYY-MM-DD{_serial(cells[row])}")
    days = pd.DatetimeIndex(parsed, name="date")
    if any(cell is not None and cell["time"] for cell in found):
        days = _local(path, cells, [cell for cell in found if cell is not None], zone)
    check_dates(str(path), days)
    return days


def _serial(cell: str) -> str:
    """What day a number is to Excel, of this century or the last; empty for what is none."""
    number = cell.strip().removesuffix(".0")
    if not (number.isdecimal() and 10_000 <= int(number) <= 73_050):
        return ""
    day = pd.Timestamp("1899-12-30") + pd.Timedelta(days=int(number))
    return f" (as Excel counts days it is {day:%Y-%m-%d}: format the column as a date, and save it again)"


def _local(path: Path, cells: list[str], found: list[re.Match[str]], zone: str | None) -> pd.DatetimeIndex:
    """Local dates of stamps: read in ``zone`` where they have one themselves, else as they are written."""
    zones = {cell["zone"] for cell in found}
    if zone is not None and None not in zones:
        instants = pd.to_datetime(pd.Series(cells).str.strip(), utc=True, format="ISO8601")
        wall = pd.DatetimeIndex(instants).tz_convert(checked_zone(zone)).tz_localize(None)
    else:
        wall = pd.DatetimeIndex(
            pd.to_datetime([f"{cell['day']} {cell['time'] or '00:00'}" for cell in found], format="mixed")
        )
        refuse_late(str(path), wall, in_utc=bool(zones & set(_UTC)) and zones <= {*_UTC, None})
    return pd.DatetimeIndex(wall.normalize(), name="date")


def numeric(table: pd.DataFrame, column: str, path: Path) -> pd.Series:
    """One column as floats, NaN where the cell is empty or says so. Of shape (rows,), in the unit of the file.

    Raises
    ------
    DataError
        Naming the first cell that holds anything else, or the column if the file has none of that name.
    """
    if column not in table.columns:
        raise DataError(f"{path}: no column {column!r}; it has: {', '.join(map(str, table.columns))}")
    text = table[column].fillna("").str.strip()
    missing = is_missing(text)
    values = pd.to_numeric(text.mask(missing), errors="coerce")
    bad = (values.isna() & ~missing) | np.isinf(values)
    if bad.any():
        day = table.index[bad][0]
        cell = text[day]
        raise DataError(f"{path}: column {column!r} on {day:%Y-%m-%d}: {cell!r} is no number{_hint(cell)}")
    return values.astype(float)


def is_missing(text: pd.Series) -> pd.Series:
    """Where cells are empty, or say that there is no value."""
    return text.str.strip().str.lower().isin(_MISSING)


def _hint(cell: str) -> str:
    """What to do about a cell that a person would read as a number."""
    if re.fullmatch(r"[-+]?\d{1,3}([, '\u00a0\u202f]\d{3})+(\.\d+)?", cell):
        return "; write it without thousands separators"
    if re.fullmatch(r"[-+]?[\d.]*,\d+", cell):
        return "; write a decimal point"
    return "; write the plain number" if re.search(r"\d", cell) else ""
