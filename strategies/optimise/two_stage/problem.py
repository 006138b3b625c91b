"""The two-stage problem: what to hold and how much cash to keep, before it is known what will have to be raised."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from simulator.core.errors import ParameterError
from simulator.core.types import FloatArray, frozen
from strategies.optimise.problem import InfeasibleError, SinglePeriodProblem, at_least_zero, table_of

_LARGEST: Final = 1e15
_ROUNDING: Final = 1e-12


@dataclass(frozen=True, eq=False, slots=True)
class TwoStageProblem:
    """What to hold now, and what raising cash from it costs in each of S scenarios.

    Minimise over weights w of N assets and cash c

        -expected.w - cash_return c + risk_aversion w'Sw + spread.|w - held| + impact.|w - held|^1.5 + chance.Q(w, c)

    subject to sum w + c = 1, w >= 0, c >= least_cash and half the sum of |w - held| at most ``max_turnover``. Q_s is
    the least cost of raising ``redemption_s`` from cash, from sales y of what is held, and by falling short by e:

        sale_spread_s.y + sale_impact_s.y^1.5 + shortfall_price e

    with 0 <= y <= min(w, capacity_s) and c + sum y + e >= redemption_s.

    Parameters
    ----------
    expected
        (N,) expected return of each asset over the period.
    covariance
        (N, N) of returns over the period, S: symmetric and positive semi-definite.
    spread, impact
        (N,) or a number, 0 or more: a trade of weight x costs ``spread |x| + impact |x|^1.5`` now.
    risk_aversion
        0 or more.
    max_turnover
        Half the sum of all trades of assets; 0 or more, infinity for no bound.
    redemption
        (S,) share of the book that is to be raised.
    capacity
        (S, N), (N,) or a number: weight of each asset that can be sold in time; 0 or more.
    sale_spread, sale_impact
        (S, N), (N,) or a number, 0 or more: what selling costs then.
    chance
        (S,) or a number: probability of each scenario; what their sum lacks to one is that nothing is to be raised.
    shortfall_price
        What a unit of a redemption that is not met costs; 0 or more.
    cash_return
        Of cash over the period.
    least_cash
        Kept at least, of the book: between 0 and 1.

    Raises
    ------
    ParameterError
        If a value is not finite, negative where it cannot be, or of the wrong shape; or the covariance is not one.

    Notes
    -----
    A two-stage stochastic program with recourse: Birge & Louveaux (2011), Introduction to Stochastic Programming,
    section 2.1, in its extensive form.
    """

    expected: FloatArray
    covariance: FloatArray
    spread: FloatArray
    impact: FloatArray
    risk_aversion: float
    max_turnover: float
    redemption: FloatArray
    capacity: FloatArray
    sale_spread: FloatArray
    sale_impact: FloatArray
    chance: FloatArray
    shortfall_price: float
    cash_return: float = 0.0
    least_cash: float = 0.0

    def __post_init__(self) -> None:
        now = SinglePeriodProblem(
            self.expected, self.covariance, self.spread, self.impact, self.risk_aversion, self.max_turnover
        )
        put = object.__setattr__
        for name in ("expected", "covariance", "spread", "impact", "risk_aversion", "max_turnover"):
            put(self, name, getattr(now, name))
        redemption = _nonnegative("redemption", np.atleast_1d(np.asarray(self.redemption, np.float64)), None)
        if redemption.ndim != 1 or not redemption.size:
            raise ParameterError(f"redemption must hold one share for each scenario, not have shape {redemption.shape}")
        put(self, "redemption", redemption)
        shape = redemption.size, now.assets
        for name in ("capacity", "sale_spread", "sale_impact"):
            put(self, name, _nonnegative(name, getattr(self, name), shape))
        chance = _nonnegative("chance", self.chance, shape[:1])
        if chance.sum() > 1.0 + 1e-9:
            raise ParameterError(f"chance must sum to at most 1 over the scenarios, not to {chance.sum():g}")
        put(self, "chance", chance)
        put(self, "shortfall_price", at_least_zero("shortfall_price", self.shortfall_price, _LARGEST))
        put(self, "least_cash", at_least_zero("least_cash", self.least_cash, 1.0))
        put(self, "cash_return", table_of("cash_return", self.cash_return, ()).item())

    @property
    def scenarios(self) -> int:
        """How many there are, S."""
        return self.redemption.size

    @property
    def assets(self) -> int:
        """How many there are, N."""
        return self.expected.size

    def within(self, held: FloatArray) -> TwoStageProblem:
        """The same with a bound on turnover that is finite, and not below the least by rounding.

        ``held`` is (N,) fractions of the book.

        Raises
        ------
        InfeasibleError
            If it is below the least turnover by more than rounding.
        """
        least = least_turnover(held, self.least_cash)
        if self.max_turnover < least - _ROUNDING * (1.0 + least):
            raise InfeasibleError(
                f"no weights within a turnover of {self.max_turnover:.6g} leave {self.least_cash:.6g} in cash: it "
                f"takes {least:.6g}; raise max_turnover"
            )
        return replace(self, max_turnover=min(max(self.max_turnover, least), 2.0 + float(np.abs(held).sum())))


def least_turnover(held: FloatArray, least_cash: float) -> float:
    """Turnover without which no weights above zero leave enough cash: what is owed is bought back, the rest sold.

    ``held`` is (N,), both are fractions of the book.
    """
    owned = float(np.maximum(held, 0.0).sum())
    return 0.5 * (owned - float(held.sum()) + max(owned - (1.0 - least_cash), 0.0))


def _nonnegative(name: str, value: npt.ArrayLike, shape: tuple[int, ...] | None) -> FloatArray:
    given = table_of(name, value, np.shape(value) if shape is None else shape)
    if (given < 0.0).any():
        raise ParameterError(f"{name} must be zero or more, not {given.min():g}")
    return frozen(given)
