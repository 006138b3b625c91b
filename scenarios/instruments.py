"""What a scenario knows of its instruments: a table of many, what the file states of single ones, what tickers say."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from simulator.core.errors import DataError, ParameterError, ScenarioError, UndertowError, nearest
from simulator.core.instruments import KNOWN_CLASSES, Instrument
from simulator.core.names import check_asset, few, quoted
from simulator.core.notes import QualityNote
from simulator.data.layouts.names import TICKERS
from simulator.data.layouts.sheets import Sheet, sheets_of

from .schema import ScenarioFile
from .schema_market import InstrumentsFrom

#: What a study calls itself, and the table in its folder.
STUDY: Final = "study"
_KIND: Final = "equity-liquidity"
_TABLE: Final = "instruments.csv"
#: The columns of a table, each a field of :class:`Instrument`, and how its cells are read.
_TEXTS: Final = {"class": "asset_class", "level": "level", "sector": "sector", "currency": "currency"}
_NUMBERS: Final = {"stressed_haircut": "stressed_haircut", "lot": "lot", "duration": "duration"}
_COUNTS: Final = {"settlement": "settlement"}
COLUMNS: Final = {**_TEXTS, **_NUMBERS, **_COUNTS}
_SHOWN: Final = 8


@dataclass(frozen=True)
class Tabled:
    """A table of instruments.

    Attributes
    ----------
    path
        The file.
    rows
        By ticker: fields of :class:`Instrument` that the table states.
    learned
        First and last day of the window that a study learned its classes from; ``None`` for any other table.
    """

    path: Path
    rows: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    learned: tuple[date, date] | None = None


@dataclass(frozen=True)
class Stated:
    """What is stated of instruments, before there are prices.

    Attributes
    ----------
    fields
        By asset: fields of :class:`Instrument`, of the table and of the file over it.
    tabled
        The table, if there is one.
    """

    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tabled: Tabled | None = None

    def classed(self) -> set[str]:
        """Assets whose class is stated."""
        return {name for name, own in self.fields.items() if "asset_class" in own}


def stated_instruments(file: ScenarioFile, data: Path | None) -> Stated:
    """The table that the file names, with the file's own keys over it.

    Raises
    ------
    UndertowError
        Naming the file, line and column that cannot be used.
    """
    spec = file.market.instruments
    tabled = None if spec is None else _tabled(spec, data)
    fields: dict[str, dict[str, Any]] = {} if tabled is None else {name: dict(row) for name, row in tabled.rows.items()}
    for name, own in file.instruments.items():
        said = own.model_dump(exclude_none=True)
        fields[name] = {**fields.get(name, {}), **said}
    return Stated(fields, tabled)


def instruments_of(file: ScenarioFile, stated: Stated, assets: Iterable[str]) -> dict[str, Instrument]:
    """The instruments of a market of which something is stated.

    Raises
    ------
    ScenarioError
        If the file speaks of an asset that is not there, or what it says cannot be.
    """
    names = list(assets)
    unknown = [name for name in file.instruments if name not in names]
    if unknown:
        raise ScenarioError(f"instruments: no asset {quoted(unknown[0])}{nearest(unknown[0], names)}")
    made = {}
    for name in names:
        if name in stated.fields:
            own = {"asset_class": KNOWN_CLASSES.get(name, "equity"), **stated.fields[name]}
            try:
                made[name] = Instrument(**own)
            except UndertowError as error:
                raise ScenarioError(f"instruments.{name}: {error}") from None
    return made


def instrument_notes(stated: Stated, assets: Iterable[str], begins: date) -> Iterator[QualityNote]:
    """What must be said of the table: whom it leaves out, and whether it was learned from days that the run replays."""
    tabled, names = stated.tabled, list(assets)
    if tabled is None:
        return
    there = [name for name in names if name in tabled.rows]
    absent = [name for name in names if name not in tabled.rows]
    known = few(there, _SHOWN) or "none of this market"
    said = f"{tabled.path}: of {len(tabled.rows)} tickers it holds {known}"
    if absent:
        said += f"; not {few(absent, _SHOWN)}, which keep what [instruments] or their ticker says"
    yield QualityNote("instruments", said, grave=not there)
    if tabled.learned is not None and there and begins <= tabled.learned[1]:
        first, last = tabled.learned
        yield QualityNote(
            "instruments",
            f"{tabled.path}: classes, levels and haircuts were learned from {first} to {last}, and the run begins "
            f"before that ended, on {begins}: nobody knew them then",
            grave=True,
        )


def _tabled(spec: InstrumentsFrom, data: Path | None) -> Tabled:
    where = "market.instruments"
    if spec.source == STUDY:
        if spec.study is None:
            raise ScenarioError(f"{where}: from = {STUDY!r} needs study, the folder that the study has written")
        return _of_study(Path(spec.study))
    if spec.study is not None:
        raise ScenarioError(f"{where}: study is for from = {STUDY!r}")
    if data is None:
        raise ScenarioError(f"{where}: {quoted(spec.source)} lies under a data folder: give --data DIR")
    path = data / spec.source
    return _of_study(path) if path.is_dir() else Tabled(path, read_instruments(path))


def _of_study(folder: Path) -> Tabled:
    """The table of a study's folder, and the window it learned from."""
    try:
        told = json.loads((folder / "metrics.json").read_text("utf-8"))
        if told["study"] != _KIND:
            raise ValueError
        first, last = (date.fromisoformat(told["window"][end]) for end in ("first", "last"))
    except (OSError, ValueError, KeyError, TypeError):
        raise DataError(
            f"market.instruments: {folder}: is no folder that `undertow study {_KIND}` has written, with {_TABLE}"
        ) from None
    return Tabled(folder / _TABLE, read_instruments(folder / _TABLE), (first, last))


