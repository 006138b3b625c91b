"""The positions of a holdings file: tickers with weights, shares or market values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from simulator.core.errors import DataError
from simulator.core.names import CASH
from simulator.data.layouts.names import TICKERS, first_of, key, ticker
from simulator.data.layouts.sheets import Sheet, sheets_of
from simulator.data.layouts.spelling import decimals, plain_number

Measure = Literal["weight", "shares", "value"]
#: Names of the column that says how much, by their letters.
_MEASURES: Final[dict[str, Measure]] = {
    **dict.fromkeys(("weight", "weights", "pctofportfolio", "allocation"), "weight"),
    **dict.fromkeys(("shares", "quantity", "units", "position"), "shares"),
    **dict.fromkeys(("value", "marketvalue", "currentvalue", "mktvalue"), "value"),
}
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
    """

    path: Path
    measure: Measure
    amounts: Mapping[str, float]
    said: tuple[str, ...] = ()


def read_holdings(path: Path) -> Holdings:
    """Read a CSV or Excel file with ``ticker`` and one of ``weight``, ``shares`` and ``value``.

    Raises
    ------
    DataError
        In one line: a column that is missing or there twice, a ticker twice, an amount that is no number, negative or
        nothing, weights that do not sum to about one.
    """
    if not path.is_file():
        raise DataError(f"--holdings {path}: no such file")
    sheet = sheets_of(path)[0]
    head = next((row for row, cells in enumerate(sheet.rows) if first_of(cells, TICKERS) is not None), None)
    if head is None:
        raise DataError(f"{path}: no column 'ticker'; it has: {', '.join(sheet.rows[0])}")
    names = sheet.rows[head]
    place, measure = _measure(path, names)
    amounts = _amounts(sheet, head, first_of(names, TICKERS) or 0, place, percent="%" in names[place])
    return _checked(path, measure, amounts)


def _measure(path: Path, names: Sequence[str]) -> tuple[int, Measure]:
    found = [(place, _MEASURES[key(name)]) for place, name in enumerate(names) if key(name) in _MEASURES]
    if len(found) != 1:
        have = ", ".join(names[place] for place, _ in found) if found else "none of them"
        raise DataError(f"{path}: it needs exactly one of the columns weight, shares and value; it has {have}")
    return found[0]


def _amounts(sheet: Sheet, head: int, name: int, place: int, percent: bool) -> dict[str, float]:
    rows = sheet.rows[head + 1 :]
    sign = decimals(sheet.where, [row[place].removesuffix("%").strip() for row in rows if len(row) > place])
    amounts: dict[str, float] = {}
    for row, line in zip(rows, sheet.lines[head + 1 :], strict=True):
        if len(row) <= max(name, place) or not row[name]:
            raise DataError(f"{sheet.where}: line {line} has no ticker or no amount")
        asset = CASH if row[name].upper() == CASH else ticker(row[name])
        if asset in amounts:
            raise DataError(f"{sheet.where}: line {line}: {asset} appears twice; add its rows up")
        amounts[asset] = _amount(sheet, line, asset, plain_number(row[place].removesuffix("%").strip(), sign))
        if percent or row[place].endswith("%"):
            amounts[asset] /= 100.0
    if not amounts:
        raise DataError(f"{sheet.where}: it holds a header but no rows")
    return amounts


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


def _checked(path: Path, measure: Measure, amounts: dict[str, float]) -> Holdings:
    total = math.fsum(amounts.values())
    if total <= 0.0 or not any(amount > 0.0 for asset, amount in amounts.items() if asset != CASH):
        raise DataError(f"{path}: nothing is held but cash, or nothing at all")
    if measure != "weight":
        return Holdings(path, measure, amounts)
    said: tuple[str, ...] = ()
    if abs(total - 100.0) <= 100.0 * _NEAR:
        amounts = {asset: amount / 100.0 for asset, amount in amounts.items()}
        total, said = total / 100.0, ("weights are percentages in the file",)
    if abs(total - 1.0) > _NEAR:
        raise DataError(f"{path}: weights sum to {total:.6g}; they must sum to one, {CASH} included")
    if abs(total - 1.0) > 5e-7:
        said = (*said, f"weights sum to {total:.6g} in the file; each is divided by that")
    return Holdings(path, measure, {asset: amount / total for asset, amount in amounts.items()}, said)
