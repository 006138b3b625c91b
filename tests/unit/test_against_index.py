"""An index as benchmark: figures by hand, and what a book that is the index differs from it by."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from scenarios.against_index import index_levels
from scenarios.cli import main
from scenarios.load import load
from scenarios.resolved import explained
from simulator.core.errors import ScenarioError
from simulator.core.series import ExogenousSeries
from simulator.metrics.active import active
from tests.layouts import bars

SCENARIO = """
[scenario]
name = "one"
benchmark = "all"
index = "IDX"
[market]
source = "csv"
path = "prices"
cash_rate = 0.0
series = { IDX = "IDX.csv" }
[portfolio]
weights = { AAA = 1.0 }
[execution]
lag = 0
fill = "close"
[costs]
half_spread_bps = 0.0
eta = 0.0
gamma = 0.0
[policies.all]
kind = "hold"
title = "All of it"
[policies.half]
kind = "hold"
weights = { AAA = 0.5, CASH = 0.5 }
"""


def test_figures_are_those_worked_by_hand():
    own, index, cash = np.array([0.02, -0.01, 0.03]), np.array([0.01, -0.02, 0.01]), np.array([0.0, 0.0, 0.0])
    found = active(own, index, cash, 252.0)
    # differences .01, .01, .02: mean .04/3, deviation sqrt(((.01/3)^2 * 2 + (.02/3)^2) / 2) = .01 / sqrt(3)
    assert found.tracking_error == pytest.approx(0.01 / np.sqrt(3.0) * np.sqrt(252.0), rel=1e-12)
    assert found.information_ratio == pytest.approx(0.04 / 3.0 / (0.01 / np.sqrt(3.0)) * np.sqrt(252.0), rel=1e-12)
    # around means .04/3 and 0: products sum to 1e-4 * (2 + 1 + 3 ...)
    assert found.beta == pytest.approx((0.02 * 0.01 + 0.01 * 0.02 + 0.03 * 0.01) / (6e-4), rel=1e-12)
    assert found.correlation == pytest.approx(np.corrcoef(own, index)[0, 1], rel=1e-12)
    assert np.isnan(active(own[:1], index[:1], cash[:1], 252.0).beta)
    assert np.isnan(active(own, own, cash, 252.0).information_ratio)
    paid = np.array([0.001, 0.002, 0.003])
    assert active(own + paid, index + paid, paid, 252.0).beta == pytest.approx(found.beta, rel=1e-12)


@pytest.fixture
def home(tmp_path):
    (tmp_path / "data/prices").mkdir(parents=True)
    frame = bars(3, 200)
    frame.to_csv(tmp_path / "data/prices/AAA.csv")
    frame[["Adj Close"]].rename(columns={"Adj Close": "Close"}).to_csv(tmp_path / "data/IDX.csv")
    (tmp_path / "one.toml").write_text(SCENARIO)
    return tmp_path


def run(home, *settings):
    words = [word for text in settings for word in ("--set", text)]
    base = ["run", str(home / "one.toml"), "--data", str(home / "data"), "--out", str(home / "out"), "--quiet"]
    return main([*base, "--no-tearsheets", *words])


def test_a_book_that_is_the_index_differs_by_nothing_and_one_of_half_by_half(home, capsys):
    assert run(home) == 0
    said = capsys.readouterr().out
    found = json.loads((home / "out/metrics.json").read_text())["against_index"]
    for name in ("sharpe", "cagr", "max_drawdown"):
        own = found["all"][name]
        assert [own["value"], own["low"], own["high"]] == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)
    assert found["all"]["tracking_error"] == pytest.approx(0.0, abs=1e-12)
    assert found["all"]["beta"] == pytest.approx(1.0, abs=1e-9)
    closes = pd.read_csv(home / "data/IDX.csv")["Close"].to_numpy()
    level = 0.5 + 0.5 * closes / closes[0]
    half, whole = level[1:] / level[:-1] - 1.0, closes[1:] / closes[:-1] - 1.0
    gap = np.append(0.0, half - whole)
    per_year = 252.0
    assert found["half"]["tracking_error"] == pytest.approx(gap.std(ddof=1) * np.sqrt(per_year), rel=1e-6)
    years = (pd.Timestamp("2023-01-02") + pd.offsets.BDay(199) - pd.Timestamp("2023-01-02")).days / 365.25
    growth = level[-1] ** (1 / years) - (closes[-1] / closes[0]) ** (1 / years)
    assert found["half"]["cagr"]["value"] == pytest.approx(growth, rel=1e-6)
    assert found["half"]["cagr"]["low"] <= growth <= found["half"]["cagr"]["high"]
    page = (home / "out/index.html").read_text()
    assert 'id="against-index"' in page
    assert '<th scope="row">IDX (index)</th>' in page  # in the table of the chart
    for line in ("All of it against IDX: Sharpe ratio", "half against IDX: Sharpe ratio", "one of prices leaves out"):
        assert line in said
        assert line in page
    capsys.readouterr()
    assert run(home, "scenario.index=unset") == 0
    assert "against IDX" not in capsys.readouterr().out
    told = json.loads((home / "out/metrics.json").read_text())
    assert "against_index" not in told


def series(values, days, **more):
    return ExogenousSeries.from_pandas(pd.Series(values, pd.DatetimeIndex(days)), "business-days:3", "X", **more)


def test_levels_are_of_their_day_whenever_published_and_carried_for_a_while_alone():
    sessions = np.array(["2023-01-03", "2023-01-04", "2023-01-05", "2023-02-20"], "datetime64[D]")
    own = series([1.0, 2.0, 3.0], ["2023-01-03", "2023-01-04", "2023-02-20"])
    assert index_levels(own, sessions).tolist() == [1.0, 2.0, 2.0, 3.0]
    with pytest.raises(ScenarioError, match="no value for 2023-01-03, none before"):
        index_levels(series([2.0, 3.0], ["2023-01-04", "2023-02-20"]), sessions)
    with pytest.raises(ScenarioError, match="no value for 2023-02-20, the last before of 2023-01-04"):
        index_levels(series([1.0, 2.0], ["2023-01-03", "2023-01-04"], max_age_days=10), sessions)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("scenario.index=IDY", "scenario.index: no series 'IDY' in [market]; did you mean 'IDX'?"),
        ("market.series.IDX={path='IDX.csv',column='Below'}", "scenario.index: IDX is -1"),
    ],
)
def test_what_is_no_index_is_refused(home, capsys, setting, words):
    frame = pd.read_csv(home / "data/IDX.csv").assign(Below=-1.0)
    frame.to_csv(home / "data/IDX.csv", index=False)
    assert run(home, setting) == 2
    err = capsys.readouterr().err
    assert words in err
    assert not (home / "out").exists()


def test_an_index_that_ends_within_the_run_is_refused(home, capsys):
    pd.read_csv(home / "data/IDX.csv").iloc[:150].to_csv(home / "data/IDX.csv", index=False)
    assert run(home) == 2
    assert re.search(
        r"scenario\.index: IDX has no value for 2023-08-\d\d, the last before of 2023-07-28", capsys.readouterr().err
    )
    assert not (home / "out").exists()
    assert run(home, "scenario.end=2023-07-28") == 0


def test_show_explains_the_key(home):
    assert 'index = "IDX"' in explained(load(str(home / "one.toml")))


def test_an_index_beside_converted_prices_is_said_not_to_be_converted(home, capsys):
    days = pd.read_csv(home / "data/prices/AAA.csv", index_col=0).index
    pd.Series(1.3, pd.Index(days, name="Date"), name="Close").to_csv(home / "data/eurusd.csv")
    said = "Its values are not converted to USD"
    assert run(home) == 0
    assert said not in capsys.readouterr().out
    settings = ["market.currency='USD'", "market.fx={EUR='eurusd.csv'}", "instruments.AAA={currency='EUR'}"]
    assert run(home, *settings) == 0
    assert said in capsys.readouterr().out
    assert said in (home / "out/index.html").read_text()