def read_instruments(path: Path) -> dict[str, dict[str, Any]]:
    """By ticker, the fields of :class:`Instrument` that a table states.

    Raises
    ------
    DataError
        Naming the file, line and column that cannot be used.
    """
    if not path.is_file():
        raise DataError(f"market.instruments: {path}: no such file")
    sheets = sheets_of(path)
    if len(sheets) > 1:
        raise DataError(f"{path}: {len(sheets)} sheets with something on them; keep the table of instruments alone")
    return _read(sheets[0])


def _read(sheet: Sheet) -> dict[str, dict[str, Any]]:
    head = [cell.strip() for cell in sheet.rows[0]]
    places = _places(sheet, head)
    found: dict[str, dict[str, Any]] = {}
    for row, line in zip(sheet.rows[1:], sheet.lines[1:], strict=True):
        if len(row) > len(head) and any(row[len(head) :]):
            raise DataError(f"{sheet.where}: line {line} has {len(row)} cells, the header {len(head)}")
        cells = {name: row[place].strip() for name, place in places.items() if place < len(row)}
        ticker = cells.pop("ticker", "")
        where = f"{sheet.where}: line {line} ({ticker or 'no ticker'})"
        try:
            check_asset(ticker)
            if ticker in found:
                raise ParameterError(f"{ticker} appears twice; keep one row")
            found[ticker] = {COLUMNS[name]: _cell(name, text) for name, text in cells.items() if text}
            Instrument(**found[ticker])
        except ParameterError as error:
            raise DataError(f"{where}: {error}") from None
    if not found:
        raise DataError(f"{sheet.where}: it holds a header but no rows")
    return found


def _places(sheet: Sheet, head: list[str]) -> dict[str, int]:
    """The place of each column by its name."""
    places: dict[str, int] = {}
    for place, cell in enumerate(head):
        name = cell.lower().replace(" ", "_")
        name = "ticker" if name in TICKERS else name
        if not name and not any(row[place : place + 1] != [""] for row in sheet.rows[1:]):
            continue
        if name != "ticker" and name not in COLUMNS:
            raise DataError(f"{sheet.where}: unknown column {quoted(cell)}{nearest(name, ['ticker', *COLUMNS])}")
        if name in places:
            raise DataError(f"{sheet.where}: column {quoted(cell)} appears twice; keep one")
        places[name] = place
    if "ticker" not in places:
        raise DataError(f"{sheet.where}: no column 'ticker'; it has: {', '.join(head[:8])}")
    if len(places) == 1:
        raise DataError(f"{sheet.where}: nothing beside tickers; it may have {', '.join(COLUMNS)}")
    return places


def _cell(name: str, text: str) -> Any:
    if name in _TEXTS:
        return text
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or (name in _COUNTS and not number.is_integer()):
        kind = "whole number" if name in _COUNTS else "number, written 0.15"
        raise ParameterError(f"{name} must be a {kind}, not {quoted(text)}")
    return int(number) if name in _COUNTS else number
