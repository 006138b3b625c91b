"""A fund's measures on plain arrays, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from simulator import ParameterError
from simulator.costs import optimal_trajectory
from simulator.liquidity import (
    SaleTerms,
    bucket_shares,
    cash_raised,
    classify_22e4,
    cost_surface,
    days_by_position,
    days_to_sell,
    largest_size,
    liquidation_cost,
    liquidation_value,
    liquidity_adjusted_var,
    liquidity_profile,
    redemption_coverage,
    redemption_shortfall,
    sales,
)

#: Bills, equity, investment grade and high yield; five of cash; a redemption of a fifth of it all.
VALUES = np.array([15.0, 30.0, 30.0, 20.0])
CAPACITY = np.array([20.0, 10.0, 2.0, 0.8])
CASH, REDEMPTION = 5.0, 20.0


def coverage(capacity, days, method):
    return redemption_coverage(cash_raised(VALUES, capacity, days, cash=CASH, method=method), REDEMPTION)


def test_redemption_coverage_by_waterfall_and_by_slicing():
    days = np.array([1.0, 5.0])
    assert_allclose(coverage(CAPACITY, days, "waterfall"), [1.64, 3.20], rtol=1e-12)
    assert_allclose(coverage(CAPACITY, days, "slicing"), [0.20, 1.00], rtol=1e-12)
    assert_allclose(coverage(CAPACITY / 2, days, "waterfall"), [1.07, 2.60], rtol=1e-12)
    assert_allclose(coverage(CAPACITY / 2, days, "slicing"), [0.10, 0.50], rtol=1e-12)


def test_what_slicing_cannot_pay_is_the_shortfall():
    raised = cash_raised(VALUES, CAPACITY, [1.0, 5.0], cash=CASH, method="slicing")
    assert_allclose(redemption_shortfall(raised, REDEMPTION), [16.0, 0.0], atol=1e-12)
    assert np.isnan(redemption_coverage(raised, 0.0)).all()


def test_a_waterfall_takes_cash_first_and_then_as_ranked():
    taken = sales(VALUES, CAPACITY, 1.0, cash=CASH, need=22.0)
    assert taken.cash == 5.0
    assert_allclose(taken.sold, [15.0, 2.0, 0.0, 0.0])
    alike = sales(VALUES, CAPACITY, 1.0, cash=CASH, need=22.0, rank=[1, 0, 0, 1])  # 12 at once, then 5 of 15.8
    assert_allclose(alike.sold, [15.0 * 5 / 15.8, 10.0, 2.0, 0.8 * 5 / 15.8])
    assert_allclose(alike.raised, 22.0)


def test_slicing_leaves_the_stayers_the_same_book():
    taken = sales(VALUES, CAPACITY, 5.0, cash=CASH, method="slicing", need=10.0)
    assert_allclose(taken.sold, 0.1 * VALUES)
    assert_allclose(taken.cash, 0.1 * CASH)


def test_what_is_not_known_is_not_guessed_and_what_is_not_held_does_not_matter():
    assert np.isnan(cash_raised([10.0, 10.0], [np.nan, 1.0], 1.0))
    assert cash_raised([0.0, 10.0], [np.nan, 1.0], 1.0) == 1.0
    assert cash_raised([0.0, 10.0], [0.0, 1.0], 1.0, method="slicing") == 1.0
    assert cash_raised([10.0], [np.inf], 0.0) == 0.0
    assert cash_raised([10.0], [0.0], np.inf) == 0.0
    assert cash_raised(np.zeros(0), np.zeros(0), 1.0, cash=3.0) == 3.0
    with pytest.raises(ParameterError, match="values must be zero or more"):
        cash_raised([-1.0], [1.0], 1.0)
    with pytest.raises(ParameterError, match="method must be one of waterfall, slicing, not 'slice'"):
        cash_raised([1.0], [1.0], 1.0, method="slice")


def test_axes_before_the_last_are_books_of_their_own():
    values, days = np.stack([VALUES, 2 * VALUES, VALUES]), np.array([[1.0], [5.0]])
    for method in ("waterfall", "slicing"):
        whole = cash_raised(values, CAPACITY, days, cash=[5.0, 0.0, 5.0], method=method)
        assert whole.shape == (2, 3)
        single = cash_raised(2 * VALUES, CAPACITY, 5.0, method=method)
        assert whole[1, 1] == single


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0.01, 50)), min_size=1, max_size=6), st.floats(0.1, 30))
@settings(max_examples=50, deadline=None)
def test_slicing_never_raises_more_than_a_waterfall(book, days):
    values, capacity = np.array(book).T
    sliced = cash_raised(values, capacity, days, method="slicing")
    poured = cash_raised(values, capacity, days)
    assert sliced <= poured * (1 + 1e-12) + 1e-12
    assert_allclose(poured, sum(min(v, c * days) for v, c in book), rtol=1e-12)


def test_buckets_of_rule_22e4_at_20_percent_and_next_day_settlement():
    ratios = np.array([0.1, 0.4, 0.6, 0.8, 1.0, 1.01])
    expected = [*["highly liquid"] * 2, *["moderately liquid"] * 2, "less liquid", "illiquid"]
    assert classify_22e4(ratios, 1.0).tolist() == expected
    assert classify_22e4(ratios * 1e7, 1e7).tolist() == expected


def test_settlement_moves_the_buckets_and_participation_scales_them():
    assert classify_22e4([0.4, 0.6, 0.8], 1.0, settlement_days=2).tolist() == [
        "moderately liquid",
        "moderately liquid",
        "less liquid",
    ]
    assert classify_22e4(0.2, 1.0, participation=0.1) == "highly liquid"
    assert classify_22e4(0.1, 1.0, settlement_days=7) == "less liquid"


def test_no_volume_and_unknown_volume_are_illiquid_and_nothing_held_is_not():
    assert classify_22e4([1.0, 1.0, 0.0], [0.0, np.nan, 0.0]).tolist() == ["illiquid", "illiquid", "highly liquid"]
    with pytest.raises(ParameterError, match="participation must be above 0 and at most 1"):
        classify_22e4(1.0, 1.0, participation=0.0)


def test_shares_of_net_assets_by_bucket():
    buckets = classify_22e4([0.1, 0.6, 1.01], 1.0)
    assert_allclose(bucket_shares(buckets, [40.0, 30.0, 20.0], cash=10.0), [0.5, 0.3, 0.0, 0.2])


def test_days_to_sell_are_fractions_of_sessions():
    # 100 in all, 5 of it cash. 25: 20 to sell at 32.8 a day until bills are out (0.75 days, 24.6 sold).
    # 50: 45 - 15 bills at 12.8 a day. 75: 70 - 45 (bills, equity out at 3) at 2.8; IG ends at 15, HY at 25.
    # 90: 85 - 75 (bills, equity, IG) at 0.8.
    expected = [20 / 32.8, 30 / 12.8, 25 / 2.8, 10 / 0.8, 25.0]
    assert_allclose(days_to_sell(VALUES, CAPACITY, cash=CASH), [*expected[:3], 85 / 2.8 - 45 / 2.8, 25.0], rtol=1e-12)


@given(st.lists(st.tuples(st.floats(0.01, 100), st.floats(0.01, 50)), min_size=1, max_size=6), st.floats(0, 50))
@settings(max_examples=50, deadline=None)
def test_after_the_days_to_sell_just_that_share_is_cash(book, cash):
    values, capacity = np.array(book).T
    for share, days in zip(
        (0.25, 0.5, 0.9), days_to_sell(values, capacity, shares=[0.25, 0.5, 0.9], cash=cash), strict=True
    ):
        raised = cash_raised(values, capacity, days, cash=cash)
        whole = values.sum() + cash
        assert raised >= share * whole * (1 - 1e-9)
        assert days == 0.0 or raised <= share * whole * (1 + 1e-9)


def test_a_tenth_of_the_capacity_takes_ten_times_as_long():
    shares = np.array([0.25, 0.5, 0.75, 0.9, 1.0])
    usual = days_to_sell(VALUES, CAPACITY, shares=shares, cash=CASH)
    assert_allclose(days_to_sell(VALUES, CAPACITY / 10, shares=shares, cash=CASH), 10 * usual, rtol=1e-12)


def test_what_can_never_be_sold_takes_for_ever():
    assert_allclose(days_to_sell([50.0, 50.0], [10.0, 0.0], shares=[0.5, 0.51]), [5.0, np.inf])
    assert_allclose(days_to_sell([50.0, 50.0], np.inf, shares=[0.5, 1.0]), [0.0, 0.0])
    assert_allclose(days_to_sell([10.0], [1.0], cash=90.0), [0, 0, 0, 0, 10.0])
    assert np.isnan(days_to_sell([50.0, 50.0], [10.0, np.nan])).all()


def test_the_profile_in_seven_buckets():
    # 10% of a volume ten times the capacity: bills 15 | equity 10, 20 | IG 2, 12, 16 | HY 0.8, 4.8, 6.4, 8.
    profile = liquidity_profile(VALUES, 10 * CAPACITY, participation=[0.1], cash=CASH)
    assert_allclose(profile, [[0.328, 0.368, 0.224, 0.08, 0.0, 0.0, 0.0]], atol=1e-12)
    assert liquidity_profile(np.stack([VALUES] * 2), CAPACITY).shape == (2, 3, 7)
    assert np.isnan(liquidity_profile([0.0], [1.0])).all()


def terms(**changes):
    base = {
        "half_spread": np.array([0.001]),
        "volume": np.array([1e6]),
        "sigma": np.array([0.02]),
        "eta": np.array([1.0]),
        "gamma": np.array([0.5]),
        "delta": 1.0,
    }
    return SaleTerms(**{**base, **changes})


@pytest.mark.parametrize(("sessions", "risk_aversion"), [(1, 0.0), (5, 0.0), (5, 1e-6), (20, 1e-4)])
def test_a_linear_law_costs_what_almgren_and_chriss_say(sessions, risk_aversion):
    """Equations 5 and 8 in notional terms, their eta tilde = eta - gamma / 2 being what a slice's size costs here."""
    x, sigma, volume = 2e5, 0.02, 1e6
    sold = liquidation_cost([x], sessions, terms(), risk_aversion=risk_aversion)
    gamma = 0.5 * sigma / volume
    eta = sigma / volume + 0.5 * gamma
    paper = optimal_trajectory(
        x, sessions, sigma=sigma, eta=eta, gamma=gamma, epsilon=0.001, risk_aversion=risk_aversion
    )
    assert_allclose(sold.total, paper.expected_cost, rtol=1e-12)
    assert_allclose(sold.deviation, np.sqrt(paper.variance), rtol=1e-12)


