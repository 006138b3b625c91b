"""Hostile input of every family: exit 0, 2, 3 or 130, at most one line on stderr, nothing left behind.

Some twenty cases of each family here (one of those that ask for whole commands, which take longest), of which a share
must run to the end; ``python -m tests.fuzz --cases 900``, or ``UNDERTOW_FUZZ_CASES=900``, hunts for an hour and counts
them.
"""

from __future__ import annotations

import collections
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from scenarios.schema import ScenarioFile

from .asked import ASKED
from .draws import TABLES
from .families import Case, family, names
from .home import entered
from .laid import furnish, tried

_CASES = int(os.environ.get("UNDERTOW_FUZZ_CASES", "20"))
_DEAR = 20  # times fewer cases of whole commands
_FEWEST = 20  # cases of which a share can be asked


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with the small scenario and what commands write of it, entered."""
    folder = tmp_path_factory.mktemp("fuzz")
    with entered(folder):
        furnish(folder)
        yield folder


@pytest.mark.parametrize("name", names())
def test_hostile_input_is_one_line(home: Path, name: str):
    statuses: collections.Counter[int] = collections.Counter()

    @seed(1)
    @settings(
        max_examples=max(_CASES // _DEAR, 1) if name in ASKED else _CASES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(family(name, home))
    def attempt(case: Case) -> None:
        answer, fault = tried(case, home)
        statuses[answer.status] += 1
        assert not fault, f"{case.words} {case.files}: {fault}"

    attempt()
    if statuses.total() >= _FEWEST:
        assert statuses[0] >= 0.15 * statuses.total(), f"too few run to the end: {statuses}"


def test_every_table_of_a_scenario_is_tried():
    assert set(ScenarioFile.model_fields) == TABLES
