"""Metrics against closed forms and quantstats."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import AlmgrenChriss, MarketData, simulate
from simulator.metrics import (
    annual_volatility,
    cagr,
    deepest,
    drawdown_path,
    policy_metrics,
    recovery_sessions,
    sharpe,
    sortino,
    window_metrics,
)
from simulator.metrics.trading import sessions_to_fill, turnover
from strategies import Hold, Periodic
from tests.support import equal, random_market

RNG = np.random.default_rng(0)
RETURNS = RNG.normal(0.0005, 0.01, 1000)
SESSIONS = pd.bdate_range("2010-01-04", periods=1000).values.astype("datetime64[D]")
NOTHING = np.zeros(1000)


def test_cagr_is_over_calendar_time():
    two_years = np.array(["2020-01-01", "2022-01-01"], "datetime64[D]")
    assert cagr(np.array([0.0, 0.21]), two_years) == pytest.approx(1.21 ** (365.25 / 731) - 1.0)
    assert cagr(np.array([0.1]), two_years[:1]) is None
    assert cagr(np.array([0.0, -1.0]), two_years) is None


def test_sharpe_and_sortino_agree_with_quantstats():
    import quantstats as qs

    series = pd.Series(RETURNS, pd.DatetimeIndex(SESSIONS))
    assert sharpe(RETURNS, NOTHING) == pytest.approx(qs.stats.sharpe(series, periods=252), rel=1e-12)
    assert sortino(RETURNS, NOTHING) == pytest.approx(qs.stats.sortino(series, periods=252), rel=1e-12)
    assert annual_volatility(RETURNS) == pytest.approx(qs.stats.volatility(series, periods=252), rel=1e-12)
    assert deepest(RETURNS) == pytest.approx(qs.stats.max_drawdown(series), rel=1e-12)


def test_sharpe_is_over_cash():
    cash = np.full(1000, 0.0001)
    assert sharpe(RETURNS + cash, cash) == pytest.approx(sharpe(RETURNS, NOTHING))
    assert sharpe(cash, cash) is None
    assert sortino(np.full(10, 0.01), np.zeros(10)) is None
    assert annual_volatility(np.array([0.1])) is None


def test_drawdown_and_recovery():
    returns = np.array([0.1, -0.5, 0.5, 0.5, 0.0])
    assert drawdown_path(returns).tolist() == pytest.approx([0.0, -0.5, -0.25, 0.0, 0.0])
    assert recovery_sessions(returns) is None or recovery_sessions(returns) == 2
    assert recovery_sessions(np.array([0.1, 0.1])) == 0
    assert recovery_sessions(np.array([0.1, -0.2, 0.1])) is None
    assert drawdown_path(np.array([-0.1, 0.0]))[0] == pytest.approx(-0.1)


def test_turnover_leaves_the_first_investment_out():
    close = pd.DataFrame({"A": [100.0, 100.0, 200.0], "B": [100.0] * 3}, pd.bdate_range("2024-01-01", periods=3))
    from simulator import Execution

    result = simulate(
        MarketData.from_frames(close),
        Periodic([0.5, 0.5], every=2),
        costs=AlmgrenChriss(half_spread_bps=0, eta=0, gamma=0),
        execution=Execution(lag=0),
    )
    # Day 2: A is 2/3 of 1.5m; sells 0.25m of A and buys as much of B: 1/6 of nav.
    assert turnover(result).tolist() == pytest.approx([0.0, 0.0, 1 / 6])


def test_a_whole_summary_is_plain_data():
    result = simulate(random_market(2, sessions=200), Periodic(equal(5), every=10), initial_cash=1e5)
    table = policy_metrics(result).as_dict()
    import json

    json.dumps(table, allow_nan=False)
    assert table["trades"] == len(result.trades)
    assert table["cost_bps_annual"] == pytest.approx(sum(table["cost_components_bps_annual"].values()))
    assert table["coverage_min"] == pytest.approx(table["liquid_share_min"] / 0.2)
    assert table["max_drawdown"] < 0.0
    assert table["windows"] == {}


def test_undefined_figures_are_none():
    close = pd.DataFrame({"A": [1.0, 1.0, 1.0]}, pd.bdate_range("2024-01-01", periods=3))
    free = AlmgrenChriss(half_spread_bps=0, eta=0, gamma=0)
    table = policy_metrics(simulate(MarketData.from_frames(close), Hold([0.0]), costs=free)).as_dict()
    for key in ("sharpe", "sortino", "coverage_min", "coverage_mean", "liquid_share_min", "fill_sessions_mean"):
        assert table[key] is None
    assert table["recovery_sessions"] == 0


def test_windows_within_reach(large_caps):
    result = simulate(large_caps, Hold(equal(20)), start="2005-01-01", end="2012-01-01")
    windows = window_metrics(result)
    assert [window.start for window in windows] == ["2007-10-09", "2011-04-29"]
    nav = result.nav
    assert windows[0].total_return == pytest.approx(nav["2009-03-09"] / nav["2007-10-09"] - 1.0)
    assert windows[0].max_drawdown <= windows[0].total_return


def test_sessions_to_fill():
    from simulator import Execution

    market = random_market(2, sessions=100, gaps=0.0, silent=0.0, volume=200.0)
    execution = Execution(max_participation=0.05)
    result = simulate(market, Periodic(equal(5), every=30), execution=execution, initial_cash=1e6)
    took = sessions_to_fill(result)
    assert took.max() > 5
