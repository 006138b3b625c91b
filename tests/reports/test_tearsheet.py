"""The QuantStats adapter on what crashes or misleads QuantStats."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from reports import TearSheet, write_tearsheet
from reports.tearsheet import comparable, unfit
from reports.worker import SheetWorkers


def sheet(returns, benchmark=None, coverage=2.0):
    index = pd.bdate_range("2020-01-01", periods=len(returns), name="date")
    series = pd.Series(returns, index)
    liquidity = pd.DataFrame({"liquid_share": 0.2 * coverage, "coverage": coverage}, index)
    other = None if benchmark is None else pd.Series(benchmark, index)
    return TearSheet("mine", series, other, "passive", 0.02, liquidity)


NOISE = np.random.default_rng(0).normal(0.0005, 0.01, 300)


@pytest.mark.parametrize(
    ("case", "word"),
    [
        (sheet(np.zeros(300), NOISE), "never moved"),
        (sheet(np.array([0.01])), "only 1 sessions"),
        (sheet(np.full(300, 0.0)), "never moved"),
    ],
    ids=["flat with a benchmark", "one observation", "flat"],
)
def test_what_quantstats_cannot_do_is_said(case, word, tmp_path):
    write_tearsheet(case, tmp_path / "x.html")
    text = (tmp_path / "x.html").read_text()
    assert word in text
    assert "undertow-liquidity" in text


def test_a_flat_benchmark_is_left_out(tmp_path):
    write_tearsheet(sheet(NOISE, np.zeros(300)), tmp_path / "x.html")
    text = (tmp_path / "x.html").read_text()
    assert "Key Performance Metrics" in text
    assert "EOY Returns vs Benchmark" not in text


def test_a_benchmark_must_share_the_dates():
    ours = sheet(NOISE).returns
    assert comparable(ours, ours * 0.5) is not None
    assert comparable(ours, (ours * 0.5).shift(5000, freq="D")) is None
    assert comparable(ours, None) is None
    assert unfit(ours) == ""


def test_nothing_external_is_left(tmp_path):
    write_tearsheet(sheet(NOISE, NOISE[::-1].copy(), coverage=np.nan), tmp_path / "x.html")
    text = (tmp_path / "x.html").read_text()
    assert "favicon" not in text
    assert "save()" not in text
    assert "no volumes" in text


class Deadly:
    """Ends the process that unpickles it."""

    def __reduce__(self):
        return os._exit, (3,)


@pytest.fixture
def workers(tmp_path, monkeypatch):
    """Two sheets at a time, of books that never moved: nothing is drawn, so that nothing need be imported for it."""
    (tmp_path / "quantstats.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with SheetWorkers(tmp_path, 2) as found:
        yield found
    assert not list(tmp_path.glob(".*"))


def test_sheets_are_written_by_other_processes_and_answered_for_by_name(workers, tmp_path):
    named = {name: tmp_path / f"{name}.html" for name in ("a", "b", "c")}
    for name, page in named.items():
        workers.submit(name, replace(sheet(np.zeros(300)), title=f"book {name}"), page)
    assert sorted(workers.results()) == ["a", "b", "c"]
    assert all(f"book {name}" in page.read_text() for name, page in named.items())


def test_a_sheet_whose_process_ends_or_fails_is_named(workers, tmp_path):
    workers.submit("deadly", Deadly(), tmp_path / "deadly.html")
    with pytest.raises(RuntimeError, match=r"tear-sheet of 'deadly' failed: its process ended"):
        list(workers.results())
    (tmp_path / ".job-0.pickle").unlink()


def test_a_sheet_that_cannot_be_written_says_why(workers, tmp_path):
    workers.submit("lost", sheet(np.zeros(300)), tmp_path / "nowhere" / "lost.html")
    with pytest.raises(RuntimeError, match=r"tear-sheet of 'lost' failed: .*(nowhere|No such)"):
        list(workers.results())
    (tmp_path / ".job-0.pickle").unlink()
