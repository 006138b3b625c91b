"""Every change of colour of a status signal, and what was published of it later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from signals.stress.validation import Scored
from simulator.core.errors import ParameterError
from simulator.core.types import BoolArray, DateArray, FloatArray

#: Sessions after a change within which what came still makes it early rather than false.
EARLY: Final = 10
Verdict = Literal["right", "late", "early", "false", "open"]


@dataclass(frozen=True, eq=False)
class Change:
    """One change of colour.

    Attributes
    ----------
    row, date
        Its session, among those forecast.
    before, after
        Classes; before the first forecast there is none (-1).
    probability
        Of any class above the mildest, that day.
    sessions
        In the new colour, up to the next change or the last forecast.
    came
        The class published later for that session.
    verdict
        Against what was published later: ``right`` if the published status passed into the range of the new colour
        (as severe or more on the way up, as mild or more on the way down) on that very session, ``late`` if before,
        ``early`` if within :data:`EARLY` sessions after, ``false`` if not by then, ``open`` if that cannot be said
        yet. The first colour is right or false.
    off
        Sessions early (below 0), or late (above 0): those on which the published status was in that range already and
        the signal, since it last left the range, was not.
    known_at
        When the verdict could be known: the latest publication it rests on; NaT while open.
    """

    row: int
    date: np.datetime64
    before: int
    after: int
    probability: float
    sessions: int
    came: int
    verdict: Verdict
    off: int
    known_at: np.datetime64

    @property
    def upward(self) -> bool:
        """Whether the colour got worse."""
        return self.after > self.before


def changes(scored: Scored) -> tuple[Change, ...]:
    """Every change of the called class, in the order of time; the first entry is the first colour."""
    status = scored.status.astype(int)
    rows = np.concatenate([[0], np.flatnonzero(np.diff(status)) + 1])
    ends = np.append(rows[1:], status.size)
    chance = scored.probability[:, 1:].sum(axis=1)
    found = []
    for row, end in zip(rows, ends, strict=True):
        before = int(status[row - 1]) if row else -1
        verdict, off, known_at = _judged(scored, int(row), before, int(status[row]))
        found.append(
            Change(
                int(row),
                scored.dates[row],
                before,
                int(status[row]),
                float(chance[row]),
                int(end - row),
                int(scored.actual[row]),
                verdict,
                off,
                known_at,
            )
        )
    return tuple(found)


def _judged(scored: Scored, row: int, before: int, after: int) -> tuple[Verdict, int, np.datetime64]:
    """Verdict, sessions late or early, and when that was known."""
    known_at = scored.known_at
    if before < 0:
        right = bool(scored.actual[row] == after)
        return "right" if right else "false", 0, known_at[row]
    came, said = (_reached(statuses, after, after > before) for statuses in (scored.actual, scored.status))
    if came[row]:
        late = row - max(_since(came, row), _since(~said, row - 1))
        return ("late" if late else "right"), late, known_at[row]
    ahead = np.flatnonzero(came[row + 1 : row + 1 + EARLY])
    if ahead.size:
        wait = int(ahead[0]) + 1
        return "early", -wait, known_at[row : row + wait + 1].max()
    if row + EARLY >= scored.dates.size:
        return "open", 0, np.datetime64("NaT", "D")
    return "false", 0, known_at[row : row + 1 + EARLY].max()


def _reached(classes: FloatArray, after: int, upward: bool) -> BoolArray:
    """(n,) True where a class is within the range of the new colour."""
    return np.asarray(classes >= after if upward else classes <= after)


def _since(there: BoolArray, row: int) -> int:
    """The first row of the unbroken run of True that ``row`` is in."""
    apart = np.flatnonzero(~there[: row + 1])
    return int(apart[-1]) + 1 if apart.size else 0


def replay(dates: DateArray, log: Sequence[tuple[np.datetime64, int]]) -> FloatArray:
    """(n,) the class on each session, from the dates of changes and the classes they lead to.

    Raises
    ------
    ParameterError
        If a change lies on no session, or the first session has no colour.
    """
    days = np.array([day for day, _ in log], "datetime64[D]")
    at = np.searchsorted(dates, days)
    if not log or at[0] != 0 or at[-1] >= dates.size or (dates[at] != days).any():
        raise ParameterError("a log of colours must begin on the first session, and change on sessions only")
    out = np.full(dates.size, np.nan)
    for k, (_, colour) in zip(at, log, strict=True):
        out[k:] = colour
    return out
