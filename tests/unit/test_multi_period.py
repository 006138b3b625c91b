"""Several steps ahead: against cvxpy, dynamic programming by hand, the single-period policy, its own certificate."""

from __future__ import annotations

import cvxpy as cp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from simulator import AlmgrenChriss, Execution, MarketData, simulate
from simulator.core.errors import ParameterError
from strategies import InfeasibleError, MultiPeriod, MultiPeriodProblem, Optimised, solve, solve_path
from strategies.optimise.multi_period import cone, solver
from strategies.optimise.multi_period import policy as asking
from strategies.optimise.multi_period.certify import PathPrices, lower_bound, objective
from strategies.optimise.multi_period.forecast import Ahead, ahead
from strategies.optimise.policy import Asked
from strategies.optimise.problem import UnsolvedError
from strategies.optimise.risk import RiskTerms
from tests.convex import UNIT, factor_returns, random_problem, root_of
from tests.support import FREE, random_market


def problem_of(**changes) -> MultiPeriodProblem:
    base = {
        "expected": np.zeros((3, 2)),
        "covariance": np.eye(2),
        "spread": 0.0,
        "impact": 0.0,
        "risk_aversion": 1.0,
        "max_turnover": np.inf,
    }
    return MultiPeriodProblem(**(base | changes))


def random_steps(seed, assets, steps, **changes):
    """A random problem whose returns and costs differ by step, and what is held."""
    single, held = random_problem(seed, assets, **{"turnover": 0.2} | changes)
    rng = np.random.default_rng([seed, steps])
    ups = rng.uniform(0.3, 3.0, (3, steps, assets))
    problem = MultiPeriodProblem(
        expected=single.expected * ups[0],
        covariance=single.covariance,
        spread=single.spread * ups[1],
        impact=single.impact * ups[2],
        risk_aversion=single.risk_aversion,
        max_turnover=single.max_turnover,
    )
    return problem, held, root_of(single)


def by_cvxpy(problem: MultiPeriodProblem, held: np.ndarray, root: np.ndarray) -> tuple[float, np.ndarray]:
    """The same problem as cvxpy states it."""
    weights = cp.Variable(problem.expected.shape)
    total, within, last = 0.0, [weights >= 0.0, cp.sum(weights, axis=1) == 1.0], held
    for k in range(problem.steps):
        size = cp.abs(weights[k] - last)
        within.append(0.5 * cp.sum(size) <= problem.max_turnover[k])
        paid = UNIT * problem.spread[k] @ size + UNIT * problem.impact[k] @ cp.power(size, 1.5)
        paid += UNIT * problem.quadratic[k] @ cp.square(size)
        late = cp.pos(problem.days[k] @ cp.square(weights[k]) - problem.most_days) * UNIT * problem.days_price
        total += paid + late + cp.sum_squares(np.sqrt(UNIT) * root @ weights[k])
        total -= UNIT * problem.expected[k] @ weights[k]
        last = weights[k]
    program = cp.Problem(cp.Minimize(total), within)
    tight = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), 1e-8)
    for scaled in (False, True):  # the solver's own scaling helps some problems, and keeps others from their end
        value = program.solve(solver="CLARABEL", equilibrate_enable=scaled, **tight)
        if program.status == cp.OPTIMAL:
            break
    return float(value) / UNIT, np.asarray(weights.value)


@pytest.mark.parametrize(("seed", "assets", "steps"), [(1, 2, 2), (2, 7, 5), (3, 12, 4)])
@pytest.mark.parametrize("size", [0.0, 1.0])
def test_it_agrees_with_cvxpy(seed, assets, steps, size):
    problem, held, root = random_steps(seed, assets, steps, size=size)
    found = solve_path(problem, held)
    value, path = by_cvxpy(problem, held, root)
    assert found.certified
    assert found.objective == pytest.approx(value, rel=1e-6)
    assert found.path == pytest.approx(path, abs=1e-3)
    assert objective(problem, found.path, held)[0] == found.objective


def test_our_own_kernel_finishes_what_an_interior_point_begins(monkeypatch):
    monkeypatch.setattr(solver, "_cleared", None)
    problem, held, _ = random_steps(2, 7, 5)
    assert solve_path(problem, held).gap < 1e-9


