"""A day that was stated, among sessions."""

from __future__ import annotations

from datetime import date

import numpy as np

from simulator.core.errors import ScenarioError
from simulator.core.names import quoted
from simulator.core.types import DateArray


def session_at(sessions: DateArray, day: str, option: str, of: str) -> int:
    """Position of a day among (T,) ascending sessions.

    Parameters
    ----------
    sessions
        Of the run, or of the data.
    day
        As written: YYYY-MM-DD.
    option, of
        Where it was stated, and what the sessions are of, for the complaint.

    Raises
    ------
    ScenarioError
        If it is no date, or none of the sessions; naming the nearest.
    """
    try:
        asked = np.datetime64(date.fromisoformat(day), "D")
    except ValueError:
        raise ScenarioError(f"{option}: {quoted(day)} is no date; write YYYY-MM-DD") from None
    row = int(np.searchsorted(sessions, asked))
    if row < len(sessions) and sessions[row] == asked:
        return row
    near = sessions[int(np.abs((sessions - asked).astype(np.int64)).argmin())]
    raise ScenarioError(
        f"{option}: {asked} is no session of {of}, from {sessions[0]} to {sessions[-1]}; the nearest is {near}"
    )
