"""What the cost law must be for any numbers: never negative, convex, even, falling in volume, rising in volatility."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import AlmgrenChriss, Bounds, Execution, MarketData, simulate
from simulator.costs.law_nb import commission_nb, cost_nb
from strategies import Hold

EXAMPLES = settings()  # 200 examples: the profile in conftest.py says how many

notionals = st.floats(0.0, 1e10)
spreads = st.floats(0.0, 0.2)
volumes = st.floats(1.0, 1e12)
sigmas = st.floats(0.0, 1.0)
coefficients = st.sampled_from([0.0, 0.01, 0.142, 0.314, 3.0])
deltas = st.one_of(st.sampled_from([0.5, 0.6, 1.0]), st.floats(0.05, 1.0))
law = st.tuples(spreads, volumes, sigmas, coefficients, coefficients, deltas)
fees = st.tuples(st.floats(0.0, 0.01), st.floats(0.0, 1.0), st.floats(0.0, 100.0), st.floats(0.0, 100.0))


def parts(x: float, terms: tuple[float, ...], volume: float | None = None, sigma: float | None = None) -> np.ndarray:
    spread, usual, wild, eta, gamma, delta = terms
    volume, sigma = usual if volume is None else volume, wild if sigma is None else sigma
    return np.array(cost_nb(x, spread, volume, sigma, eta, gamma, delta))


def commission(x: float, terms: tuple[float, ...]) -> float:
    return float(commission_nb(x, x / 50.0, *terms))  # 50 a share


@pytest.mark.parametrize(("delta", "temporary"), [(0.5, 2.0), (1.0, 1.0), (0.75, 2.0**0.5)])
def test_the_law_by_hand(delta, temporary):
    """100 of 400, half-spread 1%, volatility 4%, eta 1: 1, 4 * 0.25^delta and 0.5 * 0.5 * 0.04 * 100^2 / 400."""
    assert cost_nb(100.0, 0.01, 400.0, 0.04, 1.0, 0.5, delta) == pytest.approx((1.0, temporary, 0.25), rel=1e-15)


@EXAMPLES
@given(notionals, law, fees)
def test_no_part_is_ever_negative_and_nothing_costs_nothing(x, terms, fee):
    assert (parts(x, terms) >= 0.0).all()
    assert commission(x, fee) >= 0.0
    assert not parts(0.0, terms).any()
    assert commission(0.0, fee) == 0.0


@EXAMPLES
@given(notionals, notionals, st.floats(0.0, 1.0), law)
def test_each_part_is_convex_and_rises_with_size(x, y, share, terms):
    between = share * x + (1.0 - share) * y
    chord = share * parts(x, terms) + (1.0 - share) * parts(y, terms)
    assert (parts(between, terms) <= chord * (1.0 + 1e-9) + 1e-12).all()
    small, large = min(x, y), max(x, y)
    assert (parts(small, terms) <= parts(large, terms)).all()


@EXAMPLES
@given(st.floats(1e-6, 1e10), st.floats(1e-6, 1e10), st.floats(0.0, 1.0), fees)
def test_a_commission_is_convex_once_something_trades(x, y, share, fee):
    """At zero it jumps: a minimum and a fixed fee are due on the first unit."""
    between = commission(share * x + (1.0 - share) * y, fee)
    assert between <= (share * commission(x, fee) + (1.0 - share) * commission(y, fee)) * (1.0 + 1e-9)
    assert commission(min(x, y), fee) <= commission(max(x, y), fee)


@EXAMPLES
@given(notionals, law, volumes, volumes)
def test_impact_falls_with_volume_and_the_spread_knows_nothing_of_it(x, terms, one, two):
    thin, thick = parts(x, terms, volume=min(one, two)), parts(x, terms, volume=max(one, two))
    assert (thick <= thin).all()
    assert thick[0] == thin[0]
    if max(one, two) > 1.01 * min(one, two) and min(x, terms[2], terms[3], terms[4]) > 1e-3:
        assert (thick[1:] < thin[1:]).all()


@EXAMPLES
@given(notionals, law, sigmas, sigmas)
def test_impact_rises_with_volatility(x, terms, one, two):
    assert (parts(x, terms, sigma=min(one, two)) <= parts(x, terms, sigma=max(one, two))).all()


@EXAMPLES
@given(notionals, law, st.sampled_from([0.5, 2.0, 1024.0]))
def test_a_market_twice_as_large_costs_twice_as_much(x, terms, scale):
    assert np.allclose(
        parts(scale * x, terms, volume=scale * terms[1]), scale * parts(x, terms), rtol=1e-12, atol=1e-300
    )


@EXAMPLES
@given(
    st.floats(0.001, 0.9),
    st.sampled_from([0.0, 5.0, 80.0]),
    st.sampled_from([0.0, 0.142]),
    st.sampled_from([0.0, 0.314]),
    st.sampled_from([0.5, 0.6, 1.0]),
    st.sampled_from([{}, {"commission_bps": 2.0, "min_commission": 3.0}, {"fixed_commission": 1.0, "per_share": 0.01}]),
    st.floats(1e3, 1e7),
)
def test_a_sale_costs_what_a_purchase_does(weight, half_spread, eta, gamma, delta, fee, shares):
    """Even in the sign of the trade: a book that buys and one that sells short pay the same, part by part."""
    index = pd.bdate_range("2024-01-02", periods=2)
    market = MarketData.from_frames(
        pd.DataFrame({"A": [64.0, 64.0]}, index), volume=pd.DataFrame({"A": [shares, shares]}, index), prices="raw"
    )
    costs = AlmgrenChriss(half_spread_bps=half_spread, eta=eta, gamma=gamma, delta=delta, **fee)
    paid = []
    for sign in (1.0, -1.0):
        result = simulate(
            market,
            Hold({"A": sign * weight}),
            costs=costs,
            execution=Execution(lag=0),
            bounds=Bounds(allow_short=True, max_leverage=2.0),
            initial_cash=2.0**20,
        )
        paid.append(result.daily["costs"][0])
    expected = sum(fee.values()) > 0.0 or half_spread > 0.0 or eta > 0.0 or gamma > 0.0
    # A sale whose cost is above its proceeds does not trade at all.
    if paid[1].any() or not paid[0].any():
        assert np.allclose(paid[0], paid[1], rtol=1e-12, atol=0.0)
        assert paid[0].any() == expected
    else:
        assert paid[0].sum() >= weight * 2.0**20 * (1.0 - 1e-9)
