"""Hostile input of every family: exit 0, 2, 3 or 130, at most one line on stderr, nothing left behind.

A few cases of each family here; ``python -m tests.fuzz --cases 1300`` hunts for an hour and counts them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from .families import FAMILIES, Case, family
from .home import ask, clear, entered, furnish

_CASES = int(os.environ.get("UNDERTOW_FUZZ_CASES", "25"))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with the small scenario, entered."""
    folder = tmp_path_factory.mktemp("fuzz")
    with entered(folder):
        furnish(folder)
        yield folder


@pytest.mark.parametrize("name", FAMILIES)
def test_hostile_input_is_one_line(home: Path, name: str):
    @seed(1)
    @settings(
        max_examples=_CASES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(family(name, home))
    def attempt(case: Case) -> None:
        kept = {path: (home / path).read_bytes() for path, _ in case.files}
        case.lay(home)
        try:
            answer = ask(case.words)
            assert not answer.fault, f"{case.words} {case.files}: {answer.fault}"
            assert answer.status == 0 or not (home / "made").exists(), f"{case.words}: left something behind"
        finally:
            for path, content in kept.items():
                (home / path).write_bytes(content)
            clear(home)

    attempt()


def test_the_small_scenario_runs_at_all(home: Path):
    """Otherwise every case above would be refused for the same reason."""
    answer = ask(("run", "small.toml", "--data", "data", "--quiet", "--out", "made"))
    clear(home)
    assert answer.status == 0, answer.err
