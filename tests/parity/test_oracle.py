"""The engine against a plain-NumPy oracle that shares no code with it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from simulator import AlmgrenChriss, Bounds, Execution, prepare, simulate, simulate_many
from simulator.testing import replay_oracle
from strategies import AnyOf, Band, EqualWeight, Every, Fixed, Hold, Periodic, Policy, ThresholdBand
from tests.support import random_market, some

WEIGHTS = {"A": 0.2, "B": 0.2, "C": 0.3, "D": 0.1, "E": 0.1}
POLICIES = {
    "hold": Hold(WEIGHTS),
    "periodic": Periodic(WEIGHTS, every=7),
    "band": ThresholdBand(WEIGHTS, 0.02),
    "edge": ThresholdBand(WEIGHTS, 0.02, to="edge"),
    "reviewed band": ThresholdBand(WEIGHTS, 0.01, review=9),
    "equal": EqualWeight(every=5),
    "relative band": ThresholdBand(WEIGHTS, relative=0.08),
    "5/25, to the edge": ThresholdBand(WEIGHTS, 0.02, relative=0.1, to="edge"),
    "part of the way": Policy(Fixed(WEIGHTS), AnyOf(Every(7), Band(0.02, relative=0.1)), part=0.5),
}
CAPS = (
    {},
    {"max_participation": 0.05},
    {"max_turnover": 0.05},
    {"max_participation": 0.02, "max_turnover": 0.10, "max_cost_bps": 3.0, "unfilled": "drop"},
)


#: Five is prime to the two and the three: each policy, lag and way of sizing is there.
@pytest.mark.parametrize(("name", "lag", "size_at"), some(product(POLICIES, [0, 1, 3], ["decision", "fill"]), 5))
def test_books_equal_the_oracle(name, lag, size_at):
    for number, (caps, fill, marks) in enumerate(product(CAPS, ["close", "open"], ["market", "impacted"])):
        if lag == 0 and fill == "open":
            continue
        market = random_market(seed=100 * lag + number)
        execution = Execution(lag=lag, size_at=size_at, fill=fill, marks=marks, **caps)
        run = prepare(market, POLICIES[name], execution=execution, initial_cash=1e6)
        ours, oracle = run.run(), replay_oracle(run)
        assert np.abs(ours.out.nav / oracle.nav - 1.0).max() < 1e-12
        for field in ("cash", "interest", "price_pnl", "impact_pnl", "costs", "bought", "sold"):
            assert np.abs(ours.daily[field] - getattr(oracle, field)).max() < 1e-12 * 1e6, field
        assert len(ours.decisions) == len(oracle.decisions)
        assert ours.cash.min() >= 0.0


@pytest.mark.parametrize("lag", [0, 1])
@pytest.mark.parametrize("short", [False, True])
def test_books_of_a_wide_market_equal_the_oracle(lag, short):
    """Many assets are read along rows, few by asset: both ways come to the same coverage, on the same books."""
    market = random_market(7, 160, 90)
    weights = np.where(np.arange(90) % 9 == 0, -0.004, 0.012) if short else np.full(90, 0.01)
    terms = {
        "execution": Execution(lag=lag, max_participation=0.05, marks="impacted"),
        "bounds": Bounds(allow_short=short, min_liquid_share=0.85),
        "initial_cash": 3e7,
    }
    run = prepare(market, Periodic(dict(zip(market.assets, weights, strict=True)), every=11), **terms)
    ours, oracle = run.run(), replay_oracle(run)
    assert run.panels.by_session
    assert np.abs(ours.out.nav / oracle.nav - 1.0).max() < 1e-12
    assert np.abs(ours.out.raised / oracle.raised - 1.0).max() < 1e-12
    assert (ours.liquidity["liquid_share"] < 0.9).any()
    assert (ours.limits["component"] == "min_liquid_share").any()
    many = simulate_many(
        [market, market],
        {"one": run.strategy},
        keep="nav",
        **terms,
    )
    assert many.nav[0, 1].tobytes() == run.run("nav").out.nav.tobytes()


def test_the_oracle_would_notice_a_wrong_cost():
    market = random_market(seed=1)
    run = prepare(market, POLICIES["band"], costs=AlmgrenChriss(eta=0.142))
    other = simulate(market, POLICIES["band"], costs=AlmgrenChriss(eta=0.1421))
    assert np.abs(other.out.nav / replay_oracle(run).nav - 1.0).max() > 1e-9
