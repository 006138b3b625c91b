"""When the cash of a trade arrives: what the execution says, what instruments say of themselves, and delays."""

from __future__ import annotations

import numpy as np

from simulator.core.settlement import delayed, settlement_of

SESSIONS = np.array(["2020-01-06", "2020-01-07", "2020-01-08"], "datetime64[D]")
ASSETS = ("A", "B")


def test_an_instrument_says_more_than_a_rule_for_all():
    assert settlement_of(2, SESSIONS, ASSETS, {"B": 3}).tolist() == [[2, 3]]
    assert settlement_of(0, SESSIONS, ASSETS, {"B": 3}).tolist() == [[0, 3]]
    assert settlement_of(2, SESSIONS, ASSETS, {"B": 0}).tolist() == [[2, 0]]


def test_a_table_that_names_an_asset_says_more_than_its_instrument():
    assert settlement_of({"B": 1}, SESSIONS, ASSETS, {"A": 4, "B": 3}).tolist() == [[4, 1]]


def test_delays_add_to_what_instruments_state():
    """B settles in three, and two later on the second day; A in one."""
    late = np.zeros((3, 2), np.int64)
    late[1, 1] = 2
    days = delayed(1, late, SESSIONS, ASSETS, {"B": 3})
    assert settlement_of(days, SESSIONS, ASSETS, {"B": 3}).tolist() == [[1, 3], [1, 5], [1, 3]]
