"""The positions of a holdings file: tickers with weights, shares or market values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

from simulator.core.errors import DataError, ParameterError
from simulator.core.names import CASH, check_holding
from simulator.data.currencies import HUNDREDTHS
from simulator.data.layouts.names import TICKERS, first_of, key, ticker
from simulator.data.layouts.sheets import Sheet, sheets_of
from simulator.data.layouts.spelling import Decimals, decimals, grouped, plain_number

Measure = Literal["weight", "shares", "value"]
#: Names of the column that says how much, by their letters.
_MEASURES: Final[dict[str, Measure]] = {
    **dict.fromkeys(("weight", "weights", "pctofportfolio", "allocation"), "weight"),
    **dict.fromkeys(("shares", "quantity", "units", "position"), "shares"),
    **dict.fromkeys(("value", "marketvalue", "currentvalue", "mktvalue"), "value"),
}
#: Which of them counts where a file has several: a statement's own values need no price, and shares no day.
_BEFORE: Final[tuple[Measure, ...]] = ("value", "shares", "weight")
#: Names of a column that says what amounts are in.
_CURRENCIES: Final = ("currency", "ccy", "curr", "cur")
#: What weights may miss one by before they are refused: those of a fact sheet are rounded to a tenth of a percent.
_NEAR: Final = 0.02


@dataclass(frozen=True)
class Holdings:
    """What is held.

    Attributes
    ----------
    path
        The file.
    measure
        Whether ``amounts`` are weights (fractions of the book, summing to about one), shares or values in currency.
    amounts
        By ticker, ``CASH`` among them where the file has it.
    said
        What was assumed in reading, a sentence each.
    currencies
        By ticker, what prices and values are in, where a column says it.
    """

    path: Path
    measure: Measure
    amounts: Mapping[str, float]
    said: tuple[str, ...] = ()
    currencies: Mapping[str, str] = field(default_factory=dict)


def read_holdings(path: Path, decimal: Decimals | None = None) -> Holdings:
    """Read a CSV or Excel file with ``ticker`` and one of ``weight``, ``shares`` and ``value``; of several the value.

    ``decimal`` is the sign of amounts that do not show it, as ``1,200``.

    Raises
    ------
    DataError
        In one line: a column that is missing, or two that say the same, a ticker twice, an amount that is no number,
        negative or nothing, weights that do not sum to about one, amounts in several currencies.
    """
    if path.is_dir():
        raise DataError(f"--holdings {path}: it is a folder; give the file")
    if not path.is_file():
        raise DataError(f"--holdings {path}: no such file")
    sheet, head, said = _sheet(path)
    names = sheet.rows[head]
    place, measure, which = _measure(path, names)
    if measure != "weight":
        _check_signs(sheet, head, place)
    sign, tickers = _sign(sheet, head, place, measure, decimal), first_of(names, TICKERS) or 0
    amounts = _amounts(sheet, head, tickers, place, sign)
    return replace(_checked(path, measure, amounts, (*said, *which)), currencies=_currencies(sheet, head, tickers))


def _sheet(path: Path) -> tuple[Sheet, int, tuple[str, ...]]:
    """The one sheet with a column of tickers, the row of its header, and which it is where there are several."""
    sheets = sheets_of(path)
    heads = [(sheet, _head(sheet)) for sheet in sheets]
    found = [(sheet, head) for sheet, head in heads if head is not None]
    if not found:
        raise DataError(f"{path}: no column 'ticker'; it has: {', '.join(sheets[0].rows[0])}")
    if len(found) > 1:
        several = " and ".join(repr(sheet.name) for sheet, _ in found)
        raise DataError(f"{path}: sheets {several} hold a column 'ticker' each; keep one of them")
    sheet, head = found[0]
    return sheet, head, (f"holdings are those of the sheet {sheet.name!r}",) if len(sheets) > 1 else ()


def _head(sheet: Sheet) -> int | None:
    return next((row for row, cells in enumerate(sheet.rows) if first_of(cells, TICKERS) is not None), None)


def _currencies(sheet: Sheet, head: int, tickers: int) -> dict[str, str]:
    """What the column of currencies says of each ticker, as it is written."""
    stated = [spot for spot, name in enumerate(sheet.rows[head]) if key(name) in _CURRENCIES]
    if len(stated) > 1:
        raise DataError(f"{sheet.where}: {len(stated)} columns say a currency; keep one")
    rows = zip(sheet.rows[head + 1 :], sheet.lines[head + 1 :], strict=True)
    return {
        _asset(sheet, line, row[tickers]): row[spot] if row[spot] in HUNDREDTHS else row[spot].upper()
        for row, line in rows
        for spot in stated
        if len(row) > spot and row[spot]
    }


def _check_signs(sheet: Sheet, head: int, place: int) -> None:
    """Raise where the amounts' own signs say several currencies: they cannot be added up."""
    found = {sign for row in sheet.rows[head + 1 :] if len(row) > place for sign in "$€£" if sign in row[place]}
    if len(found) > 1:
        raise DataError(
            f"{sheet.where}: amounts in {' and '.join(sorted(found))}; a book has one currency: say them in a column "
            "currency (USD, EUR), the amounts without signs"
        )


