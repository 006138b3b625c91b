"""What vendors call dates, tickers and the columns of bars, beside the names of :mod:`simulator.core.columns`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from simulator.core.columns import TITLES, titled
from simulator.core.errors import DataError

#: Keys (:func:`key`) of date columns, the surest first: where there are a date and a time, the date is meant.
DATES: Final = (
    *("date", "dates", "observationdate", "tradedate", "tradingdate", "pricedate", "asofdate", "quotedate"),
    *("datetime", "timestamp", "dtyyyymmdd", "datum", "day", "time"),
)
TICKERS: Final = ("ticker", "tickers", "symbol", "asset", "security", "instrument", "ric", "isin", "identifier")
#: Of tickers too, where a day has several rows and no column goes by one of the names above.
NAMES: Final = ("name",)
FIELD_NAMES: Final = ("field", "variable", "item", "attribute")
VALUES: Final = ("value", "values")
#: Further names of columns; they count where no column has the usual one.
_ALIASES: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            *("pxlast", "last", "lastprice", "price", "closelast", "closeprice", "closingprice", "settle"),
            *("settlement", "settlementprice", "schluss", "schlusskurs", "kurs", "nav"),
        ),
        "Close",
    ),
    **dict.fromkeys(("pxopen", "openprice", "openingprice", "erster"), "Open"),
    **dict.fromkeys(("pxhigh", "highprice", "hoch", "tageshoch"), "High"),
    **dict.fromkeys(("pxlow", "lowprice", "tief", "tagestief"), "Low"),
    **dict.fromkeys(("pxvolume", "vol", "tradedvolume", "sharevolume", "totalvolume", "volumen"), "Volume"),
}
_MARKETS: Final = re.compile(r"^(\S+)(?: [A-Z]{2})? (?:Equity|Index|Comdty|Curncy|Corp|Govt)$", re.IGNORECASE)


def key(name: str) -> str:
    """A column's name by its letters alone."""
    return re.sub(r"[^a-z]", "", name.lower())


def field(name: str) -> str | None:
    """The title of a field of bars, or ``None``."""
    return TITLES.get(key(name)) or _ALIASES.get(key(name))


def first_of(names: Sequence[str], known: Iterable[str]) -> int | None:
    """The place of the first of ``known`` among names."""
    keys = [key(name) for name in names]
    return next((keys.index(name) for name in known if name in keys), None)


def titles(where: str, names: Sequence[str]) -> dict[str, str]:
    """The title of each column, those of :mod:`simulator.core.columns` before aliases.

    Raises
    ------
    DataError
        If two columns say the same.
    """
    named = titled(where, names)
    taken = set(named.values())
    for name in names:
        alias = _ALIASES.get(key(name))
        if alias is not None and alias not in taken:
            named[name] = alias
            taken.add(alias)
    return named


def bloomberg(name: str) -> bool:
    """Whether a name is one like ``SPY US Equity``."""
    return _MARKETS.match(name.strip()) is not None


def ticker(name: str, stooq: bool = False) -> str:
    """The asset's name: ``SPY`` for Bloomberg's ``SPY US Equity`` and Stooq's ``SPY.US``, others as they stand.

    Raises
    ------
    DataError
        If there is none.
    """
    name = name.strip()
    found = _MARKETS.match(name)
    if found:
        return found[1]
    if stooq:
        return name.upper().removesuffix(".US")
    if not name:
        raise DataError("a column or row of prices has no ticker")
    return name
