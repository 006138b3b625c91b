"""What a sheet holds: the bars of one asset, an asset a column, an asset and a day a row; and its columns by asset."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final, Literal

from simulator.core.errors import DataError

from . import names
from .sheets import Sheet
from .spelling import looks_dated

Kind = Literal["one asset", "wide", "long"]
#: Columns of one asset's bars.
_BARS: Final = frozenset(("Open", "High", "Low", "Close"))
_SIGNS: Final = ".:|/ _-"


class NoPricesError(DataError):
    """A table without dates: holdings, instruments or notes."""


@dataclass(frozen=True)
class Shaped:
    """A sheet whose columns are known.

    Attributes
    ----------
    kind, vendor
        How it is laid out, and who writes such files, ``""`` for anyone.
    date
        The place of the column of dates.
    ticker
        That of the tickers, of a long sheet.
    columns
        Asset and title of each column of numbers, by place; the asset is empty in a long sheet.
    first
        The first row below the header.
    """

    kind: Kind
    vendor: str
    date: int
    ticker: int | None
    columns: dict[int, tuple[str, str]]
    first: int


def shaped(sheet: Sheet) -> Shaped:
    """Find the header and say what each column is.

    Raises
    ------
    NoPricesError
        If there is no column of dates.
    DataError
        If the columns cannot be told apart, or no price is among them.
    """
    head = _header(sheet)
    above, head_names = _above(sheet, head), sheet.rows[head] if head >= 0 else []
    date = names.first_of(head_names, names.DATES) if head >= 0 else None
    date = _unnamed_date(sheet, head) if date is None else date
    if above is not None:
        return _of_two_levels(sheet, above, head, date)
    vendor = _vendor(head_names, date)
    ticker = names.first_of(head_names, names.TICKERS)
    ticker = _repeated_name(sheet, head, date) if ticker is None else ticker
    if ticker is not None:
        return _long(sheet, head, date, ticker, vendor)
    return _flat(sheet, head, date, vendor)


def _header(sheet: Sheet) -> int:
    """The row of names: the first with the name of a date column, else the last above the first date."""
    for number, row in enumerate(sheet.rows[:40]):
        place = names.first_of(row, names.DATES)
        if place is not None and (len(row) == 1 or not _is_note(row, place)):
            return number
    dated = next((number for number, row in enumerate(sheet.rows[:40]) if row and looks_dated(row[0])), None)
    if dated is None or dated == 0:
        if any(names.first_of(row, names.TICKERS) is not None for row in sheet.rows[:1]):
            raise NoPricesError(f"{sheet.where}: no column of dates: no prices")
        raise DataError(f"{sheet.where}: no 'Date' column; it begins: {', '.join(sheet.rows[0][:8])}")
    return dated - 1


def _is_note(row: list[str], place: int) -> bool:
    """Whether a row says what the dates of a table are, and is not its header: a date stands beside the name."""
    return any(looks_dated(cell) for spot, cell in enumerate(row) if spot != place)


def _unnamed_date(sheet: Sheet, head: int) -> int:
    row = sheet.rows[head]
    if sheet.rows[head + 1 : head + 2] and looks_dated(sheet.rows[head + 1][0]):
        return 0
    raise DataError(f"{sheet.where}: no 'Date' column; it has: {', '.join(row[:12])}")


def _above(sheet: Sheet, head: int) -> int | None:
    """The first row of a header of two or three rows, or ``None`` for a header of one."""
    if head < 1:
        return None
    row, over = sheet.rows[head], sheet.rows[head - 1]
    others = [cell for cell in row[1:] if cell]
    if not others:
        return head - 2 if head >= 2 else None
    named = [cell for cell in over[1:] if cell]
    if not named:
        return None
    repeated = len(set(others)) < len(others)
    fields = all(names.field(cell) for cell in named)
    return head - 1 if repeated or fields or all(map(names.bloomberg, named)) else None


def _of_two_levels(sheet: Sheet, above: int, head: int, date: int) -> Shaped:
    """Fields over tickers, or tickers over fields, as yfinance, Bloomberg's users and pandas write them."""
    width = max(len(row) for row in sheet.rows[above : head + 1])
    upper = _filled((sheet.rows[above] + [""] * width)[:width], date)
    lower = (sheet.rows[above + 1] + [""] * width)[:width]
    places = [place for place in range(width) if place != date and (upper[place] or lower[place])]
    fields_first = all(names.field(upper[place]) for place in places)
    if not fields_first and not all(names.field(lower[place]) for place in places):
        odd = next(lower[place] for place in places if not names.field(lower[place]))
        raise DataError(f"{sheet.where}: of its two header rows neither holds fields alone; {odd!r} is none")
    tickers, fields = (lower, upper) if fields_first else (upper, lower)
    columns = {place: (names.ticker(tickers[place]), _field(sheet, fields[place])) for place in places}
    _refuse_twice(sheet, columns)
    corner = {upper[date].lower(), lower[date].lower()}
    bloomberg = any(names.bloomberg(tickers[place]) for place in places)
    vendor = "yfinance" if corner == {"price", "ticker"} else "Bloomberg-like" if bloomberg else ""
    kind: Kind = "one asset" if len({asset for asset, _ in columns.values()}) == 1 else "wide"
    return Shaped(kind, vendor, date, None, columns, head + 1)


