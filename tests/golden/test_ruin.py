"""A book worth nothing or less is over: ledgers worked by hand, and every driver alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import AlmgrenChriss, Bounds, Execution, Flow, MarketData, prepare, simulate_many
from simulator.engine import Prepared
from simulator.engine.many_runs import METRICS
from simulator.metrics import policy_metrics
from simulator.testing import replay_oracle
from strategies import Hold, Periodic
from tests.support import same, same_events

FREE = AlmgrenChriss(half_spread_bps=0, eta=0, gamma=0, borrow_bps=0, financing_bps=0)


def market(prices: list[float], **extra: object) -> MarketData:
    index = pd.bdate_range("2024-01-01", periods=len(prices))
    return MarketData.from_frames(pd.DataFrame({"A": prices}, index), **extra)


def short(prices: list[float], **options: object) -> Prepared:
    terms = {"costs": FREE, "bounds": Bounds(allow_short=True), "initial_cash": 1000.0, **options}
    return prepare(market(prices), Hold({"A": -1.0}), **terms)


def test_a_short_book_that_owes_more_than_it_has():
    # 10 short at 100 on session 1: cash 2000. At 250 they cost 2500: nav -500. It is closed out and stays there.
    result = short([100.0, 100.0, 250.0, 100.0, 100.0]).run()
    assert result.out.nav.tolist() == pytest.approx([1000.0, 1000.0, -500.0, -500.0, -500.0])
    assert result.ruined == 2
    assert result.daily["cash"].tolist() == pytest.approx([1000.0, 2000.0, -500.0, -500.0, -500.0])
    assert result.shares["A"].to_list() == pytest.approx([0.0, -10.0, 0.0, 0.0, 0.0])
    assert result.returns.to_list() == pytest.approx([0.0, 0.0, -1.5, 0.0, 0.0])
    ends = result.limits[result.limits["component"] == "ruin"]
    assert ends["date"].to_list() == [result.index[2]]
    assert ends["amount"].to_list() == pytest.approx([500.0])
    out = result.trades.iloc[-1]
    assert (out["decision"], out["quantity"], out["price"]) == pytest.approx((-1, 10.0, 250.0))


def test_figures_that_are_undefined_are_none():
    table = policy_metrics(short([100.0, 100.0, 250.0, 100.0, 100.0]).run()).as_dict()
    for name in ("cagr", "volatility", "sharpe", "sortino", "recovery_sessions"):
        assert table[name] is None, name
    assert table["ruined"] == "2024-01-03"
    assert table["max_drawdown"] == pytest.approx(-1.5)
    assert table["final_nav"] == pytest.approx(-500.0)
    assert table["breaches"]["ruin"]["cut"] == pytest.approx(500.0)
    assert "ruined" not in policy_metrics(short([100.0, 100.0, 150.0]).run()).as_dict()


def test_a_borrowed_book_ends_in_the_midst_of_a_quiet_stretch():
    # 30 shares at 100 on 1000 of its own and 2000 of debt; worth nothing at 66.67. It falls by one a day.
    prices = [100.0, 100.0, *np.arange(99.0, 40.0, -1.0)]
    terms = {"costs": FREE, "bounds": Bounds(max_leverage=3.0), "initial_cash": 1000.0}
    result = prepare(market(prices), Hold({"A": 3.0}), **terms).run()
    t = result.ruined
    assert t is not None
    assert prices[t] == 66.0
    assert result.out.nav[t:].tolist() == pytest.approx([-20.0] * (len(prices) - t))
    assert (result.out.nav[:t] > 0.0).all()


def test_one_that_lost_all_it_had_is_over_too():
    # Worth nothing to the cent: 20 shares on 1000 of debt, at 50.
    terms = {"costs": FREE, "bounds": Bounds(max_leverage=2.0), "initial_cash": 1000.0}
    result = prepare(market([100.0, 100.0, 50.0, 60.0]), Hold({"A": 2.0}), **terms).run()
    assert result.ruined == 2
    assert result.out.nav[2:].tolist() == [0.0, 0.0]


def test_a_book_paid_out_is_empty_and_not_over():
    result = prepare(
        market([100.0] * 6),
        Periodic({"A": 0.5}, every=1),
        costs=FREE,
        initial_cash=1000.0,
        flows=[Flow(date="2024-01-03", share=-1.0), Flow(date="2024-01-05", amount=700.0)],
    ).run()
    assert result.ruined is None
    assert result.out.nav[-1] == pytest.approx(700.0)


def test_what_is_owed_at_the_end_is_never_paid():
    index = pd.bdate_range("2024-01-01", periods=5)
    prices = pd.DataFrame({"A": [100.0, 100.0, 100.0, 100.0, 100.0], "B": [100.0, 100.0, 100.0, 400.0, 400.0]}, index)
    volume = pd.DataFrame({"A": [1e6, 1e6, 1.0, 1.0, 1.0], "B": [1e6] * 5}, index)
    # 20 A long and 10 B short on 1000: cash 0. 300 asked for: one A a day pays 100. At 400, B costs 4000 and nav is
    # 1800 - 4000 = -2200 after 200 have been paid.
    market, policy = MarketData.from_frames(prices, volume=volume), Hold({"A": 2.0, "B": -1.0})
    terms = {
        "costs": FREE,
        "execution": Execution(max_participation=1.0),
        "bounds": Bounds(allow_short=True, max_leverage=3.0),
        "initial_cash": 1000.0,
        "flows": [Flow(date="2024-01-03", amount=-300.0)],
    }
    result = prepare(market, policy, **terms).run()
    assert result.ruined == 3
    assert result.out.nav[3:].tolist() == pytest.approx([-2200.0, -2200.0])
    flows = policy_metrics(result).flows
    assert (flows.never_paid, flows.owed_at_end, flows.redeemed) == pytest.approx((100.0, 0.0, 200.0))
    assert result.nav.to_list()[-1] == pytest.approx(-2200.0)
    swept = dict(zip(METRICS, simulate_many(market, {"hold": policy}, **terms).figures[0, 0], strict=True))
    assert (swept["unpaid_end"], swept["owed_max"]) == pytest.approx((100.0, flows.largest_shortfall_of_nav))


WILD = [100.0, 100.0, 110.0, 95.0, 130.0, 120.0, 400.0, 900.0, 90.0, 80.0, 100.0]


@pytest.mark.parametrize("lag", [0, 1, 2])
@pytest.mark.parametrize("marks", ["market", "impacted"])
def test_every_driver_and_the_oracle_end_alike(lag, marks):
    index = pd.bdate_range("2024-01-01", periods=len(WILD))
    paths = [
        MarketData.from_frames(pd.DataFrame({"A": prices}, index), volume=pd.DataFrame({"A": 500.0}, index))
        for prices in (WILD, [100.0] * len(WILD))
    ]
    policies = {
        "every": Periodic({"A": -1.0}, every=2),
        "later": Periodic({"A": -0.5}, every=3),
        "hold": Hold({"A": 0.5}),
    }
    terms = {
        "costs": AlmgrenChriss(half_spread_bps=5),
        "execution": Execution(lag=lag, marks=marks),
        "bounds": Bounds(allow_short=True),
        "initial_cash": 1000.0,
    }
    many = simulate_many(paths, policies, keep="nav", **terms)
    assert many.nav is not None
    ruins = 0
    for k, (name, policy) in enumerate(policies.items()):
        run = prepare(paths[0], policy, **terms)
        ours, asked = run.run(), prepare(paths[0], policy, driver="python", **terms).run()
        ruins += ours.ruined is not None
        assert ours.ruined is None or name != "hold"
        assert same(ours.out.nav, asked.out.nav)
        assert same_events(ours.records, asked.records)
        assert many.nav[k, 0].tobytes() == ours.out.nav.tobytes() == run.run("nav").out.nav.tobytes()
        oracle = replay_oracle(run)
        assert oracle.ruined == ours.ruined
        assert np.abs(oracle.nav - ours.out.nav).max() < 1e-9
        assert np.abs(oracle.price_pnl - ours.daily["price_pnl"]).max() < 1e-9
        assert np.abs(oracle.impact_pnl - ours.daily["impact_pnl"]).max() < 1e-9
        figures, metrics = dict(zip(METRICS, many.figures[0, k], strict=True)), policy_metrics(ours)
        assert np.isnan(figures["sharpe"]) == (metrics.sharpe is None)
        assert figures["max_drawdown"] == pytest.approx(metrics.max_drawdown, rel=1e-10)
        assert figures["nav_end"] == metrics.final_nav
    assert ruins
    assert not np.isnan(many.figures[1, :, METRICS.index("volatility")]).any()
