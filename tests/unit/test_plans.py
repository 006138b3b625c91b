"""A policy's plan is looked at before kernels read it: a type, shapes that fit, rows that exist."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from signals import VolatilityTrigger
from simulator import Bounds, simulate, simulate_many
from simulator.core.abi import ASK, TEST_BAND, TRADE
from simulator.core.errors import PluginError
from simulator.core.panels import SignalPanel
from simulator.core.plan import MOVE, Plan
from simulator.core.protocols import Planned
from simulator.engine import Terms, prepare, prepare_each
from strategies import DeRisk, Hold, Periodic
from tests.support import random_market

GOOD = Periodic({"A": 0.5, "B": 0.5}, every=20)


class Says:
    """A policy that gives another plan than it should."""

    name = "says"

    def __init__(self, change):
        self.change = change

    def decide(self, day):
        return {"A": 0.5}

    def plan(self, context):
        return self.change(GOOD.plan(context))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _: "buy", "plan must return a Plan or None, not str"),
        (lambda plan: replace(plan, row=plan.row[:-1]), "plan gives row of shape"),
        (lambda plan: replace(plan, action=np.zeros(3, plan.action.dtype)), "plan gives action of shape"),
        (lambda plan: replace(plan, targets=np.full((1, 5), 0.2)), "plan gives targets of shape"),
        (lambda plan: replace(plan, row=np.full_like(plan.row, 7)), "plan gives rows from 7 to 7, and has"),
        (lambda plan: replace(plan, action=np.full_like(plan.action, 9)), "plan gives action 9; there are NOTHING"),
        (lambda plan: replace(plan, action=plan.action.astype(float)), "plan gives action that holds other things"),
        (lambda plan: replace(plan, band=np.array([np.nan])), "plan gives a band of nan; give zero or more, inf for"),
        (lambda plan: replace(plan, band=np.array([-0.1])), "plan gives a band of -0.1; give zero or more"),
        (lambda plan: replace(plan, band=np.array(["wide"])), "plan gives band that holds other things than numbers"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused(change, words):
    policy = Says(change)
    assert isinstance(policy, Planned)
    with pytest.raises(PluginError, match=words):
        simulate(random_market(1, 100, 2), policy)


def test_a_plan_that_fits_is_the_policy_s():
    market = random_market(1, 100, 2)
    assert (simulate(market, Says(lambda plan: plan)).nav == simulate(market, GOOD).nav).all()


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({}, False),
        ({"part": 0.99}, True),
        ({"relative": 0.5}, True),
        ({"ruled": True}, True),
        ({"action": np.array([0, MOVE, 0])}, True),
        ({"action": np.array([TRADE, ASK, TEST_BAND])}, False),
    ],
)
def test_what_kernels_leave_to_whoever_asks(change, left):
    rows, targets = np.zeros(3, np.int32), np.full((1, 2), 0.5)
    plan = replace(Plan(np.zeros(3, np.uint8), rows, targets, np.full(1, 0.1), to_edge=True), **change)
    assert plan.by_book is left
    arrays = plan.arrays(Bounds(), ("A", "B"))
    assert (arrays.shared, arrays.to_edge) == (left, not left)
    assert arrays.action.tolist() == np.where(plan.action == MOVE, ASK, plan.action).tolist()


class Reviews:
    """A policy that is asked on too few days, or reads what it should not."""

    name = "its own"

    def __init__(self, **fields):
        self.__dict__ |= fields

    def decide(self, day):
        return {"A": 0.5}


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (Says(lambda _: "buy"), "policy 'called': plan must return"),
        (Reviews(review=lambda context: [True]), "policy 'called': review must return 100 booleans"),
        (Reviews(reads=3), "policy 'called': reads must be a list"),
        (Reviews(reads=[3]), "policy 'called': reads holds 3"),
        (Reviews(reads=["fear"]), "policy 'called' reads signal 'fear', which is not given"),
        (Reviews(signals=3), "policy 'called': signals must be a table"),
    ],
)
def test_it_is_named_as_its_user_calls_it(policy, words):
    market = random_market(1, 100, 2)
    with pytest.raises(PluginError, match=words):
        simulate(market, policy, name="called")
    with pytest.raises(PluginError, match=words):
        simulate_many(market, {"called": policy})
    if not isinstance(policy, Says):
        with pytest.raises(PluginError, match=words.replace("called", "its own")):
            simulate(market, policy)


class Counts:
    """A policy that counts how often it lays out its plan, and looks where it is told to."""

    name = "counts"

    def __init__(self, look=lambda context: None, reads=()):
        self.look, self.reads, self.laid = look, reads, 0

    def decide(self, day):
        return {"A": 0.5}

    def plan(self, context):
        self.laid += 1
        self.look(context)
        return GOOD.plan(context)


class Level:
    """A signal that is on unless the first asset is at or below a price: always, for a price of 0."""

    name, warmup = "level", 0

    def __init__(self, above):
        self.above = above

    def compute(self, features):
        state = (~(features.market.close[:, :1] <= self.above)).astype(float)
        return SignalPanel(features.sessions, ("state",), state, features.sessions)


@pytest.mark.parametrize(
    ("policy", "above", "times"),
    [
        (Counts(), 100.0, 1),
        (Counts(lambda context: context.market, ()), 100.0, 3),
        (Counts(lambda context: context.until(5)), 0.0, 3),
        (Counts(lambda context: context.signals["level"].state(), ("level",)), 0.0, 1),
        (Counts(lambda context: context.signals["level"].state(), ("level",)), 100.0, 3),
        (Counts(lambda context: dict(context.signals), ()), 100.0, 3),
    ],
)
def test_a_plan_is_laid_out_once_for_paths_that_show_the_same(policy, above, times):
    """What it read decides: nothing, the market, what comes of that, a signal alike everywhere, one that is not."""
    paths = [random_market(seed, 100, 2) for seed in (1, 2, 3)]
    given = {"signals": {"level": Level(above)}, "keep": "nav"}
    shared = simulate_many(paths, {"p": policy}, pure=True, **given).navs
    assert policy.laid == times
    assert np.array_equal(shared, simulate_many(paths, {"p": policy}, **given).navs)
    assert policy.laid == times + 3


def test_a_plan_follows_what_is_listed_on_a_path():
    market = random_market(1, 100, 2)
    close = market.close.copy()
    close[:50, 1] = np.nan
    young = replace(market, **dict.fromkeys(("open", "high", "low")), close=close)
    paths, policy = [replace(young, close=market.close), young], Counts()
    shared = simulate_many(paths, {"p": policy}, pure=True, keep="nav").navs
    assert policy.laid == 2
    assert np.array_equal(shared, simulate_many(paths, {"p": policy}, keep="nav").navs)


def test_policies_of_a_run_share_what_does_not_depend_on_them():
    """The same bits as each prepared by itself; one that carries a signal begins once that is warm, on its ground."""
    market, weights = random_market(3, 90, 3), {"A": 0.5, "B": 0.3}
    own = DeRisk(Periodic(weights, every=9), signal=VolatilityTrigger(enter=0.2, exit=0.16, lookback=20))
    policies = {"held": Hold(weights), "monthly": Periodic(weights, every=21), "own": own}
    terms = Terms.of(initial_cash=1e6)
    held, monthly, later = prepare_each(market, policies, terms, signals={})
    assert held.costs is monthly.costs
    assert held.arrays is monthly.arrays
    assert later.start > held.start == 0
    for run, policy in zip((held, monthly, later), policies.values(), strict=True):
        alone = prepare(market, policy, terms).run()
        np.testing.assert_array_equal(run.run().nav.to_numpy(), alone.nav.to_numpy())
        assert run.start == alone.run.start
