"""Cash before it is known what must be raised: the extensive form in cvxpy, cases by hand, draws from the past."""

from __future__ import annotations

from dataclasses import replace

import cvxpy as cp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from simulator import Execution, MarketData, simulate
from simulator.core.errors import ParameterError
from simulator.testing.perturb import poison_after
from strategies import InfeasibleError, TwoStage, TwoStageProblem, solve_two_stage
from strategies.optimise.policy import Asked
from strategies.optimise.problem import UnsolvedError
from strategies.optimise.two_stage import cone
from strategies.optimise.two_stage import policy as asking
from strategies.optimise.two_stage.certify import StagePrices, lower_bound, objective
from strategies.optimise.two_stage.draws import Draws, drawn, stated
from strategies.optimise.two_stage.raising import raise_cash
from tests.convex import UNIT, factor_returns, random_problem, root_of
from tests.support import FREE, random_market


def one_asset(gain: float, held: float = 0.5, **changes) -> tuple[float, TwoStageProblem]:
    """Cash kept beside one asset without risk that earns ``gain`` more; 10% or 30% is redeemed, evens."""
    base = {
        "expected": [gain],
        "covariance": [[0.0]],
        "spread": 0.0,
        "impact": 0.0,
        "risk_aversion": 0.0,
        "max_turnover": np.inf,
        "redemption": [0.1, 0.3],
        "capacity": 1.0,
        "sale_spread": 0.02,
        "sale_impact": 0.0,
        "chance": [0.5, 0.5],
        "shortfall_price": 0.1,
    }
    problem = TwoStageProblem(**(base | changes))
    found = solve_two_stage(problem, [held])
    assert found.certified
    return found.cash, problem


@pytest.mark.parametrize(("gain", "cash"), [(0.005, 0.3), (0.015, 0.1), (0.025, 0.0)])
def test_one_asset_and_two_scenarios_by_hand(gain, cash):
    # A unit of cash forgoes `gain`; it saves a sale at 2% in both scenarios up to 10%, in one of them up to 30%.
    assert one_asset(gain)[0] == pytest.approx(cash, abs=1e-7)


@pytest.mark.parametrize(("gain", "cash"), [(0.005, 0.3), (0.03, 0.25), (0.045, 0.25), (0.055, 0.1), (0.07, 0.0)])
def test_what_cannot_be_sold_in_time_falls_short_at_its_price(gain, cash):
    """5% can be sold in the second scenario, all in the first; a shortfall costs 10%.

    Cash up to 10% saves 2% in the first and 10% in the second, on average 6%; from there to 25% it saves 5%, and
    to 30%, where it only spares a sale in the second, 1%.
    """
    kept, problem = one_asset(gain, capacity=[[1.0], [0.05]])
    assert kept == pytest.approx(cash, abs=1e-7)
    raised = raise_cash(problem, np.array([1.0 - kept]), kept)
    assert raised.shortfall[1] == pytest.approx(max(0.3 - kept - 0.05, 0.0), abs=1e-6)


def test_impact_of_sales_is_weighed_at_the_margin():
    # Impact 0.1 y^1.5 costs 0.15 sqrt(y) at the margin. With 10% < c < 30% the second scenario alone sells, 30% - c:
    # gain = 0.5 (0.15 sqrt(0.3 - c)), so c = 0.3 - (gain / 0.075)^2.
    for gain in (0.01, 0.02, 0.03):
        cash, _ = one_asset(gain, sale_spread=0.0, sale_impact=0.1)
        assert cash == pytest.approx(0.3 - (gain / 0.075) ** 2, abs=1e-6)


