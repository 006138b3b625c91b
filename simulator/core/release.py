"""When a value of an exogenous series becomes known: its release rule."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from .errors import ParameterError
from .holidays import business_calendar
from .types import DateArray

Unit = Literal["close", "days", "business-days"]
_FORM = re.compile(r"(?P<unit>days|business-days):(?P<lag>\d+)")


@dataclass(frozen=True, slots=True)
class ReleaseRule:
    """The lag from the date a value is *for* to the date on which it is published.

    Written ``"close"`` (a market price: known at that close), ``"days:6"`` (calendar days, whatever day that is) or
    ``"business-days:1"`` (the first day after the date on which US federal offices work; weekends and federal
    holidays are none). A weekly index for the week ending Friday that comes on Wednesday, and on Thursday after a
    holiday earlier in that week, is ``"business-days:3"``.
    """

    unit: Unit = "close"
    lag: int = 0

    @classmethod
    def parse(cls, text: str) -> ReleaseRule:
        """Read a rule from its written form; raise :class:`ParameterError` if it is none."""
        if text == "close":
            return cls()
        match = _FORM.fullmatch(text)
        if match is None:
            message = f"unknown release rule {text!r}; write 'close', 'days:N' or 'business-days:N'"
            raise ParameterError(message)
        unit: Unit = "days" if match["unit"] == "days" else "business-days"
        return cls(unit, int(match["lag"]))

    def known_at(self, dates: DateArray) -> DateArray:
        """Return the publication date of each reference date. Both are (n,) days."""
        days = dates.astype("datetime64[D]")
        if self.unit == "business-days" and days.size:
            # counted from the last working day up to the date, so that a Saturday's value comes on Monday
            roll: Literal["backward", "forward"] = "backward" if self.lag else "forward"
            published: DateArray = np.busday_offset(days, self.lag, roll=roll, busdaycal=business_calendar(days))
            return published
        later: DateArray = np.add(days, np.timedelta64(self.lag, "D"))
        return later

    def __str__(self) -> str:
        return "close" if self.unit == "close" else f"{self.unit}:{self.lag}"


#: The first business day after: the Board of Governors, H.15 and commercial paper (daily, Monday to Friday but for
#: holidays, of the business day before), and series that FRED takes from ICE BofA and Moody's (FRED's notes on each).
_NEXT_DAY: Final = "business-days:1"
#: FRED: "The data is lagged by one week due to an agreement with the source" (announcement of 2012-03 on its LIBOR
#: series); TEDRATE is made of one of them.
_LIBOR: Final = "business-days:5"
#: For the week ending Friday, on the Thursday after (St. Louis Fed, FRED's notes on STLFSI4); a holiday delays it.
_STLFSI: Final = "business-days:4"

#: Release rules of widely used series, by name. A market price is known at its close.
KNOWN_RULES: Final[dict[str, str]] = {
    "STLFSI2": _STLFSI,
    "STLFSI4": _STLFSI,
    # Chicago Fed, "About the NFCI": Wednesday 8:30 Eastern for the week to the Friday before; Thursday when a federal
    # holiday falls on Wednesday or earlier in the week.
    "NFCI": "business-days:3",
    "ANFCI": "business-days:3",
    "OFRFSI": "business-days:2",  # Office of Financial Research: "published after each U.S. trading day", two days on
    "TEDRATE": _LIBOR,
    "USD3MTD156N": _LIBOR,
    "DFF": _NEXT_DAY,
    "DTB3": _NEXT_DAY,
    "DGS10": _NEXT_DAY,
    "DGS30": _NEXT_DAY,
    "T10Y2Y": _NEXT_DAY,
    "CPFF": _NEXT_DAY,
    "RIFSPPFAAD90NB": _NEXT_DAY,
    "BAA10Y": _NEXT_DAY,
    "BAMLC0A0CM": _NEXT_DAY,
    "BAMLH0A0HYM2": _NEXT_DAY,
    "WTI_SPOT": "business-days:5",  # Energy Information Administration: daily spot prices once a week
}
