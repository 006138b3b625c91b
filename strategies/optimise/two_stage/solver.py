"""Solving the two-stage problem, with a certificate of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from simulator.core.errors import ParameterError
from simulator.core.types import FloatArray, frozen
from strategies.optimise.problem import UnsolvedError, held_weights
from strategies.optimise.proof import BREACH_BOUND, GAP_BOUND, Proven

from . import cone
from .certify import StagePrices, at_the_margin, lower_bound, objective, refined, residual
from .problem import TwoStageProblem
from .raising import Raised, raise_cash

#: A weight or a trade below this is what an interior point leaves of none.
_NOTHING: Final = 1e-8
#: What a gap is relative to at least: a share of the sizes of all terms, and a basis point.
_SMALL: Final = 1e-6
_LEAST_SIZE: Final = 1e-4


@dataclass(frozen=True, eq=False, slots=True)
class TwoStageSolution(Proven):
    """Weights and cash, how cash is raised from them, and the proof of how good they are.

    Attributes
    ----------
    weights
        (N,) w.
    cash
        What is left of one.
    raised
        The cheapest sales in each scenario, what they lack, and what that costs.
    objective
        At the weights, scenarios included.
    primal_residual
        The worst breach of a constraint, computed from the weights.
    gap
        Objective less a lower bound of every feasible point's, over the objective's size: at least a millionth of the
        sum of its terms' sizes, and a basis point of the book, below which all cash may be best and cost nothing. The
        bound is built from prices, and holds whatever they are.
    """

    weights: FloatArray
    cash: float
    raised: Raised
    objective: float
    primal_residual: float
    gap: float


def solve_two_stage(problem: TwoStageProblem, held: npt.ArrayLike) -> TwoStageSolution:
    """The weights and cash that are best for a problem from what is held.

    Parameters
    ----------
    problem
        See :class:`TwoStageProblem`.
    held
        (N,) weights held now; what they lack to one is cash.

    Raises
    ------
    InfeasibleError
        If ``max_turnover`` is below what it takes to get to weights above zero that leave enough cash.
    UnsolvedError
        If the solver has no weights that are numbers.
    ParameterError
        If ``problem`` is none, or ``held`` is not finite or has the wrong shape.

    Notes
    -----
    Clarabel (Goulart & Chen 2024), an interior-point method, solves the extensive form, with powers as cones of their
    own, and where that is not certified with cones of the second order. What it leaves of weights and trades that are
    none is cleared, sales are then found anew by the price at which they cost alike, and the certificate is computed
    from what is there.
    """
    if not isinstance(problem, TwoStageProblem):
        raise ParameterError(f"problem must be a TwoStageProblem, not {type(problem).__name__}")
    before = held_weights(held, problem.assets)
    within = problem.within(before)
    best = _from_cones(within, before, symmetric=False)
    if best is None or not best.certified:
        other = _from_cones(within, before, symmetric=True)
        best = min((each for each in (best, other) if each is not None), key=_unproven, default=None)
    if best is None:
        raise UnsolvedError("the solver found no weights for the scenarios")
    return best


def _unproven(solution: TwoStageSolution) -> float:
    """How far a solution is from being certified."""
    return max(solution.gap / GAP_BOUND, solution.primal_residual / BREACH_BOUND)


def _from_cones(problem: TwoStageProblem, held: FloatArray, *, symmetric: bool) -> TwoStageSolution | None:
    """What Clarabel finds, without what it leaves of trades and weights that are none, with its certificate."""
    answer = cone.solve(problem, held, symmetric=symmetric)
    if answer is None:
        return None
    found, prices = answer
    weights = np.where(np.abs(found - held) < _NOTHING, np.maximum(held, 0.0), found)
    solution = _proven(problem, np.where(weights < _NOTHING, 0.0, weights), held, prices)
    stay = _proven(problem, held, held, prices)
    return stay if stay.primal_residual == 0.0 and stay.objective <= solution.objective else solution


def _proven(problem: TwoStageProblem, weights: FloatArray, held: FloatArray, prices: StagePrices) -> TwoStageSolution:
    """Weights with their certificate."""
    cash = 1.0 - float(weights.sum())
    raised = raise_cash(problem, weights, cash)
    value, size = objective(problem, weights, cash, held, raised)
    found = prices, at_the_margin(problem, weights, raised, prices)
    finer = (refined(problem, weights, cash, held, each) for each in found)
    bound = max(lower_bound(problem, weights, held, each) for each in (*found, *finer))
    return TwoStageSolution(
        weights=frozen(weights),
        cash=cash,
        raised=raised,
        objective=value,
        primal_residual=max(residual(problem, weights, cash, held), 0.0),
        gap=(value - bound) / max(abs(value), _SMALL * size, _LEAST_SIZE),
    )
