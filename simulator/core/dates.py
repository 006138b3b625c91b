"""Dates are local dates of the market, made once: stamps in, one plain day a row out, or the reason why not.

A daily bar is often stamped with an instant. Read in another time zone, that instant may fall on the day before: a
value would be known, and a session held, a day early. Whoever has instants says ``zone``, or has them in their own.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from .errors import DataError, ParameterError
from .types import BoolArray, DateArray

#: Hour from which a stamp may be the next local day's: Sydney's midnight is 13:00 in UTC, Tokyo's 15:00.
_LATE_IN_UTC: Final = 12
#: Hour from which a stamp is no longer that day's bar: European midnights are evenings in America.
_LATE_AT_HOME: Final = 18
#: Sundays of a weekday market beyond this share of its weeks are a calendar of another zone, not a special session.
_RARE: Final = 0.1


def local_dates(where: str, index: Any, zone: str | None = None) -> pd.DatetimeIndex:
    """The local dates of an index of dates or of instants: without zone and time of day, unique and ascending.

    Parameters
    ----------
    where
        What is indexed, for messages.
    index
        A DatetimeIndex, or dates; with a time zone or without.
    zone
        The zone of the exchange or publisher (``Europe/Berlin``), in which instants are read. By default they are
        read in the zone they have.

    Raises
    ------
    DataError
        If a row has no date, a date is repeated or goes back, or a stamp may be that of the next day.
    """
    stamps = _stamps(where, index)
    if stamps.hasnans:
        raise DataError(f"{where}: row {int(np.flatnonzero(stamps.isna())[0]) + 1} has no date")
    wall = _wall(where, stamps, zone)
    days = pd.DatetimeIndex(wall.normalize(), name=stamps.name)
    check_dates(where, days)
    return days


def _stamps(where: str, index: Any) -> pd.DatetimeIndex:
    if isinstance(index, pd.DatetimeIndex):
        return index
    if isinstance(index, pd.PeriodIndex) and index.freqstr in ("D", "B"):
        return index.to_timestamp()
    given = pd.Index(index)
    if given.size and all(isinstance(day, date | np.datetime64 | str) for day in given):
        try:
            return pd.DatetimeIndex(given)
        except (ValueError, TypeError) as error:
            text = str(error).partition("\n")[0]
            raise DataError(f"{where}: its index cannot be read as dates ({text}); write YYYY-MM-DD") from None
    raise DataError(f"{where} must be indexed by dates (a DatetimeIndex); convert with pd.to_datetime")


def _wall(where: str, stamps: pd.DatetimeIndex, zone: str | None) -> pd.DatetimeIndex:
    """What a clock on the wall showed, where that says which day it was."""
    if zone is not None and stamps.tz is not None:
        return stamps.tz_convert(checked_zone(zone)).tz_localize(None)
    wall = stamps.tz_localize(None)
    refuse_late(where, wall, in_utc=stamps.tz is not None and _is_utc(stamps))
    return wall


def _is_utc(stamps: pd.DatetimeIndex) -> bool:
    return str(stamps.tz) in ("UTC", "UTC+00:00", "Etc/UTC", "GMT", "Etc/GMT", "Z")


def checked_zone(zone: str) -> ZoneInfo:
    """The time zone of a name; raise :class:`ParameterError` if there is none."""
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError):
        raise ParameterError(f"zone: {zone!r} is no time zone; write one like 'Europe/Berlin'") from None


def refuse_late(where: str, wall: pd.DatetimeIndex, in_utc: bool) -> None:
    """Raise at the first stamp so late in the day that it may be the next local day's."""
    latest = _LATE_IN_UTC if in_utc else _LATE_AT_HOME
    late = np.flatnonzero(wall.hour >= latest)
    if late.size:
        stamp = wall[late[0]]
        raise DataError(
            f"{where}: {stamp:%Y-%m-%d %H:%M}{' UTC' if in_utc else ''} may be the bar of that day or of the next: say "
            "the zone of the exchange (zone = 'Europe/Berlin', for stamps that have a zone), or give plain dates"
        )


def check_dates(where: str, days: pd.DatetimeIndex) -> None:
    """Raise unless the dates are unique and ascending, one a day."""
    repeated = days[days.duplicated()]
    if len(repeated):
        raise DataError(f"{where}: date {repeated[0]:%Y-%m-%d} appears twice; keep one row a day")
    if not days.is_monotonic_increasing:
        first = days[1:][np.diff(days.asi8) < 0][0]
        raise DataError(f"{where}: dates go back at {first:%Y-%m-%d}; sort the rows by date")


def weekend_bars(days: DateArray) -> BoolArray:
    """(T,) True on weekend days of what otherwise keeps to weekdays: daily, and never on most Saturdays.

    What trades every day, and what is dated once a week or a month, has none.
    """
    days = days.astype("datetime64[D]")
    none = np.zeros(days.size, np.bool_)
    if days.size < 3 or np.median(np.diff(days).astype(np.int64)) > 1.0:
        return none
    day_of_week = (days.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    saturdays = _count_of(5, days)
    if saturdays == 0 or (day_of_week == 5).sum() > 0.5 * saturdays:
        return none
    return np.asarray(day_of_week >= 5)


def check_week(where: str, days: DateArray) -> None:
    """Raise if what keeps to weekdays has Sundays throughout: dates of another zone, a day early."""
    weekend = weekend_bars(days)
    sundays = days[weekend & ((days.astype("datetime64[D]").astype(np.int64) + 3) % 7 == 6)]
    if sundays.size and sundays.size > _RARE * _count_of(6, days):
        raise DataError(
            f"{where}: {sundays.size} Sundays of a market that rests on Saturdays, the first {sundays[0]}: are these "
            "dates a day early (another time zone's), or evening bars of Monday? Give local dates; if it does trade on "
            "Sundays, say its zone (zone = 'Asia/Jerusalem')"
        )


def _count_of(weekday: int, days: DateArray) -> int:
    """How many days of that weekday (Monday is 0) lie from the first date to the last."""
    first, last = days[0].astype("datetime64[D]").astype(np.int64) + 3, days[-1].astype("datetime64[D]").astype(int) + 3
    return int((last - weekday) // 7 - (first - 1 - weekday) // 7)
