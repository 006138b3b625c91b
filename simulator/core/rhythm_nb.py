"""How many sessions a year has, from their spacing: what every annual figure is multiplied by.

252 is the custom of markets that keep weekends and holidays, not a law: coins trade 365 days a year, a fund's file may
have a row a week or a month. The rhythm is read off the sessions and, where it is near a customary one, is that one, so
that a market of 250 sessions a year and one of 253 are annualised alike.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .jit import kernel
from .types import DateArray, FloatArray, IntArray

DAYS_PER_YEAR = 365.25
#: From so many days on, sessions are counted; over less, ends and holidays weigh too much, and gaps say more.
_LONG = 2.0 * DAYS_PER_YEAR
#: Sessions a year that count as the customary number.
WEEKDAYS, LEAST_WEEKDAYS, MOST_WEEKDAYS = 252.0, 245.0, 262.0
EVERY_DAY, LEAST_EVERY_DAY, MOST_EVERY_DAY = 365.0, 355.0, 366.0
WEEKS, LEAST_WEEKS, MOST_WEEKS = 52.0, 50.0, 53.5
MONTHS, LEAST_MONTHS, MOST_MONTHS = 12.0, 11.5, 12.5


class Gaps(NamedTuple):
    """How many gaps between sessions are of a kind."""

    all: int
    next_day: int
    daily: int  # no longer than those of a market of weekdays
    weekly: int
    monthly: int


NO_GAPS = Gaps(0, 0, 0, 0, 0)


@kernel(inline=True)
def one_more_nb(gaps: Gaps, days: int) -> Gaps:
    """The gaps and one of so many days."""
    return Gaps(
        gaps.all + 1,
        gaps.next_day + (1 if days == 1 else 0),
        gaps.daily + (1 if days <= 5 else 0),
        gaps.weekly + (1 if 6 <= days <= 8 else 0),
        gaps.monthly + (1 if 26 <= days <= 36 else 0),
    )


@kernel(inline=True)
def rhythm_nb(gaps: Gaps, days: int) -> float:
    """Sessions a year, from gaps that make up ``days`` calendar days; 252 where nothing was seen.

    No run of weekdays longer than a week has nine tenths of its gaps of one day; every market that trades at
    weekends has.
    """
    count = gaps.all
    if count < 1 or days < 1:
        return WEEKDAYS
    seen = count * DAYS_PER_YEAR / days
    if days >= _LONG:
        if LEAST_WEEKDAYS <= seen <= MOST_WEEKDAYS:
            return WEEKDAYS
        if LEAST_EVERY_DAY <= seen <= MOST_EVERY_DAY:
            return EVERY_DAY
        if LEAST_WEEKS <= seen <= MOST_WEEKS:
            return WEEKS
        if LEAST_MONTHS <= seen <= MOST_MONTHS:
            return MONTHS
        return seen
    if 2 * gaps.weekly > count:
        return WEEKS
    if 2 * gaps.monthly > count:
        return MONTHS
    if count >= 7 and 10 * gaps.next_day >= 9 * count:
        return EVERY_DAY
    if count < 7 and gaps.daily > 0:
        return WEEKDAYS
    return WEEKDAYS if 2 * gaps.next_day > count else seen


@kernel
def rhythm_so_far_nb(days: IntArray, rhythm: FloatArray) -> None:
    """Write the rhythm seen up to each session, given as day numbers."""
    gaps = NO_GAPS
    for t in range(days.shape[0]):
        if t > 0:
            gaps = one_more_nb(gaps, days[t] - days[t - 1])
        rhythm[t] = rhythm_nb(gaps, days[t] - days[0])


def day_numbers(sessions: DateArray) -> IntArray:
    """(T,) sessions as days since 1970."""
    return sessions.astype("datetime64[D]").astype(np.int64)


def rhythm_so_far(sessions: DateArray) -> FloatArray:
    """(T,) sessions a year as their spacing up to each one shows; nothing later is used."""
    rhythm = np.empty(sessions.size)
    rhythm_so_far_nb(day_numbers(sessions), rhythm)
    return rhythm


def sessions_per_year(sessions: DateArray, stated: float | None = None) -> float:
    """How many sessions a year has, for annual figures.

    Parameters
    ----------
    sessions
        (T,) dates, ascending.
    stated
        What the user says it is; it then is.

    Returns
    -------
    float
        252 where 245 to 262 sessions a year are seen, 365 (355 to 366), 52 (50 to 53.5) and 12 (11.5 to 12.5)
        likewise, else the number seen: gaps over calendar time. Less than two years are judged by what most of their
        gaps are.
    """
    if stated is not None:
        return float(stated)
    return float(rhythm_so_far(sessions)[-1]) if sessions.size else WEEKDAYS
