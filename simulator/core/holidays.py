"""The days on which publishers of US statistics rest."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from pandas.tseries.holiday import USFederalHolidayCalendar

from .types import DateArray

_SPAN: Final = 20  # years read from the calendar at once
_FIRST, _STOP = 1900, 2200  # no series of ours has been, or will be, published beyond; a file may say anything


def business_calendar(dates: DateArray) -> np.busdaycalendar:
    """Weekdays but for US federal holidays, over the years of ``dates`` (not empty) and some beyond.

    A holiday on a Saturday is kept on the Friday before, as federal offices do. Days of mourning, and the eves of
    Christmas that a president gives off, are not in it: the publishers worked on most of them.

    Source: 5 U.S.C. 6103, as pandas keeps it (``pandas.tseries.holiday.USFederalHolidayCalendar``); pandas is a
    dependency already, and its list begins in 1970 with Juneteenth from 2021 and the birthday of M. L. King from 1986.
    """
    years = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    first, last = np.clip([years.min(), years.max() + 2], _FIRST, _STOP).tolist()
    return _calendar(first - first % _SPAN, last - last % _SPAN + _SPAN)


@cache
def _calendar(first: int, stop: int) -> np.busdaycalendar:
    days = USFederalHolidayCalendar().holidays(f"{first}-01-01", f"{stop}-01-01")
    return np.busdaycalendar(holidays=days.to_numpy().astype("datetime64[D]"))
