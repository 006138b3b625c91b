"""Money that investors bring or take."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, get_args

import numpy as np

from .errors import ParameterError
from .types import DateArray, IntArray
from .within import Within, check_fields

#: Signed currency; and of nav, where more than ten times the book cannot be meant.
AMOUNT: Final = Within(-1e15, 1e15)
FLOW_SHARE: Final = Within(
    -1.0, 10.0, text="a redemption cannot take more than all of nav; a share is a fraction: -0.10 for 10%"
)


Every = Literal["week", "month", "quarter", "year"]
Invest = Literal["policy", "waterfall"]
_MONTHS: Final[dict[str, int]] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A subscription or a redemption, due before the open of the first session on or after its date.

    Parameters
    ----------
    date
        When it is due; with ``every``, for the first time, and then on that day of every period (on the last day of
        a month that is too short). Without it one that recurs is due on the first session of each period that begins
        within the run.
    amount
        Currency: positive brings money, negative takes it.
    share
        Instead: share of the previous close's nav, signed likewise. What a redemption asks for is fixed then: the
        cost of raising it falls on who stays, as long as there is anything left. A redemption of the whole book (or
        of nearly all of it) pays what selling everything brings.
    every
        Repeats it every week, month, quarter or year, from the second session of the run to its end.
    until
        Last day on which one that recurs may be due; the end of the run by default.
    invest
        What becomes of money brought: ``policy`` leaves it in cash for the policy's next decision, ``waterfall`` buys
        more of all that is held, in proportion, at that session's fill, within its cap on volume; what cannot be
        bought stays in cash.
    """

    date: str | dt.date | None = None
    amount: Annotated[float | None, AMOUNT] = None
    share: Annotated[float | None, FLOW_SHARE] = None
    every: Every | None = None
    until: str | dt.date | None = None
    invest: Invest = "policy"

    def __post_init__(self) -> None:
        size = self.amount if self.amount is not None else self.share
        if size is None or (self.amount is not None and self.share is not None):
            raise ParameterError("a flow has either an amount (currency) or a share (of nav)")
        check_fields(self)
        for name, known in (("every", (*get_args(Every), None)), ("invest", get_args(Invest))):
            if getattr(self, name) not in known:
                words = ", ".join(str(word) for word in known if word)
                raise ParameterError(f"{name} must be one of {words}, not {getattr(self, name)!r}")
        if self.date is None and self.every is None:
            raise ParameterError("a flow needs a date, or every = 'month' if it recurs")
        if self.until is not None and self.every is None:
            raise ParameterError("until belongs to a flow that recurs: say every = 'month', or leave it out")
        for day in (self.date, self.until):
            try:
                np.datetime64("NaT" if day is None else str(day), "D")
            except ValueError:
                raise ParameterError(f"a flow's date must be written YYYY-MM-DD, not {day!r}") from None

    @property
    def day(self) -> np.datetime64:
        """Its date, the first one if it recurs; NaT where that is left to the sessions."""
        return np.datetime64("NaT" if self.date is None else str(self.date), "D")

    def due(self, sessions: DateArray) -> IntArray:
        """Sessions at whose open it is due, by position; none of one that recurs on the first session.

        Parameters
        ----------
        sessions
            (T,) those replayed. What is due after the last of them is left out.
        """
        if self.every is None:
            t = int(np.searchsorted(sessions, self.day))
            return np.array([t] if t < sessions.size else [], np.int64)
        rows = self._first_of_periods(sessions) if self.date is None else self._dated(sessions)
        until = np.datetime64(str(self.until), "D") if self.until is not None else sessions[-1]
        return rows[(rows > 0) & (sessions[np.minimum(rows, sessions.size - 1)] <= until)]

    def _first_of_periods(self, sessions: DateArray) -> IntArray:
        if self.every == "week":
            period = (sessions.astype("datetime64[D]").astype(np.int64) + 3) // 7  # weeks begin on Mondays
        else:
            period = sessions.astype("datetime64[M]").astype(np.int64) // _MONTHS[str(self.every)]
        return np.flatnonzero(np.diff(period, prepend=period[:1]) != 0)

    def _dated(self, sessions: DateArray) -> IntArray:
        days = [day for day in _recurring(self.day, self.every, sessions[-1]) if day > sessions[0]]
        rows = np.searchsorted(sessions, np.array(days, "datetime64[D]"))
        return np.asarray(rows[rows < sessions.size], np.int64)


def _recurring(first: Any, every: str | None, last: np.datetime64) -> Iterator[np.datetime64]:
    """Days from ``first`` to ``last``; a day that a month does not have is its last one."""
    if every == "week":
        yield from np.arange(first, last + np.timedelta64(1, "D"), np.timedelta64(7, "D"))
        return
    month, step = first.astype("datetime64[M]"), _MONTHS[str(every)]
    place, day = first - month.astype("datetime64[D]"), first
    while day <= last:
        yield day
        month += np.timedelta64(step, "M")
        ends = (month + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
        day = min(month.astype("datetime64[D]") + place, ends)


#: How redemptions are paid when cash does not reach: most liquid assets first, or all assets alike.
Waterfall = Literal["most-liquid", "pro-rata"]