def test_trading_costs_keep_what_is_held_where_they_outweigh_it():
    # From 0.3 in cash, cash is worth 1.5% less than the asset beyond 10%, and to buy costs 1%, or 2%.
    assert one_asset(0.025, held=0.7, spread=0.004)[0] == pytest.approx(0.0, abs=1e-7)
    assert one_asset(0.025, held=0.7, spread=0.01)[0] == pytest.approx(0.1, abs=1e-7)
    assert one_asset(0.025, held=0.7, spread=0.02)[0] == pytest.approx(0.3, abs=1e-7)
    assert one_asset(0.025, held=0.7, max_turnover=0.05)[0] == pytest.approx(0.2, abs=1e-7)
    assert one_asset(0.025, held=0.7, least_cash=0.15)[0] == pytest.approx(0.15, abs=1e-7)


def test_the_cheapest_sales_by_hand():
    """A costs 1% to sell and no more, B impact alone: B is sold until it costs 1% at the margin, then A, then short."""
    problem = TwoStageProblem(
        expected=[0.0, 0.0],
        covariance=np.zeros((2, 2)),
        spread=0.0,
        impact=0.0,
        risk_aversion=0.0,
        max_turnover=1.0,
        redemption=[0.05, 0.2, 0.9],
        capacity=[0.2, 0.5],
        sale_spread=[0.01, 0.0],
        sale_impact=[0.0, 0.02],
        chance=0.1,
        shortfall_price=0.05,
    )
    # 1.5 * 0.02 * sqrt(y) = 0.01 at y = 1/9.
    raised = raise_cash(problem, np.array([0.5, 0.5]), 0.0)
    assert raised.sales[0] == pytest.approx([0.0, 0.05], abs=1e-12)
    assert raised.sales[1] == pytest.approx([0.2 - 1.0 / 9.0, 1.0 / 9.0], abs=1e-12)
    assert raised.sales[2] == pytest.approx([0.2, 0.5], abs=1e-12)
    assert raised.shortfall == pytest.approx([0.0, 0.0, 0.2], abs=1e-12)
    assert raised.cost[2] == pytest.approx(0.2 * 0.01 + 0.02 * 0.5**1.5 + 0.2 * 0.05, rel=1e-12)
    assert raised.price[0] == pytest.approx(0.03 * np.sqrt(0.05), rel=1e-9)


def test_where_nothing_is_to_be_earned_all_stays_in_cash():
    cash, _ = one_asset(0.0, held=0.0, covariance=[[0.04]], risk_aversion=1.0)
    assert cash == 1.0
    kept = one_asset(0.0, held=0.5, sale_spread=0.0)
    assert kept[0] == 0.5


def random_stages(seed: int) -> tuple[TwoStageProblem, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    assets, scenarios, size = int(rng.integers(1, 8)), int(rng.integers(1, 9)), float(rng.choice([0.0, 0.3, 1.0]))
    single, held = random_problem(seed, assets, size=size, turnover=float(rng.choice([0.05, 0.3, 2.0])))
    problem = TwoStageProblem(
        expected=single.expected,
        covariance=single.covariance,
        spread=single.spread,
        impact=single.impact,
        risk_aversion=single.risk_aversion,
        max_turnover=single.max_turnover,
        redemption=rng.uniform(0.0, 0.5, scenarios),
        capacity=rng.uniform(0.0, 0.3, (scenarios, assets)) * rng.integers(0, 2, (scenarios, assets)),
        sale_spread=rng.uniform(0.0, 0.02, (scenarios, assets)),
        sale_impact=size * rng.uniform(0.0, 0.1, (scenarios, assets)),
        chance=rng.dirichlet(np.ones(scenarios)) * rng.uniform(0.0, 0.5),
        shortfall_price=0.1,
        cash_return=float(rng.uniform(0.0, 1e-3)),
        least_cash=0.05,
    )
    return problem, held * rng.uniform(0.5, 0.9), root_of(single)


def by_cvxpy(problem: TwoStageProblem, held: np.ndarray, root: np.ndarray) -> tuple[float, float]:
    """The extensive form as cvxpy states it: its value, and the cash it keeps."""
    weights, cash = cp.Variable(problem.assets), cp.Variable()
    size = cp.abs(weights - held)
    total = UNIT * (problem.spread @ size + problem.impact @ cp.power(size, 1.5) - problem.expected @ weights)
    total += cp.sum_squares(np.sqrt(UNIT) * root @ weights) - UNIT * problem.cash_return * cash
    within = [
        weights >= 0.0,
        cash >= problem.least_cash,
        cp.sum(weights) + cash == 1.0,
        0.5 * cp.sum(size) <= problem.max_turnover,
    ]
    for s in range(problem.scenarios):
        sales, short = cp.Variable(problem.assets), cp.Variable()
        cost = problem.sale_spread[s] @ sales + problem.sale_impact[s] @ cp.power(cp.pos(sales), 1.5)
        total += UNIT * problem.chance[s] * (cost + problem.shortfall_price * short)
        within += [sales >= 0.0, sales <= weights, sales <= problem.capacity[s], short >= 0.0]
        within.append(cash + cp.sum(sales) + short >= problem.redemption[s])
    program = cp.Problem(cp.Minimize(total), within)
    tight = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), 1e-7)
    return float(program.solve(solver="CLARABEL", **tight)) / UNIT, float(cash.value)


