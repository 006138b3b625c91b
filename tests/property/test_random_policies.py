"""Thirty policies put together at random, those that solve problems among them, on random markets and terms.

Half of them solve problems, as they are or under one overlay or two; terms have bounds on weights and on the liquidity
of what is held, in books from small to too large for their market.
"""

from __future__ import annotations

import numpy as np
import pytest

from signals import VolatilityTrigger
from simulator import AlmgrenChriss, Bounds, Execution, LiquidityStress, prepare
from simulator.engine.liquid import book_at_closes, conditions_of
from simulator.ledger import Kind, reconcile
from simulator.liquidity.holding import AT_MOST, levels, most_of
from simulator.testing.perturb import poison_after
from strategies import (
    AllOf,
    AnyOf,
    Band,
    Equal,
    Every,
    Fitted,
    Fixed,
    Hedge,
    LiquidityLadder,
    MultiPeriod,
    Optimised,
    Overlaid,
    Policy,
    RiskOff,
    ShortenDuration,
    TwoStage,
    VolatilityTarget,
)
from tests.property.runs import known_nav, turnover
from tests.support import FREE, random_market, same, same_events

W = {"A": 0.3, "B": 0.2, "C": 0.2, "D": 0.1, "E": 0.1}
SHORT = VolatilityTrigger(lookback=10, enter=0.30, exit=0.25, min_hold=3, name="short")
LONG = VolatilityTrigger(lookback=20, enter=0.35, exit=0.30, min_hold=3, name="long")
OVERLAYS = (
    lambda: RiskOff(SHORT, 0.5, {"E": 0.5, "CASH": 0.5}),
    lambda: LiquidityLadder(SHORT, red=LONG, calm=3, phases=2, apart=4, into={"E": 0.5, "CASH": 0.5}),
    lambda: ShortenDuration(ladder={"A": 17.0, "B": 7.0, "C": 2.0}, max_duration=4.0),
    lambda: VolatilityTarget(0.15, lookback=20),
    lambda: Hedge(LONG, instrument="D", size=0.2, build=2, phases=2),
)
HOLDINGS = (
    lambda: Fixed(W),
    lambda: Equal(cash=0.1),
    lambda: Fitted("InverseVolatility", 20),
    lambda: Fitted("HierarchicalRiskParity", 30, cash=0.05),
    lambda: Fitted("MeanRisk", 30),
)
TRIGGERS = (None, Every(9), Band(0.05, relative=0.2), AnyOf(Every(20), Band(0.03)), AllOf(Every(3), Band(0.02)))
SHAPES = ({"redemption": 0.1}, {"redemption": 0.4, "depth": 0.1, "spread": 5.0, "volatility": 3.0})
#: Bounds on the liquidity of what is held, each of which some book of some market cannot keep as it would be.
LIQUID = {
    "min_coverage": 3.0,
    "max_days_to_cash": {"share": 0.7, "days": 3},
    "max_illiquid": 0.1,
    "min_highly_liquid": 0.6,
    "min_lcr": 3.0,
}
STRESS = LiquidityStress(participation=0.1, redemption_stress=0.2, stressed_volume=0.5)
#: Sessions before the first of a run: what is estimated needs 63.
BEFORE = 70


def solving(rng: np.random.Generator):
    """One of the policies that are asked, its terms at random."""
    terms = {
        "every": int(rng.integers(5, 15)),
        "expected": str(rng.choice(["none", "sample", "shrunk"])),
        "risk": str(rng.choice(["sample", "ewma", "factor"])),
        "max_turnover": float(rng.choice([0.05, 0.3, 1.0])),
        "cash": float(rng.choice([0.0, 0.1])),
        "window": 63,
    }
    priced = {"days_price": 0.05, "max_days": [None, 0.5][int(rng.integers(2))]} if rng.random() < 0.5 else {}
    which = int(rng.integers(3))
    if which == 0:
        return Optimised(**terms, **priced)
    if which == 1:
        return MultiPeriod(**terms, **priced, steps=int(rng.integers(1, 4)), cost_half_life=10.0)
    drawn = {"scenarios": 8, "memory": 63, "seed": int(rng.integers(99))}
    return TwoStage(**terms, **(drawn if rng.random() < 0.5 else {"shapes": SHAPES}), shortfall_price=0.5)


