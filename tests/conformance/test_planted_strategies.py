"""Every rule for policies catches a policy that breaks it."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from types import MappingProxyType

import numpy as np
import pytest

from signals import Calendar
from simulator import HOLD, Bounds, Execution, ParameterError
from simulator.core import abi
from simulator.testing import ConformanceError, check_strategy
from simulator.testing import strategy_check as rules
from simulator.testing.plan_check import PLAN
from strategies import Periodic
from tests.support import random_market

RUNS = "runs, or refuses clearly"


class Thirds:
    """A good policy with everything: a third in the first asset, on a schedule, laid out and asked."""

    name = "thirds"
    signals = MappingProxyType({"week": Calendar("week", name="week")})
    reads = ("week",)

    def weights(self, assets):
        return np.where(np.arange(len(assets)) == 0, 1 / 3, 0.0)

    def review(self, context):
        return np.arange(context.sessions.size) % 5 == 0

    def plan(self, context):
        return self.periodic(context).plan(context)

    def periodic(self, context):
        return Periodic(self.weights(context.assets), every=5)

    def decide(self, day):
        return self.weights(day.assets) if day.t % 5 == 0 else HOLD


class Asked(Thirds):
    """The same without a plan."""

    plan = None

    def __getattribute__(self, name):
        if name == "plan":
            raise AttributeError(name)
        return super().__getattribute__(name)


def test_a_good_policy_passes():
    summary = check_strategy(Thirds())
    said = {
        value for name, value in vars(rules).items() if name.isupper() and isinstance(value, str) and name[0] != "_"
    }
    assert set(summary.rules) == said | {RUNS}
    assert len(summary.markets) == 7
    assert rules.AGREES not in check_strategy(Asked()).rules


class NoDecide:
    name = "none"


class NumberForAName(Asked):
    name = 7


class ReadsAText(Asked):
    reads = "week"


class CarriesAClass(Asked):
    signals = MappingProxyType({"week": Calendar})


class ReviewOfNumbers(Asked):
    def review(self, context):
        return np.arange(context.sessions.size)


class ShortReview(Asked):
    def review(self, context):
        return np.ones(3, bool)


class PlanOfADict(Thirds):
    def plan(self, context):
        return {"targets": [1.0]}


class Changed(Thirds):
    """A plan with something wrong in it."""

    def plan(self, context):
        plan = super().plan(context)
        return replace(plan, **self.change(plan))


class ShortPlan(Changed):
    def change(self, plan):
        return {"action": plan.action[:-1]}


class StrangeAction(Changed):
    def change(self, plan):
        return {"action": plan.action + 7}


class MissingRow(Changed):
    def change(self, plan):
        return {"row": plan.row + 1}


class FlatTargets(Changed):
    def change(self, plan):
        return {"targets": plan.targets[0]}


class NegativeBand(Changed):
    def change(self, plan):
        return {"band": np.array([-0.1])}


class TwoBands(Changed):
    def change(self, plan):
        return {"band": np.array([0.1, 0.2])}


class ShortPlanned(Changed):
    def change(self, plan):
        return {"targets": -plan.targets}


class ReturnsNothing(Asked):
    def decide(self, day):
        return None


class MissingWeights(Asked):
    def decide(self, day):
        return np.full(len(day.assets), np.nan)


class TooFew(Asked):
    def decide(self, day):
        return [0.5, 0.5, 0.0]


class UnknownAsset(Asked):
    def decide(self, day):
        return {"GOOG": 0.5}


class Short(Asked):
    def weights(self, assets):
        return -super().weights(assets)


class Levered(Asked):
    def weights(self, assets):
        return 6.0 * super().weights(assets)


class AlphaAfterTheFact(Asked):
    def decide(self, day):
        return day.history()["GOOG"] > 0.0


class DifferentPlan(Thirds):
    def plan(self, context):
        return Periodic(self.weights(context.assets), every=7).plan(context)


class Random(Asked):
    draws = count()

    def weights(self, assets):
        return super().weights(assets) * np.random.default_rng(next(self.draws)).random()


class KeepsCounting(Asked):
    decisions = 0

    def decide(self, day):
        self.decisions += 1
        return HOLD if self.decisions % 5 else self.weights(day.assets)


class RemembersTheFirstMarket(Asked):
    """Keeps the first prices it ever saw as its reference."""

    reference = None

    def decide(self, day):
        if self.reference is None:
            self.reference = float(day.prices.max())
        return self.weights(day.assets) * (1.0 if day.prices.max() > self.reference else 0.5)


class ChangesTheMarket(Asked):
    def decide(self, day):
        day._market.series.clear()
        return HOLD


class WritesIntoTheDay(Asked):
    def decide(self, day):
        day.shares[0] = 1.0
        return HOLD


class PeeksAtSignals(Thirds):
    """Trades the day before its signal fires."""

    def plan(self, context):
        plan = super().plan(context)
        tomorrow = np.append(context.signals["up"].state()[1:], False)
        return replace(plan, action=np.where(tomorrow, abi.TRADE, abi.NOTHING).astype(np.uint8))

    def decide(self, day):
        return self.weights(day.assets)


class Up:
    name, warmup = "up", 1

    def compute(self, features):
        from simulator import SignalPanel

        rises = np.nan_to_num(features.returns().mean(axis=1).to_numpy()) > 0.0
        return SignalPanel(features.sessions, ("state",), rises[:, None].astype(float), features.sessions)


class PeeksAtTheCalendar(Asked):
    """Trades on the last session of the market, as if it were known."""

    def review(self, context):
        return np.arange(context.sessions.size) == context.sessions.size - 1

    def decide(self, day):
        return self.weights(day.assets)


class PeeksAtTheMarket(Asked):
    def decide(self, day):
        ahead = day._market.close[min(day._offset + day.t + 1, day._market.sessions.size - 1)]
        return self.weights(day.assets) * (1.0 if np.nansum(ahead) > day.prices.sum() else 0.5)


class DumpsBeforeADelisting(Asked):
    """Knows of a delisting from the first day, and of one that is to come in another future."""

    def decide(self, day):
        return self.weights(day.assets) * (0.5 if day._market.delistings else 1.0)


class RefusesEverything(Asked):
    def decide(self, day):
        raise ParameterError("no")


class NeedsALongMarket(Asked):
    """Refuses a history shorter than the one it is checked on."""

    def review(self, context):
        if context.sessions.size < 320:
            raise ParameterError("I need 320 sessions")
        return super().review(context)


PLANTED = {
    NoDecide: (rules.PROTOCOL, "no method decide"),
    NumberForAName: (rules.PROTOCOL, "name is 7"),
    ReadsAText: (rules.PROTOCOL, "reads is 'week'"),
    CarriesAClass: (rules.PROTOCOL, "signals by name"),
    ReviewOfNumbers: (rules.REVIEW, "type int64"),
    ShortReview: (rules.REVIEW, "(3,)"),
    PlanOfADict: (PLAN, "returned dict"),
    ShortPlan: (PLAN, "action has shape (319,)"),
    StrangeAction: (PLAN, "action on 2000-01-03 is 9"),
    MissingRow: (PLAN, "row on 2000-01-03 is 1"),
    FlatTargets: (PLAN, "targets have shape (5,)"),
    NegativeBand: (PLAN, "band of row 0"),
    TwoBands: (PLAN, "band has shape (2,)"),
    ShortPlanned: (rules.WEIGHTS, "short positions are not allowed"),
    ReturnsNothing: (rules.WEIGHTS, "must return weights or HOLD, not None"),
    MissingWeights: (rules.WEIGHTS, "on 2000-01-03: the weight of A is nan"),
    TooFew: (rules.WEIGHTS, "shape (3,), expected (5,)"),
    UnknownAsset: (rules.WEIGHTS, "no asset 'GOOG'"),
    Short: (rules.WEIGHTS, "short positions are not allowed"),
    Levered: (rules.WEIGHTS, "weights sum to 2"),
    AlphaAfterTheFact: (RUNS, "KeyError: 'GOOG'"),
    DifferentPlan: (rules.AGREES, "on 2000-01-"),
    Random: (rules.REPEATS, "in a second run, the position in A on 2000-01-04"),
    KeepsCounting: (rules.STATELESS, "run again"),
    RemembersTheFirstMarket: (rules.STATELESS, "differs"),
    ChangesTheMarket: (rules.ALONE, "on market 'gaps'"),
    WritesIntoTheDay: (rules.ALONE, "read-only"),
    PeeksAtTheCalendar: (rules.TRUNCATED, "when history ends on"),
    PeeksAtTheMarket: (rules.POISONED, "when the future after"),
    DumpsBeforeADelisting: (rules.POISONED, "on market 'plain'"),
    RefusesEverything: (RUNS, "accepts none"),
    NeedsALongMarket: (rules.TRUNCATED, "cannot be replayed"),
}


@pytest.mark.parametrize("planted", PLANTED, ids=lambda one: one.__name__)
def test_a_broken_policy_is_caught(planted):
    rule, says = PLANTED[planted]
    with pytest.raises(ConformanceError) as caught:
        check_strategy(planted())
    assert caught.value.rule == rule, str(caught.value)
    assert says in str(caught.value)


def test_a_plan_that_peeks_at_its_signal_is_caught():
    class Peeks(PeeksAtSignals):
        signals, reads = MappingProxyType({"up": Up()}), ("up",)

        def review(self, context):
            return self.plan(context).action == abi.TRADE

    with pytest.raises(ConformanceError) as caught:
        check_strategy(Peeks())
    assert caught.value.rule in (rules.TRUNCATED, rules.POISONED), str(caught.value)


def test_bounds_allow_what_they_allow():
    short = Bounds(allow_short=True)
    assert check_strategy(Short(), bounds=short).markets
    assert check_strategy(Levered(), bounds=Bounds(max_leverage=2.0)).markets
    with pytest.raises(ConformanceError, match="more than the book"):
        check_strategy(Levered(), bounds=short)


def test_markets_and_execution_of_the_authors_own():
    summary = check_strategy(Thirds(), market=random_market(1), execution=Execution(lag=0))
    assert summary.markets == ("given",)
    with pytest.raises(ConformanceError, match="on market 'given'"):
        check_strategy(PeeksAtTheMarket(), market=random_market(2))
