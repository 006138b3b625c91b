"""Solving the multi-period problem, with a certificate of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from simulator.core.errors import ParameterError
from simulator.core.types import FloatArray, frozen
from strategies.optimise.problem import SinglePeriodProblem, UnsolvedError, held_weights
from strategies.optimise.proof import Proven
from strategies.optimise.solver import solve
from strategies.optimise.split_nb import relative_nb

from . import cone
from .certify import PathPrices, lower_bound, objective, refined, residual
from .problem import MultiPeriodProblem

#: A weight or a trade below this is what an interior point leaves of none.
_NOTHING: Final = 1e-9


@dataclass(frozen=True, eq=False, slots=True)
class MultiPeriodSolution(Proven):
    """A path of weights, and the proof of how good it is. Weights are fractions of the book.

    Attributes
    ----------
    path
        (n, N) weights to hold over each step.
    objective
        Of the path.
    primal_residual
        The worst breach of a constraint by the path, computed from it.
    gap
        Objective less a lower bound of every feasible path's, over the objective's size (at least a millionth of the
        sum of its terms' sizes). The bound is built from prices of trades and of turnover, and holds whatever they are.
    """

    path: FloatArray
    objective: float
    primal_residual: float
    gap: float

    @property
    def weights(self) -> FloatArray:
        """(N,) what to trade to now: the first step's."""
        first: FloatArray = self.path[0]
        return first


def solve_path(problem: MultiPeriodProblem, held: npt.ArrayLike) -> MultiPeriodSolution:
    """The path of weights that is best for a problem from what is held.

    Parameters
    ----------
    problem
        See :class:`MultiPeriodProblem`.
    held
        (N,) weights held now; what they lack to one is cash and is invested at the first step.

    Raises
    ------
    InfeasibleError
        If the first step's ``max_turnover`` is below what it takes to get to weights that sum to one.
    UnsolvedError
        If the solver has no weights that are numbers.
    ParameterError
        If ``problem`` is none, or ``held`` is not finite or has the wrong shape.

    Notes
    -----
    Clarabel (Goulart & Chen 2024), an interior-point method, finds path and prices; our own kernel finishes each step
    with what comes after put as a price, and the certificate is computed from what is then there.
    """
    if not isinstance(problem, MultiPeriodProblem):
        raise ParameterError(f"problem must be a MultiPeriodProblem, not {type(problem).__name__}")
    before = held_weights(held, problem.assets)
    within = problem.within(before)
    answer = cone.solve(within, before)
    if answer is None:
        raise UnsolvedError("the solver found no weights for the steps")
    weights, prices = answer
    if not within.quadratic.any():
        finished = _proven(within, _finished(within, before, prices), before, prices)
        if finished.certified:
            return finished
    return _proven(within, _cleared(weights, before), before, prices)


def _proven(problem: MultiPeriodProblem, path: FloatArray, held: FloatArray, prices: PathPrices) -> MultiPeriodSolution:
    """A path with its certificate."""
    value, size = objective(problem, path, held)
    bounds = [lower_bound(problem, path, held, each) for each in (prices, refined(problem, path, prices))]
    return MultiPeriodSolution(
        path=frozen(path),
        objective=value,
        primal_residual=max(residual(problem, path, held), 0.0),
        gap=float(relative_nb(value - max(bounds), value, size)),
    )


def _finished(problem: MultiPeriodProblem, held: FloatArray, prices: PathPrices) -> FloatArray:
    """(n, N) each step anew by our own kernel, from where the one before ends, what comes after put as a price.

    What an interior point leaves of weights and trades that are none is none then, and turnover is kept to the last
    digit. Trades that cost their square the kernel does not know.
    """
    path = np.empty_like(problem.expected)
    after = np.vstack([prices.trade[1:], np.zeros((1, problem.assets))])
    late = np.clip(prices.days, 0.0, problem.days_price)
    for k in range(problem.steps):
        risk = problem.risk_aversion * problem.covariance + np.diag(late[k] * problem.days[k])
        single = SinglePeriodProblem(
            problem.expected[k] + after[k],
            risk,
            problem.spread[k],
            problem.impact[k],
            1.0,
            float(problem.max_turnover[k]),
        )
        path[k] = solve(single, held if k == 0 else path[k - 1]).weights
    return path


def _cleared(weights: FloatArray, held: FloatArray) -> FloatArray:
    """(n, N) weights that sum to one, without trades and holdings that are none; the largest trade takes the rest."""
    path, last = np.empty_like(weights), held
    for k, row in enumerate(weights):
        kept = np.where(np.abs(row - last) < _NOTHING, np.maximum(last, 0.0), row)
        kept[kept < _NOTHING] = 0.0
        kept[np.argmax(np.abs(kept - last) * (kept > _NOTHING))] += 1.0 - kept.sum()
        path[k] = last = kept
    return path
