"""Any usual layout of prices, read as the plain one: by asset, a frame of text by local date."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd

from simulator.core.errors import DataError, ParameterError
from simulator.core.names import check_asset, few, printable
from simulator.data.csv_table import days_of, is_missing, is_zoned

from .names import ticker
from .shape import NoPricesError, Shaped, shaped
from .sheets import Sheet, files_of, sheets_of
from .spelling import Dates, Decimals, date_form, decimals, iso_dates, plain_number

#: Names that a sentence gives.
_NAMED: Final = 8

_FORMS: Final = {
    "one asset": "one file a ticker",
    "wide": "wide (an asset a column)",
    "long": "long (an asset and a day a row)",
}


class Spelling(NamedTuple):
    """What is stated of how files are written; ``None`` is found out.

    Attributes
    ----------
    zone
        The exchange's time zone, in which dates with a time and a zone are read.
    dates
        ``"day-first"`` or ``"month-first"``.
    decimal
        The decimal sign.
    """

    zone: str | None = None
    dates: Dates | None = None
    decimal: Decimals | None = None


class Refused(NamedTuple):
    """A file, or a sheet of one, that cannot be read, and why."""

    name: str
    why: str
    is_table: bool


@dataclass
class Layout:
    """What was found at a path.

    Attributes
    ----------
    path
        The file or the folder.
    tables
        By asset: text by local date, under the titles of the plain layout; ``attrs`` as
        :func:`simulator.data.csv_table.read_table` gives them.
    where
        The file of each asset, for messages.
    said
        How it is laid out and written, a sentence each.
    refused
        Files that cannot be read, or hold no prices (``is_table`` is False).
    """

    path: Path
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def read_layout(path: Path, assets: Collection[str] | None = None, spelling: Spelling | None = None) -> Layout:
    """Read a file or a folder of prices, whatever its layout.

    Parameters
    ----------
    path
        A CSV, text, Excel or Parquet file, or a folder of them: one asset a file (or sheet), an asset a column, an
        asset and a day a row, or a field a file.
    assets
        Where each has a file of its name, only those are read.
    spelling
        What is stated of how numbers and dates are written.

    Raises
    ------
    DataError
        If there is nothing to read. What is wrong with single files stands in ``refused``.
    """
    return read_files(path, _wanted(files_of(path), assets), spelling)


def read_files(path: Path, files: Iterable[Path], spelling: Spelling | None = None) -> Layout:
    """Read some files of ``path`` as one layout; see :func:`read_layout`."""
    layout, notes = Layout(path), _Notes()
    for file in files:
        try:
            sheets = sheets_of(file)
        except DataError as error:
            layout.refused.append(Refused(file.stem, str(error), True))
            continue
        for sheet in sheets:
            _add(layout, sheet, spelling or Spelling(), notes)
    layout.said += notes.sentences()
    return layout


def _wanted(files: list[Path], assets: Collection[str] | None) -> list[Path]:
    """The files of the assets, if each has one of its own; else all of them."""
    own = [file for file in files if assets is not None and _own_name(file) in assets]
    return own if assets and {_own_name(file) for file in own} >= set(assets) else files


def _own_name(file: Path) -> str:
    return file.stem


def _add(layout: Layout, sheet: Sheet, spelling: Spelling, notes: _Notes) -> None:
    try:
        form = shaped(sheet)
        tables = [*_allowed(layout, sheet, _tables(sheet, form, spelling, notes))]
        _refuse_twice(sheet, [asset for asset, _ in tables])
        for asset, table in tables:
            _refuse_again(layout, asset, table, sheet.where)
        for asset, table in tables:
            _join(layout, asset, table, sheet.where)
    except NoPricesError as error:
        layout.refused.append(Refused(sheet.name, str(error), False))
    except DataError as error:
        layout.refused.append(Refused(sheet.name, str(error), True))


def _join(layout: Layout, asset: str, table: pd.DataFrame, where: str) -> None:
    """Add the columns of an asset to those it has: a field a file."""
    _refuse_again(layout, asset, table, where)
    there = layout.tables.get(asset)
    if there is None:
        layout.tables[asset], layout.where[asset] = table, where
        return
    joined = pd.concat([there, table], axis=1).sort_index()
    joined.attrs = dict(there.attrs)
    layout.tables[asset] = joined


def _refuse_twice(sheet: Sheet, assets: list[str]) -> None:
    twice = next((asset for asset in assets if assets.count(asset) > 1), None)
    if twice is not None:
        raise DataError(f"{sheet.where}: several of its tickers stand for {twice} (its listings?); keep one of them")


def _refuse_again(layout: Layout, asset: str, table: pd.DataFrame, where: str) -> None:
    twice = [column for column in table.columns if asset in layout.tables and column in layout.tables[asset]]
    if twice:
        raise DataError(f"{where}: {twice[0]} of {asset} is in {layout.where[asset]} already; keep one of them")


def _allowed(
    layout: Layout, sheet: Sheet, tables: Iterable[tuple[str, pd.DataFrame]]
) -> Iterator[tuple[str, pd.DataFrame]]:
    """The tables whose assets a book can hold; others are refused by themselves."""
    for asset, table in tables:
        try:
            yield check_asset(asset), table
        except ParameterError as error:
            layout.refused.append(Refused(printable(asset), f"{sheet.where}: {error}", True))


def _tables(sheet: Sheet, form: Shaped, spelling: Spelling, notes: _Notes) -> Iterator[tuple[str, pd.DataFrame]]:
    rows, lines = sheet.rows[form.first :], sheet.lines[form.first :]
    if not rows:
        raise DataError(f"{sheet.where}: it holds a header but no rows")
    _check_lengths(sheet, form, rows, lines)
    sign = decimals(sheet.where, (row[place] for row in rows for place in form.columns), spelling.decimal)
    written, order = date_form(sheet.where, [row[form.date] for row in rows], spelling.dates)
    notes.add(sheet, form, sign, written, order)
    dates = iso_dates([row[form.date] for row in rows], written, order)
    if form.ticker is None:
        yield from _by_column(sheet, form, rows, dates, lines, sign, spelling, notes)
        return
    places: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        places.setdefault(row[form.ticker], []).append(number)
    for name, numbers in places.items():
        asset = ticker(name, form.vendor == "Stooq")
        part = [rows[number] for number in numbers]
        days = [dates[number] for number in numbers]
        where = [lines[number] for number in numbers]
        own = Shaped(form.kind, form.vendor, form.date, None, _of(asset, form), form.first)
        yield from _by_column(sheet, own, part, days, where, sign, spelling, notes)


def _of(asset: str, form: Shaped) -> dict[int, tuple[str, str]]:
    return {place: (asset, title) for place, (_, title) in form.columns.items()}


def _check_lengths(sheet: Sheet, form: Shaped, rows: list[list[str]], lines: list[int]) -> None:
    width = max(form.date, *form.columns, form.ticker or 0) + 1
    head = len(sheet.rows[form.first - 1])
    for row, line in zip(rows, lines, strict=True):
        if len(row) < width or any(row[max(head, width) :]):
            hint = "; are there commas within numbers, or a note below the table?"
            raise DataError(f"{sheet.where}: line {line} has {len(row)} cells, the header {head}{hint}")


def _by_column(
    sheet: Sheet,
    form: Shaped,
    rows: list[list[str]],
    dates: list[str],
    lines: list[int],
    sign: Decimals,
    spelling: Spelling,
    notes: _Notes,
) -> Iterator[tuple[str, pd.DataFrame]]:
    """The columns of each asset, with rows in which it has nothing left out."""
    if len(dates) > 1 and all(later < earlier for earlier, later in pairwise(dates)):
        rows, dates, lines = rows[::-1], dates[::-1], lines[::-1]
        notes.turned.append(sheet.name)
    days = days_of(Path(sheet.where), dates, lines, spelling.zone)
    by_asset: dict[str, dict[str, int]] = {}
    for place, (asset, title) in form.columns.items():
        by_asset.setdefault(asset, {})[title] = place
    for asset, columns in by_asset.items():
        cells = {title: [plain_number(row[place], sign) for row in rows] for title, place in columns.items()}
        table = pd.DataFrame(cells, index=days, dtype=str)
        held = ~pd.DataFrame({title: is_missing(table[title]) for title in columns}).all(axis=1)
        if not held.any():
            raise DataError(f"{sheet.where}: {asset} holds no number at all")
        table = table[held] if form.kind != "one asset" else table
        table.attrs["zoned"] = is_zoned(dates[0])
        table.attrs["tickers"] = form.vendor == "yfinance"
        yield asset, table


class _Notes:
    """How sheets are laid out and written, gathered over all of them."""

    def __init__(self) -> None:
        self.kinds: dict[str, list[str]] = {}
        self.turned: list[str] = []

    def add(self, sheet: Sheet, form: Shaped, sign: Decimals, written: str, order: Dates | None) -> None:
        """Take note of one sheet."""
        kind = _FORMS[form.kind]
        if form.kind == "wide" and {title for _, title in form.columns.values()} != {"Close"}:
            kind = "wide (an asset and a field a column)"
        parts = [sheet.form, kind, form.vendor and f"as {form.vendor} writes it"]
        parts.append({";": "semicolons", "\t": "tabs", "|": "strokes"}.get(sheet.separator, ""))
        parts.append("decimal commas" if sign == "," else "")
        parts.append({"compact": "dates as yyyymmdd", "words": "months in words"}.get(written, ""))
        parts.append(f"{order} dates" if order else "")
        self.kinds.setdefault(", ".join(filter(None, parts)), []).append(sheet.name)

    def sentences(self) -> list[str]:
        """One for each way of writing, and one for rows that were turned round."""
        said = [f"{kind}: {few(list(names), _NAMED)}" for kind, names in self.kinds.items()]
        turned = list(dict.fromkeys(self.turned))
        return [*said, *([f"newest day first, turned round: {few(turned, _NAMED)}"] if turned else [])]
