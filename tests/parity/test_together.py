"""Runs that are replayed as one until their decisions differ are the runs themselves, to the bit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from signals import Calendar
from simulator import AlmgrenChriss, Bounds, Execution, Flow, simulate, simulate_many
from simulator.core import abi
from simulator.core.plan import Plan, PlanContext
from simulator.engine.alike import turns
from simulator.engine.many import prepare_many
from strategies import ThresholdBand
from tests.combinations import CASH, draw
from tests.support import random_market, some

BANDS = (0.004, 0.008, 0.015, 0.02, 0.02, 0.03, 0.05, 0.08, 0.13, 0.4)
WEIGHTS = {"A": 0.3, "B": 0.25, "C": 0.2, "D": 0.15}


def grid(weights, reviews=(1, 3, 40)):
    """Bands by review intervals, in an order that is not the one they are replayed in."""
    return {
        f"{k}-{review}": ThresholdBand(weights, BANDS[k], review=review)
        for k in (3, 9, 0, 6, 1, 8, 2, 5, 4, 7)
        for review in reviews
    }


def terms_of(seed):
    """Weights, a market and terms that combine every feature of the engine at random."""
    chosen = draw(seed)
    given = {
        "costs": AlmgrenChriss(**chosen.costs),
        "execution": Execution(**chosen.execution),
        "bounds": Bounds(**chosen.bounds),
        "flows": chosen.flows,
        "waterfall": chosen.waterfall,
        "initial_cash": CASH,
    }
    market = chosen.build()
    return market, chosen.policy.get("weights", (0.3, 0.3, 0.2, 0.1)), {**given, "start": market.sessions[chosen.first]}


def alone(market, policy, terms):
    return simulate(market, policy, save="nav", **terms).nav.to_numpy()


@pytest.mark.parametrize("seed", range(80))
def test_every_run_of_a_grid_is_the_run_itself(seed):
    market, weights, terms = terms_of(seed)
    policies = grid(weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        many = simulate_many(market, policies, keep="nav", workers=1, **terms)
        for k, (name, policy) in enumerate(policies.items()):
            assert many.nav[k, 0].tobytes() == alone(market, policy, terms).tobytes(), name


@pytest.mark.parametrize("seed", range(0, 80, 4))
def test_figures_do_not_depend_on_who_else_is_replayed(seed):
    market, weights, terms = terms_of(seed)
    policies = grid(weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        many = simulate_many(market, policies, workers=3, **terms)
        for name, policy in policies.items():
            one = simulate_many(market, {name: policy}, **terms)
            assert many.metrics.loc[name].to_numpy().tobytes() == one.metrics.to_numpy().tobytes(), name


def test_flows_that_are_paid_late_by_some_runs_alone():
    """Each run pays the redemption when its own sales are filled; what another one paid must not be left behind."""
    market = random_market(3, 300, 4, volume=3_000.0)
    terms = {
        "flows": [Flow(date="2000-03-01", share=-0.5), Flow(date="2000-08-01", share=-0.6)],
        "execution": Execution(lag=1, max_participation=0.03, max_turnover=0.1),
        "initial_cash": 3e6,
    }
    policies = grid(WEIGHTS, (1, 7))
    many = simulate_many(market, policies, **terms)
    single = {name: simulate_many(market, {name: policy}, **terms) for name, policy in policies.items()}
    assert len({batch.figures.tobytes() for batch in single.values()}) > 8
    for name, batch in single.items():
        assert many.metrics.loc[name].to_numpy().tobytes() == batch.metrics.to_numpy().tobytes(), name


@dataclass(frozen=True)
class ByRow:
    """Bands that change over time: tested daily against ``bands[t % len(bands)]``."""

    bands: tuple[float, ...]

    def decide(self, day):
        raise NotImplementedError

    def plan(self, context: PlanContext) -> Plan:
        sessions = context.sessions.size
        action = np.full(sessions, abi.TEST_BAND, np.uint8)
        action[0] = abi.TRADE
        weights = np.array([WEIGHTS[name] for name in context.assets])
        return Plan(
            action=action,
            row=(np.arange(sessions) % len(self.bands)).astype(np.int32),
            targets=np.tile(weights, (len(self.bands), 1)),
            band=np.array(self.bands),
        )


def test_bands_that_cross_are_replayed_apart():
    market = random_market(1, 300, 4)
    policies = {
        "a": ByRow((0.01, 0.03)),
        "b": ByRow((0.02, 0.03)),
        "c": ByRow((0.015, 0.02)),
        "d": ByRow((0.02, 0.05)),
    }
    prepared = prepare_many(market, policies, initial_cash=1e6)
    places = [prepared.policies[k] for k in prepared.plans.turn]
    assert places == ["a", "c", "b", "d"]
    assert prepared.plans.end.tolist() == [1, 4, 4, 4]
    many = prepared.run("nav")
    for k, policy in enumerate(policies.values()):
        assert many.nav[k, 0].tobytes() == alone(market, policy, {"initial_cash": 1e6}).tobytes()


def plans_of(policies, sessions=60):
    market = random_market(0, sessions, 4)
    prepared = prepare_many(market, policies)
    return prepared.plans.turn.tolist(), prepared.plans.end.tolist()


def test_runs_go_together_if_only_their_band_differs():
    policies = {
        "wide": ThresholdBand(WEIGHTS, 0.1),
        "monthly": ThresholdBand(WEIGHTS, 0.1, review=21),
        "narrow": ThresholdBand(WEIGHTS, 0.01),
        "edge": ThresholdBand(WEIGHTS, 0.02, to="edge"),
        "other": ThresholdBand({**WEIGHTS, "A": 0.29}, 0.05),
        "monthly too": ThresholdBand(WEIGHTS, 0.02, review=21),
    }
    turn, end = plans_of(policies)
    assert turn == [2, 0, 3, 4, 5, 1]
    assert end == [2, 2, 3, 4, 6, 6]


def test_paths_are_replayed_one_after_the_other():
    markets = [random_market(seed, 60, 4) for seed in range(3)]
    plans = prepare_many(markets, {"b": ThresholdBand(WEIGHTS, 0.1), "a": ThresholdBand(WEIGHTS, 0.01)}).plans
    assert plans.turn.tolist() == [1, 0, 3, 2, 5, 4]
    assert plans.end.tolist() == [2, 2, 4, 4, 6, 6]


def test_a_band_of_nothing_goes_alone():
    """Where nav is negative, nothing but a band of zero can hold: it is no narrower than the others then."""
    none = ByRow((0.0,)).plan(_context()).arrays(Bounds(), tuple(WEIGHTS))
    some = ByRow((0.1,)).plan(_context()).arrays(Bounds(), tuple(WEIGHTS))
    turn, end = turns([some, none, none, some], [0, 0, 0, 0], 4)
    assert turn.tolist() == [0, 3, 1, 2]
    assert end.tolist() == [2, 2, 3, 4]


def test_books_put_aside_are_bounded():
    """A family of many is parted, so that the books put aside do not outgrow memory."""
    arrays = [ByRow((band,)).plan(_context()).arrays(Bounds(), tuple(WEIGHTS)) for band in np.linspace(0.01, 0.9, 300)]
    _, end = turns(arrays, [0] * 300, 300)
    assert np.unique(end).tolist() == [128, 256, 300]


def _context() -> PlanContext:
    market = random_market(0, 30, 4)
    return PlanContext(market.sessions, market.assets, np.ones((30, 4), bool), {})


@dataclass(frozen=True)
class Laid:
    """Any plan at all, its actions and rows repeated over the sessions."""

    action: tuple[int, ...]
    row: tuple[int, ...]
    targets: tuple[tuple[float, ...], ...]
    band: tuple[float, ...]

    def decide(self, day):
        raise NotImplementedError

    def plan(self, context: PlanContext) -> Plan:
        sessions = context.sessions.size
        return Plan(
            action=np.resize(np.array(self.action, np.uint8), sessions),
            row=np.resize(np.array(self.row, np.int32), sessions),
            targets=np.array(self.targets),
            band=np.array(self.band),
        )


def anything(seed):
    """Policies alike but for bands that cross, are equal, or are none, two that differ in more, and some with triggers;
    on a book that may owe more than it has."""
    rng = np.random.default_rng([seed, 77])
    market, _, terms = terms_of(seed)
    rows, leverage = int(rng.integers(1, 4)), float(rng.choice([1.0, 2.0, 6.0]))
    targets = rng.uniform(-1.0 if leverage > 1.0 else 0.0, 1.0, (rows, 4))
    targets *= 0.99 * leverage / np.abs(targets).sum(axis=1, keepdims=True)
    if rng.random() < 0.2:
        targets[0] = 0.0  # all in cash
    action = (abi.TRADE, *(int(choice) for choice in rng.choice(3, int(rng.integers(20, 60)), p=[0.2, 0.77, 0.03])))
    row = tuple(int(integer) for integer in rng.integers(0, rows, int(rng.integers(1, 50))))
    base = rng.choice([0.001, 0.01, 0.05, 0.2, 1.0, np.inf], rows)
    policies: dict[str, object] = {}
    for k in range(10):
        band = base * rng.choice([0.5, 1.0, 1.0, 2.0, 10.0], rows if rng.random() < 0.3 else 1)
        band[rng.random(rows) < 0.1] = rng.choice([0.0, np.inf, np.inf])
        own_row, own_targets = (row[::-1] if k == 8 else row), (targets[::-1] if k == 9 else targets)
        policies[f"laid {k}"] = Laid(action, own_row, tuple(map(tuple, own_targets)), tuple(band))
    for band in (0.003, 0.02, 0.1, 0.6):
        policies[f"monthly or {band}"] = ThresholdBand(targets[0], band, trigger=Calendar("month"))
        policies[f"often or {band}"] = ThresholdBand(targets[0], band, trigger=Calendar(13), review=2)
    own = terms["bounds"]
    bounds = replace(own, max_leverage=leverage, allow_short=leverage > 1.0, min_cash=0.0, groups={}, max_weight=None)
    return market, policies, {**terms, "bounds": bounds}


@pytest.mark.parametrize("seed", some(range(100), 3))
def test_whatever_goes_together_is_what_it_is_alone(seed):
    market, policies, terms = anything(seed)
    with np.errstate(all="ignore"):
        prepared = prepare_many(market, policies, **terms)
        many = prepared.run("nav", workers=1)
        for k, (name, policy) in enumerate(policies.items()):
            one = simulate_many(market, {name: policy}, **terms)
            assert many.nav[k, 0].tobytes() == alone(market, policy, terms).tobytes(), name
            assert many.metrics.loc[name].to_numpy().tobytes() == one.metrics.to_numpy().tobytes(), name


def test_what_goes_together_meets_debts_and_bands_of_none():
    """The runs above say nothing unless many do go together, some below zero, and some of these with no band."""
    together, below, endless = 0, 0, 0
    for seed in range(100):
        market, policies, terms = anything(seed)
        with np.errstate(all="ignore"):
            prepared = prepare_many(market, policies, **terms)
            navs = prepared.run("nav").nav
        shared = prepared.plans.end - np.arange(len(policies)) > 1
        runs = prepared.plans.turn[shared]
        together += int(shared.sum())
        below += int((navs[runs, 0] < 0.0).any(axis=1).sum())
        names = [prepared.policies[k] for k in runs]
        endless += sum(np.isinf(getattr(policies[name], "band", 0.0)).any() for name in names)
    assert together > 600
    assert below > 40
    assert endless > 100
