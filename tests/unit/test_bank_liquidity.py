"""HQLA, LCR, run-off and NSFR: the standard's formulas, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import ParameterError
from simulator.liquidity import (
    Unwinding,
    after_haircut,
    high_quality_liquid_assets,
    liquidity_coverage_ratio,
    net_stable_funding_ratio,
    stressed_outflows,
    unwinding,
    weighted_inflows,
    weighted_outflows,
)
from simulator.liquidity.hqla import RULES

AMOUNTS = st.floats(0.0, 1e9, allow_subnormal=False)


@pytest.mark.parametrize(
    ("levels", "stock"),
    [
        ((100, 40, 10), 150.0),
        ((60, 50, 10), 100.0),
        ((100, 0, 30), 100.0 / 0.85),  # 117.647
        ((60, 40, 40), 100.0),
        ((0, 0, 50), 0.0),
    ],
)
@pytest.mark.parametrize("rule", RULES)
def test_the_caps_of_40_and_15_percent(levels, stock, rule):
    assert high_quality_liquid_assets(*levels, rule=rule) == pytest.approx(stock, abs=1e-12)


def test_cash_borrowed_against_level_2a_is_unwound_before_the_caps():
    # 100 of level 1 of which 40 were borrowed against 2A worth 40: unwound, 60 of level 1 and 60 of 2A, capped at 40.
    repo = unwinding(borrowed=40, against="2A", worth=40)
    for rule in RULES:
        assert high_quality_liquid_assets(100, 20, 0, rule=rule, unwound=repo) == pytest.approx(100.0)
        assert high_quality_liquid_assets(100, 20, 0, rule=rule) == pytest.approx(120.0)
    assert high_quality_liquid_assets(60, 60, 0) == pytest.approx(100.0)  # stated after unwinding


def test_the_us_takes_the_greater_excess_of_before_and_after_unwinding():
    # Cash lent against 2A: unwinding brings 40 of level 1 home, and 40 of 2A go back.
    lent = unwinding(borrowed=-40, against="2A", worth=-40)
    assert high_quality_liquid_assets(30, 60, 0, rule="basel", unwound=lent) == pytest.approx(90.0)
    assert high_quality_liquid_assets(30, 60, 0, rule="us", unwound=lent) == pytest.approx(50.0)  # 30 / 0.6


def test_collateral_that_counts_at_no_level_costs_the_cash_alone():
    # 30 of 100 borrowed against equity that is not eligible: level 1 is 70 once unwound, which carries 46.67 of 2A.
    repo = unwinding(borrowed=30, against="other", worth=35)
    assert high_quality_liquid_assets(100, 60, 0, unwound=repo) == pytest.approx(100 + 70 * 2 / 3)


@given(AMOUNTS, AMOUNTS, AMOUNTS)
@settings(max_examples=50, deadline=None)
def test_the_annex_1_form_equals_its_short_form(level_1, level_2a, level_2b):
    excess = max(level_2a + level_2b - 2 / 3 * level_1, level_2b - 15 / 85 * (level_1 + level_2a), 0.0)
    expected = level_1 + level_2a + level_2b - excess
    size = level_1 + level_2a + level_2b
    for rule in RULES:
        stock = high_quality_liquid_assets(level_1, level_2a, level_2b, rule=rule)
        assert stock == pytest.approx(expected, abs=1e-12 * size + 1e-300)
        assert level_2a + level_2b == 0 or stock - level_1 <= 0.4 * stock + 1e-9 * size


def test_books_broadcast_and_what_is_not_known_stays_so():
    stock = high_quality_liquid_assets(np.array([[100.0], [60.0]]), [40.0, 50.0, np.nan], 10.0)
    assert stock.shape == (2, 3)
    assert stock[0, :2] == pytest.approx([150.0, 160.0])
    assert stock[1, :2] == pytest.approx([100.0, 100.0])
    assert np.isnan(stock[:, 2]).all()


def test_covered_bonds_of_level_1_are_capped_at_70_percent_in_the_eu():
    assert high_quality_liquid_assets(30, 0, 0, rule="eu", level_1_covered=100) == pytest.approx(100.0)  # 30 / 0.3
    with pytest.raises(ParameterError, match="category of the EU alone"):
        high_quality_liquid_assets(30, 0, 0, rule="basel", level_1_covered=100)


def test_haircuts_differ_by_rule():
    book = {"cash": 10.0, "sovereign": 90.0, "corporate-aa": 100.0, "equity": 20.0}
    assert after_haircut(book)[:3] == pytest.approx((100.0, 85.0, 10.0))
    assert after_haircut(book, rule="us")[:3] == pytest.approx((100.0, 0.0, 60.0))
    assert after_haircut({"covered-bond-ehq": 100.0}, rule="eu").level_1_covered == pytest.approx(93.0)
    with pytest.raises(ParameterError, match="'covered-bond' is not eligible under 'us'"):
        after_haircut({"covered-bond": 1.0}, rule="us")


def test_inflows_pay_for_three_quarters_of_outflows_at_most():
    assert liquidity_coverage_ratio(30, 100, 90) == pytest.approx(1.2)  # 30 / (100 - 75)
    assert liquidity_coverage_ratio(30, 100, 50) == pytest.approx(0.6)


def test_without_a_net_outflow_the_ratio_is_undefined():
    assert np.isnan(liquidity_coverage_ratio(30, 0, 0))
    assert np.isnan(liquidity_coverage_ratio(30, 0, 10))
    assert liquidity_coverage_ratio([30.0, 30.0], [0.0, 100.0], 90.0)[1] == pytest.approx(1.2)


def test_balances_run_off_at_the_rates_of_the_table():
    balances = {"stable-retail": 1000.0, "other-retail": 500.0, "corporate": 100.0, "financial": 10.0}
    assert weighted_outflows(balances) == pytest.approx(50 + 50 + 40 + 10)
    assert weighted_outflows(balances, rule="us") == pytest.approx(30 + 50 + 40 + 10)
    assert weighted_outflows({"stable-retail": 100.0, "my-own": 10.0}, rates={"my-own": 0.7}) == pytest.approx(12.0)
    assert weighted_inflows({"retail-loans": 100.0, "reverse-repo-level-2a": 100.0}) == pytest.approx(65.0)
    with pytest.raises(ParameterError, match="no rate for 'stable-retial'; did you mean 'stable-retail'"):
        weighted_outflows({"stable-retial": 1.0})


def test_net_stable_funding_of_a_small_bank():
    liabilities = {"capital": 10.0, "stable-deposits": 60.0, "corporate-deposits": 20.0, "financial-under-6m": 10.0}
    assets = {"reserves": 5.0, "level-1": 20.0, "mortgages-over-1y": 40.0, "loans-over-1y": 30.0, "loans-under-1y": 5.0}
    # available 10 + 57 + 10 + 0 = 77; required 0 + 1 + 26 + 25.5 + 2.5 = 55
    assert net_stable_funding_ratio(liabilities, assets) == pytest.approx(77.0 / 55.0)
    assert np.isnan(net_stable_funding_ratio(liabilities, {"cash": 5.0}))
    with pytest.raises(ParameterError, match="no factor for 'gold'"):
        net_stable_funding_ratio(liabilities, {"gold": 1.0})


@pytest.mark.parametrize("rule", ["Basel", "uk"])
def test_an_unknown_rule_is_refused(rule):
    with pytest.raises(ParameterError, match="rule must be one of basel, us, eu"):
        high_quality_liquid_assets(1, 1, 1, rule=rule)


def test_amounts_below_zero_are_refused():
    with pytest.raises(ParameterError, match="level_2b must be zero or more; the least is -1"):
        high_quality_liquid_assets(1, 1, [-1.0, 2.0])
    with pytest.raises(ParameterError, match="outflows must be zero or more"):
        liquidity_coverage_ratio(1, -1, 1)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: high_quality_liquid_assets([1, 2], [1, 2, 3], 0), r"level_1 \(2,\), level_2a \(3,\)"),
        (lambda: high_quality_liquid_assets(100, 20, 0, unwound=(1, 2, 3, 4)), "unwound must be an Unwinding"),
        (lambda: high_quality_liquid_assets([1, 2], 0, 0, unwound=Unwinding([1, 2, 3])), r"unwound.level_1 \(3,\)"),
        (lambda: high_quality_liquid_assets(1, 0, 0, unwound=Unwinding("x")), "unwound.level_1 must be numbers"),
        (lambda: unwinding(borrowed="x", against="1", worth=1.0), "borrowed must be numbers"),
        (lambda: liquidity_coverage_ratio([1, 2], [1, 2, 3], 0), r"stock \(2,\), net outflows \(3,\)"),
        (lambda: liquidity_coverage_ratio(1, [1, 2], [1, 2, 3]), r"outflows \(2,\), inflows \(3,\)"),
        (lambda: weighted_outflows([1, 2]), "balances must be a table"),
        (lambda: weighted_inflows({"retail-loans": [1, 2], "financial-loans": [1, 2, 3]}), "financial-loans"),
        (lambda: net_stable_funding_ratio([1], {}), "liabilities must be a table"),
        (lambda: net_stable_funding_ratio({"capital": [1, 2]}, {"cash": [1, 2, 3]}), "assets"),
        (lambda: after_haircut(3), "market_values must be a table"),
        (lambda: after_haircut({"cash": [1, 2, 3], "reserves": [1, 2]}), "reserves"),
    ],
)
def test_what_does_not_go_together_is_refused_by_name(call, named):
    with pytest.raises(ParameterError, match=named) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_outflows_rise_with_the_probability_of_stress():
    """Corporate deposits of 100 at 40%, twice it at full stress: 40, 50 at a quarter, 80; retail 200 at 5 to 20%."""
    balances = {"corporate": 100.0, "stable-retail": 200.0}
    found = stressed_outflows(balances, [0.0, 0.25, 1.0], stressed={"stable-retail": 0.20})
    np.testing.assert_allclose(found, [50.0, 50.0 + 0.25 * 70.0, 120.0], rtol=1e-12)
    assert np.isnan(stressed_outflows(balances, np.nan))
    # What runs off whole already cannot run off twice.
    np.testing.assert_allclose(stressed_outflows({"financial": 7.0}, 1.0), 7.0)


def test_no_stress_is_the_law():
    balances = {"corporate": 3.0, "operational": np.array([1.0, 2.0])}
    np.testing.assert_array_equal(stressed_outflows(balances, 0.0, rule="us"), weighted_outflows(balances, rule="us"))


@pytest.mark.parametrize(
    ("probability", "stressed", "said"),
    [
        (1.2, {}, "probability must lie between 0 and 1"),
        (
            0.5,
            {"corporate": 0.3},
            "the stressed rate of corporate must lie between its usual one of 0.4 and 1, not 0.3",
        ),
        (0.5, {"corporat": 0.9}, "no rate for 'corporat'"),
    ],
)
def test_stress_that_cannot_be(probability, stressed, said):
    with pytest.raises(ParameterError, match=said):
        stressed_outflows({"corporate": 1.0}, probability, stressed=stressed)
