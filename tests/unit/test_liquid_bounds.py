"""Bounds on the liquidity of holdings: worked by hand, and kept at decision prices on random books."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import (
    Bounds,
    DataError,
    Execution,
    Instrument,
    LiquidityStress,
    MarketData,
    ParameterError,
    prepare,
    simulate,
    simulate_many,
)
from simulator.core.bounds import DaysToCash
from simulator.engine.liquid import book_at_closes, conditions_of
from simulator.liquidity.holding import AT_MOST, levels, most_of
from simulator.testing import replay_oracle
from strategies import Hold, Periodic, ThresholdBand
from tests.support import FREE, random_market

#: Four assets at 100 for ever, of which shares worth 1000, 400, 200 and 50 (thousand) trade a day. Under stress a unit
#: of A loses 2%, of B 10%, of C 15% and of D 20%.
CLASSES = {"A": "treasury", "B": "ig-credit", "C": "equity", "D": "hy-credit"}
VOLUMES = {"A": 1e4, "B": 4e3, "C": 2e3, "D": 5e2}
WEIGHTS = {"A": 0.25, "B": 0.25, "C": 0.25, "D": 0.25}
STRESS = LiquidityStress(participation=0.1, redemption_stress=0.2, stressed_volume=0.5)


def market(sessions=6, volumes=VOLUMES, prices=None):
    days = pd.bdate_range("2024-01-01", periods=sessions)
    close = pd.DataFrame({name: [100.0] * sessions for name in volumes}, days)
    for name, path in (prices or {}).items():
        close[name] = path
    return MarketData.from_frames(
        close,
        volume=pd.DataFrame({name: [shares] * sessions for name, shares in volumes.items()}, days, dtype=float),
        instruments={name: Instrument(CLASSES[name]) for name in volumes},
    )


def run(weights=WEIGHTS, world=None, stress=STRESS, cash=1e6, **bounds):
    return simulate(
        world or market(),
        Hold(weights),
        costs=FREE,
        execution=Execution(lag=0, settlement_days=bounds.pop("settlement_days", 0)),
        liquidity=stress,
        bounds=Bounds(**bounds),
        initial_cash=cash,
    )


def held(result, row=0):
    return [round(weight, 12) for weight in result.weights.iloc[row]]


def cut(result):
    return {(row.component, row.asset): row.amount for row in result.limits.itertuples() if row.kind == "limit"}


def test_days_to_cash_gives_way_cheapest_first():
    # 10% of volume for 5 sessions: A 500, B 200, C 100, D 25 (thousand) of 250 each: 575, and nothing in cash. 80%
    # lack 225. A is quick already; B costs least, and 50 of it raise 50; of C 150 raise 150; the last 25 are D.
    result = run(max_days_to_cash={"share": 0.8, "days": 5})
    assert held(result) == [0.25, 0.2, 0.1, 0.225, 0.225]
    assert cut(result) == pytest.approx(
        {("max_days_to_cash", "B"): 5e4, ("max_days_to_cash", "C"): 1.5e5, ("max_days_to_cash", "D"): 2.5e4}
    )
    assert run(max_days_to_cash=DaysToCash(share=0.575, days=5)).limits.empty
    # All of it within 5 sessions: nothing above what 5 sessions sell.
    assert held(run(max_days_to_cash={"share": 1.0, "days": 5})) == [0.25, 0.2, 0.1, 0.025, 0.425]


def test_days_to_cash_wait_for_settlement():
    # T+2: 3 sessions of selling are left. A 300, B 120, C 60, D 15: of 250, 250 + 120 + 60 + 15 = 445.
    result = run(max_days_to_cash={"share": 0.5, "days": 5}, settlement_days=2)
    assert held(result) == [0.25, 0.195, 0.25, 0.25, 0.055]


def test_illiquid_positions_give_way_to_where_they_are_not():
    # At 20% of volume, five days sell a day's volume: A 1000, B 400, C 200, D 50. C and D are illiquid, 500 of 1000.
    # Of C, the cheaper, 50 make it less liquid as a whole: 250 are left. D's 250 may be at most 150: 100 are cut.
    result = run(max_illiquid=0.15)
    assert held(result) == [0.25, 0.25, 0.2, 0.15, 0.15]
    assert cut(result) == pytest.approx({("max_illiquid", "C"): 5e4, ("max_illiquid", "D"): 1e5})
    assert result.liquidity["illiquid"].iloc[0] == pytest.approx(0.15)
    assert held(run(max_illiquid=0.0)) == [0.25, 0.25, 0.2, 0.05, 0.25]
    assert run(max_illiquid=0.5).limits.empty


def test_highly_liquid_ones_are_cash_within_three_days():
    # T+1: two days of selling, 40% of volume: A 400, B 160, C 80, D 20. B, C and D are not. 60% highly liquid lack 350:
    # 90 of B make all of it highly liquid, 100 of C are still to go.
    result = run(min_highly_liquid=0.6)
    assert held(result) == [0.25, 0.16, 0.15, 0.25, 0.19]
    assert result.liquidity["highly_liquid"].iloc[0] == pytest.approx(0.6)
    # Where sales settle in three days nothing but cash is.
    result = run(min_highly_liquid=0.6, settlement_days={"A": 1, "B": 3, "C": 3, "D": 3})
    assert held(result) == [0.25, 0.0, 0.15, 0.25, 0.35]


def test_the_lcr_gives_way_by_cost_of_what_it_gains():
    # Levels: A 1, B 2A at 85%, C 2B at 50%, D none; 0.25 + 0.2125 + 0.125 and caps: 2B at most 15/85 of 0.4625 and
    # 15/60 of 0.25 (0.0625), level 2 at most 2/3 of 0.25: 0.25 + 0.1667 = 0.41667 of nav, and 3 times 20% asks for 0.6.
    # A unit of C sold costs 15% and gains at least half of one, of D 20% and gains a whole one: D first. Of x sold,
    # level 1 has 0.25 + x, the stock is 5/3 of that: x = 0.11.
    result = run(min_lcr=3.0)
    assert held(result) == [0.25, 0.25, 0.25, 0.14, 0.11]
    assert result.liquidity["lcr"].iloc[0] == pytest.approx(3.0)
    # All in cash is 5 times.
    assert held(run(min_lcr=5.0)) == [0.25, 0.0, 0.0, 0.0, 0.75]


def test_several_hold_together():
    bounds = {
        "max_days_to_cash": {"share": 0.8, "days": 5},
        "max_illiquid": 0.05,
        "min_highly_liquid": 0.7,
        "min_lcr": 3.5,
        "min_liquid_share": 0.6,
    }
    result = run(**bounds)
    row = result.liquidity.iloc[0]
    assert row["illiquid"] <= 0.05 + 1e-9
    assert row["highly_liquid"] >= 0.7 - 1e-9
    assert row["lcr"] >= 3.5 - 1e-9
    assert row["days_to_75"] <= 5.0
    assert row["liquid_share"] >= 0.6 - 1e-9


def test_drift_beyond_is_a_breach_on_its_first_day():
    # D doubles on session 2: 150 of 1000 illiquid are 300 of 1150. It is back on session 4, and doubles again on 5.
    world = market(prices={"D": [100.0, 100.0, 200.0, 200.0, 100.0, 200.0]})
    result = run(world=world, max_illiquid=0.15, min_highly_liquid=0.4)
    breaches = result.limits[result.limits["kind"] == "breach"]
    assert breaches["component"].to_list() == ["max_illiquid", "min_highly_liquid", "max_illiquid", "min_highly_liquid"]
    assert breaches["date"].to_list() == [result.index[2], result.index[2], result.index[5], result.index[5]]
    illiquid = result.liquidity["illiquid"]
    assert breaches["amount"].iloc[0] == pytest.approx((illiquid.iloc[2] - 0.15) * result.nav.iloc[2])


def test_what_no_book_can_keep_or_nothing_measures_is_refused():
    with pytest.raises(ParameterError, match=r"min_lcr = 6 of redemptions of 20% asks for 120% of nav .* at most 5"):
        run(min_lcr=6.0)
    with pytest.raises(ParameterError, match="min_lcr is for a book that neither borrows nor is short"):
        Bounds(min_lcr=1.0, max_leverage=1.5)
    with pytest.raises(DataError, match="max_illiquid needs the liquidity stress and volumes"):
        run(stress=False, max_illiquid=0.1)
    with pytest.raises(ParameterError, match="max_days_to_cash needs share and days"):
        Bounds(max_days_to_cash={"share": 0.5})
    with pytest.raises(ParameterError, match="max_days_to_cash: share must lie in"):
        Bounds(max_days_to_cash={"share": 50, "days": 5})


BOUND = {
    "max_days_to_cash": st.builds(
        lambda share, days: {"share": share, "days": days}, st.floats(0.05, 1.0), st.floats(0.0, 30.0)
    ),
    "max_illiquid": st.floats(0.0, 0.9),
    "min_highly_liquid": st.floats(0.01, 1.0),
    "min_lcr": st.floats(0.1, 5.0),
    "min_liquid_share": st.floats(0.05, 1.0),
}


@given(
    seed=st.integers(0, 50),
    weights=st.lists(st.floats(0.0, 1.0), min_size=4, max_size=4),
    bounds=st.fixed_dictionaries({}, optional=BOUND).filter(bool),
    cash=st.sampled_from([1e4, 1e6, 1e8, 1e10]),
    settlement=st.sampled_from([0, 1, {"A": 3, "B": 2}, "us-equities"]),
)
@settings(max_examples=60, deadline=None)
def test_they_hold_at_decision_prices_whatever_is_wanted(seed, weights, bounds, cash, settlement):
    """All in cash keeps every one of them, so that none is out of reach; what is aimed at keeps them all."""
    total = max(sum(weights), 1.0)
    world = random_market(seed, 40, 4, gaps=0.0, silent=0.1)
    policy = Periodic({name: weight / total for name, weight in zip("ABCD", weights, strict=True)}, 7)
    execution = Execution(lag=0, settlement_days=settlement)
    terms = {"costs": FREE, "execution": execution, "liquidity": STRESS, "initial_cash": cash}
    ran = prepare(world, policy, bounds=Bounds(**bounds), **terms)
    result = ran.run()
    decided = np.flatnonzero(np.isin(result.index, result.decisions["date"]))
    blocked = (ran.arrays.status[decided] != 0).any(axis=1)
    aimed_at = book_at_closes(result)._replace(settled=None)  # what is sold for it settles later
    found = levels(ran.bounds, aimed_at, conditions_of(result, stressed=False), STRESS)
    for name, level in found.items():
        miss = level[decided] - most_of(ran.bounds, name)
        over = (miss if name in AT_MOST else -miss)[~blocked]
        assert (over <= 1e-9 * max(1.0, most_of(ran.bounds, name))).all(), name
    if "min_liquid_share" in bounds:
        share = result.coverage["liquid_share"].to_numpy()[decided][~blocked]
        assert (share >= bounds["min_liquid_share"] - 1e-9).all()


@pytest.mark.parametrize("policy", [Periodic(WEIGHTS, 5), ThresholdBand(WEIGHTS, band=0.02)])
def test_drivers_agree_to_the_bit(policy):
    world = random_market(3, 120, 4, gaps=0.05, silent=0.05)
    bounds = Bounds(max_days_to_cash={"share": 0.3, "days": 4}, max_illiquid=0.05, min_highly_liquid=0.9)
    terms = {"bounds": bounds, "liquidity": STRESS, "initial_cash": 3e7, "execution": Execution(settlement_days=2)}
    plan, asked = (prepare(world, policy, driver=driver, **terms).run() for driver in ("auto", "python"))
    many = simulate_many([world] * 2, {"p": policy}, keep="nav", **terms)
    assert {"max_days_to_cash", "max_illiquid", "min_highly_liquid"} <= set(plan.limits["component"])
    assert plan.out.nav.tobytes() == asked.out.nav.tobytes() == many.nav[0, 1].tobytes()


TOGETHER = [
    {"max_days_to_cash": {"share": 0.6, "days": 3.5}},
    {"max_illiquid": 0.05},
    {"min_highly_liquid": 0.7},
    {"min_lcr": 3.0},
    {"max_days_to_cash": {"share": 0.3, "days": 4}, "max_illiquid": 0.05, "min_highly_liquid": 0.6, "min_lcr": 4.8},
]


@pytest.mark.parametrize("bounds", TOGETHER, ids="+".join)
@pytest.mark.parametrize("settlement", [0, {"A": 3, "B": 1}])
def test_books_equal_the_oracle(bounds, settlement):
    """It knows no floors and no jumps: it measures the book and bisects."""
    world = replace(
        random_market(4, 60, 4, gaps=0.05, silent=0.05),
        instruments=tuple(Instrument(CLASSES[name]) for name in "ABCD"),
    )
    execution = Execution(settlement_days=settlement, max_participation=0.1)
    terms = {"bounds": Bounds(**bounds), "liquidity": STRESS, "initial_cash": 3e7, "execution": execution}
    ran = prepare(world, Periodic(WEIGHTS, 5), **terms)
    ours, oracle = ran.run(), replay_oracle(ran)
    assert set(bounds) <= set(ours.limits["component"])
    assert ours.out.nav == pytest.approx(oracle.nav, rel=1e-10)
    assert (ours.daily["shares"] * ours.marks) == pytest.approx(oracle.shares * ours.marks, rel=1e-7, abs=1e-2)