def composed(number: int):
    """The policy of a number: half of them solve problems, the others are of parts that are laid out."""
    rng = np.random.default_rng(number)
    if number % 2:
        policy = solving(rng)
        for which in rng.choice(len(OVERLAYS), number // 2 % 3, replace=False):
            policy = Overlaid(policy, OVERLAYS[which]())
        return policy
    overlays = rng.choice(len(OVERLAYS), int(rng.integers(0, 3)), replace=False)
    return Policy(
        HOLDINGS[rng.integers(len(HOLDINGS))](),
        TRIGGERS[rng.integers(len(TRIGGERS))],
        [OVERLAYS[which]() for which in overlays],
        part=float(rng.choice([1.0, 0.5])),
    )


def base_of(policy):
    """What overlays go over."""
    return base_of(policy.base) if isinstance(policy, Overlaid) else policy


def terms_of(number: int) -> dict:
    rng = np.random.default_rng([number, 1])
    return {
        "execution": Execution(
            lag=int(rng.integers(0, 3)),
            max_participation=[None, 0.05][int(rng.integers(2))],
            max_turnover=[None, 0.2][int(rng.integers(2))],
        ),
        "costs": AlmgrenChriss(half_spread_bps=float(rng.choice([0.0, 5.0])), eta=float(rng.choice([0.0, 0.142]))),
        "bounds": Bounds(
            max_weight=[None, 0.4][int(rng.integers(2))],
            min_cash=float(rng.choice([0.0, 0.05])),
            **{name: stated for name, stated in LIQUID.items() if rng.random() < 0.5},
        ),
        "liquidity": STRESS,
        "initial_cash": float(rng.choice([1e6, 1e7])),
    }


def market_of(number: int, **how):
    return random_market(number, sessions=BEFORE + 30, assets=5, crises=True, **how)


@pytest.mark.parametrize("number", range(30))
def test_identities_and_caps_hold_and_both_drivers_agree(number):
    market, terms = market_of(number, gaps=0.05, silent=0.05), terms_of(number)
    start = market.sessions[BEFORE]
    run = prepare(market, composed(number), start=start, **terms).run()
    asked = prepare(market, composed(number), driver="python", start=start, **terms).run()
    reconcile(run.sessions, run.marks, run.daily, run.stream)
    assert same(run.out.nav, asked.out.nav)
    assert same_events(run.records, asked.records)
    fills = run.records[run.records["kind"] == Kind.FILL]
    share, turned, nav = terms["execution"].max_participation, terms["execution"].max_turnover, run.out.nav
    assert (run.daily["cash"] >= -1e-9 * nav).all()
    if turned is not None:
        assert (turnover(run) - turned * known_nav(run) <= 1e-9 * nav).all()
    if share is not None:
        taken = np.zeros(run.marks.shape)
        np.add.at(taken, (fills["session"], fills["asset"]), np.abs(fills["quantity"] * fills["price"]))
        room = share * np.nan_to_num(market.notional[BEFORE:])
        assert (taken - room <= 1e-9 * nav[:, None]).all()


@pytest.mark.parametrize("number", range(30))
def test_bounds_on_holdings_hold_at_the_prices_decided_on(number):
    """Filled at once and for nothing, what is held is what was decided; a book all in cash keeps every bound."""
    market, terms = market_of(number, gaps=0.0, silent=0.0), terms_of(number)
    terms |= {"execution": Execution(lag=0), "costs": FREE}
    prepared = prepare(market, composed(number), start=market.sessions[BEFORE], **terms)
    result, bounds = prepared.run(), prepared.bounds
    held = result.daily["shares"] * result.marks / result.out.nav[:, None]
    traded = np.unique(result.records[result.records["kind"] == Kind.FILL]["session"])
    assert (held[traded] <= (bounds.max_weight or 1.0) + 1e-9).all()
    assert (held[traded].sum(axis=1) <= 1.0 - bounds.min_cash + 1e-9).all()
    assert (held >= 0.0).all()
    decided = np.unique(result.records[result.records["kind"] == Kind.DECISION]["session"])
    found = levels(bounds, book_at_closes(result), conditions_of(result, stressed=False), STRESS)
    for name, level in found.items():
        miss = level[decided] - most_of(bounds, name)
        assert ((miss if name in AT_MOST else -miss) <= 1e-9 * max(1.0, most_of(bounds, name))).all(), name
    if bounds.min_coverage is not None:
        assert (result.coverage["coverage"].to_numpy()[decided] >= bounds.min_coverage * (1.0 - 1e-9)).all()


def test_every_bound_on_liquidity_bites_and_gives_way_to_some_of_them():
    """Else the test above would hold of nothing."""
    bitten = set()
    for number in range(0, 30, 2):
        market = market_of(number)
        run = prepare(market, composed(number), start=market.sessions[BEFORE], **terms_of(number)).run()
        bitten |= set(run.limits["component"]) & set(LIQUID)
    assert bitten == set(LIQUID)


def test_nearly_all_of_them_trade():
    """Nothing expected and cash free to choose is the one reason to stay in cash."""
    idle = []
    for number in range(30):
        market = market_of(number)
        run = prepare(market, composed(number), start=market.sessions[BEFORE], execution=Execution(lag=0)).run()
        if not (run.records["kind"] == Kind.FILL).any():
            idle.append(composed(number))
        assert not any("best" in text for text in run.remarks.values()), run.remarks
    assert len(idle) <= 2
    solving_them = [base_of(policy) for policy in idle]
    assert all(type(policy) is TwoStage and policy.expected == "none" for policy in solving_them)


@pytest.mark.parametrize("number", range(1, 30, 2))
def test_what_solves_problems_today_knows_nothing_of_tomorrow(number):
    market = market_of(number, gaps=0.05)
    t = int(np.random.default_rng([number, 2]).integers(BEFORE + 5, BEFORE + 25))
    other = poison_after(market, t, np.random.default_rng([number, t]))
    runs = [
        prepare(each, composed(number), start=market.sessions[BEFORE], execution=Execution(lag=0)).run()
        for each in (market, other)
    ]
    until = slice(0, t + 1 - BEFORE)
    assert same(runs[0].daily["shares"][until], runs[1].daily["shares"][until])
    remarks = [{day: text for day, text in run.remarks.items() if day <= t - BEFORE} for run in runs]
    assert remarks[0] == remarks[1]
