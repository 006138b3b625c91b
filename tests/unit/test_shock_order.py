"""Shocks are sized by the market before any of them, refused past what a market can be, and must touch the run."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scenarios.build import build
from scenarios.cli import main
from scenarios.load import load
from scenarios.runner import replay
from scenarios.shocks import PriceGap, VolatilityMultiplier, VolumeCollapse, apply_shocks
from simulator import ParameterError
from simulator.features import log_returns
from tests.support import random_market

MARKET = random_market(1, sessions=120, gaps=0.0, silent=0.0, series=True)
START = "2000-03-01"
T0 = int(np.searchsorted(MARKET.sessions, np.datetime64(START)))
GAP = PriceGap(start=START, size=-0.08)
VOLATILE = VolatilityMultiplier(start=START, days=20, multiplier=1.5)
WILDER = VolatilityMultiplier(start=START, days=10, multiplier=2.0)
THIN = VolumeCollapse(start=START, days=20, remaining=0.2)
PANELS = ("open", "high", "low", "close", "volume")


def closes_after(*shocks):
    return apply_shocks(MARKET, shocks, 0).market.close


@pytest.mark.parametrize("order", list(itertools.permutations((GAP, VOLATILE, WILDER, THIN))), ids=map(str, range(24)))
def test_any_order_gives_the_same_world(order):
    first = apply_shocks(MARKET, (GAP, VOLATILE, WILDER, THIN), 0).market
    world = apply_shocks(MARKET, order, 0).market
    for name in PANELS:
        assert np.allclose(getattr(world, name), getattr(first, name), rtol=1e-12, atol=0.0), name


def test_a_gap_is_its_stated_size_under_a_volatility_shock():
    # The day's own return is stretched by 1.5; on top of it prices are 8% lower, not 8% ^ 1.5 = 11.8%.
    own = log_returns(MARKET.close)[T0]
    both = log_returns(closes_after(GAP, VOLATILE))[T0]
    assert np.allclose(both, 1.5 * own + np.log(0.92))


def test_two_volatility_shocks_multiply():
    own = log_returns(MARKET.close)
    both = log_returns(closes_after(VOLATILE, WILDER))
    assert np.allclose(both[T0 : T0 + 10], 3.0 * own[T0 : T0 + 10])
    assert np.allclose(both[T0 + 10 : T0 + 20], 1.5 * own[T0 + 10 : T0 + 20])


@pytest.mark.parametrize(
    "shock",
    [
        PriceGap(start=START, size=-0.5, severity=100.0),
        PriceGap(start=START, size=1.0, severity=100.0),
        VolatilityMultiplier(start=START, days=20, multiplier=10.0, severity=6.0),
    ],
    ids=["down", "up", "volatility"],
)
def test_prices_that_are_none_are_refused_with_the_severity_that_still_works(shock):
    with pytest.raises(ParameterError, match="more than a millionfold away") as refused:
        apply_shocks(MARKET, [THIN, shock], 0)
    (found,) = re.findall(r"severity (\S+) still works", str(refused.value))
    world = apply_shocks(MARKET, [THIN, replace(shock, severity=float(found))], 0)
    assert np.isfinite(world.market.close).all()
    assert (world.market.close > 0.0).all()
    with pytest.raises(ParameterError):
        apply_shocks(MARKET, [THIN, replace(shock, severity=float(found) * 1.05)], 0)


SCENARIO = """
[scenario]
name = "small"
benchmark = "passive"
start = 2020-02-03
initial_cash = 1000.0
[market]
source = "csv"
path = "px"
prices = "adjusted"
assets = ["A", "B", "C"]
cash_rate = 0.0
[portfolio]
weights = { A = 0.5, B = 0.5 }
[execution]
lag = 0
[costs]
half_spread_bps = 10.0
eta = 0.0
gamma = 0.0
[policies.passive]
kind = "hold"
[policies.weekly]
kind = "periodic"
every = 5
"""
DAYS = pd.bdate_range("2020-01-01", periods=120)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "px").mkdir()
    for number, name in enumerate("ABC"):
        close = 10.0 * np.exp(0.01 * np.sin(np.arange(120) * (number + 1.0)))
        columns = dict.fromkeys(("Open", "High", "Low", "Close", "Adj Close"), close)
        pd.DataFrame({"Date": DAYS, **columns, "Volume": 1e6}).to_csv(tmp_path / "px" / f"{name}.csv", index=False)
    (tmp_path / "small.toml").write_text(SCENARIO, encoding="utf-8")
    return tmp_path


def run(folder, *shocks):
    return replay(build(load(str(folder / "small.toml"), (), shocks), folder))


@pytest.mark.parametrize(
    ("shock", "said"),
    [
        ("price-gap:from=2020-01-10,size=-0.1", "it changes nothing between 2020-02-03 and 2020-06-16"),
        ("volume-collapse:from=2020-01-06,to=2020-01-31", "it changes nothing between 2020-02-03 and 2020-06-16"),
        ("volatility:from=2020-03-07,to=2020-03-08", "it changes nothing between"),  # a weekend
        ("price-gap:from=2021-01-04,size=-0.1", "the market runs from 2020-01-01 to 2020-06-16"),
        ("price-gap:from=2020-03-02,size=-0.1,assets=C", "they hold A, B"),
        ("spread-widening:from=2020-03-02,multiplier=100,severity=2", "times what it is worth; severity"),
    ],
)
def test_a_shock_that_touches_nothing_or_costs_beyond_reason_is_refused(folder, shock, said, capsys):
    arguments = ["run", str(folder / "small.toml"), "--data", str(folder), "--out", str(folder / "out"), "--quiet"]
    assert main([*arguments, "--shock", shock]) == 2
    said_ = capsys.readouterr().err
    assert said in said_
    assert len(said_.splitlines()) == 1
    assert not (folder / "out").exists()


def test_severity_zero_means_to_change_nothing(folder):
    plain, none = run(folder), run(folder, "price-gap:from=2020-03-02,size=-0.1,severity=0")
    assert (plain.results["weekly"].nav == none.results["weekly"].nav).all()


def test_a_window_cut_by_the_end_of_the_run_is_named(folder):
    notice, short = run(folder, "volume-collapse:from=2020-06-10,days=40").notices
    assert "does not annualise" in short
    assert notice.startswith("volume-collapse from 2020-06-10: only 5 of its 40 sessions lie within the run")


def test_shocked_stands_beside_unshocked_over_the_window_of_the_shock(folder):
    outcome = run(folder, "price-gap:from=2020-03-02,days=4,size=-0.1,assets=A")
    effect = outcome.effect
    assert (effect.start, effect.end) == ("2020-03-02", "2020-03-05")
    plain = run(folder)
    for name in ("passive", "weekly"):
        for side, results in ((effect.shocked, outcome.results), (effect.unshocked, plain.results)):
            nav = results[name].nav
            before, after = nav.loc["2020-02-28"], nav.loc["2020-03-05"]
            assert side[name].total_return == pytest.approx(after / before - 1.0, abs=1e-12)
    # Half the book falls by 10% at the open of the first day: the worst of it is about 5%, and was nearly nothing.
    assert effect.shocked["passive"].max_drawdown < -0.04
    assert effect.unshocked["passive"].max_drawdown > -0.03
    assert plain.effect is None


def test_page_and_terminal_show_both(folder, capsys):
    arguments = ["run", str(folder / "small.toml"), "--data", str(folder), "--out", str(folder / "out"), "--quiet"]
    assert main([*arguments, "--shock", "price-gap:from=2020-03-02,days=4,size=-0.1,assets=A"]) == 0
    metrics = json.loads((folder / "out" / "metrics.json").read_text())["shock_effect"]
    with_, without = (metrics[side]["passive"]["total_return"] for side in ("shocked", "unshocked"))
    page = (folder / "out" / "index.html").read_text(encoding="utf-8")
    table = page[page.index('id="shock-effect"') :]
    cell = f'{with_:.1%} <span class="soft">({without:.1%})</span> {with_ - without:+.1%}'
    assert cell in table
    assert f"{with_:.1%} ({without:.1%})" in capsys.readouterr().out


def test_a_sweep_refuses_them_too(folder, capsys):
    arguments = ["sweep", str(folder / "small.toml"), "--data", str(folder), "--out", str(folder / "out"), "--quiet"]
    shock = ["--shock", "volume-collapse:from=2020-03-02,days=9,assets=C", "--grid", "shocks.0.severity=0,1"]
    assert main([*arguments, *shock]) == 2
    assert "they hold A, B" in capsys.readouterr().err
