"""Where faults may be planted, and that a planted one is what it says."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.faults.__main__ import Hunter, Planted, drawn
from tests.faults.forks import Place
from tests.faults.plant import faults
from tests.faults.rooms import ROOMS, Room

ROOT = Path(__file__).resolve().parents[2]

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


def test_every_file_that_a_room_names_is_there():
    for room in ROOMS.values():
        assert [test for test in room.tests if not (ROOT / test).exists()] == []


@pytest.fixture
def hunter(tmp_path, monkeypatch):
    """A tree of one function, and tests: one passes whatever it does, one fails whatever it does, one asks for it."""
    tree = tmp_path / "tree"
    for name, text in {
        "simulator/__init__.py": "",  # or that of an installed undertow is found first
        "simulator/of.py": "def twice(a):\n    return a * 2 + 0 * a\n",
        "conftest.py": "from hypothesis import settings\nsettings.register_profile('few')\n",
        "test_easy.py": "from simulator.of import twice\ndef test_it():\n    assert twice(0) == 0\n",
        "test_broken.py": "def test_it():\n    assert False\n",
        "test_asks.py": "from simulator.of import twice\ndef test_it():\n    assert twice(3) == 6\n",
    }.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    (tmp_path / "cache").mkdir()
    tests = ("test_easy.py", "test_broken.py", "test_asks.py")
    monkeypatch.setitem(ROOMS, "made", Room(("simulator/of.py",), tests))
    return Hunter(Place(tmp_path))


def test_a_fault_dies_of_the_test_that_asks_and_one_that_no_test_sees_lives(hunter):
    source = (hunter.place.tree / "simulator/of.py").read_text()
    possible = {fault.after: Planted("made", "simulator/of.py", fault) for fault in faults(source)}
    unseen, seen = hunter.hunt(possible["a * 2 - 0 * a"]), hunter.hunt(possible["3"])
    assert (unseen.lives, unseen.unsound) == (True, ("test_broken.py",))
    assert (seen.tried.test, seen.unsound) == ("test_asks.py::test_it", ("test_broken.py",))
    assert (hunter.place.tree / "simulator/of.py").read_text() == source
