"""How a sheet writes numbers and dates: decimal commas, day-first dates; by evidence, as stated, or refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, Literal

import pandas as pd

from simulator.core.errors import DataError

Dates = Literal["day-first", "month-first"]
Decimals = Literal[".", ","]

_CURRENCY: Final = re.compile(r"^([-+]?)\s*[$€£]\s*|\s*[$€£]$")
_COUNTED: Final = re.compile(r"^([-+]?[\d.]+)\s*([KMB])$", re.IGNORECASE)
_UNITS: Final = {"K": 3, "M": 6, "B": 9}
_BLANKS: Final = re.compile(r"(?<=\d)[\s'\u00a0\u202f\u2019](?=\d{3})")
_ONE_GROUP: Final = re.compile(r"[-+]?[1-9]\d{0,2}[.,]\d{3}")
_GROUPS: Final = re.compile(r"[-+]?\d{1,3}(?:([.,])\d{3})(?:\1\d{3})+")
_FORMS: Final = {
    "iso": re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T].*)?"),
    "compact": re.compile(r"(?:19|20)\d{6}"),
    "year": re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?:[ T]00:00(?::00)?)?"),
    "numbers": re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:[ T]00:00(?::00)?)?"),
    "words": re.compile(r"(?:[A-Za-z]{3,9} \d{1,2}, \d{4}|\d{1,2}[- ][A-Za-z]{3,9}[- ]\d{4})"),
}
_WORDS: Final = ("%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%d-%B-%Y")


def looks_dated(cell: str) -> bool:
    """Whether a cell has the form of a date."""
    return any(form.fullmatch(cell) for form in _FORMS.values())


def decimals(where: str, cells: Iterable[str], stated: Decimals | None = None) -> Decimals:
    """The decimal sign of a sheet's numbers, from cells that can be read in one way only.

    Raises
    ------
    DataError
        If cells contradict each other, or the stated sign, or all of them can be read both ways.
    """
    proofs: dict[Decimals, str] = {}
    doubtful = ""
    for raw in cells:
        if "," not in raw and raw.count(".") < 2 and "." in proofs:
            continue
        cell = _bare(raw)
        found = _proof(cell)
        if found is not None:
            proofs.setdefault(found, cell)
        elif "," in cell and _ONE_GROUP.fullmatch(cell):
            doubtful = doubtful or cell
    if stated is not None:
        other: Decimals = "," if stated == "." else "."
        if other in proofs:
            raise DataError(f"{where}: decimal = {stated!r} is stated, but {proofs[other]!r} is written with {other!r}")
        return stated
    if len(proofs) == 2:
        raise DataError(
            f"{where}: {proofs[',']!r} is written with a decimal comma and {proofs['.']!r} with a point; write all "
            "numbers alike"
        )
    if doubtful and not proofs:
        read = f"{doubtful.replace(',', '.')} or {doubtful.replace(',', '')}"
        raise DataError(f"{where}: {doubtful!r} may mean {read}: state decimal = ',' or decimal = '.'")
    return next(iter(proofs), ".")


def grouped(cells: Iterable[str]) -> str:
    """The first number like 1.200 where no number shows what its point is; empty if there is none, or one shows it."""
    bare = [_bare(cell) for cell in cells]
    if any(_proof(cell) is not None for cell in bare):
        return ""
    return next((cell for cell in bare if "." in cell and _ONE_GROUP.fullmatch(cell)), "")


def _proof(cell: str) -> Decimals | None:
    """The decimal sign that a number has beyond doubt."""
    if "," not in cell and "." not in cell:
        return None
    if not re.fullmatch(r"[-+]?[\d.,]+", cell):
        return None
    if "," in cell and "." in cell:
        return "," if cell.rindex(",") > cell.rindex(".") else "."
    sign: Decimals = "," if "," in cell else "."
    if _GROUPS.fullmatch(cell):
        return "." if sign == "," else ","
    return None if _ONE_GROUP.fullmatch(cell) else sign


def _bare(cell: str) -> str:
    return _BLANKS.sub("", _CURRENCY.sub(r"\1", cell.strip()))


def plain_number(cell: str, sign: Decimals) -> str:
    """A number as Python writes it: a decimal point, no thousands, no currency, no K, M or B; other text as it is."""
    bare = _bare(cell)
    if sign == ",":
        bare = bare.replace(".", "").replace(",", ".") if re.fullmatch(r"[-+]?[\d.,]+[KMBkmb]?", bare) else bare
    elif "," in bare and re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?[KMBkmb]?", bare):
        bare = bare.replace(",", "")
    counted = _COUNTED.fullmatch(bare)
    if counted and counted[1].count(".") < 2:
        return str(Decimal(counted[1]).scaleb(_UNITS[counted[2].upper()]))
    return bare


def date_form(where: str, cells: Sequence[str], stated: Dates | None = None) -> tuple[str, Dates | None]:
    """Which of the forms dates have, and where they are numbers apart by points, strokes or dashes, in which order.

    Raises
    ------
    DataError
        If no or both orders fit, or the stated one does not.
    """
    form = next((name for name, pattern in _FORMS.items() if pattern.fullmatch(cells[0])), "none")
    if form != "numbers":
        return form, None
    pairs = [(cell, found) for cell in cells if (found := _FORMS["numbers"].fullmatch(cell))]
    proofs: dict[Dates, str] = {}
    for cell, found in pairs:
        if int(found[1]) > 12:
            proofs.setdefault("day-first", cell)
        if int(found[3]) > 12:
            proofs.setdefault("month-first", cell)
    if len(proofs) == 2 or (stated is not None and set(proofs) - {stated}):
        said = f", and dates = {stated!r} is stated" if stated else ""
        texts = " and ".join(f"{cell!r} ({order})" for order, cell in proofs.items())
        raise DataError(f"{where}: dates are written {texts}{said}; write YYYY-MM-DD throughout")
    if stated is None and not proofs:
        raise DataError(
            f"{where}: {cells[0]!r} may be day-first or month-first, and no date tells: state dates = 'day-first' or "
            "dates = 'month-first'"
        )
    return form, stated or next(iter(proofs))


def iso_dates(cells: Sequence[str], form: str, order: Dates | None) -> list[str]:
    """Cells of dates as YYYY-MM-DD; those of another form as they are, for the reader of dates to name."""
    pattern = _FORMS.get(form)
    if pattern is None or form == "iso":
        return list(cells)
    return [_iso(cell, form, order) if pattern.fullmatch(cell) else cell for cell in cells]


def _iso(cell: str, form: str, order: Dates | None) -> str:
    if form == "compact":
        return f"{cell[:4]}-{cell[4:6]}-{cell[6:]}"
    if form == "words":
        return _from_words(cell)
    found = _FORMS[form].fullmatch(cell)
    assert found is not None
    if form == "year":
        return f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}"
    day, month = (found[1], found[3]) if order == "day-first" else (found[3], found[1])
    return f"{found[4]}-{int(month):02d}-{int(day):02d}"


def _from_words(cell: str) -> str:
    for form in _WORDS:
        stamp = pd.to_datetime(cell, format=form, errors="coerce")
        if not pd.isna(stamp):
            return f"{stamp:%Y-%m-%d}"
    return cell
