"""The compiled and the Python driver agree to the bit, and so does what is kept of a run."""

from __future__ import annotations

from itertools import product

import pytest

from signals import Calendar, StressForecast, VolatilityTrigger
from simulator import Execution, prepare, simulate
from strategies import DeRisk, EqualWeight, Hold, Periodic, ThresholdBand, from_callable
from tests.support import random_market, same, same_events, some

W = {"A": 0.3, "B": 0.2, "C": 0.2, "D": 0.1, "E": 0.1}
VOL = VolatilityTrigger(lookback=10, enter=0.32, exit=0.30, min_hold=3)
STRESS = StressForecast(min_train=504, refit_every=40, horizon=5, enter=0.05, exit=0.02, options={"n_estimators": 5})
POLICIES = {
    "hold": Hold(W),
    "periodic": Periodic(W, every=11),
    "triggered": Periodic(W, trigger=Calendar("week")),
    "equal-weight": EqualWeight(every=5, cash=0.1),
    "band": ThresholdBand(W, 0.02),
    "edge": ThresholdBand(W, 0.02, to="edge"),
    "band-or-month": ThresholdBand(W, 0.03, trigger=Calendar("month")),
    "relative": ThresholdBand(W, 0.03, relative=0.1),
    "relative edge": ThresholdBand(W, relative=0.1, to="edge"),
    "part way": Periodic(W, trigger=Calendar("week"), part=0.4),
    "part way at a band": ThresholdBand(W, 0.02, part=0.4, trigger=Calendar("month")),
    "reviewed": ThresholdBand(W, 0.02, review=7),
    "de-risk": DeRisk(Periodic(W, every=20), VOL, share=0.6, into={"B": 0.5, "CASH": 0.5}),
    "de-risk-band": DeRisk(ThresholdBand(W, 0.02, to="edge"), VOL),
    "de-risk-stress": DeRisk(Periodic(W, every=20), STRESS),
}
EXECUTIONS = {
    "default": Execution(),
    "lag 0": Execution(lag=0),
    "lag 3, capped": Execution(lag=3, max_participation=0.03, max_turnover=0.05),
    "open, at fill, dropped": Execution(fill="open", size_at="fill", unfilled="drop", max_participation=0.02),
    "impacted": Execution(marks="impacted", max_cost_bps=2.0),
}


@pytest.mark.parametrize(("policy", "execution"), some(product(POLICIES, EXECUTIONS), 2))
def test_plan_and_python_agree_to_the_bit(policy, execution):
    market = random_market(seed=5, sessions=700, series=True, crises=True)
    terms = EXECUTIONS[execution]
    compiled = simulate(market, POLICIES[policy], execution=terms)
    asked = simulate(market, POLICIES[policy], execution=terms, driver="python")
    assert same(compiled.out.nav, asked.out.nav)
    assert same_events(compiled.records, asked.records)
    assert len(compiled.decisions) > 0


@pytest.mark.parametrize("policy", POLICIES)
def test_what_is_kept_changes_nothing(policy):
    run = prepare(random_market(seed=6, sessions=700, series=True, crises=True), POLICIES[policy])
    full, daily, nav = run.run("full"), run.run("daily"), run.run("nav")
    assert same(full.out.nav, nav.out.nav)
    assert same(full.out.nav, daily.out.nav)
    assert same(full.out.total_costs, nav.out.total_costs)


def test_a_policy_that_reviews_seldom_is_asked_seldom():
    asked = []

    def decide(day):
        asked.append(day.t)
        return W

    simulate(random_market(seed=7), from_callable(decide, every=50))
    assert asked == [0, 50, 100, 150, 200, 250]