def _filled(cells: list[str], date: int) -> list[str]:
    """Merged cells carry their name over the blanks to their right."""
    carried, last = [], ""
    for place, cell in enumerate(cells):
        last = last if place == date else cell or last
        carried.append(cell if place == date else last)
    return carried


def _field(sheet: Sheet, name: str) -> str:
    found = names.field(name)
    if found is None:
        raise DataError(f"{sheet.where}: {name!r} is no field of prices")
    return found


def _refuse_twice(sheet: Sheet, columns: dict[int, tuple[str, str]]) -> None:
    for (asset, title), times in Counter(columns.values()).items():
        if times > 1:
            raise DataError(f"{sheet.where}: {title} of {asset or 'each asset'} appears {times} times; keep one")


def _vendor(head: list[str], date: int) -> str:
    if head[date].startswith("<"):
        return "Stooq"
    if names.key(head[date]) == "observationdate" or (head[date] == "DATE" and len(head) == 2):
        return "FRED"
    return "Bloomberg-like" if any(cell.upper().startswith("PX_") for cell in head) else ""


def _named(sheet: Sheet, head: int, date: int) -> dict[int, str]:
    """The columns beside the dates that have a name."""
    row = sheet.rows[head]
    named = {place: cell for place, cell in enumerate(row) if place != date and cell and not _row_numbers(cell)}
    for name, times in Counter(named.values()).items():
        if times > 1:
            raise DataError(f"{sheet.where}: column {name!r} appears twice; keep one")
    return named


def _row_numbers(name: str) -> bool:
    return name.lower().startswith("unnamed:") or name in ("#", "index", "level_0")


def _repeated_name(sheet: Sheet, head: int, date: int) -> int | None:
    """The place of a column ``Name`` that tells apart rows of the same day, if there is one."""
    place = names.first_of(sheet.rows[head], names.NAMES)
    days = [row[date] for row in sheet.rows[head + 1 :] if date < len(row)]
    return place if len(set(days)) < len(days) else None


def _long(sheet: Sheet, head: int, date: int, ticker: int, vendor: str) -> Shaped:
    row = sheet.rows[head]
    named = _named(sheet, head, date)
    by_name = names.titles(sheet.where, [cell for place, cell in named.items() if place != ticker])
    columns = {place: ("", by_name[cell]) for place, cell in named.items() if place != ticker}
    if not any(title == "Close" for _, title in columns.values()):
        only = [place for place, cell in named.items() if names.key(cell) in names.VALUES]
        if len(only) != 1 or names.first_of(row, names.FIELD_NAMES) is not None:
            raise DataError(f"{sheet.where}: a row an asset and day, but no column of closes; it has: {', '.join(row)}")
        columns[only[0]] = ("", "Close")
    return Shaped("long", vendor, date, ticker, columns, head + 1)


def _flat(sheet: Sheet, head: int, date: int, vendor: str) -> Shaped:
    named = _named(sheet, head, date)
    if not named:
        raise DataError(f"{sheet.where}: it holds dates and nothing beside them")
    by_name = names.titles(sheet.where, list(named.values())) if _has_fields(named) else {}
    if _is_one(by_name):
        asset = names.ticker(sheet.name, vendor == "Stooq")
        columns = {place: (asset, by_name[cell]) for place, cell in named.items()}
        return Shaped("one asset", vendor, date, None, columns, head + 1)
    if any(names.field(cell) == "Adj Close" for cell in named.values()):
        raise DataError(
            f"{sheet.where}: adjusted closes, but no column of closes; if prices carry dividends and splits, call it "
            "Close and state prices = 'adjusted'"
        )
    if len(named) > 1 and all(map(names.field, named.values())):
        raise DataError(f"{sheet.where}: no column of closes; it has: {', '.join(sheet.rows[head])}")
    columns = _paired(named) or {
        place: (names.ticker(cell), names.field(sheet.name) or "Close") for place, cell in named.items()
    }
    _refuse_twice(sheet, columns)
    return Shaped("wide", vendor, date, None, columns, head + 1)


def _has_fields(named: dict[int, str]) -> bool:
    return any(names.field(cell) or cell.endswith(".Close") for cell in named.values())


def _is_one(by_name: dict[str, str]) -> bool:
    """Whether columns are one asset's: closes, and where they go by a lesser name (Last, NAV) no column unknown."""
    titles = set(by_name.values())
    closes = [name for name, title in by_name.items() if title == "Close"]
    if not closes:
        return False
    usual = names.key(closes[0]).endswith("close") or bool(titles & _BARS - {"Close"})
    return usual or all(map(names.field, by_name))


def _paired(named: dict[int, str]) -> dict[int, tuple[str, str]]:
    """Columns that hold asset and field in one name, as ``SPY.Close`` or ``close_SPY``; empty if they do not."""
    for sign in _SIGNS:
        for last in (True, False):
            found = {}
            for place, name in named.items():
                left, cut, right = name.rpartition(sign) if last else name.partition(sign)
                asset, field = (left, right) if last else (right, left)
                title = names.field(field) if cut and asset else None
                if title is None or (title == "Splits" and re.fullmatch("stock", asset, re.IGNORECASE)):
                    break
                found[place] = (asset, title)
            if len(found) == len(named) and any(title == "Close" for _, title in found.values()):
                return found
    return {}
