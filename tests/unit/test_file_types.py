"""What a scenario file may say of a class's parameters, and of dates, is known before anything is run."""

from __future__ import annotations

import numpy as np

from scenarios.configure import parameters
from scenarios.shocks.price_gap import PriceGap
from simulator.core.holidays import business_calendar


def test_parameters_of_shocks_have_their_types_and_ranges():
    """They were not found, because their constructor cannot name what the base class's module can."""
    known = parameters(PriceGap)
    assert known["days"].within is not None
    assert known["severity"].within.most == 100.0


def test_a_date_beyond_any_calendar_has_weekdays():
    calendar = business_calendar(np.array(["2024-01-02", "9999-12-31"], "datetime64[D]"))
    assert np.busday_offset(np.datetime64("2024-07-03"), 1, busdaycal=calendar) == np.datetime64("2024-07-05")
    business_calendar(np.array(["1700-01-01"], "datetime64[D]"))