def test_the_power_law_of_an_even_sale_by_hand():
    # 100,000 over 4 sessions into a million: slices of 2.5% of volume.
    sold = liquidation_cost([1e5], 4, terms(eta=np.array([0.142]), gamma=np.array([0.314]), delta=0.6), risk_aversion=0)
    by_hand = 1e5 * 0.001 + 1e5 * 0.142 * 0.02 * 0.025**0.6 + 0.5 * 0.314 * 0.02 * 1e10 / 1e6
    assert_allclose(sold.total, by_hand, rtol=1e-12)
    held = np.array([0.75, 0.5, 0.25]) * 1e5 * 0.02
    assert_allclose(sold.deviation, np.sqrt(np.square(held).sum()), rtol=1e-12)


def two(**changes):
    """Two assets alike, under the fit of Almgren and others."""
    alike = {"half_spread": 0.001, "volume": 1e6, "sigma": 0.02, "eta": 0.142, "gamma": 0.314}
    return SaleTerms(**{**{name: np.repeat(value, 2) for name, value in alike.items()}, "delta": 0.6, **changes})


def test_risks_add_through_their_correlation():
    values = [1e5, 1e5]
    together = liquidation_cost(values, 5, two()).deviation
    apart = liquidation_cost(values, 5, two(correlation=np.eye(2))).deviation
    assert_allclose(together, np.sqrt(2.0) * apart, rtol=1e-12)
    assert_allclose(liquidation_cost(values, 5, two(correlation=np.ones((2, 2)))).deviation, together, rtol=1e-12)


