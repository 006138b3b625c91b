"""Shocks that wait: they strike on the session after what they wait for, in any order, on the past alone."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pytest

from scenarios.cli import main
from scenarios.shocks import Default, PriceGap, Redemption, SignalDelay, VolumeCollapse, apply_shocks, on_their_days
from simulator import MarketData, ParameterError
from tests.support import random_market

DAYS = pd.bdate_range("2020-01-06", periods=12)
# SPY falls to 96 (4%), 92 (8%), 89 (11%); a half of it in a portfolio is 2%, 4%, and then about 5.6%.
SPY = [100.0, 104.0, 100.0, 100.0, 96.0, 92.0, 89.0, 90.0, 90.0, 90.0, 90.0, 90.0]
MARKET = MarketData.from_frames(
    pd.DataFrame({"SPY": SPY, "TLT": 50.0}, DAYS), volume=pd.DataFrame(1e6, DAYS, ["SPY", "TLT"]), cash_rate=0.0
)


def thin(when, start="2020-01-08", **how):
    return VolumeCollapse(start=start, days=2, remaining=0.5, when=when, **how)


def struck(shock, market=MARKET):
    """Rows on which volume is halved."""
    world = apply_shocks(market, (shock,), 0)
    return np.flatnonzero(world.market.volume[:, 0] != market.volume[:, 0]).tolist()


@pytest.mark.parametrize(
    ("when", "how", "rows"),
    [
        ("drawdown:SPY:0.10", {}, [6, 7]),
        ("drawdown:SPY:0.12", {}, [7, 8]),
        ("drawdown:0.05", {"weights": {"SPY": 0.5, "TLT": 0.3, "CASH": 0.2}}, [6, 7]),
        ("drawdown:SPY:0.5", {}, []),
    ],
)
def test_it_strikes_the_session_after_the_fall(when, how, rows):
    # From 2020-01-08 (row 2) the high is that of row 1, 104: 92 (row 5) is 11.5% below it, 89 (row 6) 14.4%.
    assert struck(thin(when, **how)) == rows


def test_falls_count_from_the_day_before_the_first():
    # From 2020-01-10 (row 4) the high is 100 (row 3): 89 (row 6) is the first close 10% below it.
    assert struck(thin("drawdown:SPY:0.10", start="2020-01-10")) == [7, 8]


def test_a_series_counts_as_it_is_known_at_each_close():
    market = random_market(3, sessions=120, series=True)
    vix = market.series["VIX"].on(market.sessions)[0]
    level = float(np.nanquantile(vix[30:], 0.9))
    first = 30 + int(np.flatnonzero(vix[30:] > level)[0])
    shock = thin(f"above:VIX:{level!r}", start=str(market.sessions[30]))
    assert struck(shock, market) == [first + 1, first + 2]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_one_waits_for_what_another_does_in_any_order(order):
    gap = PriceGap(start="2020-01-09", size=-0.2, assets=["SPY"])
    second = PriceGap(start="2020-01-08", size=-0.3, assets=["TLT"], when="drawdown:SPY:0.2")
    third = Redemption(start="2020-01-08", days=1, share=0.1, when="drawdown:TLT:0.25")
    shocks = [(gap, second, third)[number] for number in order]
    world = apply_shocks(MARKET, shocks, 0)
    assert np.allclose(world.market.close[3:, 0], np.array(SPY[3:]) * 0.8)
    assert (world.market.close[:4, 1] == 50.0).all()
    assert np.allclose(world.market.close[4:, 1], 35.0)  # SPY is 23% below its high on the 9th, so TLT gaps on the 10th
    assert [flow.date for flow in world.flows] == ["2020-01-13"]  # TLT is 30% below on the 10th


def test_what_never_happens_changes_nothing_to_the_bit():
    world = apply_shocks(MARKET, (thin("drawdown:SPY:0.5"),), 0)
    assert world.market is MARKET
    assert on_their_days(MARKET, (thin("drawdown:SPY:0.5"),), 0)[0].severity == 0.0


def test_nothing_is_waited_for_beyond_the_last_day():
    assert struck(VolumeCollapse(start="2020-01-08", end="2020-01-10", when="drawdown:SPY:0.10")) == []


def test_the_day_does_not_know_the_future():
    until = 7
    future = np.array(SPY)
    future[until:] = 300.0
    other = MarketData.from_frames(
        pd.DataFrame({"SPY": future, "TLT": 50.0}, DAYS), volume=pd.DataFrame(1e6, DAYS, ["SPY", "TLT"]), cash_rate=0.0
    )
    assert struck(thin("drawdown:SPY:0.12"), other) == struck(thin("drawdown:SPY:0.12")) == [7, 8]


def test_a_default_counts_as_what_it_recovers():
    default = Default(start="2020-01-09", assets=["TLT"], recovery=0.4)
    shock = thin("drawdown:0.3", weights={"TLT": 0.6, "CASH": 0.4})
    assert on_their_days(MARKET, (default, shock), 0)[1].first_day == np.datetime64("2020-01-10")  # 36% on the 9th
    assert on_their_days(MARKET, (default, thin("drawdown:0.37", weights={"TLT": 0.6})), 0)[1].severity == 0.0


@pytest.mark.parametrize(
    "text", ["drawdown", "drawdown:1.5", "drawdown:0", "fall:1", "above:2", "above:VIX:x", "a:b:c:d"]
)
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(ParameterError, match="when"):
        thin(text)


def test_a_drawdown_of_nothing_and_unknown_names_are_refused():
    for when, how, said in [
        ("drawdown:0.1", {}, "of what"),
        ("drawdown:SPX:0.1", {}, "SPX"),
        ("above:VIX:30", {}, "VIX"),
        ("drawdown:0.1", {"weights": {"SPX": 1.0}}, "SPX"),
    ]:
        with pytest.raises(ParameterError, match=said):
            struck(thin(when, **how))


def test_a_direct_application_is_refused_and_not_taken_for_the_first_day():
    with pytest.raises(ParameterError, match="apply_shocks"):
        thin("drawdown:SPY:0.1").window(MARKET)


def test_signals_and_investors_wait_too():
    dated = on_their_days(MARKET, (SignalDelay(start="2020-01-08", when="drawdown:SPY:0.12"),), 0)
    assert dated[0].first_day == np.datetime64(str(DAYS[7].date()))


def test_a_stress_test_says_on_which_day_they_strike(tmp_path, capsys):
    shocks = ["market-fall:size=-0.2,days=5", "redemption:share=0.2,days=3,when=drawdown:0.19"]
    how = ["--severity", "0,0.25,2", "--at", "2015-03-02", "--out", str(tmp_path / "out"), "--quiet"]
    assert main(["stress", "us-large-caps", "--shock", *shocks, *how]) == 0
    said = capsys.readouterr().out
    assert "redemption, from 2015-03-02 on once the portfolio is 19% below its highest close since then: " in said
    assert "never within the run at severity 0.25" in said
    told = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert any("at severity 2" in text for text in told["notices"])


def test_a_crisis_of_the_catalogue_waits_as_one(tmp_path, capsys):
    shock = "tariffs-2025:from=2015-06-01,when=drawdown:0.05"
    how = ["--set", "scenario.end=2016-03-01", "--out", str(tmp_path / "out"), "--quiet"]
    assert main(["run", "us-large-caps", "--shock", shock, *how]) == 0
    said = capsys.readouterr().out
    assert "market-fall, volume, from 2015-06-01 on once the portfolio is 5% below" in said
