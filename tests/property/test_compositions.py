"""Every overlay alone and in pairs, over triggers and holdings, on random markets: what must hold of all of them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from scenarios import kinds
from scenarios.plugins import find
from signals import VolatilityTrigger
from simulator import Execution, prepare
from simulator.ledger import reconcile
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
    Policy,
    RiskOff,
    ShortenDuration,
    VolatilityTarget,
)
from tests.support import random_market, same, same_events

W = {"A": 0.3, "B": 0.2, "C": 0.2, "D": 0.1, "E": 0.1}
SHORT = VolatilityTrigger(lookback=10, enter=0.30, exit=0.25, min_hold=3, name="short")
LONG = VolatilityTrigger(lookback=20, enter=0.35, exit=0.30, min_hold=3, name="long")
OVERLAYS = {
    "de-risk": RiskOff(SHORT, 0.5, {"E": 0.5, "CASH": 0.5}),
    "ladder": LiquidityLadder(SHORT, red=LONG, calm=3, phases=2, apart=4, into={"E": 0.5, "CASH": 0.5}),
    "duration": ShortenDuration(ladder={"A": 17.0, "B": 7.0, "C": 2.0}, max_duration=4.0),
    "target": VolatilityTarget(0.15, lookback=20),
    "hedge": Hedge(LONG, instrument="D", size=0.2, build=2, phases=2),
}
#: A new overlay is tried as its class makes it of a signal.
OVERLAYS |= {
    kind: found(SHORT)
    for kind in kinds.OVERLAYS
    if (found := find(kind, kinds.OVERLAYS, "overlays")) not in set(map(type, OVERLAYS.values()))
}
HOLDINGS = (Fixed(W), Equal(cash=0.1), Fitted("InverseVolatility", 20))
TRIGGERS = (None, Every(9), Band(0.05, relative=0.2), AnyOf(Every(20), Band(0.03)), AllOf(Every(3), Band(0.02)))
TERMS = (Execution(), Execution(lag=0), Execution(lag=2, max_participation=0.05, max_turnover=0.2))
ALONE_AND_IN_PAIRS = [*((overlay,) for overlay in OVERLAYS), *itertools.permutations(OVERLAYS, 2)]


def composed(number, names):
    return Policy(
        HOLDINGS[number % len(HOLDINGS)],
        TRIGGERS[number % len(TRIGGERS)],
        [OVERLAYS[name] for name in names],
        part=(1.0, 0.5)[number % 2],
    )


@pytest.mark.parametrize(("number", "names"), [*enumerate(ALONE_AND_IN_PAIRS)])
def test_what_is_laid_out_is_of_the_past_and_within_nav(number, names):
    """The plan up to a day is the plan of a market that ends there: perturbing tomorrow changes nothing today."""
    market = random_market(number, sessions=120, assets=5, crises=True)
    plan = prepare(market, composed(number, names), start=market.sessions[30]).laid
    assert (plan.targets >= -1e-12).all()
    assert (plan.targets.sum(axis=1) <= 1.0 + 1e-9).all()
    for t in (45, 80, 100):
        other = poison_after(market, t, np.random.default_rng([number, t]))
        altered = prepare(other, composed(number, names), start=market.sessions[30]).laid
        until = slice(0, t + 1 - 30)
        assert (plan.action[until] == altered.action[until]).all()
        assert same(plan.targets[plan.row[until]], altered.targets[altered.row[until]])


@pytest.mark.parametrize(("number", "names"), [*enumerate(ALONE_AND_IN_PAIRS)][::2])
def test_books_balance_and_both_drivers_agree(number, names):
    market = random_market(100 + number, sessions=80, assets=5, crises=True)
    terms = {"execution": TERMS[number % len(TERMS)], "start": market.sessions[25]}
    laid = prepare(market, composed(number, names), **terms).run()
    asked = prepare(market, composed(number, names), driver="python", **terms).run()
    reconcile(laid.sessions, laid.marks, laid.daily, laid.stream)
    assert same(laid.out.nav, asked.out.nav)
    assert same_events(laid.records, asked.records)
