"""The single-period optimiser against cvxpy, closed forms, and its own certificate against the truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from simulator.core.errors import ParameterError
from strategies import InfeasibleError, SinglePeriodProblem, solve
from strategies.optimise import cone
from strategies.optimise import solver as solving
from strategies.optimise.certify_nb import gap_nb
from strategies.optimise.law_nb import traded_nb
from tests.convex import Reference, objective_of, random_problem, root_of


def problem_of(**changes) -> SinglePeriodProblem:
    base = {
        "expected": [0.0, 0.0],
        "covariance": np.eye(2),
        "spread": 0.0,
        "impact": 0.0,
        "risk_aversion": 1.0,
        "max_turnover": 1.0,
    }
    return SinglePeriodProblem(**(base | changes))


def breach(weights: np.ndarray, held: np.ndarray, turnover: float) -> float:
    return max(abs(weights.sum() - 1.0), 0.5 * np.abs(weights - held).sum() - turnover, -weights.min())


@pytest.mark.parametrize(("seed", "assets"), [(11, 5), (12, 20), (13, 50)])
@pytest.mark.parametrize("size", [0.0, 0.01, 1.0])
def test_it_agrees_with_cvxpy(seed, assets, size):
    problem, held = random_problem(seed, assets, size=size)
    found = solve(problem, held)
    expected = Reference(assets, assets).solve(problem, held, root_of(problem))
    assert found.certified
    assert found.solver == "splitting"
    assert found.objective == pytest.approx(objective_of(problem, found.weights, held), rel=1e-12)
    assert found.objective == pytest.approx(expected, rel=1e-6)


def test_two_assets_by_hand():
    # Equal risk, no costs: halves. With a spread s a trade of x pays 2x s and saves 2 (0.5^2 - (0.5 - x)^2) of the
    # variance 0.5 + 2 (0.5 - x)^2, whose slope is 4 (0.5 - x): it stops where 4 (0.5 - x) = 2 s, so x = 0.5 - s / 2.
    assert solve(problem_of(), [1.0, 0.0]).weights == pytest.approx([0.5, 0.5], abs=1e-9)
    assert solve(problem_of(spread=0.2), [1.0, 0.0]).weights == pytest.approx([0.6, 0.4], abs=1e-9)
    assert solve(problem_of(spread=1.0), [1.0, 0.0]).weights == pytest.approx([1.0, 0.0], abs=1e-12)
    # With impact k alone 4 (0.5 - x) = 2 (1.5 k sqrt(x)): k = 2/3 stops at x = 0.25, 1 = 2 (1.5 2/3 0.5).
    assert solve(problem_of(impact=2.0 / 3.0), [1.0, 0.0]).weights == pytest.approx([0.75, 0.25], abs=1e-8)
    bound = solve(problem_of(max_turnover=0.1), [1.0, 0.0])
    assert bound.weights == pytest.approx([0.9, 0.1], abs=1e-12)
    assert bound.turnover_price == pytest.approx(4 * (0.5 - 0.1), abs=1e-9)


def test_the_prices_are_what_a_unit_more_would_save():
    problem, held = random_problem(5, 30)
    for turnover in (0.02, 0.05):
        base, more = (solve(SinglePeriodProblem(*values_of(problem), turnover + step), held) for step in (0.0, 1e-5))
        assert (base.objective - more.objective) / 1e-5 == pytest.approx(base.turnover_price, rel=1e-2)


def values_of(problem: SinglePeriodProblem) -> tuple:
    return problem.expected, problem.covariance, problem.spread, problem.impact, problem.risk_aversion


@given(
    seed=some.integers(0, 10**6), exponent=some.floats(-3.0, 3.0), tau=some.sampled_from([0.0, 1e-4, 0.05, 0.2, 2.0])
)
def test_every_solution_is_feasible_certified_and_no_random_point_is_better(seed, exponent, tau):
    rng = np.random.default_rng(seed)
    assets, sessions = int(rng.integers(1, 40)), int(rng.integers(2, 60))
    problem, held = random_problem(seed, assets, max(sessions, 2), 10.0**exponent, 10.0 ** rng.uniform(-4, 2), tau)
    if rng.random() < 0.3:
        problem = SinglePeriodProblem(problem.expected, problem.covariance, 0.0, 0.0, problem.risk_aversion, tau)
    found = solve(problem, held)
    assert found.certified
    assert breach(found.weights, held, tau) < 1e-8
    assert found.primal_residual == pytest.approx(max(breach(found.weights, held, tau), 0.0), abs=1e-14)
    away = rng.dirichlet(np.ones(assets)) - held
    far = min(1.0, tau / max(0.5 * np.abs(away).sum(), 1e-300))
    value = objective_of(problem, held + far * away, held)
    assert found.objective <= value + 2e-6 * abs(found.objective) + 1e-15


@given(seed=some.integers(0, 10**6))
def test_the_certificate_is_a_bound_at_any_weights_and_any_prices(seed):
    rng = np.random.default_rng(seed)
    problem, held = random_problem(seed, 12, turnover=0.3)
    best = solve(problem, held)
    weights = held + 0.3 * (rng.dirichlet(np.ones(12)) - held)
    prices = rng.normal(0.0, 1e-3, 3)
    gap = gap_nb(
        weights,
        problem.covariance @ weights,
        problem.risk_aversion,
        problem.expected,
        problem.spread,
        problem.impact,
        held,
        0.3,
        prices,
    )
    assert objective_of(problem, weights, held) - gap <= best.objective + 1e-12


def test_cash_is_invested_and_what_is_owed_is_bought_back():
    problem, held = random_problem(3, 8, turnover=0.5)
    for before in (np.zeros(8), 0.4 * held, held - np.eye(8)[0] * 0.2 + np.eye(8)[1] * 0.2, 1.3 * held):
        found = solve(problem, before)
        assert found.certified
        assert breach(found.weights, before, 0.5) < 1e-12


def test_a_turnover_that_cannot_invest_all_is_infeasible_in_one_line():
    problem, held = random_problem(3, 8, turnover=0.1)
    with pytest.raises(InfeasibleError, match=r"sums to 0.7, it takes 0.15; raise max_turnover"):
        solve(problem, 0.7 * held)
    assert solve(problem, 0.8 * held).certified  # exactly the least
    with pytest.raises(InfeasibleError):
        solve(SinglePeriodProblem(*values_of(problem), 0.0), 0.8 * held)


def test_one_asset_has_one_answer():
    one = SinglePeriodProblem([0.01], [[1e-4]], 0.001, 0.001, 5.0, 1.0)
    assert solve(one, [1.0]).weights == pytest.approx([1.0], abs=1e-15)
    assert solve(one, [0.3]).weights == pytest.approx([1.0], abs=1e-15)


def test_nothing_to_choose_by_is_solved_too():
    nothing = SinglePeriodProblem(np.zeros(4), np.zeros((4, 4)), 0.0, 0.0, 0.0, np.inf)
    for held in (np.zeros(4), [-0.1, 0.37, 0.4, 0.33], [0.1, 0.2, 0.3, 0.4]):
        found = solve(nothing, held)
        assert (found.gap, found.objective, found.solver) == (0.0, 0.0, "splitting")
        assert found.weights.sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"expected": [np.nan, 0.0]}, r"expected must be finite; at \[0\] it is nan"),
        ({"expected": []}, "expected must hold one number for each asset"),
        ({"expected": ["a", "b"]}, "expected must hold numbers"),
        ({"covariance": np.eye(3)}, r"covariance must have shape \(2, 2\), not \(3, 3\)"),
        ({"covariance": [[1.0, 0.5], [0.4, 1.0]]}, "covariance must be symmetric"),
        ({"covariance": [[1.0, 2.0], [2.0, 1.0]]}, "positive semi-definite; its smallest eigenvalue is -1"),
        ({"covariance": [[1.0, np.inf], [np.inf, 1.0]]}, r"covariance must be finite; at \[0, 1\]"),
        ({"spread": -1e-4}, "spread must be zero or more, not -0.0001"),
        ({"impact": [0.0, -1.0]}, "impact must be zero or more, not -1"),
        ({"impact": [0.0, 1.0, 2.0]}, "impact must be a number or hold 2"),
        ({"risk_aversion": -1.0}, "risk_aversion must be zero or more, not -1"),
        ({"risk_aversion": None}, "risk_aversion must be a number, not None"),
        ({"max_turnover": np.nan}, "max_turnover must be zero or more, not nan"),
    ],
)
def test_malformed_problems_are_refused_in_one_line(changes, message):
    with pytest.raises(ParameterError, match=message) as caught:
        problem_of(**changes)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("held", [[np.nan, 1.0], [1.0], [[0.5, 0.5]], ["x", 1.0]])
def test_malformed_holdings_are_refused(held):
    with pytest.raises(ParameterError, match="held must"):
        solve(problem_of(), held)


def test_covariances_of_fewer_days_than_assets_are_no_error():
    problem, held = random_problem(2, 30, sessions=5)
    assert np.linalg.matrix_rank(problem.covariance) == 4
    assert solve(problem, held).certified


def test_a_problem_is_frozen_and_keeps_nothing_of_the_caller_s():
    expected = np.array([0.1, 0.2])
    problem = problem_of(expected=expected)
    expected[0] = 9.0
    assert problem.expected.tolist() == [0.1, 0.2]
    with pytest.raises(ValueError, match="read-only"):
        problem.expected[0] = 1.0


def test_clarabel_takes_over_what_splitting_does_not_certify(monkeypatch):
    problem, held = random_problem(7, 25)
    own = solve(problem, held)
    monkeypatch.setattr(solving, "_STEPS", 0)
    taken = solve(problem, held)
    assert taken.solver == "clarabel"
    assert taken.gap < 1e-3  # its weights, certified by us without a step of our own
    assert taken.primal_residual < 1e-12
    assert taken.objective == pytest.approx(own.objective, rel=1e-3)
    monkeypatch.setattr(cone, "solve", lambda *_: None)
    alone = solve(problem, held)
    assert alone.solver == "splitting"
    assert not alone.certified


def test_a_start_changes_nothing_but_the_way():
    problem, held = random_problem(9, 40)
    cold = solve(problem, held)
    warm = solve(problem, held, start=cold.weights)
    assert warm.objective == pytest.approx(cold.objective, rel=1e-8)
    assert warm.steps <= cold.steps


@pytest.mark.parametrize(
    ("force", "rho", "impact"), [(0.3, 2.0, 0.5), (0.3, 2.0, 0.0), (0.3, 0.0, 0.5), (-0.1, 1.0, 1.0)]
)
def test_the_prox_solves_its_condition(force, rho, impact):
    root = traded_nb(force, rho, impact)
    assert rho * root**2 + 1.5 * impact * root == pytest.approx(max(force, 0.0), rel=1e-14)


def test_what_is_no_problem_is_refused():
    with pytest.raises(ParameterError, match="problem must be a SinglePeriodProblem, not dict"):
        solve({"expected": [0.1]}, [1.0])
