"""In what currency a new book is, what its prices are quoted in, and the files of rates between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from scenarios.data.pull.record import read_record
from scenarios.instruments import read_instruments
from simulator.core.errors import DataError, ParameterError, ScenarioError
from simulator.core.instruments import check_currency
from simulator.core.names import CASH
from simulator.data.currencies import HUNDREDTHS, Rates, read_rates, unit_of

from .holdings import Holdings

#: The table of instruments that is taken where it lies under the data folder.
TABLE: Final = "instruments.csv"
#: Folders under the data folder, and kinds of files, among which rates are looked for.
_FOLDERS: Final = (".", "fx", "currencies")
_SUFFIXES: Final = (".csv", ".parquet", ".xlsx")
#: FRED's daily rates: dollars for a unit of the currency, and units of the currency for a dollar.
_DOLLARS_FOR: Final = {"EUR": "DEXUSEU", "GBP": "DEXUSUK", "AUD": "DEXUSAL", "NZD": "DEXUSNZ"}
_FOR_A_DOLLAR: Final = {"JPY": "DEXJPUS", "CHF": "DEXSZUS", "CAD": "DEXCAUS", "SEK": "DEXSDUS", "NOK": "DEXNOUS"}
_NONE: Final = pd.Series(dtype=np.float64)


@dataclass(frozen=True)
class RateFile:
    """A file of what one unit of a currency is worth in the book's, or where ``inverse`` the other way round."""

    path: str
    inverse: bool


@dataclass(frozen=True)
class Money:
    """What a book and its prices are in.

    Attributes
    ----------
    book
        Code of its currency; empty where nothing says it.
    quoted
        By asset (and ``CASH``), what it is quoted in where that is said and is not the book's.
    files
        By currency, where its rates are.
    rates
        By asset (and ``CASH``), as prices are converted.
    tabled
        Assets of which the table of instruments says something.
    said
        What was taken from where, a sentence each.
    """

    book: str = ""
    quoted: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, RateFile] = field(default_factory=dict)
    rates: Mapping[str, Rates] = field(default_factory=dict)
    tabled: frozenset[str] = frozenset()
    said: tuple[str, ...] = ()


def money_of(holdings: Holdings, asked: str | None, data: Path, folder: str, zone: str | None = None) -> Money:
    """What currencies the holdings, the table of instruments and the record of what was pulled say, and their rates.

    ``asked`` is what the book is in; by default what its cash is in, else the one currency that there is.

    Raises
    ------
    UndertowError
        If prices are in several currencies and nothing says what the book is in, or a currency has no rates.
    """
    table = read_instruments(data / TABLE) if (data / TABLE).is_file() else {}
    held = [name for name, amount in holdings.amounts.items() if amount > 0.0]
    quoted = _quoted(holdings, table, data / folder, held)
    book = _checked(asked) if asked else _book(quoted)
    foreign = {name: code for name, code in quoted.items() if code != book}
    majors = {unit_of(code)[0]: name for name, code in foreign.items()}
    files = {code: _file(code, book, data, folder, name) for code, name in majors.items() if code != book}
    return Money(
        book,
        foreign,
        files,
        _rates(foreign, book, files, data, zone),
        frozenset(name for name in held if name in table),
        tuple(_said(book, quoted, foreign, files, held, bool(asked))),
    )


def _quoted(
    holdings: Holdings, table: Mapping[str, Mapping[str, str]], prices: Path, held: list[str]
) -> dict[str, str]:
    """By asset what it is quoted in: as the holdings say, else the table, else the record of what was pulled."""
    record = read_record(prices).values() if prices.is_dir() else ()
    pulled = {entry.ticker: entry.currency for entry in record if entry.source == "yahoo" and entry.currency}
    tabled = {name: str(row["currency"]) for name, row in table.items() if row.get("currency")}
    known = {**pulled, **tabled, **holdings.currencies}
    return {name: _checked(known[name], f"{holdings.path}: {name}: ") for name in held if name in known}