def test_waiting_is_cheaper_and_riskier_and_more_is_dearer():
    cost, deviation = cost_surface([4e5, 2e5], [0.25, 0.5, 1.0], (1, 5, 20), two())
    assert cost.shape == deviation.shape == (3, 3)
    assert (np.diff(cost, axis=1) < 0).all()
    assert (np.diff(deviation, axis=1) > 0).all()
    assert (np.diff(cost, axis=0) > 0).all()
    assert deviation[:, 0].tolist() == [0.0, 0.0, 0.0]  # sold in the first session
    whole = liquidation_cost([2e5, 1e5], 5, two())
    assert (cost[1, 1], deviation[1, 1]) == (whole.total, whole.deviation)


def test_more_urgency_costs_more_and_risks_less():
    calm, hasty = (liquidation_cost([4e5, 2e5], 10, two(), risk_aversion=x) for x in (1e-7, 1e-4))
    assert calm.total < hasty.total
    assert calm.deviation > hasty.deviation


def test_depth_a_tenth_raises_the_cost_as_the_law_says():
    values, thin = np.array([1e5, 3e5]), np.full(2, 1e5)
    spread, permanent = values * 0.001, 0.5 * 0.314 * 0.02 * values**2 / 1e6
    usual = liquidation_cost(values, 1, two(), risk_aversion=0.0).cost - spread - permanent
    dear = liquidation_cost(values, 1, two(volume=thin), risk_aversion=0.0).cost - spread
    assert_allclose(dear, 10**0.6 * usual + 10 * permanent, rtol=1e-9)


