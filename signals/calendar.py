"""The calendar as a signal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Annotated, Final

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.panels import SignalPanel
from simulator.core.protocols import FeatureSource
from simulator.core.types import BoolArray, DateArray, IntArray
from simulator.core.within import SESSIONS, bounded


def _months(sessions: DateArray) -> IntArray:
    return sessions.astype("datetime64[M]").astype(np.int64)


#: (T,) number of the period of each session; weeks begin on Monday, and 1970 began on a Thursday.
_PERIODS: Final[Mapping[str, Callable[[DateArray], IntArray]]] = {
    "week": lambda sessions: (sessions.astype(np.int64) + 3) // 7,
    "month": _months,
    "quarter": lambda sessions: _months(sessions) // 3,
    "year": lambda sessions: _months(sessions) // 12,
}


class Calendar:
    """Fires on the first session of every period, on every n-th session, or on the first session from given dates.

    The *first* session of a period: that a session is the last one is known only from the next.

    Parameters
    ----------
    every
        ``"week"``, ``"month"``, ``"quarter"``, ``"year"``, or a number of sessions counted from the market's first.
    dates
        Instead: dates, each of which fires on the first session on or after it.
    name
        Default: ``calendar-quarter`` and the like.
    """

    warmup = 0

    @bounded
    def __init__(
        self,
        every: Annotated[str | int | None, SESSIONS] = None,
        dates: Sequence[str | date] | None = None,
        name: str | None = None,
    ) -> None:
        if (every is None) == (dates is None):
            raise ParameterError("calendar: give either every or dates")
        if isinstance(every, str) and every not in _PERIODS:
            allowed = ", ".join(_PERIODS)
            raise ParameterError(f"calendar: every must be one of {allowed}, or a number of sessions, not {every!r}")
        self.every, self.dates = every, dates
        self.name = name or f"calendar-{every if every is not None else 'dates'}"

    def compute(self, features: FeatureSource) -> SignalPanel:
        """One column, ``fire``. 1 on a session on which it fires, 0 on others."""
        sessions = features.sessions
        fire = self._fires(sessions).astype(float)[:, None]
        return SignalPanel(sessions, ("fire",), fire, sessions)

    def _fires(self, sessions: DateArray) -> BoolArray:
        if isinstance(self.every, int):
            return np.asarray((np.arange(sessions.size) % self.every == 0) & (np.arange(sessions.size) > 0))
        fire = np.zeros(sessions.size, bool)
        if isinstance(self.every, str):
            period = _PERIODS[self.every](sessions.astype("datetime64[D]"))
            fire[1:] = period[1:] != period[:-1]
            return fire
        try:
            wanted = np.array([np.datetime64(str(day), "D") for day in self.dates or ()], "datetime64[D]")
        except ValueError as error:
            raise ParameterError(f"calendar: dates must be written YYYY-MM-DD ({error})") from None
        landing = np.searchsorted(sessions, wanted)
        fire[landing[(landing < sessions.size) & (wanted >= sessions[0])]] = True
        return fire
