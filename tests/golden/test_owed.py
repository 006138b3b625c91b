"""Redemptions that wait are not the stayers' money: a ledger worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import Execution, Flow, MarketData, RunResult, prepare, simulate_many
from simulator.engine.many_runs import METRICS
from simulator.metrics import policy_metrics
from simulator.testing import replay_oracle
from strategies import Hold
from tests.support import FREE

DAYS = pd.bdate_range("2024-01-01", periods=6)
PRICES = [100.0, 100.0, 90.0, 80.0, 80.0, 88.0]
VOLUMES = [1e6, 1e6, 2.0, 2.0, 1e6, 1e6]
TERMS = {
    "costs": FREE,
    "execution": Execution(max_participation=1.0),
    "initial_cash": 1000.0,
    "flows": [Flow(date="2024-01-03", amount=-500.0), Flow(date="2024-01-04", share=-0.25)],
}
# Session 1 buys 10 shares at 100. On session 2 investors ask for 500, but only two shares trade, at 90: 180 is paid and
# 320 owed. 8 shares are worth 720, of which 400 are the stayers': 500 have become 400, a fifth is lost.
# On session 3 a quarter of the stayers' 400 is asked for as well: 420 is owed, two shares at 80 pay 160, 260 is left.
# 6 shares are worth 480, 220 of it the stayers': 300 have become 220.
# On session 4 everything trades: 260 is paid from 3.25 shares at 80; 2.75 are worth 220, and at 88 they are worth 242.
GROSS = [1000.0, 1000.0, 720.0, 480.0, 220.0, 242.0]
OWED = [0.0, 0.0, 320.0, 260.0, 0.0, 0.0]
RETURNS = [0.0, 0.0, 400.0 / 500.0 - 1.0, 220.0 / 300.0 - 1.0, 0.0, 0.1]


def market() -> MarketData:
    return MarketData.from_frames(pd.DataFrame({"A": PRICES}, DAYS), volume=pd.DataFrame({"A": VOLUMES}, DAYS))


@pytest.fixture(scope="module")
def result() -> RunResult:
    return prepare(market(), Hold({"A": 1.0}), **TERMS).run()


def test_nav_and_returns_are_those_of_who_stays(result):
    assert result.nav_gross.to_list() == pytest.approx(GROSS, rel=1e-12)
    assert result.owed.to_list() == pytest.approx(OWED, rel=1e-12, abs=1e-9)
    assert result.nav.to_list() == pytest.approx(np.subtract(GROSS, OWED).tolist(), rel=1e-12)
    assert result.returns.to_list() == pytest.approx(RETURNS, rel=1e-12, abs=1e-12)


def test_coverage_is_of_what_is_owed_and_of_who_stays(result):
    raised, liquidity = result.out.raised, result.liquidity
    nav, owed = result.nav.to_numpy(), np.array(OWED)
    assert liquidity["coverage"].to_numpy() == pytest.approx(raised / (owed + 0.2 * nav), rel=1e-12)
    assert liquidity["liquid_share"].to_numpy() == pytest.approx((raised - owed) / nav, rel=1e-12)


def test_sweeps_and_asked_policies_say_the_same(result):
    many = simulate_many([market()] * 2, {"hold": Hold({"A": 1.0})}, keep="nav", **TERMS)
    figures, ours = dict(zip(METRICS, many.figures[1, 0], strict=True)), policy_metrics(result)
    for name, value in {
        "nav_end": ours.final_nav,
        "cagr": ours.cagr,
        "volatility": ours.volatility,
        "sharpe": ours.sharpe,
        "sortino": ours.sortino,
        "max_drawdown": ours.max_drawdown,
        "liquidity_min": ours.liquid_share_min,
        "coverage_min": ours.coverage_min,
        "owed_max": ours.flows.largest_shortfall_of_nav,
        "unpaid_end": ours.flows.owed_at_end + ours.flows.never_paid,
    }.items():
        assert figures[name] == pytest.approx(value, rel=1e-10), name
    assert many.nav is not None
    assert many.nav[0, 1].tobytes() == result.nav.to_numpy().tobytes()
    asked = prepare(market(), Hold({"A": 1.0}), driver="python", **TERMS).run()
    assert asked.out.flowed.tobytes() == result.out.flowed.tobytes()


def unpaid(market, **changed):
    """Most owed and what was not paid by the end, of a sweep; metrics of a run say the same."""
    terms = {**TERMS, **changed}
    many = simulate_many([market] * 2, {"hold": Hold({"A": 1.0})}, **terms)
    figures = dict(zip(METRICS, many.figures[1, 0], strict=True))
    flows = policy_metrics(prepare(market, Hold({"A": 1.0}), **terms).run()).flows
    found = figures["owed_max"], figures["unpaid_end"]
    assert found == pytest.approx((flows.largest_shortfall_of_nav, flows.owed_at_end + flows.never_paid), rel=1e-10)
    return found


def test_what_is_owed_and_never_paid_in_sweeps():
    # 320 of 720, then 260 of 480; all of it is paid on session 4, and 260 still waits where the run ends on session 3.
    assert unpaid(market()) == pytest.approx((260.0 / 480.0, 0.0))
    assert unpaid(market(), end="2024-01-04") == pytest.approx((260.0 / 480.0, 260.0))
    # 1500 asked of 1000: all is sold and paid, 500 never will be, whatever others bring later.
    more = [Flow(date="2024-01-02", amount=-1500.0), Flow(date="2024-01-04", amount=300.0)]
    assert unpaid(market(), flows=more) == pytest.approx((1.0, 500.0))
    assert unpaid(market(), flows=()) == (0.0, 0.0)


def test_the_oracle_agrees(result):
    oracle = replay_oracle(result.run)
    assert oracle.nav == pytest.approx(np.array(GROSS), rel=1e-12)
    assert oracle.owed == pytest.approx(np.array(OWED), rel=1e-12, abs=1e-9)


def test_metrics_show_the_whole_book_beside_it(result):
    table = policy_metrics(result).as_dict()
    assert table["final_nav"] == table["final_nav_gross"] == pytest.approx(242.0)
    early = policy_metrics(prepare(market(), Hold({"A": 1.0}), end="2024-01-04", **TERMS).run()).as_dict()
    assert (early["final_nav"], early["final_nav_gross"]) == pytest.approx((220.0, 480.0))


def test_runs_in_which_nothing_waits_have_no_such_figure():
    free = {**TERMS, "execution": Execution()}
    result = prepare(market(), Hold({"A": 1.0}), **free).run()
    assert "final_nav_gross" not in policy_metrics(result).as_dict()
    assert result.nav.to_numpy().tobytes() == result.out.nav.tobytes()
