"""Published series from the CSV interface of FRED (Federal Reserve Bank of St. Louis), as they stand today."""

from __future__ import annotations

import csv
import io
import math
import os
import re
from datetime import date
from http.client import HTTPException
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from simulator.core.errors import DataError, ScenarioError
from simulator.core.names import quoted

from .source import BusyError, Days, Fetched, NotThereError

_ADDRESS: Final = "https://fred.stlouisfed.org/graph/fredgraph.csv"
#: The variable that names another address, of a mirror for example.
VARIABLE: Final = "UNDERTOW_FRED_URL"
_IDENTIFIER: Final = re.compile(r"[A-Z0-9_]{1,50}")
_DATES: Final = ("observation_date", "DATE")
_MISSING: Final = ("", ".")
_SECONDS: Final = 30.0


class Fred:
    """FRED: a series of one value a day of its own rhythm, kept as the CSV text that came."""

    name = "fred"

    def file_of(self, ticker: str) -> str:
        """``macro/SERIES.csv``."""
        if not _IDENTIFIER.fullmatch(ticker):
            raise ScenarioError(f"data pull fred: {quoted(ticker)} is no series of FRED; write it as there, DGS10")
        return f"macro/{ticker}.csv"

    def fetch(self, ticker: str, days: Days) -> Fetched:
        """Observations as of today, revisions included; see :class:`~.source.Source`."""
        asked = {"id": ticker, "coed": days.last.isoformat()}
        asked |= {} if days.first is None else {"cosd": days.first.isoformat()}
        return _checked(ticker, days, _got(ticker, f"{_address()}?{urlencode(asked)}"))


def _address() -> str:
    address = os.environ.get(VARIABLE) or _ADDRESS
    if not address.startswith(("https://", "http://")):
        raise ScenarioError(f"{VARIABLE}: {quoted(address)} is no address; write https://...")
    return address


def _got(ticker: str, address: str) -> bytes:
    request = Request(address, headers={"User-Agent": "undertow", "Accept": "text/csv"})  # noqa: S310 - see _address
    try:
        with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            return bytes(answer.read())
    except HTTPError as error:
        if error.code in (400, 404):
            raise NotThereError(f"{ticker}: FRED has no such series") from None
        if error.code == 429 or error.code >= 500:
            raise BusyError(f"FRED answers {error.code} ({error.reason})", _seconds(error)) from None
        raise DataError(f"{ticker}: FRED answers {error.code} ({error.reason})") from None
    except URLError as error:
        raise DataError(f"FRED cannot be reached ({error.reason}); is there a network?") from None
    except (HTTPException, OSError) as error:
        raise DataError(f"{ticker}: the answer of FRED broke off ({type(error).__name__})") from None


def _seconds(error: HTTPError) -> float | None:
    said = error.headers.get("Retry-After") if error.headers else None
    return float(said) if said and said.isdecimal() else None


def _checked(ticker: str, days: Days, content: bytes) -> Fetched:
    """What came, once every line of it is a day and a value."""
    strange = f"{ticker}: what FRED sent is not its CSV"
    try:
        rows = [row for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) if row]
    except (UnicodeDecodeError, csv.Error):
        raise DataError(f"{strange}, but no text") from None
    if not rows or len(rows[0]) != 2 or rows[0][0] not in _DATES or rows[0][1] != ticker:
        raise DataError(f"{strange}: it begins {quoted(','.join(rows[0]) if rows else '')}")
    held, before = [], date.min
    for number, row in enumerate(rows[1:], start=2):
        day = _day(row)
        if day is None or not before < day <= days.last or not _is_value(row[1]):
            raise DataError(f"{strange}: line {number} is {quoted(','.join(row))}")
        before = day
        held.append(row[1] not in _MISSING)
    if not any(held):
        raise NotThereError(f"{ticker}: FRED has no value of it on these days")
    first, last = (date.fromisoformat(rows[place][0]) for place in (1, -1))
    return Fetched(content, len(held), first, last)


def _day(row: list[str]) -> date | None:
    try:
        return date.fromisoformat(row[0]) if len(row) == 2 else None
    except ValueError:
        return None


def _is_value(text: str) -> bool:
    if text in _MISSING:
        return True
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
