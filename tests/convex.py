"""Single-period problems, and what cvxpy makes of them."""

from __future__ import annotations

import numpy as np

from strategies import SinglePeriodProblem

#: Objectives are some basis points: in this unit a solver's absolute tolerances mean something.
UNIT = 1e3


def covariance_of(returns: np.ndarray) -> np.ndarray:
    away = returns - returns.mean(axis=0)
    return away.T @ away / (len(returns) - 1)


def factor_returns(rng: np.random.Generator, sessions: int, assets: int) -> np.ndarray:
    """Daily returns with a market, three styles and what is an asset's own."""
    market = rng.normal(0.0, 0.01, (sessions, 1)) * rng.uniform(0.5, 1.5, assets)
    styles = rng.normal(0.0, 0.006, (sessions, 3)) @ rng.normal(0.0, 1.0, (3, assets))
    return market + styles + rng.normal(0.0, 1.0, (sessions, assets)) * rng.uniform(0.008, 0.03, assets)


def random_problem(
    seed: int, assets: int, sessions: int = 252, risk_aversion: float = 5.0, size: float = 1.0, turnover: float = 0.2
) -> tuple[SinglePeriodProblem, np.ndarray]:
    """A problem and what is held; ``size`` is the book's over the median asset's daily volume."""
    rng = np.random.default_rng(seed)
    covariance = covariance_of(factor_returns(rng, sessions, assets))
    impact = 0.142 * np.sqrt(np.diag(covariance)) * np.sqrt(size / rng.lognormal(0.0, 1.0, assets))
    problem = SinglePeriodProblem(
        expected=rng.normal(0.0, 5e-4, assets),
        covariance=covariance,
        spread=rng.uniform(1e-4, 1e-3, assets),
        impact=impact,
        risk_aversion=risk_aversion,
        max_turnover=turnover,
    )
    return problem, rng.dirichlet(np.ones(assets))


class Reference:
    """The same problem in cvxpy, canonicalised once (DPP): risk by a square root of the covariance as parameter."""

    def __init__(self, assets: int, rows: int, tolerance: float = 1e-8) -> None:
        import cvxpy as cp

        self.weights, self.held = cp.Variable(assets), cp.Parameter(assets)
        self.expected, self.root = cp.Parameter(assets), cp.Parameter((rows, assets))
        self.spread, self.impact = cp.Parameter(assets, nonneg=True), cp.Parameter(assets, nonneg=True)
        self.turnover = cp.Parameter(nonneg=True)
        change = cp.Variable(assets)  # so that no parameter multiplies another
        trade = cp.abs(change)
        cost = self.spread @ trade + self.impact @ cp.power(trade, 1.5)
        risk = cp.sum_squares(self.root @ self.weights)
        within = [
            change == self.weights - self.held,
            cp.sum(self.weights) == 1.0,
            self.weights >= 0.0,
            0.5 * cp.sum(trade) <= self.turnover,
        ]
        self.problem = cp.Problem(cp.Minimize(-self.expected @ self.weights + risk + cost), within)
        self.tolerance = tolerance

    def solve(self, problem: SinglePeriodProblem, held: np.ndarray, root: np.ndarray) -> float:
        """The objective; ``root`` holds rows of which root'root is risk aversion times covariance."""
        self.held.value, self.expected.value, self.root.value = held, UNIT * problem.expected, np.sqrt(UNIT) * root
        self.spread.value, self.impact.value = UNIT * problem.spread, UNIT * problem.impact
        self.turnover.value = problem.max_turnover
        tight = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), self.tolerance)
        return float(self.problem.solve(solver="CLARABEL", **tight)) / UNIT


def root_of(problem: SinglePeriodProblem) -> np.ndarray:
    """Rows of which root'root is risk aversion times covariance."""
    values, vectors = np.linalg.eigh(problem.covariance)
    return np.sqrt(problem.risk_aversion * np.clip(values, 0.0, None))[:, None] * vectors.T


def objective_of(problem: SinglePeriodProblem, weights: np.ndarray, held: np.ndarray) -> float:
    size = np.abs(weights - held)
    risk = problem.risk_aversion * weights @ problem.covariance @ weights
    return float(-problem.expected @ weights + risk + problem.spread @ size + problem.impact @ size**1.5)