def test_a_soft_bound_on_the_time_to_sell_agrees_with_cvxpy():
    problem, held, root = random_steps(4, 6, 3)
    days = np.random.default_rng(4).uniform(1.0, 40.0, (3, 6))
    free = solve_path(problem, held)
    for share in (0.5, 0.9):
        most = share * float((days * free.path**2).sum(axis=1).min())
        soft = MultiPeriodProblem(
            *(getattr(problem, name) for name in ("expected", "covariance", "spread", "impact", "risk_aversion")),
            max_turnover=0.2,
            days=days,
            most_days=most,
            days_price=2e-4,
        )
        found = solve_path(soft, held)
        assert found.certified
        assert found.objective == pytest.approx(by_cvxpy(soft, held, root)[0], rel=1e-6)
        assert (days * found.path**2).sum() < (days * free.path**2).sum()


def test_costs_that_are_squares_give_the_path_of_dynamic_programming():
    """Two risky assets and a third that is free and without risk: as Gârleanu & Pedersen (2013), over six steps.

    With V_k(x) = x'A_k x - b_k'x + ..., A_(n+1) = 0, step k trades to M w_k = L w_(k-1) + (m_k + b_(k+1)) / 2 with
    M = gS + L + A_(k+1), and A_k = L - L M^-1 L, b_k = L M^-1 (m_k + b_(k+1)).
    """
    n, g = 6, 4.0
    risk = np.array([[0.04, 0.01], [0.01, 0.09]])
    cost = np.diag([0.08, 0.03])
    gain = np.array([[0.05, 0.06]]) * 0.8 ** np.arange(n)[:, None]
    held = np.array([0.3, 0.1])
    later, slope, rules = np.zeros((2, 2)), np.zeros(2), []
    for k in range(n)[::-1]:
        inverse = np.linalg.inv(g * risk + cost + later)
        rules.append((inverse @ cost, inverse @ (gain[k] + slope) / 2.0))
        later, slope = cost - cost @ inverse @ cost, cost @ inverse @ (gain[k] + slope)
    expected, now = [], held
    for keep, aim in reversed(rules):
        now = keep @ now + aim
        expected.append(now)
    assert (np.array(expected) > 0.0).all()
    assert (np.sum(expected, axis=1) < 1.0).all()
    whole = np.zeros((3, 3))
    whole[:2, :2] = risk
    problem = MultiPeriodProblem(
        expected=np.hstack([gain, np.zeros((n, 1))]),
        covariance=whole,
        spread=0.0,
        impact=0.0,
        risk_aversion=g,
        max_turnover=np.inf,
        quadratic=[0.08, 0.03, 0.0],
    )
    found = solve_path(problem, [*held, 0.6])
    assert found.certified
    assert found.path[:, :2] == pytest.approx(np.array(expected), abs=1e-5)


def test_two_assets_by_hand():
    # Weights (x, 1 - x) of independent assets of variance 1: risk 1/2 + 2 (x - 1/2)^2 a step, a trade d costs 2 s d.
    # From x = 1 one step pays until 4 (x - 1/2) = 2 s; over n steps at which nothing more is traded n times as much.
    for n in (1, 2, 4):
        found = solve_path(problem_of(expected=np.zeros((n, 2)), spread=0.2), [1.0, 0.0])
        assert found.path[:, 0] == pytest.approx(np.full(n, 0.5 + 0.1 / n), abs=1e-9)
    # Tomorrow is free: what can wait waits, all but what a step of risk is worth more than. 4 (x - 1/2) = 2 s = 0.4.
    waits = solve_path(problem_of(expected=np.zeros((2, 2)), spread=[[0.2, 0.2], [0.0, 0.0]]), [1.0, 0.0])
    assert waits.path[:, 0] == pytest.approx([0.6, 0.5], abs=1e-9)
    # Tomorrow is dear: all of it is done today, as for two steps at once.
    today = solve_path(problem_of(expected=np.zeros((2, 2)), spread=[[0.2, 0.2], [9.0, 9.0]]), [1.0, 0.0])
    assert today.path[:, 0] == pytest.approx([0.55, 0.55], abs=1e-9)
    # A bound of a tenth a step is used at each until the halves are reached.
    slowly = solve_path(problem_of(expected=np.zeros((4, 2)), max_turnover=0.2), [1.0, 0.0])
    assert slowly.path[:, 0] == pytest.approx([0.8, 0.6, 0.5, 0.5], abs=1e-9)