def test_what_cannot_be_sold_has_no_finite_cost():
    stuck = two(volume=np.array([1e6, 0.0]))
    assert liquidation_cost([1.0, 1.0], 5, stuck).total == np.inf
    assert np.isfinite(liquidation_cost([1.0, 0.0], 5, stuck).total)
    assert liquidation_value([1.0, 1.0], 5, stuck) == -np.inf
    assert liquidation_cost([0.0, 0.0], 5, two()).total == 0.0
    with pytest.raises(ParameterError, match="sessions must be at least 1"):
        liquidation_cost([1.0], 0, two())


def test_the_value_of_a_book_is_what_it_brings():
    cost = liquidation_cost([1e5, 1e5], 5, two()).total
    assert_allclose(liquidation_value([1e5, 1e5], 5, two(), cash=1e4), 2.1e5 - cost)


def test_the_largest_size_costs_just_what_is_allowed():
    values = np.array([4e6, 2e6])
    size = largest_size(values, 80.0, 5, two(), risk_aversion=0.0)
    assert 0.0 < size < 1.0
    assert_allclose(liquidation_cost(size * values, 5, two(), risk_aversion=0.0).total, 80e-4 * size * 6e6, rtol=1e-9)
    assert largest_size(values, 9.0, 5, two()) == pytest.approx(0.0, abs=1e-12)  # the spread alone is 10 bp
    assert largest_size(values, 1e5, 5, two()) == 1.0
    assert np.isnan(largest_size([0.0, 0.0], 10.0, 5, two()))


def test_the_largest_size_of_many_books_at_once():
    values = np.array([[4e6, 2e6], [1e6, 1e6], [0.0, 0.0]])
    many = largest_size(values, 80.0, 5, two())
    assert_allclose(many[:2], [largest_size(values[0], 80.0, 5, two()), largest_size(values[1], 80.0, 5, two())])
    assert np.isnan(many[2])


def test_value_at_risk_adjusted_for_liquidity_by_hand():
    # 100 at 1% a day: 1 - exp(-2.32635 x 0.01) = 2.2995%; half of (20 bp + 3 x 10 bp) = 25 bp.
    risk = liquidity_adjusted_var(100.0, 0.01, 0.002, 0.001, impact=0.4)
    assert risk.price == pytest.approx(2.29949, abs=1e-5)
    assert risk.spread == pytest.approx(0.25)
    assert risk.total == pytest.approx(risk.price + 0.25 + 0.4)
    fat = liquidity_adjusted_var(100.0, 0.01, 0.002, 0.001, tail=1.5)
    assert fat.price == pytest.approx(100 * (1 - np.exp(-1.5 * 2.3263478740408408 * 0.01)))
    with pytest.raises(ParameterError, match="confidence must be between"):
        liquidity_adjusted_var(100.0, 0.01, 0.002, confidence=99)


