"""The multi-period problem for Clarabel, an interior-point method: powers and times to sell as cones."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import sparse

from simulator.core.types import FloatArray

from .certify import PathPrices
from .problem import MultiPeriodProblem

_TIGHT = 1e-10


def solve(problem: MultiPeriodProblem, held: FloatArray) -> tuple[FloatArray, PathPrices] | None:
    """(n, N) Clarabel's weights and prices, whatever it says of them; None where it has none that are numbers.

    Variables are the weights, the sizes of trades, the 3/2 powers of those that have impact, and the time to sell
    beyond its bound. The rows are laid out once for all problems of a shape; a solver is set up anew each time: kept
    and updated in place, its scaling and so its last digits would depend on the problems before.
    """
    import clarabel

    shape, size, n = problem.expected.shape, problem.expected.size, problem.steps
    scale = _scale(problem)
    powers = problem.impact.ravel() > 0.0
    matrix = _rows(n, problem.assets, powers.tobytes())
    bound = _bound(problem, held, int(powers.sum()))
    cones = [clarabel.ZeroConeT(n), clarabel.NonnegativeConeT(3 * size + n)]
    cones += [clarabel.PowerConeT(2.0 / 3.0)] * int(powers.sum())
    before = len(bound)
    if _soft(problem):
        late, most = _times_to_sell(problem)
        rest = sparse.csc_matrix((n * (problem.assets + 3), matrix.shape[1] - size))
        none = sparse.csc_matrix((len(bound), n))
        matrix = sparse.bmat([[matrix, none], [sparse.hstack([late[0], rest]), late[1]]], format="csc")
        bound = np.concatenate([bound, most])
        cones += [clarabel.NonnegativeConeT(n), *[clarabel.SecondOrderConeT(problem.assets + 2)] * n]
    settings = clarabel.DefaultSettings()
    settings.verbose, settings.max_threads = False, 1
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = _TIGHT
    answer = clarabel.DefaultSolver(*_objective(problem, scale), matrix, bound, cones, settings).solve()
    x, z = np.array(answer.x), scale * np.array(answer.z)
    if not (np.isfinite(x).all() and np.isfinite(z).all()):
        return None
    up, down, turnover = np.split(z[n + size : 2 * n + 3 * size], [size, 2 * size])
    days = np.full(n, problem.days_price)
    if _soft(problem):
        days -= z[before : before + n]
    return np.clip(x[:size].reshape(shape), 0.0, None), PathPrices((up - down).reshape(shape), turnover, days)


def _soft(problem: MultiPeriodProblem) -> bool:
    """Whether time to sell is free up to a bound: without one its price is a part of risk."""
    return problem.days_price > 0.0 and problem.most_days > 0.0


def _scale(problem: MultiPeriodProblem) -> float:
    risk = problem.risk_aversion * np.diag(problem.covariance)
    terms = (problem.expected, problem.spread, problem.impact, problem.quadratic, risk)
    return max(*(float(np.abs(values).max()) for values in terms), problem.days_price * problem.days.max(), 1e-300)


def _objective(problem: MultiPeriodProblem, scale: float) -> tuple[sparse.csc_matrix, FloatArray]:
    """Curvature and slope, by variable."""
    curved = np.kron(np.eye(problem.steps), 2.0 * problem.risk_aversion * problem.covariance)
    soft, size = _soft(problem), problem.expected.size
    if problem.days_price > 0.0 and not soft:
        curved[np.diag_indices_from(curved)] += 2.0 * problem.days_price * problem.days.ravel()
    powers = problem.impact[problem.impact > 0.0]
    late = np.full(problem.steps if soft else 0, problem.days_price)
    linear = np.concatenate([-problem.expected.ravel(), problem.spread.ravel(), powers, late])
    at, to = np.nonzero(np.triu(curved))
    trades = size + np.flatnonzero(problem.quadratic.ravel())
    values = np.concatenate([curved[at, to], 2.0 * problem.quadratic[problem.quadratic > 0.0]])
    where = np.concatenate([at, trades]), np.concatenate([to, trades])
    return sparse.csc_matrix((values / scale, where), shape=(linear.size,) * 2), linear / scale


@lru_cache(maxsize=32)
def _rows(n: int, assets: int, powers: bytes) -> sparse.csc_matrix:
    """``A`` of ``A x + s = b``, s in the cones; ``powers`` says of each trade whether it has impact.

    In order: budgets; signs, sizes from above and below, turnover; three rows of each power u of a size,
    ``u^(2/3) 1^(1/3) >= size``.
    """
    size, eye = n * assets, sparse.identity(n * assets)
    ones = sparse.kron(sparse.identity(n), np.ones((1, assets)))
    moved = sparse.kron(sparse.identity(n) - sparse.eye(n, k=-1), sparse.identity(assets))
    which = np.flatnonzero(np.frombuffer(powers, bool))
    count = np.arange(which.size)
    third = sparse.csc_matrix((-np.ones(which.size), (3 * count, count)), shape=(3 * which.size, which.size))
    sizes = sparse.csc_matrix((-np.ones(which.size), (3 * count + 2, which)), shape=(3 * which.size, size))
    rows = [[ones, None, None], [-eye, None, None], [moved, -eye, None], [-moved, -eye, None], [None, ones, None]]
    powered = [[None, sizes, third]] if which.size else []
    used = 3 if which.size else 2
    return sparse.bmat([row[:used] for row in (*rows, *powered)], format="csc")


def _bound(problem: MultiPeriodProblem, held: FloatArray, powers: int) -> FloatArray:
    """``b``."""
    size = problem.expected.size
    start = np.concatenate([held, np.zeros(size - held.size)])
    turnover = 2.0 * problem.max_turnover
    return np.concatenate(
        [np.ones(problem.steps), np.zeros(size), start, -start, turnover, np.tile([0.0, 1.0, 0.0], powers)]
    )


def _times_to_sell(problem: MultiPeriodProblem) -> tuple[tuple[sparse.csc_matrix, sparse.csc_matrix], FloatArray]:
    """Rows, for weights and for lateness, and bounds: lateness of no less than zero, and times to sell as cones.

    ``days_k.w_k^2 <= t``, t = most_days + lateness, is ``|(t - 1, 2 sqrt(days_k) w_k)| <= t + 1``.
    """
    n, assets = problem.expected.shape
    roots = sparse.lil_matrix((n * (assets + 3), n * assets))
    lateness = sparse.lil_matrix((n * (assets + 3), n))
    lateness[np.arange(n), np.arange(n)] = -1.0
    most = np.zeros(n * (assets + 3))
    for k in range(n):
        row, own = n + k * (assets + 2), np.arange(assets)
        lateness[[row, row + 1], k] = -1.0
        roots[row + 2 + own, k * assets + own] = -2.0 * np.sqrt(problem.days[k])
        most[row], most[row + 1] = problem.most_days + 1.0, problem.most_days - 1.0
    return (sparse.csc_matrix(roots), sparse.csc_matrix(lateness)), most
