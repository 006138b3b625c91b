"""Files as sheets of text: CSV and its like, the sheets of an Excel workbook, Parquet."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Final

import pandas as pd

from simulator.core.errors import DataError
from simulator.data.csv_table import text_of

_SEPARATORS: Final = ("\t", ";", "|", ",")
#: What spreadsheet programs call a sheet that nobody named.
_UNNAMED: Final = re.compile(r"(sheet|tabelle|feuil|hoja|foglio|blad|planilha)\s*\d*", re.IGNORECASE)

#: Texts that lie beside data and are none.
_NOTES: Final = re.compile(r"(read[-_ ]?me|licen[cs]e|copying|changelog)\b.*\.txt", re.IGNORECASE)


@dataclass(frozen=True)
class Sheet:
    """A table of text cells, with nothing understood yet.

    Attributes
    ----------
    where
        The file, and the sheet of a workbook, for messages.
    name
        Of the file without its suffix, or of the sheet.
    form
        ``"CSV"``, ``"Excel"`` or ``"Parquet"``.
    separator
        Between cells, of text files.
    rows, lines
        Rows that are not blank, and the line each is on, from 1.
    """

    where: str
    name: str
    form: str
    separator: str
    rows: list[list[str]]
    lines: list[int]


def sheets_of(path: Path) -> list[Sheet]:
    """The sheets of one file.

    Raises
    ------
    DataError
        If the file cannot be read, or is of no known kind.
    """
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise DataError(f"{path}: a file of no known kind; give one of {', '.join(sorted(SUFFIXES))}")
    return list(read(path))


def files_of(path: Path) -> list[Path]:
    """The data files of a folder, or of the folders within it where it has none itself; or the file itself.

    Raises
    ------
    DataError
        If there is no such file or folder, or it holds no data file.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise DataError(f"{path}: no such file or folder of prices")
    own = sorted(file for file in path.iterdir() if is_data(file, path))
    found = own or sorted(file for file in path.rglob("*") if is_data(file, path))
    if not found:
        raise DataError(f"{path}: it holds no data file ({', '.join(sorted(SUFFIXES))})")
    return found


def is_data(path: Path, folder: Path) -> bool:
    """Whether a file under ``folder`` may hold data: of a known kind, not hidden or in a hidden folder, no README."""
    hidden = any(part.startswith((".", "~$", "__MACOSX")) for part in path.relative_to(folder).parts)
    return path.is_file() and path.suffix.lower() in SUFFIXES and not hidden and not _NOTES.fullmatch(path.name)


def _text(path: Path) -> Iterator[Sheet]:
    text = text_of(path)
    separator = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
    rows, lines = [], []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append([cell.strip() for cell in row])
                lines.append(reader.line_num)
    except csv.Error as error:
        raise DataError(f"{path}: line {reader.line_num}: not a table of text ({error})") from None
    if not rows:
        raise DataError(f"{path}: every cell of it is empty")
    yield Sheet(str(path), path.stem, "CSV", separator, rows, lines)


def _separator(text: str) -> str:
    """What stands equally often in most lines; commas last, since they may be decimal."""
    lines = [line for line in text.splitlines()[:60] if line.strip()]
    for separator in _SEPARATORS:
        usual, times = Counter(line.count(separator) for line in lines).most_common(1)[0]
        if usual and times >= 0.6 * len(lines):
            return separator
    return ","


def _excel(path: Path) -> Iterator[Sheet]:
    try:
        import openpyxl
    except ImportError:
        raise DataError(f"{path}: Excel workbooks need openpyxl: pip install 'undertow[excel]'") from None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # noqa: BLE001 - whatever the library makes of a broken file
        raise DataError(f"{path}: not an Excel workbook that can be read ({type(error).__name__})") from None
    try:
        named = [(sheet.title, _numbered(sheet.iter_rows(values_only=True))) for sheet in book.worksheets]
    finally:
        book.close()
    filled = [(title, rows) for title, rows in named if rows]
    if not filled:
        raise DataError(f"{path}: the workbook is empty")
    for title, rows in filled:
        alone = len(filled) == 1 and _UNNAMED.fullmatch(title)
        yield _sheet(path, path.stem if alone else title, "Excel", rows, "" if alone else f", sheet {title!r}")


def _numbered(rows: Iterator[tuple[Any, ...]]) -> list[tuple[int, list[str]]]:
    found = [(number, [_cell_text(cell) for cell in row]) for number, row in enumerate(rows, start=1)]
    filled = [(number, row) for number, row in found if any(row)]
    width = max((place for _, row in filled for place, cell in enumerate(row, start=1) if cell), default=0)
    return [(number, (row + [""] * width)[:width]) for number, row in filled]


def _sheet(path: Path, name: str, form: str, rows: list[tuple[int, list[str]]], within: str = "") -> Sheet:
    return Sheet(f"{path}{within}", name, form, "", [row for _, row in rows], [number for number, _ in rows])


def _parquet(path: Path) -> Iterator[Sheet]:
    try:
        frame = pd.read_parquet(path)
    except Exception as error:  # noqa: BLE001 - whatever the library makes of a broken file
        raise DataError(f"{path}: not a Parquet file that can be read ({type(error).__name__})") from None
    if frame.shape[1] == 0:
        raise DataError(f"{path}: it holds no columns")
    levels = frame.columns.nlevels
    heads = [[str(name[level]) if levels > 1 else str(name) for name in frame.columns] for level in range(levels)]
    indexes = [] if _only_counts(frame.index) else _index_names(frame.index)
    columns: list[Any] = [*(frame.index.get_level_values(place) for place in range(len(indexes)))]
    columns += [frame.iloc[:, place] for place in range(frame.shape[1])]
    cells = [[_cell_text(cell) for cell in column.astype(object)] for column in columns]
    head = [[*(indexes if level == levels - 1 else [""] * len(indexes)), *heads[level]] for level in range(levels)]
    rows = [*head, *(list(row) for row in zip(*cells, strict=True))]
    yield _sheet(path, path.stem, "Parquet", list(enumerate(rows, start=1)))


def _only_counts(index: pd.Index) -> bool:
    return index.nlevels == 1 and index.name is None and pd.api.types.is_integer_dtype(index.dtype)


def _index_names(index: pd.Index) -> list[str]:
    """Names of what rows are indexed by: the date, and the ticker beside it where nobody named them."""
    kinds = [index.get_level_values(place) for place in range(index.nlevels)]
    return [
        str(level.name or ("Date" if isinstance(level, pd.DatetimeIndex) or len(kinds) == 1 else "Ticker"))
        for level in kinds
    ]


def _cell_text(cell: Any) -> str:
    """A typed cell as the text that reads back as the same value; empty where there is none."""
    if cell is None or cell is pd.NaT or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, datetime):
        return _stamp(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Real) and not isinstance(cell, Integral):
        return repr(float(cell))
    return str(cell).strip()


def _stamp(stamp: datetime) -> str:
    if stamp.tzinfo is None and stamp.time() == datetime.min.time():
        return stamp.date().isoformat()
    return stamp.replace(microsecond=0).isoformat(" ")


_READERS: Final[dict[str, Callable[[Path], Iterator[Sheet]]]] = {
    **dict.fromkeys((".csv", ".txt", ".tsv"), _text),
    **dict.fromkeys((".xlsx", ".xlsm"), _excel),
    **dict.fromkeys((".parquet", ".pq"), _parquet),
}
SUFFIXES: Final = frozenset(_READERS)
