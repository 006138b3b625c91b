"""The single-period optimiser beside the same problems in cvxpy: 48 monthly decisions on a trailing year of days.

A decision of ours is all there is to it: the covariance of the last 252 days, the checks of the problem, weights and
their certificate. cvxpy gets the problem canonicalised once (DPP) with its parameters set anew, risk as a sum of
squares of the days (no covariance, no root to be taken), and Clarabel with its default tolerances. Both solve the
same problems, from what our decision before has become by drift.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from strategies import SinglePeriodProblem, Solution, solve
from tests.convex import Reference, covariance_of, factor_returns

from . import targets
from .table import digits, table

SIZES = (50, 200, 500)
_DECISIONS = 48
_WINDOW = 252
_EVERY = 21
_RISK_AVERSION = 5.0
_BOOK = 0.1  # of the median asset's daily volume
_SEED = 2026


@dataclass(frozen=True)
class Solved:
    """One number of assets: milliseconds a decision, and how good ours are.

    Attributes
    ----------
    mean, worst
        Of our decisions, milliseconds; the fastest of all rounds counts for each.
    cvxpy
        Of cvxpy's, mean of all decisions of one round.
    gap, breach
        The largest of all decisions: relative duality gap, and breach of a constraint.
    above
        How far our objective is above cvxpy's at most, relative; below zero where ours is lower.
    """

    assets: int
    mean: float
    worst: float
    cvxpy: float
    gap: float
    breach: float
    above: float
    splitting: int
    decisions: int


@dataclass(frozen=True)
class _Book:
    """Days of returns, and what does not change with them."""

    returns: np.ndarray
    expected: np.ndarray
    spread: np.ndarray
    scale: np.ndarray

    def window(self, decision: int) -> np.ndarray:
        return self.returns[decision * _EVERY : decision * _EVERY + _WINDOW]

    def problem(self, decision: int) -> SinglePeriodProblem:
        covariance = covariance_of(self.window(decision))
        impact = 0.142 * np.sqrt(np.diag(covariance)) * self.scale
        return SinglePeriodProblem(
            self.expected[decision], covariance, self.spread, impact, _RISK_AVERSION, max_turnover=0.2
        )

    def drifted(self, decision: int, weights: np.ndarray) -> np.ndarray:
        end = decision * _EVERY + _WINDOW
        grown = weights * np.prod(1.0 + self.returns[end : end + _EVERY], axis=0)
        return grown / grown.sum()


def _book(assets: int, decisions: int) -> _Book:
    rng = np.random.default_rng([_SEED, assets])
    return _Book(
        factor_returns(rng, _WINDOW + decisions * _EVERY, assets),
        rng.normal(0.0, 5e-4, (decisions, assets)),
        rng.uniform(1e-4, 1e-3, assets),
        np.sqrt(_BOOK / rng.lognormal(0.0, 1.0, assets)),
    )


def _ours(book: _Book, decisions: int) -> Iterator[tuple[SinglePeriodProblem, np.ndarray, Solution, float]]:
    held = np.full(book.spread.size, 1.0 / book.spread.size)
    for decision in range(decisions):
        start = time.perf_counter()
        problem = book.problem(decision)
        found = solve(problem, held)
        taken = time.perf_counter() - start
        yield problem, held, found, taken
        held = book.drifted(decision, found.weights)


def _theirs(book: _Book, asked: Sequence[tuple[SinglePeriodProblem, np.ndarray]]) -> tuple[list[float], float]:
    """Objectives, and seconds a decision after the first, which canonicalises."""
    reference, values, seconds = Reference(book.spread.size, _WINDOW), [], []
    for decision, (problem, held) in enumerate(asked):
        start = time.perf_counter()
        window = book.window(decision)
        root = np.sqrt(_RISK_AVERSION / (_WINDOW - 1)) * (window - window.mean(axis=0))
        values.append(reference.solve(problem, held, root))
        seconds.append(time.perf_counter() - start)
    return values, float(np.mean(seconds[1:]))


def measure(rounds: int, small: bool = False) -> list[Solved]:
    """All sizes, one thread."""
    sizes, decisions = ((10,), 3) if small else (SIZES, _DECISIONS)
    with threadpool_limits(1):
        return [_measured(assets, decisions, rounds) for assets in sizes]


def _measured(assets: int, decisions: int, rounds: int) -> Solved:
    book = _book(assets, decisions)
    turns = [list(_ours(book, decisions)) for _ in range(rounds + 1)][1:]  # the first compiles
    values, theirs = _theirs(book, [(problem, held) for problem, held, _, _ in turns[0]])
    fastest = 1e3 * np.min([[taken for *_, taken in turn] for turn in turns], axis=0)
    found = [solution for _, _, solution, _ in turns[0]]
    above = max((own.objective - value) / abs(value) for own, value in zip(found, values, strict=True))
    return Solved(
        assets=assets,
        mean=float(fastest.mean()),
        worst=float(fastest.max()),
        cvxpy=1e3 * theirs,
        gap=max(solution.gap for solution in found),
        breach=max(solution.primal_residual for solution in found),
        above=above,
        splitting=sum(solution.solver == "splitting" for solution in found),
        decisions=decisions,
    )


def lay(solved: Sequence[Solved]) -> str:
    """As a table."""
    header = (
        "optimiser",
        "ms",
        "worst",
        "target",
        "",
        "cvxpy ms",
        "ratio",
        "target",
        "",
        "gap",
        "breach",
        "above cvxpy",
    )
    body = []
    for row in solved:
        limit, faster = targets.DECISION.get(row.assets), targets.CVXPY.get(row.assets)
        ratio = row.cvxpy / row.mean
        body.append(
            (
                f"{row.decisions} decisions, {row.assets} assets",
                *(digits(row.mean), digits(row.worst)),
                *(("", "") if limit is None else (str(limit), limit.verdict(row.worst))),
                *(digits(row.cvxpy), digits(ratio)),
                *(("", "") if faster is None else (str(faster), faster.verdict(ratio))),
                f"{row.gap:.0e}, {targets.CERTIFIED.verdict(row.gap)}",
                f"{row.breach:.0e}, {targets.FEASIBLE.verdict(row.breach)}",
                f"{row.above:.0e}",
            )
        )
    return f"{table(header, body, left_columns=(0, 4, 8))}\n"
