"""The two-stage problem in its extensive form for Clarabel, an interior-point method: powers by way of cones."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from simulator.core.types import BoolArray, FloatArray, IntArray

from .certify import StagePrices
from .problem import TwoStageProblem

_TIGHT = 1e-10


def solve(problem: TwoStageProblem, held: FloatArray, *, symmetric: bool) -> tuple[FloatArray, StagePrices] | None:
    """(N,) Clarabel's weights, and its prices, whatever it says of them; None where it has none that are numbers.

    Variables are the weights and cash, the sizes of trades, sales and shortfalls by scenario, and the 3/2 powers of
    trades and sales that have impact. These are power cones, which come closest to the best; or ``symmetric`` ones of
    the second order, with one variable more each, which get where power cones make no more progress.
    """
    import clarabel

    n, s = problem.assets, problem.scenarios
    scale = _scale(problem)
    traded, sold = problem.impact > 0.0, (problem.chance[:, None] * problem.sale_impact).ravel() > 0.0
    powers = int(traded.sum() + sold.sum())
    rows, bound = _rows(problem, held)
    of = np.concatenate([n + 1 + np.flatnonzero(traded), 2 * n + 1 + np.flatnonzero(sold)])
    added, room = (_by_squares if symmetric else _by_powers)(of, rows.shape[1])
    cones = [clarabel.ZeroConeT(1), clarabel.NonnegativeConeT(len(bound) - 1)]
    if powers:
        rows, bound = sparse.bmat([[rows, None], added], format="csc"), np.concatenate([bound, room])
        power = [clarabel.SecondOrderConeT(3)] * 2 if symmetric else [clarabel.PowerConeT(2.0 / 3.0)]
        cones += power * powers
    settings = clarabel.DefaultSettings()
    settings.verbose, settings.max_threads = False, 1
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = _TIGHT
    answer = clarabel.DefaultSolver(
        *_objective(problem, traded, sold, scale, rows.shape[1]), rows, bound, cones, settings
    ).solve()
    x, z = np.array(answer.x), scale * np.array(answer.z)
    if not (np.isfinite(x).all() and np.isfinite(z).all()):
        return None
    # Of rows, in order: the budget; signs of weights, least cash; sizes from above and below; turnover; need; y <= w.
    at = 1 + n + 1
    up, down, turnover, need = z[at : at + n], z[at + n : at + 2 * n], z[at + 2 * n], z[at + 2 * n + 1 :][:s]
    holding = z[at + 2 * n + 1 + s :][: s * n].reshape(s, n)
    return np.clip(x[:n], 0.0, None), StagePrices(up - down, float(turnover), need, holding)


def _scale(problem: TwoStageProblem) -> float:
    risk = problem.risk_aversion * np.diag(problem.covariance)
    terms = (problem.expected, problem.spread, problem.impact, risk)
    late = problem.shortfall_price * float(problem.chance.max())
    return max(*(float(np.abs(values).max()) for values in terms), late, abs(problem.cash_return), 1e-300)


def _objective(
    problem: TwoStageProblem, traded: BoolArray, sold: BoolArray, scale: float, variables: int
) -> tuple[sparse.csc_matrix, FloatArray]:
    """Curvature and slope, by variable: weights, cash, sizes, sales, shortfalls, powers, their helps."""
    chance = problem.chance[:, None]
    linear = np.concatenate(
        [
            -problem.expected,
            [-problem.cash_return],
            problem.spread,
            (chance * problem.sale_spread).ravel(),
            problem.chance * problem.shortfall_price,
            problem.impact[traded],
            (chance * problem.sale_impact).ravel()[sold],
        ]
    )
    linear = np.append(linear, np.zeros(variables - linear.size))
    curved = np.triu(2.0 * problem.risk_aversion * problem.covariance) / scale
    at, to = np.nonzero(curved)
    return sparse.csc_matrix((curved[at, to], (at, to)), shape=(linear.size,) * 2), linear / scale


def _rows(problem: TwoStageProblem, held: FloatArray) -> tuple[sparse.csc_matrix, FloatArray]:
    """``A`` and ``b`` of ``A x + s = b``, s in the cones."""
    n, s = problem.assets, problem.scenarios
    eye, every = sparse.identity(n), sparse.identity(s * n)
    one = np.ones((1, 1))
    each = sparse.kron(np.ones((s, 1)), eye)  # a weight's row in each scenario
    total = sparse.kron(sparse.identity(s), np.ones((1, n)))
    blocks = [
        ([np.ones((1, n)), one, None, None, None], [1.0]),
        ([-eye, None, None, None, None], np.zeros(n)),
        ([None, -one, None, None, None], [-problem.least_cash]),
        ([eye, None, -eye, None, None], held),
        ([-eye, None, -eye, None, None], -held),
        ([None, None, np.ones((1, n)), None, None], [2.0 * problem.max_turnover]),
        ([None, -np.ones((s, 1)), None, -total, -sparse.identity(s)], -problem.redemption),
        ([-each, None, None, every, None], np.zeros(s * n)),
        ([None, None, None, every, None], np.minimum(problem.capacity, 1.0).ravel()),
        ([None, None, None, -every, None], np.zeros(s * n)),
        ([None, None, None, None, -sparse.identity(s)], np.zeros(s)),
    ]
    base = sparse.bmat([row for row, _ in blocks], format="csc")
    bound = np.concatenate([np.asarray(values, np.float64) for _, values in blocks])
    return base, bound


def _by_powers(of: IntArray, variables: int) -> tuple[list[sparse.csc_matrix], FloatArray]:
    """Rows and bounds of ``u^(2/3) 1^(1/3) >= x`` for the variables ``of``."""
    m, count = of.size, np.arange(of.size)
    on_x = sparse.csc_matrix((-np.ones(m), (3 * count + 2, of)), shape=(3 * m, variables))
    on_powers = sparse.csc_matrix((-np.ones(m), (3 * count, count)), shape=(3 * m, m))
    return [on_x, on_powers], np.tile([0.0, 1.0, 0.0], m)


def _by_squares(of: IntArray, variables: int) -> tuple[list[sparse.csc_matrix], FloatArray]:
    """The same by way of v: ``x^2 <= u v`` and ``v^2 <= x``, that is ``|(u - v, 2 x)| <= u + v`` and so on."""
    m = of.size
    row, u, v = 6 * np.arange(m), np.arange(m), m + np.arange(m)
    x_rows = np.concatenate([row + 2, row + 3, row + 4])
    x_values = np.concatenate([np.full(m, -2.0), -np.ones(2 * m)])
    on_x = sparse.csc_matrix((x_values, (x_rows, np.tile(of, 3))), shape=(6 * m, variables))
    rows = np.concatenate([row, row + 1, row, row + 1, row + 5])
    values = np.concatenate([-np.ones(2 * m), -np.ones(m), np.ones(m), np.full(m, -2.0)])
    on_powers = sparse.csc_matrix((values, (rows, np.concatenate([u, u, v, v, v]))), shape=(6 * m, 2 * m))
    return [on_x, on_powers], np.tile([0.0, 0.0, 0.0, 1.0, -1.0, 0.0], m)