@given(
    seed=some.integers(0, 10**6),
    steps=some.integers(1, 4),
    exponent=some.floats(-2.0, 2.0),
    tau=some.sampled_from([0.0, 0.05, 0.3, 2.0]),
)
@settings(max_examples=40)
def test_every_path_is_feasible_certified_and_no_random_one_is_better(seed, steps, exponent, tau):
    rng = np.random.default_rng(seed)
    assets = int(rng.integers(1, 9))
    problem, held, _ = random_steps(seed, assets, steps, risk_aversion=10.0**exponent, size=0.3, turnover=tau)
    found = solve_path(problem, held)
    assert found.certified
    assert found.gap > -1e-6  # below it the bound would be none
    path = np.vstack([held, found.path])
    assert np.abs(path.sum(axis=1) - 1.0).max() < 1e-8
    assert path.min() >= -1e-8
    assert 0.5 * np.abs(np.diff(path, axis=0)).sum(axis=1).max() < tau + 1e-8
    other, last = [], held
    for _ in range(steps):
        away = rng.dirichlet(np.ones(assets)) - last
        last = last + min(1.0, tau / max(0.5 * np.abs(away).sum(), 1e-300)) * away
        other.append(last)
    value = objective(problem, np.array(other), held)[0]
    assert found.objective <= value + 2e-6 * abs(found.objective) + 1e-15


@given(seed=some.integers(0, 10**6))
@settings(max_examples=40)
def test_the_certificate_is_a_bound_at_any_path_and_any_prices(seed):
    rng = np.random.default_rng(seed)
    problem, held, _ = random_steps(seed, 5, 3, turnover=1.5)
    held = held * rng.uniform(0.5, 2.5)
    within = problem.within(held)
    best = solve_path(problem, held)
    prices = PathPrices(rng.normal(0.0, 1e-3, (3, 5)), rng.normal(0.0, 1e-3, 3), rng.normal(0.0, 1.0, 3))
    path = rng.dirichlet(np.ones(5), 3)
    assert best.certified
    assert lower_bound(within, path, held, prices) <= best.objective + 1e-12


def returns_market(sessions: int = 260, assets: int = 5, volume: float = 1000.0) -> MarketData:
    returns = factor_returns(np.random.default_rng(4), sessions, assets)
    days = pd.bdate_range("2010-01-01", periods=sessions)
    close = pd.DataFrame(100.0 * np.cumprod(1.0 + returns, axis=0), days, list("ABCDEFGH")[:assets])
    return MarketData.from_frames(close, volume=pd.DataFrame(volume, days, close.columns), cash_rate=0.0)


@pytest.mark.parametrize("soft", [{}, {"days_price": 0.05}, {"max_days": 2.0, "days_price": 5.0}])
def test_one_step_is_the_single_period_policy(soft):
    market = random_market(7, 260, 5)
    terms = {"start": market.sessions[80], "initial_cash": 1e7}
    one, single = (
        simulate(market, policy, **terms)
        for policy in (MultiPeriod(every=21, steps=1, **soft), Optimised(every=21, **soft))
    )
    assert one.weights.to_numpy() == pytest.approx(single.weights.to_numpy(), abs=1e-6)
    assert not one.remarks
    problem, held = random_problem(9, 12)
    path = problem_of(
        expected=problem.expected[None],
        covariance=problem.covariance,
        spread=problem.spread,
        impact=problem.impact,
        risk_aversion=problem.risk_aversion,
        max_turnover=problem.max_turnover,
    )
    assert solve_path(path, held).weights == pytest.approx(solve(problem, held).weights, abs=1e-7)