@pytest.mark.parametrize("seed", range(8))
def test_it_agrees_with_the_extensive_form_in_cvxpy(seed):
    problem, held, root = random_stages(seed)
    found = solve_two_stage(problem, held)
    value, cash = by_cvxpy(problem, held, root)
    assert found.certified
    assert found.objective == pytest.approx(value, rel=1e-5)
    assert found.cash == pytest.approx(cash, abs=1e-3)
    assert found.weights.sum() + found.cash == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_either_kind_of_cone_finds_the_same(seed):
    problem, held, _ = random_stages(seed)
    within = problem.within(held)
    (one, _), (other, _) = (cone.solve(within, held, symmetric=way) for way in (False, True))
    assert one == pytest.approx(other, abs=1e-4)


def test_the_other_kind_of_cone_takes_over_what_is_not_certified(monkeypatch):
    real, asked = cone.solve, []

    def failing(problem, held, symmetric):
        asked.append(symmetric)
        weights, prices = real(problem, held, symmetric=symmetric)
        return (weights if symmetric else 0.9 * weights), prices

    monkeypatch.setattr(cone, "solve", failing)
    problem, held, _ = random_stages(2)
    assert solve_two_stage(problem, held).certified
    assert asked == [False, True]


@given(seed=some.integers(0, 10**6))
@settings(max_examples=40)
def test_every_solution_is_feasible_certified_and_no_random_point_is_better(seed):
    rng = np.random.default_rng(seed)
    problem, held, _ = random_stages(seed)
    found = solve_two_stage(problem, held)
    assert found.certified
    assert found.gap > -1e-6  # below it the bound would be none
    assert found.cash >= problem.least_cash - 1e-8
    assert found.weights.min() >= 0.0
    assert 0.5 * np.abs(found.weights - held).sum() <= problem.max_turnover + 1e-8
    aim = rng.dirichlet(np.ones(problem.assets + 1))[:-1] * (1.0 - problem.least_cash)
    far = min(1.0, problem.max_turnover / max(0.5 * np.abs(aim - held).sum(), 1e-300))
    other = held + far * (aim - held)
    cash = 1.0 - float(other.sum())
    value, _ = objective(problem, other, cash, held, raise_cash(problem, other, cash))
    assert found.objective <= value + 2e-6 * abs(found.objective) + 1e-15


@given(seed=some.integers(0, 10**6))
@settings(max_examples=40)
def test_the_certificate_is_a_bound_at_any_point_and_any_prices(seed):
    rng = np.random.default_rng(seed)
    problem, held, _ = random_stages(seed)
    best = solve_two_stage(problem, held)
    n, s = problem.assets, problem.scenarios
    prices = StagePrices(
        rng.normal(0.0, 1e-2, n), float(rng.normal(0.0, 1e-3)), rng.normal(0.0, 0.02, s), rng.normal(0.0, 0.01, (s, n))
    )
    assert lower_bound(problem.within(held), rng.dirichlet(np.ones(n)), held, prices) <= best.objective + 1e-12


