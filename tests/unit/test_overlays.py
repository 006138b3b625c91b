"""What overlays and fitted holdings do, by hand, and against a direct fit."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from skfolio import RiskMeasure
from skfolio.optimization import MeanRisk, RiskBudgeting

from signals import VolatilityTrigger
from simulator import Execution, MarketData, prepare, simulate
from simulator.core import abi
from simulator.core.day import HOLD
from simulator.core.errors import ParameterError
from simulator.core.panels import SignalPanel
from simulator.core.plan import Plan, PlanContext
from simulator.ledger import Kind
from strategies import (
    CVaR,
    DeRisk,
    EqualWeight,
    Every,
    Fitted,
    Fixed,
    Hedge,
    LiquidityLadder,
    MinimumVariance,
    Optimised,
    Overlaid,
    Periodic,
    Policy,
    RiskParity,
    ShortenDuration,
    VolatilityTarget,
)
from strategies.overlays.duration import shortened
from strategies.overlays.garch import garch_forecast
from strategies.overlays.ladder import drained
from strategies.overlays.levels import phased
from strategies.overlays.volatility_target import settled, steadied
from tests.support import FREE, random_market, same

W = {"A": 0.3, "B": 0.2, "C": 0.2, "D": 0.1, "E": 0.1}
MARKET = random_market(5, sessions=300, assets=5, crises=True)
CLOSES = pd.DataFrame(MARKET.close).ffill().to_numpy()


def context_of(market=MARKET, start=0, **states):
    sessions = market.sessions
    panels = {
        name: SignalPanel(sessions, ("state", "probability"), np.column_stack([np.asarray(v) > 0.5, v]), sessions)
        for name, v in states.items()
    }
    run = prepare(market, Policy(Fixed(W)), liquidity=False, start=sessions[start])
    return run.context(panels)


def red_from(t, until=10_000):
    return ((np.arange(300) >= t) & (np.arange(300) < until)).astype(float)


def test_levels_rise_at_once_and_return_in_phases_after_calm_sessions():
    asked = np.array([0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0], float)
    assert phased(asked, 0, 1, 1, 5).tolist() == asked.tolist()
    # Two calm sessions, then halves three sessions apart.
    assert phased(asked, 2, 2, 1, 3).tolist() == [0, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0, 0, 0]
    # Built up in halves, two sessions apart.
    assert phased(np.ones(5), 0, 1, 2, 2).tolist() == [0.5, 0.5, 1, 1, 1]
    # What comes back in between starts the wait anew.
    assert phased(np.array([1, 0, 0, 1, 0, 0, 0.0]), 2, 1, 1, 5).tolist() == [1, 1, 1, 1, 1, 1, 0]


def test_stages_come_from_a_second_signal_or_from_a_column():
    context = context_of(warn=red_from(10, 30), stop=red_from(20, 25), p=np.linspace(0.0, 1.0, 300))
    levels = LiquidityLadder("warn", red="stop", amber=0.4).levels(context)
    assert [levels[t] for t in (9, 10, 20, 25, 30)] == [0.0, 0.4, 1.0, 0.4, 0.0]
    stages = LiquidityLadder("p", by="stages", amber_at=0.5, red_at=0.8).levels(context)
    assert sorted(set(stages)) == [0.0, 0.5, 1.0]
    assert np.flatnonzero(stages == 1.0)[0] == np.flatnonzero(np.linspace(0.0, 1.0, 300) >= 0.8)[0]
    share = LiquidityLadder("p", by="proportion").levels(context)
    assert share == pytest.approx(np.round(np.linspace(0.0, 1.0, 300), 1))


def test_the_dearest_is_sold_first_until_enough_is():
    taken = drained(np.array([0.3, 0.2, 0.5]), np.array([1.0, 3.0, 2.0]), 0.4)
    assert taken == pytest.approx([0.0, 0.2, 0.2])


def test_a_ladder_sells_what_is_least_liquid_for_its_risk():
    context = context_of(stop=red_from(50))
    ladder = LiquidityLadder("stop", share=0.5, into={"E": 0.25, "CASH": 0.75}, book_value=1e8)
    plan = Overlaid(Periodic(W, every=20), ladder).plan(context)
    before, after = plan.targets[plan.row[49]], plan.targets[plan.row[50]]
    view, row = context.market, 50
    x = 1e8 * before / (0.5 * view.adv[row])
    haircut = np.array([instrument.haircut for instrument in view.instruments])
    cost = haircut + 3.0 * view.half_spread[row] + view.eta * view.volatility[row] * x**view.delta
    order = [i for i in np.argsort(-cost / view.volatility[row]) if i != 4]
    left = 0.4  # half of 0.8 of risky weight
    expected = before.copy()
    for i in order:
        sold = min(left, before[i])
        expected[i] -= sold
        left -= sold
    expected[4] += 0.25 * 0.4
    assert after == pytest.approx(expected)
    assert plan.action[50] == abi.TRADE
    assert (plan.action[51:] == abi.NOTHING).all()


def test_duration_moves_from_rung_to_rung():
    years, rungs = np.array([17.0, 7.0, 2.0, 0.0]), np.array([0, 1, 2])
    held = np.array([0.3, 0.2, 0.1, 0.4])  # 5.1 + 1.4 + 0.2 = 6.7 years
    assert shortened(held, years, rungs, 7.0) == pytest.approx(held)
    assert shortened(held, years, rungs, 5.7) == pytest.approx([0.2, 0.3, 0.1, 0.4])  # a tenth saves ten years of it
    # All of the longest saves 3.0, and leaves 3.7; the next 1.7 come from 0.34 of the second.
    assert shortened(held, years, rungs, 2.0) == pytest.approx([0.0, 0.16, 0.44, 0.4])
    assert shortened(held, years, rungs, 0.6) == pytest.approx([0.0, 0.0, 0.3, 0.4])  # the rest is cash


def test_a_book_is_shortened_always_or_in_the_stages_of_a_signal():
    ladder = {"A": 17.0, "B": 7.0, "C": 2.0}
    plan = Overlaid(Periodic(W, every=20), ShortenDuration(ladder=ladder, max_duration=4.0)).plan(context_of())
    years = np.array([17.0, 7.0, 2.0, 0.0, 0.0])
    assert plan.targets[plan.row] @ years == pytest.approx(np.full(300, 4.0))
    assert (np.flatnonzero(plan.action == abi.TRADE) == np.arange(0, 300, 20)).all()
    some = ShortenDuration("stop", ladder=ladder, max_duration=4.0)
    plan = Overlaid(Periodic(W, every=20), some).plan(context_of(stop=red_from(50, 60)))
    assert (plan.targets[plan.row] @ years)[[49, 50, 59, 60]] == pytest.approx([6.9, 4.0, 4.0, 6.9])
    with pytest.raises(ParameterError, match="at least two"):
        ShortenDuration(ladder={"A": 5.0}, max_duration=1.0)


def test_a_hedge_is_paid_from_cash_and_then_from_all_else():
    plan = Overlaid(Periodic(W, every=20), Hedge("stop", instrument="E", size=0.2)).plan(context_of(stop=red_from(50)))
    # 0.9 is held, a tenth is cash: the other tenth comes from 0.9 in proportion, 8/9 of each stays.
    expected = np.array([0.3, 0.2, 0.2, 0.1, 0.1]) * 8 / 9 + np.array([0, 0, 0, 0, 0.2])
    assert plan.targets[plan.row[50]] == pytest.approx(expected)


def test_spot_volatility_is_no_hedge():
    with pytest.raises(ParameterError, match="index of implied volatility, which nobody can hold"):
        Hedge("stop", instrument="^VIX")
    with pytest.raises(ParameterError, match="no asset 'F' in this market"):
        Overlaid(Periodic(W, every=20), Hedge("stop", instrument="F")).plan(context_of(stop=red_from(50)))


def test_exposure_follows_when_it_is_off_by_more_than_its_tolerance():
    exposure, since = steadied(np.array([1.0, 0.95, 0.89, 0.95, 1.0]), 0.1)
    assert exposure.tolist() == [1.0, 1.0, 0.89, 0.89, 1.0]
    assert since.tolist() == [0, 0, 2, 2, 4]


@pytest.mark.parametrize("seed", range(8))
def test_exposure_is_settled_where_it_no_longer_matters_what_it_was(seed):
    """Whatever it begins with: where all paths meet, and where none are left to. Slow falls keep two apart for ever."""
    rng = np.random.default_rng(seed)
    tolerance, cap = float(rng.choice([0.0, 0.05, 0.3])), float(rng.choice([0.8, 1.5]))
    wanted = cap * np.exp(-np.abs(0.2 * np.cumsum(rng.standard_normal(60))))
    paths = [steadied(np.append(first, wanted), tolerance)[0][1:] for first in np.linspace(1e-6, cap, 1000)]
    one = [t for t in range(60) if len({path[t] for path in paths}) == 1]
    found = settled(wanted, tolerance, cap)
    assert (found is None) is (not one)
    assert found is None or (found[0] in one and {path[found[0]] for path in paths} == {found[1]})
    assert settled(np.full(50, cap), 0.1, cap) is None  # 0.95 of the cap would have stayed


@pytest.mark.parametrize("forecast", ["realised", "ewma", "garch", 0.2])
def test_one_day_is_the_last_of_a_plan_of_all_of_them_with_fewer_fits(forecast):
    market = random_market(7, sessions=560, assets=5, crises=True, gaps=0.0, silent=0.0)
    context, fits = context_of(market, start=100), {}
    for number, sessions in enumerate((1, 330, 460) if forecast == "garch" else (1, 40, 300, 370, 460)):
        part = replace(context, sessions=context.sessions[:sessions], alive=context.alive[:sessions])
        weights = np.random.default_rng(number).dirichlet(np.ones(5))
        whole, late = (
            VolatilityTarget(0.1, forecast=forecast, lookback=30, refit=30, window=260, tolerance=0.02 * number)
            for _ in range(2)
        )
        plan = whole.over(
            Plan(
                np.full(sessions, abi.TRADE, np.uint8), np.zeros(sessions, np.int32), weights[None], np.array([np.inf])
            ),
            part,
        )
        scaled, why = late.lately(weights, part)
        assert same(scaled, plan.targets[plan.row[-1]])
        assert why == plan.failed.get(sessions - 1, "")
        fits[sessions] = len(whole._fits), len(late._fits)
    if forecast == "garch":
        assert fits[460][0] > 2 * fits[460][1] > 0


@pytest.mark.parametrize("base", [Periodic(W, every=20), Policy(Fixed(W), Every(7))])
def test_a_constant_forecast_is_fixed_weights(base):
    scaled = Overlaid(base, VolatilityTarget(0.1, forecast=0.2))
    half = {name: weight * 0.5 for name, weight in W.items()}
    fixed = Policy(Fixed(half), base.when)
    assert same(simulate(MARKET, scaled).out.nav, simulate(MARKET, fixed).out.nav)
    capped = Overlaid(base, VolatilityTarget(0.4, forecast=0.2))
    assert same(simulate(MARKET, capped).out.nav, simulate(MARKET, base).out.nav)


def test_realised_volatility_of_the_book_it_would_be():
    context = context_of(start=100)
    plan = Overlaid(Policy(Fixed(W)), VolatilityTarget(0.1, lookback=60, tolerance=0.0)).plan(context)
    returns = CLOSES[1:] / CLOSES[:-1] - 1.0
    weights = np.array(list(W.values()))
    for t in (0, 57, 199):
        sigma = np.std(returns[100 + t - 60 : 100 + t] @ weights, ddof=1) * np.sqrt(252.0)
        assert plan.targets[plan.row[t]] == pytest.approx(weights * min(1.0, 0.1 / sigma), rel=1e-9)


def test_garch_forecasts_are_those_of_arch_on_the_past():
    from arch import arch_model

    rng = np.random.default_rng(1)
    returns = 0.01 * rng.standard_normal(700) * (1.0 + (np.arange(700) % 200 > 150))
    forecast = garch_forecast(returns, np.array([630, 640]), 630, 500, {})
    fit = arch_model(returns[131:631] * 100, rescale=False).fit(disp="off")
    known = float(np.sqrt(fit.forecast(horizon=1).variance.to_numpy()[-1, 0])) / 100
    assert forecast[0] == pytest.approx(known, rel=1e-3)  # begun at another first variance, long forgotten
    later = arch_model(returns[131:641] * 100, rescale=False).fix(fit.params)
    known = float(np.sqrt(later.forecast(horizon=1).variance.to_numpy()[-1, 0])) / 100
    assert forecast[1] == pytest.approx(known, rel=1e-3)
    assert np.isnan(garch_forecast(returns, np.array([100]), 63, 500, {})).all()


@pytest.mark.parametrize(
    ("policy", "direct"),
    [
        (RiskParity(every=20, window=100), RiskBudgeting),
        (MinimumVariance(every=20, window=100), MeanRisk),
        (CVaR(every=20, window=100), lambda: MeanRisk(risk_measure=RiskMeasure.CVAR)),
    ],
)
def test_fitted_weights_equal_a_direct_fit_on_the_same_window(policy, direct):
    plan = policy.plan(context_of(start=100))
    dates = range(0, 200, 20)
    assert len(dates) == 10
    returns = CLOSES[1:] / CLOSES[:-1] - 1.0
    previous = np.zeros(5)
    for t in dates:
        estimator = direct()
        estimator.set_params(previous_weights=previous)
        previous = estimator.fit(returns[t : t + 100]).weights_
        assert np.abs(plan.targets[plan.row[t]] - previous).max() < 1e-12
    assert not plan.failed


class Spoilt(MeanRisk):
    """An estimator that finds nothing where the first asset has fallen, and says what it was told."""

    told: ClassVar[list[np.ndarray]] = []

    def fit(self, X, y=None, **params):
        self.told.append(np.array(self.previous_weights))
        if X[-1, 0] < 0.0:
            raise ValueError("nothing\nto be found")
        return super().fit(X, y, **params)


def test_a_failed_fit_leaves_what_is_held_and_is_told():
    Spoilt.told.clear()
    policy = Policy(Fitted(Spoilt(), 100), Every(20))
    run = prepare(MARKET, policy, costs=FREE, execution=Execution(lag=0), start=MARKET.sessions[100])
    plan = run.laid
    returns = CLOSES[1:, 0] / CLOSES[:-1, 0] - 1.0
    fell = [t for t in range(0, 200, 20) if returns[99 + t] < 0.0]
    assert list(plan.failed) == fell
    assert 0 < len(fell) < 10
    assert set(plan.failed.values()) == {"Spoilt: ValueError: nothing to be found"}
    later = [t for t in fell if t > 0]
    assert (plan.action[later] == abi.NOTHING).all()
    assert all(plan.row[t] == plan.row[t - 1] for t in later)
    last = next(t for t in range(0, 200, 20) if t not in fell)
    after = next(number for number, t in enumerate(range(0, 200, 20)) if t > last)
    assert Spoilt.told[after] == pytest.approx(plan.targets[plan.row[last]])


def test_too_short_a_history_and_an_asset_that_is_new():
    close = pd.DataFrame(MARKET.close.copy(), index=pd.DatetimeIndex(MARKET.sessions), columns=list("ABCDE"))
    close.loc[close.index[:150], "E"] = np.nan
    young = MarketData.from_frames(close, cash_rate=0.0, assumed_adv=1e8)
    plan = MinimumVariance(every=20, window=100).plan(context_of(young, start=50))
    assert plan.failed[0] == "51 sessions of history, and the fit looks back on 100"
    assert (plan.targets[plan.row[0]] == 0.0).all()
    assert plan.targets[plan.row[60], 4] == 0.0  # listed, but without a whole window


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"estimator": "HierarchicalRiskPartiy"},
            "has no 'HierarchicalRiskPartiy'; did you mean 'HierarchicalRiskParity'",
        ),
        ({"estimator": "MeanRisk", "options": {"risk": 1}}, "options of MeanRisk"),
        (
            {"estimator": "MeanRisk", "options": {"risk_measure": "cvra"}},
            "options.risk_measure: no 'cvra'; did you mean",
        ),
        ({"estimator": 3}, "a name with options, or an object with fit"),
    ],
)
def test_an_estimator_that_is_none_is_refused(given, message):
    with pytest.raises(ParameterError) as error:
        Fitted(**given)
    assert message in str(error.value)


class Asked:
    """Fixed weights as a policy without a plan: asked every seven sessions, and silent from ``until`` on."""

    def __init__(self, until=10_000):
        self.until = until

    def review(self, context):
        return np.arange(context.sessions.size) % 7 == 0

    def decide(self, day):
        return HOLD if day.t >= self.until else W


IN_STRESS = VolatilityTrigger(lookback=10, enter=0.30, exit=0.25, min_hold=3, name="short")
IN_LONG_STRESS = VolatilityTrigger(lookback=20, enter=0.35, exit=0.30, min_hold=3, name="long")
BY_SIGNALS = (
    lambda base: DeRisk(base, IN_STRESS, 0.5, {"E": 0.5, "CASH": 0.5}),
    lambda base: Overlaid(base, LiquidityLadder(IN_STRESS, red=IN_LONG_STRESS, calm=3, phases=2, apart=4)),
    lambda base: Overlaid(base, Hedge(IN_LONG_STRESS, instrument="D", size=0.2, build=2, phases=2)),
    lambda base: Overlaid(base, ShortenDuration(ladder={"A": 17.0, "B": 7.0, "C": 2.0}, max_duration=4.0)),
)


@pytest.mark.parametrize("over", BY_SIGNALS + tuple(lambda base, f=f: f(BY_SIGNALS[0](base)) for f in BY_SIGNALS[1:]))
def test_a_base_that_must_be_asked_is_overlaid_as_one_with_a_plan(over):
    terms = {"start": MARKET.sessions[30], "end": MARKET.sessions[160], "costs": FREE, "liquidity": False}
    planned = prepare(MARKET, over(Policy(Fixed(W), Every(7))), **terms).run()
    asked = prepare(MARKET, over(Asked()), **terms).run()
    assert same(planned.daily["shares"], asked.daily["shares"])
    assert len(np.unique(planned.records["session"][planned.records["kind"] == Kind.FILL])) > 10


def test_a_base_without_an_answer_is_overlaid_as_it_is_held_and_that_is_said():
    """Silent from session 9 on: half of what is held is sold as stress begins, and nobody buys it back."""
    market = random_market(5, sessions=100, gaps=0.0, silent=0.0, crises=True)
    terms = {"start": market.sessions[30], "costs": FREE, "execution": Execution(lag=0)}
    prepared = prepare(market, DeRisk(Asked(until=9), IN_STRESS, 0.5), **terms)
    run = prepared.run()
    on = prepared.signals["short"].state()
    begins = int(np.flatnonzero(on & ~np.append(False, on[:-1]))[0])
    ends = begins + int(np.flatnonzero(~on[begins:])[0])
    assert begins > 9
    shares = run.daily["shares"]
    assert shares[begins] == pytest.approx(0.5 * shares[begins - 1], rel=1e-9)
    assert same(shares[ends], shares[ends - 1])
    assert "goes over what is held" in run.remarks[begins]
    assert "leaves what is held" in run.remarks[ends]


def test_a_context_without_a_market_says_so():
    bare = PlanContext(MARKET.sessions, MARKET.assets, MARKET.alive, {})
    with pytest.raises(Exception, match="give a view"):
        Overlaid(Periodic(W, every=20), VolatilityTarget(0.1)).plan(bare)


def test_a_trade_without_a_forecast_is_said_and_one_with_it_is_not():
    overlaid = [Overlaid(Periodic(W, every=21), VolatilityTarget(0.1, lookback=days)) for days in (63, 5000)]
    soon, never = [simulate(MARKET, policy, costs=FREE, start=MARKET.sessions[100]).remarks for policy in overlaid]
    assert soon == {}
    assert list(never) == list(range(0, 200, 21))
    assert never[0] == "too few returns for a realised forecast of volatility; exposure is its cap, 1"


def test_amber_that_could_never_be_is_refused():
    with pytest.raises(ParameterError, match=r"red_at must not be below amber_at \(0.5\), not 0.2"):
        LiquidityLadder("s", by="stages", amber_at=0.5, red_at=0.2)
    LiquidityLadder("s", amber_at=0.9)  # no column is looked at


@pytest.mark.parametrize("kind", [RiskParity, EqualWeight, Optimised])
def test_a_list_of_no_assets_is_not_all_of_them(kind):
    with pytest.raises(ParameterError, match="assets is an empty list"):
        kind(every=21, assets=())


def test_what_a_plan_complains_of_says_whose_it_is():
    policy = Overlaid(Periodic(W, 21), ShortenDuration(ladder={"ZZ": 9.0, "B": 2.0}, max_duration=1.0), "short")
    with pytest.raises(ParameterError, match="policy 'short': ladder: no asset 'ZZ' in this market"):
        simulate(MARKET, policy, costs=FREE)
