"""Measures of liquidity where sales settle later: by hand, and against a search over time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import Execution, Flow, LiquidityStress, ParameterError, simulate
from simulator.liquidity import days_to_sell, liquidity_profile
from strategies import Periodic
from tests.support import random_market

VALUES, CAPACITY, WAIT = [15.0, 30.0, 30.0, 20.0], [20.0, 10.0, 2.0, 0.8], [0.0, 1.0, 2.0, 3.0]
MARKET = random_market(5, 60, 3, gaps=0.0, silent=0.0)
STRESS = LiquidityStress(horizon_days=3, participation=0.1, stressed_volume=0.25)
DAY = str(MARKET.sessions[40])


def run(**execution):
    return simulate(
        MARKET,
        Periodic({"A": 0.4, "B": 0.3, "C": 0.2}, 10),
        liquidity=STRESS,
        initial_cash=2e6,
        execution=Execution(**execution),
        flows=[Flow(date=DAY, share=-0.3)],
    )


def test_days_to_cash_begin_after_the_wait():
    # 5 in cash, 15 of bills at 20 a day: a fifth of 100 on day 0.75. Equity brings 10 a day from day 1: 25 on day 1.5.
    found = days_to_sell(VALUES, CAPACITY, shares=[0.2, 0.25, 0.5, 1.0], cash=5.0, settlement_days=WAIT)
    # Half: 20 on day 1, 30 on day 2 from when on 12 come a day, 42 on day 3, from when on it is 12.8.
    assert found == pytest.approx([0.75, 1.5, 3.0 + 8.0 / 12.8, 28.0], rel=1e-12)
    assert days_to_sell(VALUES, CAPACITY, shares=[0.05], cash=5.0, settlement_days=WAIT) == pytest.approx([0.0])
    assert days_to_sell([10.0], [np.inf], shares=[0.5, 1.0], settlement_days=2.0).tolist() == [2.0, 2.0]
    assert days_to_sell([10.0, 10.0], [1.0, 0.0], shares=[0.5, 0.6], settlement_days=1.0).tolist() == [11.0, np.inf]
    assert np.isnan(days_to_sell([10.0, 5.0], [1.0, np.nan], settlement_days=1.0)).all()


def test_the_profile_counts_what_has_settled():
    # At all of the volume: 5 in cash, bills 15 on day 1 (T+0); equity sells 10 a day, and the first comes on day 2.
    profile = liquidity_profile(VALUES, CAPACITY, participation=[1.0], cash=5.0, settlement_days=WAIT)[0]
    assert profile[0] == pytest.approx(0.20)
    assert profile[1] == pytest.approx((30.0 + 2.0 * 5 + 0.8 * 4) / 100.0)
    assert profile.sum() == pytest.approx(1.0)


amounts = st.lists(
    st.tuples(st.just(0.0) | st.floats(1e-3, 100.0), st.floats(0.01, 50.0), st.integers(0, 5)), min_size=1, max_size=6
)


@given(positions=amounts, cash=st.floats(0.0, 50.0), share=st.floats(0.01, 0.999))
@settings(max_examples=150, deadline=None)
def test_days_to_cash_are_when_a_search_finds_it(positions, cash, share):
    own, pace, wait = (np.array(column, np.float64) for column in zip(*positions, strict=True))
    target = share * (cash + own.sum())

    def there(day):
        return cash + np.minimum(own, pace * np.maximum(day - wait, 0.0)).sum() >= target * (1.0 - 1e-12)

    found = float(days_to_sell(own, pace, shares=[share], cash=cash, settlement_days=wait)[0])
    low, high = 0.0, 1e5
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if there(middle) else (middle, high)
    assert found == pytest.approx(0.0 if there(0.0) else high, rel=1e-6, abs=1e-6)


def test_measures_of_a_run_wait_for_settlement():
    plain, late = run(), run(settlement_days=2)
    for t in (20, 39):  # nothing is on its way
        row, nav = late.liquidity.iloc[t], late.nav.iloc[t]
        values, cash = (late.daily["shares"] * late.marks)[t], late.cash.iloc[t]
        capacity = 0.1 * late.run.costs.planned_volume[t]
        assert late.settled.iloc[t] == cash
        raised = cash + np.minimum(values, capacity).sum()
        assert row["rcr_waterfall_3d"] == pytest.approx(raised / (0.2 * nav), rel=1e-12)
        assert row["rcr_waterfall_1d"] == pytest.approx(cash / (0.2 * nav), rel=1e-12)
        assert row["days_to_100"] == pytest.approx((values / capacity).max() + 2.0, rel=1e-12)
    found, before = late.liquidity.iloc[1:], plain.liquidity.iloc[1:]
    assert (found["liquid_share"] <= before["liquid_share"] + 1e-9).mean() > 0.9
    assert (found["highly_liquid"] <= before["highly_liquid"] + 1e-9).mean() > 0.9


def test_cash_that_is_still_to_come_counts_when_it_comes():
    late = run(settlement_days=2)
    t = 40  # 30% were asked for; what was sold for it comes on session 42
    assert late.owed.iloc[t] > 0.0
    come = late.cash.iloc[t] - late.settled.iloc[t]
    assert come > 1e3
    assert late.settled_within(1)[t] == pytest.approx(late.settled.iloc[t])
    assert late.settled_within(2)[t] == late.cash.iloc[t]
    nav, row = late.nav_gross.iloc[t], late.liquidity.iloc[t]
    assert row["rcr_waterfall_1d"] == pytest.approx(late.settled.iloc[t] / (0.2 * nav), rel=1e-9)
    assert row["profile_10_1"] == pytest.approx(late.settled.iloc[t] / nav, abs=1e-12)


def test_settlement_zero_changes_no_measure():
    none, zero = run(), run(settlement_days={"A": 0, "B": {"2000-01-03": 0}}, unsettled_buys=False)
    assert none.events.equals(zero.events)
    assert none.liquidity.equals(zero.liquidity)


def test_negative_days_are_refused():
    with pytest.raises(ParameterError, match="settlement_days must be zero or more"):
        days_to_sell([1.0], [1.0], settlement_days=-1.0)