TERMS = SaleTerms(half_spread=[0.001, 0.002], volume=[1e6, 1e5], sigma=[0.01, 0.02])
BOOK = [1e5, 1e4]


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: cash_raised([10, 1], [1, 2, 3], 1), r"values \(2,\), capacity \(3,\)"),
        (lambda: cash_raised([[10, 1], [2, 2]], [1, 2], [1, 2, 3]), r"values \(2,\), days \(3,\)"),
        (lambda: sales([1, 2], [1, 2], 1, rank=[0]), "rank must hold 2"),
        (lambda: days_by_position([1, 2], [1, 2, 3]), r"capacity \(3,\)"),
        (lambda: days_to_sell([10, 5], 1, shares=[]), "shares"),
        (lambda: days_to_sell([[10, 5], [1, 1]], 1, cash=[1, 2, 3]), r"cash \(3,\)"),
        (lambda: liquidity_profile([10, 5], [1, 1, 1]), r"volume \(3,\)"),
        (lambda: redemption_coverage([1, 2], [1, 2, 3]), r"redemption \(3,\)"),
        (lambda: redemption_shortfall([1, 2], [1, 2, 3]), r"redemption \(3,\)"),
        (lambda: classify_22e4([1, 2], [1, 2, 3]), r"adv \(3,\)"),
        (lambda: bucket_shares(["highly", "illiquid"], [1, 2]), "did you mean 'highly liquid'"),
        (lambda: bucket_shares(["illiquid", "illiquid"], [1, 2, 3]), r"buckets \(2,\)"),
        (lambda: liquidity_adjusted_var([1, 2], [0.1, 0.1, 0.1], 0.01), r"sigma \(3,\)"),
        (lambda: liquidity_adjusted_var(1, 0.1, 0.01, confidence="x"), "confidence must be a number"),
        (lambda: SaleTerms(half_spread=[0.1, 0.1], volume=[1, 2, 3], sigma=0.1), r"volume \(3,\)"),
        (lambda: SaleTerms(half_spread=0.1, volume=1, sigma=0.1, delta="x"), "delta must be a number"),
        (lambda: liquidation_cost([1, 2, 3], 5, TERMS), r"values \(3,\)"),
        (lambda: liquidation_cost(BOOK, 2.5, TERMS), "sessions must be a whole number, not 2.5"),
        (lambda: liquidation_cost(BOOK, 5, TERMS, risk_aversion=np.nan), "risk_aversion"),
        (lambda: cost_surface(BOOK, [0.5], (), TERMS), "horizons"),
        (lambda: cost_surface(BOOK, [0.5], 5, TERMS), "horizons"),
        (lambda: cost_surface(BOOK, [2.0], (1,), TERMS), "sizes must be above 0 and at most 1"),
        (lambda: liquidation_value([BOOK, BOOK], 5, TERMS, cash=[1, 2, 3]), r"cash \(3,\)"),
    ],
)
def test_what_does_not_go_together_is_refused_by_name(call, named):
    with pytest.raises(ParameterError, match=named) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_correlations_of_other_assets_are_refused():
    terms = SaleTerms(half_spread=0.001, volume=1e6, sigma=0.01, correlation=np.eye(3))
    with pytest.raises(ParameterError, match=r"correlation must have shape \(2, 2\), not \(3, 3\)"):
        liquidation_cost(BOOK, 5, terms)


def test_a_number_is_a_book_of_one_position():
    assert cash_raised(10.0, 2.0, 3.0) == 6.0
    assert cash_raised(10.0, 2.0, 3.0, method="slicing") == pytest.approx(6.0, rel=1e-12)
    assert_allclose(days_to_sell(10.0, 2.0, shares=0.5), [2.5], rtol=1e-12)
    assert_allclose(liquidity_profile(10.0, 10.0, participation=0.1)[0, :2], [0.1, 0.6], rtol=1e-12)
    plain = SaleTerms(half_spread=0.0001, volume=1e6, sigma=0.01)
    panel = SaleTerms(half_spread=[0.0001, 0.0001], volume=[1e6, 1e6], sigma=[0.01, 0.01])
    assert largest_size([1e6, 1e6], 20.0, 5, plain) == pytest.approx(largest_size([1e6, 1e6], 20.0, 5, panel), rel=1e-9)


def test_buckets_are_read_from_a_list_as_from_an_array():
    assert bucket_shares(["highly liquid", "illiquid"], [1.0, 2.0], 1.0).tolist() == [0.5, 0.0, 0.0, 0.5]


def test_what_is_not_known_is_not_called_liquid():
    assert classify_22e4(0.1, 1.0, settlement_days=np.nan) == "illiquid"
    assert np.isnan(largest_size(BOOK, np.nan, 5, TERMS))
