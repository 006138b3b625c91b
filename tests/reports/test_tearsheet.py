"""The QuantStats adapter on what crashes or misleads QuantStats."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from reports import TearSheet, write_tearsheet
from reports.tearsheet import comparable, unfit


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