def _checked(code: str, where: str = "--currency ") -> str:
    try:
        return check_currency(code)
    except ParameterError as error:
        raise ScenarioError(f"{where}{error}") from None


def _book(quoted: Mapping[str, str]) -> str:
    """What the book is in: the currency of its cash, or the only one there is; empty where nothing is said."""
    if CASH in quoted:
        return quoted[CASH]
    majors = sorted({unit_of(code)[0] for code in quoted.values()})
    if len(majors) > 1:
        first = {code: next(name for name in quoted if unit_of(quoted[name])[0] == code) for code in majors}
        named = " and ".join(f"{code} ({first[code]})" for code in majors)
        raise ScenarioError(f"init: prices are in {named}: say what the book is in, --currency {majors[0]} for example")
    return majors[0] if majors else ""


def _file(currency: str, book: str, data: Path, folder: str, asset: str) -> RateFile:
    """The file of a currency's rates under the data folder, by its name."""
    wanted = dict.fromkeys(_called(currency, book), False) | dict.fromkeys(_called(book, currency), True)
    for path in _files(data, folder):
        inverse = wanted.get(re.sub(r"[-_/ ]", "", path.stem.upper()))
        if inverse is not None:
            return RateFile(path.relative_to(data).as_posix(), inverse)
    raise DataError(
        f"init: {asset} is quoted in {currency}, the book in {book}, and no file of exchange rates lies under {data}: "
        f"put fx/{currency}{book}.csv there (Date, Close: what one {currency} is worth in {book})"
    )


def _called(of: str, worth_in: str) -> Iterator[str]:
    """Names of a file of what one unit of a currency is worth in another, as vendors call it."""
    yield from (f"{of}{worth_in}", f"{of}{worth_in}=X")
    if worth_in == "USD" and of in _DOLLARS_FOR:
        yield _DOLLARS_FOR[of]
    if of == "USD":
        yield f"{worth_in}=X"
        yield from (_FOR_A_DOLLAR[code] for code in (worth_in,) if code in _FOR_A_DOLLAR)


def _files(data: Path, folder: str) -> Iterable[Path]:
    places = dict.fromkeys(data / name for name in (*_FOLDERS, folder))
    return (
        path
        for place in places
        if place.is_dir()
        for path in sorted(place.iterdir())
        if path.suffix.lower() in _SUFFIXES
    )


def _rates(
    foreign: Mapping[str, str], book: str, files: Mapping[str, RateFile], data: Path, zone: str | None
) -> dict[str, Rates]:
    read = {code: read_rates(data / file.path, code, None, file.inverse, zone) for code, file in files.items()}
    found = {}
    for name, code in foreign.items():
        major, factor = unit_of(code)
        if major == book:
            found[name] = Rates(code, book, "", _NONE, factor)
        else:
            found[name] = Rates(code, book, str(data / files[major].path), read[major], factor)
    return found


def _said(
    book: str,
    quoted: Mapping[str, str],
    foreign: Mapping[str, str],
    files: Mapping[str, RateFile],
    held: list[str],
    asked: bool,
) -> Iterator[str]:
    if not quoted:
        return
    why = "" if asked else ", as its cash is" if CASH in quoted else ", as all of its prices are"
    yield f"the book is in {book}{why}"
    for code, file in files.items():
        names = ", ".join(name for name, own in foreign.items() if unit_of(own)[0] == code)
        way = f"units of {code} for one {book}" if file.inverse else f"what one {code} is worth in {book}"
        yield f"{names}: quoted in {code}, converted day by day at the rates of {file.path} ({way})"
    for name, code in foreign.items():
        if code in HUNDREDTHS:
            yield f"{name}: quoted in hundredths ({code})"
    rest = [name for name in held if name not in quoted and name != CASH]
    if rest and foreign:
        yield f"quoted in {book}, as nothing says otherwise: {', '.join(rest)}"
