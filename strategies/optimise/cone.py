"""The single-period problem for Clarabel, an interior-point method: the powers as cones."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from simulator.core.types import FloatArray

from .problem import SinglePeriodProblem


def solve(problem: SinglePeriodProblem, held: FloatArray, max_turnover: float) -> FloatArray | None:
    """(N,) Clarabel's weights, whatever it says of them; None where it has none that are numbers.

    Variables are the weights, the sizes of trades, and their 3/2 powers u, ``u^(2/3) 1^(1/3) >= |w - held|``. A solver
    is set up anew each time: kept and updated in place, its scaling and so its last digits would depend on the problems
    before.
    """
    import clarabel

    n = problem.assets
    scale = _scale(problem)
    curved = sparse.csc_matrix(np.triu(2.0 * problem.risk_aversion / scale * problem.covariance))
    quadratic = sparse.block_diag([curved, sparse.csc_matrix((2 * n, 2 * n))], format="csc")
    linear = np.concatenate([-problem.expected, problem.spread, problem.impact]) / scale
    rows, bounds = _constraints(held, max_turnover)
    cones = [clarabel.ZeroConeT(1), clarabel.NonnegativeConeT(3 * n + 1), *[clarabel.PowerConeT(2.0 / 3.0)] * n]
    settings = clarabel.DefaultSettings()
    settings.verbose, settings.max_threads = False, 1
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-10
    answer = np.array(clarabel.DefaultSolver(quadratic, linear, rows, bounds, cones, settings).solve().x[:n])
    return np.clip(answer, 0.0, None) if np.isfinite(answer).all() else None


def _scale(problem: SinglePeriodProblem) -> float:
    terms = (problem.expected, problem.spread, problem.impact, problem.risk_aversion * np.diag(problem.covariance))
    return max(*(float(np.abs(values).max()) for values in terms), 1e-300)


def _constraints(held: FloatArray, max_turnover: float) -> tuple[sparse.csc_matrix, FloatArray]:
    """``A`` and ``b`` of ``A x + s = b``, s in the cones: budget; signs, sizes, turnover; three rows of each power."""
    n = len(held)
    eye, none, ones = sparse.identity(n), sparse.csc_matrix((n, n)), np.ones((1, n))
    nothing = sparse.csc_matrix((1, n))
    power = sparse.lil_matrix((3 * n, 3 * n))
    index = np.arange(n)
    power[3 * index, 2 * n + index] = -1.0
    power[3 * index + 2, index] = -1.0
    rows = sparse.vstack(
        [
            sparse.hstack([ones, nothing, nothing]),
            sparse.hstack([-eye, none, none]),
            sparse.hstack([eye, -eye, none]),
            sparse.hstack([-eye, -eye, none]),
            sparse.hstack([nothing, ones, nothing]),
            power,
        ],
        format="csc",
    )
    powers = np.column_stack([np.zeros(n), np.ones(n), -held]).ravel()
    return rows, np.concatenate([[1.0], np.zeros(n), held, -held, [2.0 * max_turnover], powers])
