"""Liquidity of a run: every measure at every close, from what was known at it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from reports.liquidity_lines import days_lines
from scenarios.liquidity.over_time import liquidity_over_time
from simulator import (
    HOLD,
    AlmgrenChriss,
    Bounds,
    Execution,
    Flow,
    Instrument,
    LiquidityStress,
    MarketData,
    simulate,
)
from simulator.engine.liquid import _bought, conditions_of
from simulator.liquidity import (
    Book,
    SaleTerms,
    breaches_22e4,
    bucket_shares,
    classify_22e4,
    days_to_sell,
    liquidation_cost,
)
from simulator.liquidity.measures import book_left, redeemed
from simulator.liquidity.rule_22e4 import BUCKETS_22E4
from simulator.testing import poison_after
from strategies import Hold, Periodic, from_callable
from tests.support import FREE, random_market

MARKET = random_market(5, 130, 3, gaps=0.0, silent=0.0)
STRESS = LiquidityStress(horizon_days=3, participation=0.1, stressed_volume=0.25, stressed_spread=4.0)
TARGETS = {"A": 0.4, "B": 0.3, "C": 0.2}


def run(market=MARKET, stress=STRESS, cash=2e6, **changes):
    return simulate(market, Periodic(TARGETS, 10), liquidity=stress, initial_cash=cash, **changes)


RESULT = run()
T = 77
VALUES = (RESULT.daily["shares"] * RESULT.marks)[T]
NAV = RESULT.nav.iloc[T]
ADV = RESULT.run.costs.planned_volume[T]


def test_the_columns_there_were_stay_as_they_were():
    assert RESULT.liquidity.columns[:2].tolist() == ["liquid_share", "coverage"]
    assert RESULT.liquidity[["liquid_share", "coverage"]].equals(RESULT.coverage)
    assert RESULT.liquidity.columns.is_unique
    assert RESULT.liquidity.iloc[1:].notna().all().all()  # on the first session there is nothing to sell yet


@pytest.mark.parametrize(("end", "left"), [("", 1.0), ("_stressed", 0.25)])
def test_days_and_cash_of_a_close_are_those_of_its_book(end, left):
    row, cash = RESULT.liquidity.iloc[T], RESULT.cash.iloc[T]
    capacity = 0.1 * left * ADV
    expected = days_to_sell(VALUES, capacity, cash=cash)
    assert [row[f"days_to_{share}{end}"] for share in (25, 50, 75, 90, 100)] == pytest.approx(expected, rel=1e-12)
    waterfall = cash + np.minimum(VALUES, 3 * capacity).sum()
    assert row[f"rcr_waterfall_3d{end}"] == pytest.approx(waterfall / (0.2 * NAV), rel=1e-12)
    part = min(1.0, *(3 * capacity / VALUES))
    assert row[f"rcr_slicing_3d{end}"] == pytest.approx(part / 0.2, rel=1e-12)
    assert row[f"shortfall_slicing_3d{end}"] == pytest.approx(max(0.2 - part, 0.0), abs=1e-12)
    first = (cash + np.minimum(VALUES, 0.3 * left * ADV).sum()) / NAV
    assert row[f"profile_30_1{end}"] == pytest.approx(first, rel=1e-12)


def test_spreads_under_stress_are_the_stated_multiple_and_never_more_than_the_price():
    planned = RESULT.run.costs.planned_spread
    usual, stressed = (conditions_of(RESULT, stressed=stressed).terms.half_spread for stressed in (False, True))
    np.testing.assert_array_equal(usual, np.minimum(planned, 1.0))
    np.testing.assert_allclose(stressed, np.minimum(4.0 * planned, 1.0), rtol=1e-15)
    severe = run(stress=replace(STRESS, stressed_spread=1000.0), costs=AlmgrenChriss(half_spread_bps=50.0))
    assert conditions_of(severe, stressed=True).terms.half_spread.max() == 1.0


def test_stress_asks_more_of_everything():
    found = RESULT.liquidity.iloc[1:]
    assert (found["days_to_100_stressed"] > 3.9 * found["days_to_100"]).all()
    assert (found["sale_cost_bps_stressed"] > found["sale_cost_bps"]).all()
    assert (found["lvar_stressed"] > found["lvar"]).all()
    assert (found["largest_sale_stressed"] <= found["largest_sale"] + 1e-9).all()


def test_the_cost_of_the_whole_book_is_that_of_its_trajectory():
    terms = SaleTerms(half_spread=np.full(3, 2e-4), volume=ADV, sigma=RESULT.run.costs.planned_sigma[T])
    sold = liquidation_cost(VALUES, 3, terms)
    row = RESULT.liquidity.iloc[T]
    assert row["sale_cost_bps"] == pytest.approx(1e4 * sold.total / VALUES.sum(), rel=1e-9)
    assert row["sale_value"] == pytest.approx(1.0 - sold.total / NAV, rel=1e-9)
    assert row["lvar"] == pytest.approx(row["lvar_price"] + row["lvar_spread"] + row["lvar_impact"], rel=1e-12)
    assert row["lvar_spread"] == pytest.approx(2e-4 * VALUES.sum() / NAV, rel=1e-9)


def test_levels_give_hqla_and_the_coverage_of_the_stated_redemption():
    """A is equity (2B, at half), B a Treasury (1), C high yield (nothing); cash is level 1."""
    row = RESULT.liquidity.iloc[T]
    level_1, level_2b = RESULT.cash.iloc[T] + VALUES[1], 0.5 * VALUES[0]
    stock = level_1 + min(level_2b, 15 / 85 * level_1)
    assert row["hqla"] == pytest.approx(stock / NAV, rel=1e-12)
    assert row["lcr"] == pytest.approx(stock / (0.2 * NAV), rel=1e-12)


def test_those_who_stay_are_left_with_what_a_waterfall_did_not_sell():
    row, cash, capacity = RESULT.liquidity.iloc[T], RESULT.cash.iloc[T], 0.3 * ADV
    need, sold = 0.2 * NAV - cash, np.zeros(3)
    for i in (1, 0, 2):  # Treasuries, equity, high yield
        sold[i] = min(VALUES[i], capacity[i], need - sold.sum())
    left = VALUES - sold
    expected = np.minimum(left, capacity).sum() / left.sum()
    assert row["left_waterfall"] == pytest.approx(expected, rel=1e-9)


def test_no_measure_sees_the_future():
    other = run(poison_after(MARKET, T, np.random.default_rng(1)))
    assert RESULT.liquidity.iloc[: T + 1].equals(other.liquidity.iloc[: T + 1])
    assert not RESULT.liquidity.iloc[T + 1 :].equals(other.liquidity.iloc[T + 1 :])


def test_a_market_without_volumes_has_the_old_columns_alone():
    bare = replace(MARKET, volume=None)
    result = run(bare, costs=AlmgrenChriss(eta=0, gamma=0))
    assert result.liquidity.columns.tolist() == ["liquid_share", "coverage"]
    assert run(stress=False).liquidity.columns.tolist() == ["liquid_share", "coverage"]
    assert run(stress=False).breaches_22e4.empty


def test_a_short_position_is_bought_back_before_investors_are_paid():
    result = simulate(
        MARKET, Hold({"A": 0.9, "B": -0.3}), bounds=Bounds(allow_short=True), liquidity=STRESS, initial_cash=1e5
    )
    row, t = result.liquidity.iloc[T], T
    values = (result.daily["shares"] * result.marks)[t]
    cash = result.cash.iloc[t] + values[1]
    assert row["rcr_waterfall_20d"] == pytest.approx((cash + values[0]) / (0.2 * result.nav.iloc[t]), rel=1e-12)


def test_purchases_break_limits_actively_and_markets_passively():
    shares = np.array([[0.9, 0.0, 0.0, 0.1], [0.8, 0.0, 0.0, 0.2], [0.4, 0.4, 0.0, 0.2], [0.4, 0.6, 0.0, 0.0]])
    buckets = np.array([["highly liquid", "illiquid"]] * 2 + [["moderately liquid", "illiquid"]] * 2)
    bought = np.array([[True, True], [False, False], [True, False], [False, True]])
    found = breaches_22e4(shares, buckets, bought, max_illiquid=0.15, min_highly_liquid=0.5)
    told = [(breach.row, breach.limit, breach.active) for breach in found]
    assert told == [
        (1, "max_illiquid", False),  # nothing was bought
        (2, "max_illiquid", False),  # only the other asset was
        (2, "min_highly_liquid", True),  # what is not highly liquid was bought below the minimum
        (3, "min_highly_liquid", True),
    ]
    assert not breaches_22e4(np.full((1, 4), np.nan), buckets[:1], bought[:1], max_illiquid=0.15, min_highly_liquid=0.5)


def test_a_split_buys_nothing():
    index = pd.bdate_range("2024-01-01", periods=4)
    close = pd.DataFrame({"A": [100.0, 100.0, 50.0, 50.0], "B": 100.0}, index)
    splits = pd.DataFrame({"A": [1.0, 1.0, 2.0, 1.0], "B": 1.0}, index)
    market = MarketData.from_frames(close, splits=splits, raw_known=True)
    weights = {0: {"A": 0.1}, 3: {"A": 0.05, "B": 0.1}}
    policy = from_callable(lambda day: weights.get(day.t, HOLD))
    result = simulate(market, policy, costs=FREE, execution=Execution(lag=0), initial_cash=1000.0)
    assert result.shares.to_numpy().tolist() == [[1.0, 0.0], [1.0, 0.0], [2.0, 0.0], [1.0, 1.0]]
    assert _bought(result).tolist() == [[True, False], [False, False], [False, False], [False, True]]


def test_a_volume_that_goes_breaks_the_limit_of_15_percent_passively():
    volume = MARKET.volume.copy()
    volume[50:, 2] *= 1e-3
    result = run(replace(MARKET, volume=volume), stress=LiquidityStress(participation=0.1), cash=2e6)
    found = result.breaches_22e4
    assert set(found["limit"]) == {"max_illiquid"}
    assert found["date"].iloc[0] >= result.index[50]
    assert (found["share"] > 0.15).all()
    assert "passive" in set(found["kind"])
    illiquid = result.liquidity["illiquid"]
    assert len(found) == (illiquid > 0.15).sum()


def test_the_bucket_shares_of_a_close():
    buckets = classify_22e4(VALUES, ADV)
    row = RESULT.liquidity.iloc[T]
    for name in BUCKETS_22E4:
        expected = VALUES[buckets == name].sum() + (RESULT.cash.iloc[T] if name == "highly liquid" else 0.0)
        assert row[name.replace(" ", "_")] == pytest.approx(expected / NAV, abs=1e-12)


def test_a_book_is_what_is_long_and_what_has_to_be_paid_back():
    book = Book(np.array([3.0, 0.0]), np.array(0.0), np.array(1.0))
    assert book.nav == 2.0
    assert book.without(np.array(0.0), np.array([1.0, 0.0])).nav == 1.0


def test_an_empty_book_has_no_measures():
    closes = 100.0 + 0.0 * MARKET.frame("close")
    market = MarketData.from_frames(closes, volume=MARKET.frame("volume"), instruments={"A": Instrument("treasury")})
    result = simulate(
        market,
        Hold({"A": 0.5}),
        flows=[Flow(date=str(market.sessions[40]), share=-1.0)],
        initial_cash=1e4,
        liquidity=STRESS,
    )
    last = result.liquidity.iloc[-1]
    assert result.nav.iloc[-1] == pytest.approx(0.0, abs=1e-6)
    assert last[["days_to_50", "rcr_waterfall_3d", "hqla", "highly_liquid", "sale_cost_bps", "lvar"]].isna().all()


def test_an_overdraft_is_paid_back_before_investors_are():
    result = simulate(MARKET, Hold({"A": 1.2}), bounds=Bounds(max_leverage=1.5), liquidity=STRESS, initial_cash=1e6)
    row, cash = result.liquidity.iloc[T], result.cash.iloc[T]
    value, capacity = (result.daily["shares"] * result.marks)[T][0], 0.1 * result.run.costs.planned_volume[T][0]
    assert cash < 0.0
    for days in (1, 3, 20):
        raised = max(min(value, days * capacity) + cash, 0.0)
        assert row[f"rcr_waterfall_{days}d"] == pytest.approx(raised / (0.2 * result.nav.iloc[T]), rel=1e-12)


def test_days_to_cash_on_the_page_are_those_of_each_close():
    told = liquidity_over_time({"monthly": RESULT}, {"monthly": "Monthly"})
    found = days_lines(told)
    assert found.columns.tolist() == ["Monthly"]
    expected = RESULT.liquidity["days_to_90_stressed"].reindex(found.index)
    np.testing.assert_array_equal(found["Monthly"], expected)
    never = {"dates": ["2020-01-01", "2020-01-02"], "policies": {"a": {"lines": {"days_to_90": ["never", None]}}}}
    np.testing.assert_array_equal(days_lines(never)["a"], [np.inf, np.nan])


def test_those_who_stay_owe_nothing_that_a_sale_has_paid_back():
    """100 held, 20 owed, a fifth of 80 redeemed: 36 are sold, 16 paid out, and 64 are left without debt."""
    own, met = Book(np.array([100.0, 0.0, 0.0]), np.array(0.0), np.array(20.0)), conditions_of(RESULT, stressed=False)
    stress = LiquidityStress(horizon_days=3, redemption_stress=0.2)
    deep, thin = (
        replace(met.at(T), terms=replace(met.at(T).terms, volume=np.full(3, volume))) for volume in (1e9, 50.0)
    )
    for method in ("waterfall", "slicing"):
        left = book_left(own, deep, stress, method)
        assert redeemed(own, deep, stress, method).raised - own.debt == pytest.approx(16.0)
        assert (left.values.sum(), left.cash, left.debt) == (pytest.approx(64.0), 0.0, 0.0)
    left = book_left(own, thin, stress, "waterfall")  # 15 can be sold in three sessions: less than is owed
    assert (left.values.sum(), left.debt, left.nav) == (pytest.approx(85.0), pytest.approx(5.0), pytest.approx(80.0))


def test_buckets_are_shares_of_net_assets_where_some_are_borrowed():
    """Half of what is held is borrowed: 15 of 100 illiquid are 30% of net assets, and the shares sum to one."""
    shares = bucket_shares(["illiquid", "highly liquid"], [15.0, 85.0], debt=50.0)
    assert shares == pytest.approx([0.7, 0.0, 0.0, 0.3])
    assert np.isnan(bucket_shares(["illiquid"], [15.0], debt=20.0)).all()
    result = simulate(MARKET, Hold({"A": 1.2}), bounds=Bounds(max_leverage=1.5), liquidity=STRESS, initial_cash=5e6)
    row, value = result.liquidity.iloc[T], (result.daily["shares"] * result.marks)[T][0]
    assert result.cash.iloc[T] < 0.0
    bucket = str(classify_22e4(value, result.run.costs.planned_volume[T][0]))
    assert row[bucket.replace(" ", "_")] == pytest.approx(value / result.nav.iloc[T], rel=1e-12)
