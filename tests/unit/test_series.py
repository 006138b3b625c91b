"""Published series: when they become known, how long they hold, and what their history may know."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.core.release import KNOWN_RULES, ReleaseRule


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def known(name: str, date: str) -> np.datetime64:
    return ReleaseRule.parse(KNOWN_RULES[name]).known_at(np.array([date], "datetime64[D]"))[0]


# --- release rules


@pytest.mark.parametrize("name", KNOWN_RULES)
def test_no_publisher_works_on_columbus_day(name):
    # stocks traded on Monday 2020-10-12; the offices that publish were closed, with Friday's values in them
    assert known(name, "2020-10-09") > day("2020-10-12")


@pytest.mark.parametrize(
    ("name", "date", "published"),
    [
        ("NFCI", "2018-03-02", "2018-03-07"),  # Wednesday
        ("NFCI", "2018-01-12", "2018-01-18"),  # King's birthday on Monday: Thursday
        ("NFCI", "2018-11-16", "2018-11-21"),  # Thanksgiving is later in the week: Wednesday
        ("NFCI", "2015-07-03", "2015-07-08"),  # the Friday itself a holiday: Wednesday all the same
        ("STLFSI4", "2018-03-02", "2018-03-08"),  # Thursday
        ("STLFSI4", "2018-11-16", "2018-11-23"),  # Thanksgiving: Friday
        ("TEDRATE", "2018-03-05", "2018-03-12"),  # FRED holds LIBOR back for a week
        ("USD3MTD156N", "2018-03-05", "2018-03-12"),
        ("DGS10", "2018-10-05", "2018-10-09"),
        ("OFRFSI", "2018-10-04", "2018-10-09"),
    ],
)
def test_well_known_series_come_when_their_publishers_say(name, date, published):
    assert known(name, date) == day(published)
