"""Where faults may be planted, and that a planted one is what it says."""

from __future__ import annotations

import ast

from tests.faults.__main__ import drawn
from tests.faults.plant import faults
from tests.faults.rooms import ROOMS

SOURCE = '''
"""Texts are left alone: 1 < 2."""
LIMIT = 3

def figure(a, b, name="x", most=4):
    """Not 5 either."""
    if a < 0:
        raise ValueError(f"{a + 1} is below 0")
    if a <= b and not name:
        return a * 2.0
    return f"{a - b}", a - b, ["x"] + [name]
'''


def test_faults_are_slips_in_what_figures_rest_on():
    found = [(fault.line, fault.before, fault.after) for fault in faults(SOURCE)]
    assert found == [
        (9, "a <= b", "a > b"),
        (9, "a <= b and (not name)", "a <= b or not name"),
        (9, "not name", "name"),
        (10, "a * 2.0", "a / 2.0"),
        (10, "2.0", "3.0"),
        (11, "a - b", "a + b"),
    ]


def test_a_planted_fault_changes_that_place_alone():
    for fault in faults(SOURCE):
        planted = fault.planted(SOURCE)
        ast.parse(planted)
        assert f"({fault.after})" in planted
        assert planted.count("\n") == SOURCE.count("\n")


def test_every_room_has_files_and_draws_repeat():
    assert {planted.room for planted in drawn(len(ROOMS), 3)} == set(ROOMS)
    assert drawn(30, 3) == drawn(30, 3)
