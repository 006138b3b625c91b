"""The multi-period problem: the single-period one over several steps, each from where the one before ends."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.types import FloatArray, frozen
from strategies.optimise.problem import SinglePeriodProblem, at_least_zero, table_of, turnover_within

_LARGEST: Final = 1e15


@dataclass(frozen=True, eq=False, slots=True)
class MultiPeriodProblem:
    """What to hold over n steps, given what is held, and what is expected and what trading costs at each of them.

    Minimise over weights w_1 ... w_n of N assets, w_0 being held, the sum over steps k of

        -expected_k.w_k + risk_aversion w_k'Sw_k + days_price max(days_k.w_k^2 - most_days, 0)
        + spread_k.|x_k| + impact_k.|x_k|^1.5 + quadratic_k.x_k^2,    x_k = w_k - w_(k-1)

    subject to sum w_k = 1, w_k >= 0 and half the sum of |x_k| at most ``max_turnover_k``. Weights do not drift between
    steps: what returns of a step do to them is small beside what is traded, and unknown.

    Parameters
    ----------
    expected
        (n, N) expected return of each asset over each step.
    covariance
        (N, N) of returns over a step, S: symmetric and positive semi-definite.
    spread, impact, quadratic
        (n, N), (N,) or a number, 0 or more: a trade of weight x costs ``spread |x| + impact |x|^1.5 + quadratic x^2``.
    risk_aversion
        0 or more.
    max_turnover
        (n,) or a number: half the sum of all trades of a step; 0 or more, infinity for no bound.
    days
        (n, N), (N,) or a number, 0 or more: sessions to sell all of the book, were it all in one asset.
    most_days, days_price
        Beyond ``most_days`` sessions of average time to sell, the sum of weight times sessions to sell it, each more
        costs ``days_price``.

    Raises
    ------
    ParameterError
        If a value is not finite, negative where it cannot be, or of the wrong shape; or the covariance is not one.

    Notes
    -----
    Boyd et al. (2017), Multi-Period Trading via Convex Optimization, section 5; with quadratic costs alone, the problem
    of Gârleanu & Pedersen (2013), Dynamic Trading with Predictable Returns and Transaction Costs, over n steps.
    """

    expected: FloatArray
    covariance: FloatArray
    spread: FloatArray
    impact: FloatArray
    risk_aversion: float
    max_turnover: FloatArray
    quadratic: FloatArray = field(default_factory=lambda: np.zeros(()))
    days: FloatArray = field(default_factory=lambda: np.zeros(()))
    most_days: float = 0.0
    days_price: float = 0.0

    def __post_init__(self) -> None:
        expected = table_of("expected", self.expected, None)
        free = np.zeros(expected.shape[1])
        first = SinglePeriodProblem(expected[0], self.covariance, free, free, self.risk_aversion, np.inf)
        put, shape = object.__setattr__, expected.shape
        put(self, "expected", expected)
        put(self, "covariance", first.covariance)
        put(self, "risk_aversion", first.risk_aversion)
        for name in ("spread", "impact", "quadratic", "days"):
            put(self, name, _costs(name, table_of(name, getattr(self, name), shape)))
        turnover = np.asarray(self.max_turnover, np.float64)
        if turnover.shape not in ((), shape[:1]) or not (turnover >= 0.0).all():
            raise ParameterError(f"max_turnover must be a number or hold {shape[0]}, one for each step, zero or more")
        put(self, "max_turnover", frozen(np.broadcast_to(turnover, shape[:1]).copy()))
        for name in ("most_days", "days_price"):
            put(self, name, at_least_zero(name, getattr(self, name), _LARGEST))

    @property
    def steps(self) -> int:
        """How many there are, n. Each is of the same number of sessions."""
        return self.expected.shape[0]

    @property
    def assets(self) -> int:
        """How many there are, N."""
        return self.expected.shape[1]

    def within(self, held: FloatArray) -> MultiPeriodProblem:
        """The same with bounds on turnover that are finite, that of the first step not below the least by rounding.

        ``held`` is (N,) fractions of the book.

        Raises
        ------
        InfeasibleError
            If the first step's is below what it takes to get from ``held`` to weights that sum to one.
        """
        first = float(self.max_turnover[0])
        costs = self.spread[0], self.impact[0]
        single = SinglePeriodProblem(self.expected[0], self.covariance, *costs, self.risk_aversion, first)
        turnover = np.minimum(self.max_turnover, 1.0)
        turnover[0] = turnover_within(single, held)
        return replace(self, max_turnover=turnover)


def _costs(name: str, given: FloatArray) -> FloatArray:
    if (given < 0.0).any():
        raise ParameterError(f"{name} must be zero or more, not {given.min():g}")
    return given