def test_what_is_forecast_decays_from_today_s_to_the_mean_of_its_past():
    market = random_market(3, 120, 3)
    seen = {}

    class Looking(MultiPeriod):
        def decide(self, day):
            seen[day.t] = (day.market, ahead(day.market, day.t, 3, 10, 20.0, 63))
            return super().decide(day)

    simulate(market, Looking(every=20), start=market.sessions[70])
    for t, (view, costs) in seen.items():
        past = view.adv[view.before + t - 62 : view.before + t + 1]
        mean, now = past.mean(axis=0), past[-1]
        for step, left in enumerate((1.0, 2.0**-0.5, 0.5)):
            assert costs.adv[step] == pytest.approx(mean + left * (now - mean), rel=1e-12)
        assert (costs.adv[0] == view.adv[view.before + t]).all()
        assert (costs.volatility[0] == view.volatility[view.before + t]).all()
        assert costs.half_spread == pytest.approx(2e-4, rel=1e-12)


def test_later_steps_cost_what_is_forecast():
    """Depth a quarter of today's doubles what impact takes and makes selling take four times as long."""
    asked = Asked(
        chosen=np.array([True, False, True]),
        budget=0.8,
        held=np.array([0.5, 0.5]),
        returns=np.zeros((63, 2)),
        spread=np.array([1e-4, 2e-4]),
        impact=np.array([0.01, 0.02]),
        days=np.array([3.0, 5.0]),
    )
    ones = np.ones((2, 3))
    costs = Ahead(
        half_spread=np.array([[1e-4, 9.0, 2e-4], [3e-4, 9.0, 4e-4]]),
        volatility=np.array([[0.01, 9.0, 0.02], [0.03, 9.0, 0.02]]),
        adv=ones * np.array([[8e6], [2e6]]),
    )
    policy = MultiPeriod(every=21, steps=2, returns_half_life=21.0, max_turnover=0.2, days_price=0.12)
    problem = policy._problem(asked, 0.7, np.array([0.01, 0.02]), np.eye(2), costs)
    assert problem.spread == pytest.approx(np.array([[1e-4, 2e-4], [3e-4, 4e-4]]))
    assert problem.impact == pytest.approx(np.array([[0.01, 0.02], [0.01 * 3 * 2, 0.02 * 2]]))
    assert problem.days == pytest.approx(np.array([[3.0, 5.0], [12.0, 20.0]]))
    assert problem.expected == pytest.approx(np.array([[0.21, 0.42], [0.105, 0.21]]))
    assert problem.max_turnover.tolist() == [0.7, 0.25]
    assert problem.days_price == pytest.approx(0.01)


@pytest.mark.parametrize(("half_life", "bought"), [(5.0, 0.0), (10_000.0, 1.0)])
def test_what_is_dear_for_a_while_waits(half_life, bought):
    """A earns 10% a year more and costs 1% to buy this week: 0.8% forgone in a month is less, 3.3% in four is more."""
    market = returns_market()
    spread = np.full(market.shape, 1e-4)
    spread[195:206, 0] = 0.01
    close = pd.DataFrame(market.close, pd.DatetimeIndex(market.sessions), market.assets)
    dear = MarketData.from_frames(close, half_spread=pd.DataFrame(spread, close.index, close.columns))
    policy = MultiPeriod(
        every=21, steps=4, cost_half_life=half_life, returns={"A": 0.1}, risk_aversion=0, max_turnover=1
    )
    result = simulate(
        dear,
        policy,
        costs=AlmgrenChriss(half_spread_bps=0.0, eta=0.0, gamma=0.0),
        execution=Execution(lag=0),
        start=dear.sessions[200],
        end=dear.sessions[210],
    )
    assert not result.remarks
    assert result.weights["A"].iloc[0] == pytest.approx(bought, abs=0.02)


def test_trouble_with_one_decision_is_said_and_the_next_is_well(monkeypatch):
    market = returns_market(200, 4)
    calls, found = [], asking.solve_path

    def failing(problem, held):
        calls.append(1)
        if len(calls) in (2, 3):
            raise UnsolvedError("no way")
        return found(problem, held)

    monkeypatch.setattr(asking, "solve_path", failing)
    result = simulate(market, MultiPeriod(every=21, steps=2), costs=FREE, start=market.sessions[80])
    said = "no way; risk is taken from variances alone; no way; it holds what it has"
    assert result.remarks == {21: said}
    traded = np.flatnonzero(result.shares.diff().abs().sum(axis=1) > 0.0)
    assert traded.tolist() == [1, 43, 64, 85, 106]