def _sign(sheet: Sheet, head: int, place: int, measure: Measure, stated: Decimals | None) -> Decimals:
    """The decimal sign of the amounts by evidence, else as stated.

    Where cells are apart by semicolons, so that commas could be decimal, 1.200 shares may be 1200.
    """
    cells = [row[place].removesuffix("%").strip() for row in sheet.rows[head + 1 :] if len(row) > place]
    try:
        found = decimals(sheet.where, cells)
        doubtful = sheet.separator in (";", "\t", "|") and measure != "weight" and grouped(cells)
        if not doubtful:
            return found
        error = DataError(f"{sheet.where}: {doubtful!r} may mean {doubtful} or {doubtful.replace('.', '')}")
    except DataError as caught:
        error = caught
    if stated is not None:
        return decimals(sheet.where, cells, stated)
    said, doubt, _ = str(error).partition(": state decimal")
    hint = ": state --decimal, or write it without thousands separators" if doubt or " may mean " in said else ""
    raise DataError(f"{said}{hint}")


def _measure(path: Path, names: Sequence[str]) -> tuple[int, Measure, tuple[str, ...]]:
    """The column that says how much, and which it is where a broker's file has several of them."""
    found = [(place, _MEASURES[key(name)]) for place, name in enumerate(names) if key(name) in _MEASURES]
    have = ", ".join(names[place] for place, _ in found)
    if not found:
        raise DataError(
            f"{path}: it needs one of the columns weight, shares and value; it has none of them ({', '.join(names)})"
        )
    place, measure = min(found, key=lambda column: _BEFORE.index(column[1]))
    if sum(of == measure for _, of in found) > 1:
        raise DataError(f"{path}: it needs one column that says the {measure}; it has {have}")
    said = (f"{names[place]} is what counts, of the columns {have}",) if len(found) > 1 else ()
    return place, measure, said


def _amounts(sheet: Sheet, head: int, name: int, place: int, sign: Decimals) -> dict[str, float]:
    rows, percent = sheet.rows[head + 1 :], "%" in sheet.rows[head][place]
    amounts: dict[str, float] = {}
    for row, line in zip(rows, sheet.lines[head + 1 :], strict=True):
        if len(row) <= max(name, place) or not row[name]:
            raise DataError(f"{sheet.where}: line {line} has no ticker or no amount")
        asset = _asset(sheet, line, row[name])
        if asset in amounts:
            raise DataError(f"{sheet.where}: line {line}: {asset} appears twice; add its rows up")
        amounts[asset] = _amount(sheet, line, asset, plain_number(row[place].removesuffix("%").strip(), sign))
        if percent or row[place].endswith("%"):
            amounts[asset] /= 100.0
    if not amounts:
        raise DataError(f"{sheet.where}: it holds a header but no rows")
    return amounts


def _asset(sheet: Sheet, line: int, name: str) -> str:
    if name.upper() == CASH:
        return CASH
    try:
        return check_holding(ticker(name))
    except ParameterError as error:
        raise DataError(f"{sheet.where}: line {line}: {error}") from None


def _amount(sheet: Sheet, line: int, asset: str, cell: str) -> float:
    try:
        amount = float(cell)
    except ValueError:
        raise DataError(f"{sheet.where}: line {line}: {cell!r} of {asset} is no number") from None
    if not math.isfinite(amount):
        raise DataError(f"{sheet.where}: line {line}: {cell!r} of {asset} is no amount")
    if amount < 0.0:
        short = (
            "a book of this file owes no cash" if asset == CASH else "short positions are for a scenario of your own"
        )
        raise DataError(f"{sheet.where}: line {line}: {asset} is negative ({amount:g}); {short}")
    return amount


def _checked(path: Path, measure: Measure, amounts: dict[str, float], said: tuple[str, ...]) -> Holdings:
    total = math.fsum(amounts.values())
    if total <= 0.0 or not any(amount > 0.0 for asset, amount in amounts.items() if asset != CASH):
        raise DataError(f"{path}: nothing is held but cash, or nothing at all")
    if measure != "weight":
        return Holdings(path, measure, amounts, said)
    if abs(total - 100.0) <= 100.0 * _NEAR:
        amounts = {asset: amount / 100.0 for asset, amount in amounts.items()}
        total, said = total / 100.0, (*said, "weights are percentages in the file")
    if abs(total - 1.0) > _NEAR:
        raise DataError(f"{path}: weights sum to {total:.6g}; they must sum to one, {CASH} included{_twice(total)}")
    if abs(total - 1.0) > 5e-7:
        said = (*said, f"weights sum to {total:.6g} in the file; each is divided by that")
    return Holdings(path, measure, {asset: amount / total for asset, amount in amounts.items()}, said)


def _twice(total: float) -> str:
    return "; is one of the rows their total?" if min(abs(total - 2.0), abs(total / 100.0 - 2.0)) <= 2 * _NEAR else ""