def market_of(sessions: int = 260, assets: int = 5, volume: float = 1000.0) -> MarketData:
    returns = factor_returns(np.random.default_rng(4), sessions, assets)
    days = pd.bdate_range("2010-01-01", periods=sessions)
    close = pd.DataFrame(100.0 * np.cumprod(1.0 + returns, axis=0), days, list("ABCDEFGH")[:assets])
    return MarketData.from_frames(close, volume=pd.DataFrame(volume, days, close.columns), cash_rate=0.0)


class Looking(TwoStage):
    """Keeps the scenarios of each decision, by date."""

    def __init__(self, **terms) -> None:
        super().__init__(**terms)
        self.seen = {}

    def _draws(self, asked, day):
        self.seen[day.date] = super()._draws(asked, day)
        return self.seen[day.date]


def test_windows_of_the_past_by_hand():
    """One window holds a fall of a tenth on a tenth of the volume: its scenario is the worst, and has all redeemed."""
    days = pd.bdate_range("2010-01-01", periods=120)
    wiggle = np.where(np.arange(120) % 2 == 0, 0.01, -0.01)
    wiggle[100] = -0.1
    close = pd.DataFrame({"A": 100.0 * np.cumprod(1.0 + wiggle)}, days)
    volume = pd.DataFrame({"A": np.where(np.arange(120) == 100, 100.0, 1000.0)}, days)
    market = MarketData.from_frames(close, volume=volume)
    policy = Looking(every=50, scenarios=30, days=1, redemption=0.2, memory=63)
    simulate(market, policy, start=market.sessions[101], end=market.sessions[105], costs=FREE)
    draws = next(iter(policy.seen.values()))
    assert draws.redemption.size == 30
    assert len(np.unique(draws.redemption)) == 30  # without replacement
    assert draws.chance == pytest.approx(np.full(30, 1.0 / 30.0))
    assert draws.spread == pytest.approx(np.ones((30, 1)))
    whole = Looking(every=50, scenarios=63, days=1, redemption=0.2, memory=63)
    simulate(market, whole, start=market.sessions[101], end=market.sessions[105], costs=FREE)
    draws = next(iter(whole.seen.values()))
    worst = int(np.argmax(draws.redemption))
    assert draws.redemption[worst] == pytest.approx(0.2)
    assert draws.redemption.min() == pytest.approx(0.2 / 63.0)
    assert worst == 61  # session 100 of 39 ... 101
    assert draws.depth[worst, 0] == pytest.approx(0.1, rel=0.15)
    assert draws.volatility[worst, 0] == pytest.approx(10.0, rel=0.1)
    assert draws.depth.max() == 1.0


def test_draws_are_the_seed_s_and_the_date_s_alone():
    market = random_market(3, 300, 4)
    many, late, other = (Looking(every=21, seed=seed) for seed in (5, 5, 6))
    simulate(market, many, start=market.sessions[80])
    simulate(market, late, start=market.sessions[80 + 42])
    simulate(market, other, start=market.sessions[80])
    assert set(late.seen) <= set(many.seen)
    for date, draws in late.seen.items():
        assert (draws.redemption == many.seen[date].redemption).all()
        assert (draws.depth == many.seen[date].depth).all()
        assert (draws.redemption != other.seen[date].redemption).any()


