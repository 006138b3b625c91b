"""Terms: made once, validated whatever the market, and the same whether passed whole or stated one by one."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace
from inspect import signature

import numpy as np
import pytest

from simulator import (
    AlmgrenChriss,
    Bounds,
    Execution,
    Flow,
    LiquidityStress,
    ParameterError,
    Terms,
    prepare,
    simulate,
    simulate_many,
)
from simulator.engine.terms import Stated
from strategies import Periodic
from tests.support import equal, random_market

STATED = {
    "costs": AlmgrenChriss(half_spread_bps=7.0),
    "execution": Execution(lag=2, max_participation=0.03),
    "bounds": Bounds(max_weight=0.15),
    "liquidity": LiquidityStress(redemption_stress=0.4),
    "initial_cash": 3e6,
    "waterfall": "pro-rata",
}


def test_terms_are_the_keywords_of_simulate():
    names = [field.name for field in fields(Terms)]
    assert names == list(Stated.__annotations__)
    assert names == [name for name in signature(simulate).parameters if name in names]


def test_whole_or_stated_one_by_one_is_the_same_run():
    market = random_market(3, sessions=250, assets=5, volume=2_000.0)
    day = str(market.sessions[120])
    stated = {
        **STATED,
        "flows": [Flow(date=day, share=-0.2)],
        "start": market.sessions[20],
        "end": market.sessions[230],
    }
    policy, terms = Periodic(equal(5), every=15), Terms.of(**stated)
    loose, whole = simulate(market, policy, **stated), prepare(market, policy, terms).run()
    assert np.array_equal(loose.nav, whole.nav)
    assert loose.events.equals(whole.events)
    plain = simulate(market, policy)
    assert plain.sessions.size > whole.sessions.size == 211
    for many in (simulate_many(market, {"p": policy}, terms), simulate_many(market, {"p": policy}, **stated)):
        assert many.metrics["nav_end"].iloc[0] == whole.nav.iloc[-1]


@pytest.mark.parametrize("name", STATED)
def test_every_term_reaches_the_run(name):
    """Each one, put back to its default, gives another run: none is lost on the way."""
    market = random_market(3, sessions=150, assets=5, volume=200_000.0)
    terms = Terms.of(**STATED, flows=[Flow(date=str(market.sessions[100]), share=-0.3)])
    other = replace(terms, **{name: getattr(Terms(), name)})
    policy = Periodic(equal(5), every=15)
    one, two = (prepare(market, policy, each).run() for each in (terms, other))
    assert not np.array_equal(one.nav, two.nav) or not one.coverage.equals(two.coverage)


def test_what_is_left_out_has_its_default():
    assert repr(Terms.of(costs=None, bounds=None, start=None)) == repr(Terms())
    assert Terms.of(liquidity=None).stress == LiquidityStress()
    off = Terms.of(liquidity=False)
    assert off.stress is None
    assert np.isnan(off.redemption_stress)


def test_they_are_frozen_and_their_dates_are_days():
    terms = Terms.of(start="2020-01-02T10:00", end=np.datetime64("2020-03-01"))
    assert terms.start == np.datetime64("2020-01-02", "D")
    assert terms.start.dtype == "datetime64[D]"
    with pytest.raises(FrozenInstanceError):
        terms.initial_cash = 1.0


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"initial_cash": 0.0}, "initial_cash must be positive, not 0.0"),
        ({"initial_cash": float("nan")}, "initial_cash must be positive"),
        ({"waterfall": "prorata"}, "waterfall must be one of most-liquid, pro-rata, not 'prorata'"),
        ({"execution": {"lag": 1}}, r"execution must be Execution\(...\), not dict"),
        ({"bounds": 0.2}, r"bounds must be Bounds\(...\), not float"),
        ({"costs": 5.0}, "costs must have a method panels, which float has not"),
        ({"liquidity": True}, "liquidity must have a method panels, which bool has not"),
        ({"start": "soon"}, "start: 'soon' is no date"),
    ],
)
def test_what_cannot_be_is_refused(stated, message):
    with pytest.raises(ParameterError, match=message):
        Terms.of(**stated)


def test_terms_and_a_keyword_at_once_are_refused():
    market, policy = random_market(3, sessions=30), Periodic(equal(5), every=15)
    with pytest.raises(ParameterError, match="passed whole, so initial_cash cannot be stated"):
        prepare(market, policy, Terms(), initial_cash=5.0)
    with pytest.raises(TypeError, match="inital_cash"):
        prepare(market, policy, inital_cash=5.0)
