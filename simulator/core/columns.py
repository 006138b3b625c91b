"""What the columns of bars are called by those who write them, and what each is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from .errors import DataError, nearest

#: Titles of the columns that are read, by what a vendor's name is without its case, blanks, dots and underscores.
TITLES: Final[dict[str, str]] = {
    **{name.lower(): name for name in ("Open", "High", "Low", "Close", "Volume", "Dividends", "Splits")},
    **dict.fromkeys(
        # Yahoo, Quandl, pandas users; EODHD, Alpha Vantage; R's quantmod; Sharadar; Bloomberg's users
        ("adjclose", "adjustedclose", "adjusted", "closeadj", "closeadjusted", "adjcloseprice", "adjustedcloseprice"),
        "Adj Close",
    ),
    **dict.fromkeys(("stocksplits", "split", "splitfactor", "splitratio", "splitcoefficient"), "Splits"),
    **dict.fromkeys(("dividend", "divcash", "exdividend", "dividendamount"), "Dividends"),
    **dict.fromkeys(("capitalgain", "capitalgains"), "Capital Gains"),
}
#: Adjusted columns that say nothing which Adj Close over Close does not say.
_SET_ASIDE: Final = frozenset(
    f"{adjusted}{field}" for adjusted in ("adj", "adjusted") for field in ("open", "high", "low", "volume")
) | {"closeunadj", "unadjustedclose", "unadjclose", "closeunadjusted"}
_NUMBERED: Final = re.compile(r"^\s*\d+\.\s*")  # Alpha Vantage: "5. adjusted close"


def titled(where: str, columns: Iterable[Any]) -> dict[Any, str]:
    """The title under which each column is read, as in :data:`TITLES`; its own name for any other.

    Raises
    ------
    DataError
        If two columns say the same, differ in case or blanks alone, or one is called adjusted in a way that is
        not understood: what it holds would be left out in silence.
    """
    named = {column: _bare(str(column), _prefix(columns)) for column in columns}
    titles = {column: _title(bare) for column, bare in named.items()}
    _refuse_twins(where, titles)
    for column, bare in named.items():
        key = _key(bare)
        if "adj" in key and key not in _SET_ASIDE and key not in TITLES:
            known = ("Adj Close", "Adj Open", "Adj High", "Adj Low", "Adj Volume")
            raise DataError(
                f"{where}: column {str(column)!r} is adjusted, but for what{nearest(bare, known)} rename it or drop it"
            )
    return titles


def _prefix(columns: Iterable[Any]) -> str:
    """The ticker before every column, as R's quantmod writes it: ``SPY.Open``, ``SPY.Close``..."""
    names = [str(column) for column in columns]
    closes = [name[: -len("Close")] for name in names if name.endswith(".Close")]
    return closes[0] if len(closes) == 1 and f"{closes[0]}Open" in names else ""


def _bare(name: str, prefix: str) -> str:
    return _NUMBERED.sub("", name.removeprefix(prefix)).strip()


def _key(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _title(bare: str) -> str:
    return TITLES.get(_key(bare), bare)


def _refuse_twins(where: str, titles: dict[Any, str]) -> None:
    seen: dict[str, str] = {}
    for column, title in titles.items():
        name, folded = str(column), title.casefold()
        if folded in seen and folded:
            raise DataError(f"{where}: columns {seen[folded]!r} and {name!r} say the same; keep one of them")
        seen[folded] = name
