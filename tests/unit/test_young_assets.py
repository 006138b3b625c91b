"""A book whose assets list one after the other, from a scenario file: what it holds, and what page and terminal say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scenarios.build import build
from scenarios.load import load
from scenarios.runner import replay
from scenarios.table import comparison_table

SCENARIO = """
[scenario]
name = "young"
benchmark = "passive"
[market]
source = "csv"
path = "px"
prices = "adjusted"
cash_rate = 0.0
[portfolio]
weights = { A = 0.4, B = 0.4, CASH = 0.2 }
[costs]
half_spread_bps = 0.0
eta = 0.0
gamma = 0.0
[policies.passive]
kind = "hold"
[policies.patient]
kind = "hold"
unlisted = "cash"
"""


@pytest.fixture
def folder(tmp_path):
    days = pd.bdate_range("2020-01-01", periods=40)
    (tmp_path / "px").mkdir()
    for name, first in (("A", 0), ("B", 20)):
        columns = dict.fromkeys(("Open", "High", "Low", "Close", "Adj Close"), 10.0)
        frame = pd.DataFrame({"Date": days[first:], **columns, "Volume": 1e6})
        frame.to_csv(tmp_path / "px" / f"{name}.csv", index=False)
    (tmp_path / "young.toml").write_text(SCENARIO, encoding="utf-8")
    return tmp_path


def run(folder, *overrides):
    return replay(build(load(str(folder / "young.toml"), overrides), folder))


def test_a_book_shares_until_it_is_whole_and_says_when(folder):
    outcome = run(folder)
    weights = outcome.results["passive"].weights
    assert weights["A"].iloc[5] == pytest.approx(0.8)
    assert weights[["A", "B"]].iloc[-1].tolist() == pytest.approx([0.4, 0.4])
    assert outcome.results["patient"].weights[["A", "B"]].iloc[-1].tolist() == pytest.approx([0.4, 0.0])
    notice, *others = outcome.notices
    assert any("does not annualise" in other for other in others)
    assert notice.startswith("the book is whole from 2020-01-29 on")
    assert "B (listed 2020-01-29) is shared by the others" in notice
    assert notice in comparison_table(outcome)


def test_the_scenario_may_leave_it_in_cash(folder):
    outcome = run(folder, "portfolio.unlisted=cash")
    assert outcome.results["passive"].weights["B"].iloc[-1] == 0.0
    assert "is in cash" in outcome.notices[0]


def test_a_book_that_is_whole_from_the_start_says_nothing(folder):
    assert not any("whole" in text for text in run(folder, "scenario.start=2020-02-03").notices)


JUDGED = """
[signals.month]
kind = "calendar"
every = "month"
[signals.vol]
kind = "volatility"
lookback = 5
enter = 0.2
exit = 0.1
[signals.other]
kind = "volatility"
lookback = 8
enter = 0.2
exit = 0.1
[policies.out]
kind = "de-risk"
base = "passive"
signal = "vol"
[judge]
policy = "out"
against = ["vol"]
signals = ["other"]
draws = 100
placebos = 19
least_shift = 3
"""


def test_signals_are_judged_from_when_the_book_is_whole(folder):
    rng = np.random.default_rng(4)
    days = pd.bdate_range("2020-01-01", periods=90)
    for name, first in (("A", 0), ("B", 20)):
        close = 10.0 * np.exp(rng.normal(0.0, 0.012, 90).cumsum())[first:]
        columns = dict.fromkeys(("Open", "High", "Low", "Close", "Adj Close"), close)
        frame = pd.DataFrame({"Date": days[first:], **columns, "Volume": 1e6})
        frame.to_csv(folder / "px" / f"{name}.csv", index=False)
    with (folder / "young.toml").open("a") as file:
        file.write(JUDGED)
    outcome = run(folder)
    assert str(outcome.results["passive"].sessions[0]) == "2020-01-13"
    assert str(outcome.verdicts.sessions[0]) == "2020-01-29"
    assert any("judged from 2020-01-29 on, when the book is whole" in text for text in outcome.notices)
    asked = run(folder, "judge.start=2020-02-10")
    assert str(asked.verdicts.sessions[0]) == "2020-02-10"
    assert not any("judged from" in text for text in asked.notices)
