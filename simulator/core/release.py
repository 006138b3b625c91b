"""When a value of an exogenous series becomes known: its release rule."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from .errors import ParameterError
from .types import DateArray

Unit = Literal["close", "days", "business-days"]
_FORM = re.compile(r"(?P<unit>days|business-days):(?P<lag>\d+)")


@dataclass(frozen=True, slots=True)
class ReleaseRule:
    """The lag from the date a value is *for* to the date on which it is published.

    Written ``"close"`` (a market price: known at that close), ``"days:6"`` (calendar days: a weekly index for
    the week ending Friday that is published the following Thursday) or ``"business-days:1"``.
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
        """Return the publication date of each reference date."""
        days = dates.astype("datetime64[D]")
        if self.unit == "business-days":
            published: DateArray = np.busday_offset(days, self.lag, roll="forward")
            return published
        later: DateArray = np.add(days, np.timedelta64(self.lag, "D"))
        return later

    def __str__(self) -> str:
        return "close" if self.unit == "close" else f"{self.unit}:{self.lag}"


#: Release rules of widely used series, by name. A market price is known at its close.
KNOWN_RULES: Final[dict[str, str]] = {
    "STLFSI2": "days:6",  # week ending Friday, published the following Thursday
    "STLFSI4": "days:6",
    "NFCI": "days:5",  # week ending Friday, published the following Wednesday
    "OFRFSI": "business-days:2",
    "TEDRATE": "business-days:1",
    "DFF": "business-days:1",
    "DTB3": "business-days:1",
    "DGS10": "business-days:1",
    "DGS30": "business-days:1",
    "T10Y2Y": "business-days:1",
    "USD3MTD156N": "business-days:1",
    "CPFF": "business-days:1",
    "RIFSPPFAAD90NB": "business-days:1",
    "BAA10Y": "business-days:1",
    "BAMLC0A0CM": "business-days:1",
    "BAMLH0A0HYM2": "business-days:1",
    "WTI_SPOT": "business-days:5",  # the statistical office publishes daily spot prices weekly
}
