"""Solving the single-period problem: our own splitting, an interior point behind it, one certificate for both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from simulator.core.errors import ParameterError
from simulator.core.types import FloatArray, frozen

from . import cone
from .certify_nb import residual_nb
from .problem import SinglePeriodProblem, held_weights, turnover_within
from .proof import Proven
from .split_nb import FIGURES, GAP, OBJECTIVE, ROOM, SIZE, STEPS, relative_nb, solve_nb

#: What the kernel goes on for.
_TARGET: Final = 1e-9
_STEPS: Final = 500


@dataclass(frozen=True, eq=False, slots=True)
class Solution(Proven):
    """Weights, and the proof of how good they are.

    Attributes
    ----------
    weights
        (N,) w.
    objective
        At the weights.
    primal_residual
        The worst breach of a constraint by the weights, computed from them: |sum w - 1|, turnover beyond its bound, or
        a weight below zero.
    gap
        Objective less a lower bound of every feasible point's, over the objective's size (at least a millionth of the
        sum of its terms' sizes): the true objective is off by no more. The bound is built from prices of the budget and
        of turnover, and holds whatever a solver says.
    solver
        ``"splitting"``, or ``"clarabel"`` where splitting could not certify its own.
    steps
        Of splitting.
    budget_price, turnover_price
        What one more unit of the budget would cost, and one more of turnover (half the sum of trades) would save: 0
        where turnover does not bind.
    """

    weights: FloatArray
    objective: float
    primal_residual: float
    gap: float
    solver: Literal["splitting", "clarabel"]
    steps: int
    budget_price: float
    turnover_price: float


def solve(problem: SinglePeriodProblem, held: npt.ArrayLike, *, start: npt.ArrayLike | None = None) -> Solution:
    """The weights that are best for a problem from what is held.

    Parameters
    ----------
    problem
        See :class:`SinglePeriodProblem`.
    held
        (N,) weights held now. They need not be feasible: what they lack to one is cash and is invested, what is below
        zero is bought back, and where their sum is above one the rest is sold. All of that counts as turnover.
    start
        (N,) weights to start from, for example those of a similar problem; what is held by default.

    Returns
    -------
    Solution
        Look at ``.certified``: it is false only where neither method closed the gap.

    Raises
    ------
    InfeasibleError
        If ``max_turnover`` is below what it takes to get from ``held`` to weights above zero that sum to one.
    ParameterError
        If ``problem`` is none, or ``held`` or ``start`` is not finite or has the wrong shape.

    Notes
    -----
    Forward-backward splitting with momentum, restarts and an adaptive step (Beck & Teboulle 2009, FISTA; O'Donoghue &
    Candès 2015); its prox is exact, so that every iterate meets the constraints. Newton steps on the weights that are
    traded and not sold out finish it.
    """
    if not isinstance(problem, SinglePeriodProblem):
        raise ParameterError(f"problem must be a SinglePeriodProblem, not {type(problem).__name__}")
    before = held_weights(held, problem.assets)
    within = turnover_within(problem, before)
    first = before if start is None else held_weights(start, problem.assets)
    solution = split(problem, before, within, first)
    if solution.certified:
        return solution
    return min(solution, _handed_over(problem, before, within, solution), key=lambda which: which.gap)


def split(
    problem: SinglePeriodProblem,
    held: FloatArray,
    max_turnover: float,
    start: FloatArray,
    solver: Literal["splitting", "clarabel"] = "splitting",
) -> Solution:
    """What the kernel makes of a problem from a start, with its certificate.

    ``held`` and ``start`` are (N,) fractions of the book.
    """
    n = problem.assets
    weights, prices, figures = start.copy(), np.zeros(3), np.zeros(FIGURES)
    solve_nb(
        problem.expected,
        problem.covariance,
        problem.spread,
        problem.impact,
        problem.risk_aversion,
        max_turnover,
        held,
        _first_step(problem),
        _TARGET,
        _STEPS,
        np.empty((ROOM, n)),
        np.empty((n, n)),
        np.empty(n, np.int64),
        prices,
        weights,
        figures,
    )
    return Solution(
        weights=frozen(weights),
        objective=float(figures[OBJECTIVE]),
        primal_residual=float(residual_nb(weights, held, problem.max_turnover)),
        gap=float(relative_nb(figures[GAP], figures[OBJECTIVE], figures[SIZE])),
        solver=solver,
        steps=int(figures[STEPS]),
        budget_price=float(0.5 * (prices[0] + prices[1])),
        turnover_price=float(max(prices[1] - prices[0], 0.0)),
    )


def _first_step(problem: SinglePeriodProblem) -> float:
    """Curvature to begin with: three times an average asset's, or what its prices suggest where there is no risk."""
    curved = 6.0 * problem.risk_aversion * float(np.trace(problem.covariance)) / problem.assets
    price = max(float(np.abs(values).max()) for values in (problem.expected, problem.spread, problem.impact))
    first = max(curved, 0.01 * price)
    return first if first > 1e-100 else 1.0


def _handed_over(problem: SinglePeriodProblem, held: FloatArray, max_turnover: float, best: Solution) -> Solution:
    """Clarabel's weights, brought within the constraints, finished and certified as our own are."""
    weights = cone.solve(problem, held, max_turnover)
    return best if weights is None else split(problem, held, max_turnover, frozen(weights), "clarabel")