def test_a_path_far_from_the_best_counts_as_none(monkeypatch):
    market = returns_market(200, 4)
    calls, found = [], asking.solve_path

    def far(problem, held):
        calls.append(1)
        best = found(problem, held)
        if len(calls) != 2:
            return best
        return type(best)(best.path, best.objective, best.primal_residual, 0.5)

    monkeypatch.setattr(asking, "solve_path", far)
    result = simulate(market, MultiPeriod(every=21, steps=2), costs=FREE, start=market.sessions[80])
    assert result.remarks == {21: "the path of 2 steps is 5.0e-01 from the best; risk is taken from variances alone"}


def test_a_solver_without_numbers_is_an_error_of_ours(monkeypatch):
    monkeypatch.setattr(cone, "solve", lambda problem, held: None)
    with pytest.raises(UnsolvedError, match="found no weights for the steps"):
        solve_path(problem_of(), [0.5, 0.5])


def test_turnover_is_kept_at_every_decision():
    market = returns_market(400, 6)
    policy = MultiPeriod(every=21, steps=3, max_turnover=0.1, risk_aversion=0.5)
    result = simulate(market, policy, costs=FREE, execution=Execution(lag=0), start=market.sessions[80])
    traded = 0.5 * (result.shares.diff().abs() * result.marks).sum(axis=1).to_numpy() / result.nav.to_numpy()
    assert traded.max() == pytest.approx(0.1, abs=1e-6)
    assert not result.remarks


def test_thirty_years_with_every_trouble_end(monkeypatch):
    market = random_market(5, 7560, 4, gaps=0.05, silent=0.1, crises=True)
    failing, calls = RiskTerms.covariance, []

    def at_times(self, returns):
        calls.append(1)
        if len(calls) % 7 == 0:
            raise np.linalg.LinAlgError("did not converge")
        return failing(self, returns)

    monkeypatch.setattr(RiskTerms, "covariance", at_times)
    result = simulate(market, MultiPeriod(every=63, steps=3, days_price=0.01), save="full")
    assert len(result.nav) == 7560
    assert (result.weights.iloc[200:]["CASH"] < 0.5).mean() > 0.9
    failed = [text for text in result.remarks.values() if text.startswith("did not converge")]
    assert len(failed) > 10


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"expected": [0.0, 0.0]}, r"expected must hold a row for each step"),
        ({"expected": [["a", "b"]]}, "expected must hold numbers"),
        ({"spread": np.zeros((2, 2))}, r"spread must be a number or have shape \(2,\) or \(3, 2\), not \(2, 2\)"),
        ({"impact": -1.0}, "impact must be zero or more, not -1"),
        ({"days": np.nan}, "days must be finite"),
        ({"max_turnover": [0.1, 0.2]}, "max_turnover must be a number or hold 3"),
        ({"days_price": -1.0}, "days_price must be zero or more"),
        ({"covariance": -np.eye(2)}, "covariance must be positive semi-definite"),
    ],
)
def test_malformed_problems_are_refused_in_one_line(changes, message):
    with pytest.raises(ParameterError, match=message) as raised:
        problem_of(**changes)
    assert "\n" not in str(raised.value)


def test_what_cannot_be_is_refused():
    with pytest.raises(InfeasibleError, match=r"sums to 0.7, it takes 0.15; raise max_turnover"):
        solve_path(problem_of(max_turnover=0.1), [0.3, 0.4])
    with pytest.raises(ParameterError, match="problem must be a MultiPeriodProblem, not dict"):
        solve_path({}, [1.0])
    with pytest.raises(ParameterError, match="multi-period: steps must be at least 1 steps, not 0"):
        MultiPeriod(every=21, steps=0)
    with pytest.raises(ParameterError, match="multi-period: give either every"):
        MultiPeriod()