@pytest.mark.parametrize("t", [100, 163, 205])
def test_scenarios_of_today_are_not_tomorrow_s(t):
    market = random_market(9, 260, 4, crises=True)
    changed = poison_after(market, t, np.random.default_rng(t))
    seen = []
    for each in (market, changed):
        policy = Looking(every=21, scenarios=20)
        simulate(each, policy, start=market.sessions[79])
        seen.append({date: draws for date, draws in policy.seen.items() if date <= pd.Timestamp(market.sessions[t])})
    assert len(seen[0]) == len(seen[1]) > 0
    for date, draws in seen[0].items():
        for name in ("redemption", "depth", "spread", "volatility", "chance"):
            assert (getattr(draws, name) == getattr(seen[1][date], name)).all()


def test_stated_shapes_are_taken_as_they_are():
    draws = stated([{"redemption": 0.1}, {"redemption": 0.3, "depth": 0.2, "spread": 5.0, "chance": 3.0}], 2)
    assert draws.redemption.tolist() == [0.1, 0.3]
    assert draws.depth.tolist() == [[1.0, 1.0], [0.2, 0.2]]
    assert draws.spread.tolist() == [[1.0, 1.0], [5.0, 5.0]]
    assert draws.volatility.tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert draws.chance.tolist() == [0.25, 0.75]


def test_a_scenario_scales_what_today_costs():
    """Over four sessions at a quarter of the depth as much can be sold as in one, at the impact of one."""
    asked = Asked(
        chosen=np.array([True, True]),
        budget=0.8,
        held=np.array([0.5, 0.5]),
        returns=np.zeros((63, 2)),
        spread=np.array([1e-4, 2e-4]),
        impact=np.array([0.01, 0.02]),
        days=np.array([10.0, 0.0]),
    )
    ones = np.ones((2, 2))
    draws = Draws(np.array([0.2, 0.9]), ones * [[0.25], [0.0]], 3.0 * ones, 2.0 * ones, np.array([0.5, 0.5]))
    policy = TwoStage(every=21, days=4, cash=0.04, cash_return=0.12, chance=0.2)
    problem = policy._problem(asked, 0.25, np.array([0.01, 0.02]), np.eye(2), draws)
    assert problem.capacity == pytest.approx(np.array([[0.1, 1.0], [0.0, 0.0]]))
    assert problem.sale_impact[0] == pytest.approx([0.02, 0.04])
    assert problem.sale_spread[0] == pytest.approx([3e-4, 6e-4])
    assert problem.redemption.tolist() == [0.25, 1.0]
    assert problem.chance.tolist() == [0.1, 0.1]
    assert problem.least_cash == pytest.approx(0.05)
    assert problem.cash_return == pytest.approx(0.01)
    assert problem.expected == pytest.approx([0.21, 0.42])


def test_dearer_shortfalls_keep_more_cash():
    """A book that takes some weeks to sell keeps more in cash the more it costs to keep investors waiting."""
    market = market_of()
    kept = []
    for price in (0.0, 0.05, 1.0):
        policy = TwoStage(every=21, shortfall_price=price, chance=0.5, returns=dict.fromkeys("ABCDE", 0.3))
        terms = {"start": market.sessions[200], "end": market.sessions[202], "execution": Execution(lag=0)}
        result = simulate(market, policy, costs=FREE, initial_cash=1e7, **terms)
        assert not result.remarks
        kept.append(float(result.weights["CASH"].iloc[0]))
    assert kept[0] == pytest.approx(0.0, abs=1e-6)
    assert kept[0] < kept[1] < kept[2]
    assert kept[2] == pytest.approx(0.2, abs=0.05)


def test_turnover_gives_way_where_it_leaves_too_little_cash():
    asked = Asked(np.ones(2, bool), 1.0, np.array([0.7, 0.3]), np.zeros((63, 2)), *[np.zeros(2)] * 3)
    assert TwoStage(every=21, cash=0.4)._least(asked) == (pytest.approx(0.2), "leaves enough cash")
    assert TwoStage(every=21)._least(asked)[0] == 0.0
    owing = replace(asked, held=np.array([1.2, -0.1]))
    assert TwoStage(every=21)._least(owing)[0] == pytest.approx(0.5 * (0.1 + 0.2))


def test_trouble_with_one_decision_is_said_and_the_next_is_well(monkeypatch):
    market = market_of(200, 4)
    calls, found = [], asking.solve_two_stage

    def failing(problem, held):
        calls.append(1)
        if len(calls) in (2, 3):
            raise UnsolvedError("no way")
        return found(problem, held)

    monkeypatch.setattr(asking, "solve_two_stage", failing)
    result = simulate(market, TwoStage(every=21), costs=FREE, start=market.sessions[80])
    said = "no way; risk is taken from variances alone; no way; it holds what it has"
    assert result.remarks == {21: said}
    traded = np.flatnonzero(result.shares.diff().abs().sum(axis=1) > 0.0)
    assert traded.tolist() == [1, 43, 64, 85, 106]


def test_a_solver_without_numbers_is_an_error_of_ours(monkeypatch):
    monkeypatch.setattr(cone, "solve", lambda problem, held, symmetric: None)
    with pytest.raises(UnsolvedError, match="found no weights for the scenarios"):
        one_asset(0.01)


def test_thirty_years_with_every_trouble_end():
    market = random_market(5, 7560, 4, gaps=0.05, silent=0.1, crises=True)
    result = simulate(market, TwoStage(every=63, scenarios=10), save="full")
    assert len(result.nav) == 7560
    assert result.weights["CASH"].min() > -0.05


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"redemption": [[0.1]]}, "redemption must hold one share for each scenario"),
        ({"redemption": [-0.1, 0.3]}, "redemption must be zero or more, not -0.1"),
        ({"capacity": np.ones((3, 1))}, r"capacity must be a number or have shape \(1,\) or \(2, 1\), not \(3, 1\)"),
        ({"chance": [0.7, 0.7]}, "chance must sum to at most 1 over the scenarios, not to 1.4"),
        ({"least_cash": 1.5}, "least_cash must be"),
        ({"sale_impact": np.nan}, "sale_impact must be finite"),
    ],
)
def test_malformed_problems_are_refused_in_one_line(changes, message):
    with pytest.raises(ParameterError, match=message) as raised:
        one_asset(0.01, **changes)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"every": None}, "two-stage: give either every"),
        ({"redemption": 20.0}, "redemption must lie in"),
        ({"seed": -1}, "two-stage: seed must be 0 or more, not -1"),
        ({"shapes": []}, "shapes is an empty list"),
        ({"shapes": [{"depth": 0.5}]}, r"shapes\[0\]: state its redemption"),
        ({"shapes": [{"redemption": 0.2, "depht": 0.5}]}, r"shapes\[0\]: no 'depht'; did you mean 'depth'"),
        ({"shapes": [{"redemption": 0.2, "depth": 2.0}]}, r"shapes\[0\].depth must lie in \[0, 1\], not 2"),
        ({"shapes": [{"redemption": 0.2, "chance": 0.0}]}, "at least one needs a chance above zero"),
    ],
)
def test_what_means_nothing_is_refused(changes, message):
    with pytest.raises(ParameterError, match=message):
        TwoStage(**({"every": 21} | changes))


def test_what_cannot_be_is_refused():
    _, problem = one_asset(0.01, max_turnover=0.1)
    with pytest.raises(InfeasibleError, match=r"0.1 leave 0.5 in cash: it takes 0.2; raise max_turnover"):
        solve_two_stage(replace(problem, least_cash=0.5), [0.9])
    with pytest.raises(ParameterError, match="problem must be a TwoStageProblem, not dict"):
        solve_two_stage({}, [1.0])


def test_drawing_needs_a_window_and_may_repeat_where_the_past_is_short():
    market = random_market(3, 90, 3)
    policy = Looking(every=21, scenarios=200, memory=63)
    simulate(market, policy, start=market.sessions[70])
    draws = next(iter(policy.seen.values()))
    assert draws.redemption.size == 200
    assert len(np.unique(draws.redemption)) <= 63
    assert drawn.__doc__
