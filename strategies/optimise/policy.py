"""A policy that solves a single-period problem at each trigger, from the book as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Protocol

import numpy as np

from simulator.core.day import HOLD, Day, Hold
from simulator.core.errors import ParameterError, UndertowError, nearest, shown
from simulator.core.plan import PlanContext
from simulator.core.protocols import Signal
from simulator.core.types import BoolArray, FloatArray
from simulator.core.within import NOT_ALL, SESSIONS, SOME, Within, bounded
from strategies.signals import SignalRefs, all_carried, all_read
from strategies.triggers import Every, on_any
from strategies.weights import resolve, some_assets

from .liquid import at_price
from .problem import SinglePeriodProblem, least_turnover
from .proof import remark_gap
from .risk import Expected, Risk, RiskTerms, expected_returns
from .solver import Solution, solve

#: Sessions a year.
YEAR: Final = 252
#: Returns on so many sessions in a row are needed to say anything of an asset.
_LEAST: Final = 63
#: The participation at which the 3/2 power costs what the run's own power does.
_ALIKE: Final = 0.1
#: Less than this share of nav is not worth a problem.
_NOTHING: Final = 1e-6
#: Prices, and bounds on sessions.
POSITIVE: Final = Within(0.0, 1e6)
#: Sessions that risk and return are estimated over.
RETURNS: Final = Within(_LEAST, 10_000, unit="sessions")


@dataclass(frozen=True, eq=False)
class Asked:
    """One decision: what is decided on, and from what.

    Attributes
    ----------
    chosen
        (N,) True for the assets that the problem is about; others that are held are kept as they are.
    budget
        Share of nav that is to be invested in them.
    held
        (n,) what is held of them, as shares of the budget.
    returns
        (sessions, n) daily.
    spread, impact
        (n,) costs of trading a share of the budget, as :class:`SinglePeriodProblem` takes them.
    days
        (n,) sessions to sell all of the budget, were it all in one asset; 0 where no volume is known.
    """

    chosen: BoolArray
    budget: float
    held: FloatArray
    returns: FloatArray
    spread: FloatArray
    impact: FloatArray
    days: FloatArray


class Weighed(Protocol):
    """What solves a problem, whatever the problem."""

    @property
    def weights(self) -> FloatArray:
        """(n,) what to trade to now, as shares of the budget."""
        ...


class Optimised:
    """The best weights for risk, return and the cost of getting there, at each trigger, from what is held.

    Minimises ``-expected.w + risk_aversion w'Sw + costs`` over the ``horizon``: see :class:`SinglePeriodProblem`. Costs
    are the run's own law as planned with at that close, its power of impact put at 3/2 so that both cost the same at a
    participation of 10%. An asset without returns on the last 63 sessions, or in which nothing can be traded, is kept
    as it is. Where there is no solution the bounds give way in this order, and the run says when and why: turnover is
    raised to the least that invests all; risk is taken from variances alone; the policy holds what it has.

    Parameters
    ----------
    every
        Sessions between decisions: it decides on its sessions 0, every, 2 every...
    trigger
        A signal, or the name of one, or a list of them, instead: it decides on its first session and whenever any of
        them fires.
    assets
        The assets to hold; all of the market's by default.
    cash
        Share of nav left in cash.
    expected
        ``"none"``: least risk and cost alone; ``"sample"``: means of the window; ``"shrunk"``: these shrunk towards the
        return of the minimum-variance portfolio (Jorion 1986).
    returns
        Expected annual returns by asset, instead; 0 for those left out.
    risk
        ``"sample"``, ``"ledoit-wolf"``, ``"ewma"`` or ``"factor"`` (principal components).
    risk_aversion
        Price of variance: 1 makes 20% annual volatility cost 4% a year.
    window
        Sessions that risk and return are estimated over; fewer where an asset is younger, 63 at least.
    half_life
        Of ``risk = "ewma"``, sessions.
    factors
        Of ``risk = "factor"``: components kept.
    horizon
        Sessions over which the decision is to pay; ``every`` by default, 21 with a trigger.
    max_turnover
        Half the sum of all trades of a decision, of nav; the first investment is free of it.
    max_days
        Soft bound on the average time to sell: the sum over assets of weight times sessions to sell all of it.
    days_price
        What a session of that average costs a year, as a return: beyond ``max_days``, or from the first where there is
        no bound.
    participation
        Of a day's volume, at which time to sell is reckoned.
    """

    name = "optimised"

    @bounded
    def __init__(
        self,
        every: Annotated[int | None, SESSIONS] = None,
        trigger: SignalRefs | None = None,
        assets: tuple[str, ...] | None = None,
        cash: Annotated[float, NOT_ALL] = 0.0,
        expected: Expected = "shrunk",
        returns: Mapping[str, float] | None = None,
        risk: Risk = "ledoit-wolf",
        risk_aversion: Annotated[float, POSITIVE] = 2.5,
        window: Annotated[int, RETURNS] = YEAR,
        half_life: Annotated[float, Within(1.0, 10_000.0, unit="sessions")] = 63.0,
        factors: Annotated[int, Within(1, 1000)] = 5,
        horizon: Annotated[int | None, SESSIONS] = None,
        max_turnover: Annotated[float, SOME] = 0.2,
        max_days: Annotated[float | None, POSITIVE] = None,
        days_price: Annotated[float, POSITIVE] = 0.0,
        participation: Annotated[float, SOME] = 0.1,
        name: str | None = None,
    ) -> None:
        if (every is None) == (trigger is None):
            raise ParameterError(f"{self.name}: give either every (sessions) or trigger (a signal)")
        if max_days is not None and days_price == 0.0:
            raise ParameterError(f"{self.name}: max_days is a soft bound: state its days_price")
        some_assets(assets)
        _one_of(f"{self.name}: expected", expected, ("none", "sample", "shrunk"))
        _one_of(f"{self.name}: risk", risk, ("sample", "ledoit-wolf", "ewma", "factor"))
        self.when = Every(every) if every is not None else on_any(trigger or ())
        self.assets, self.cash, self.expected, self.returns = assets, cash, expected, returns
        self.risk, self.risk_aversion, self.window = RiskTerms(risk, half_life, factors), risk_aversion, window
        self.horizon = horizon or every or 21
        self.max_turnover, self.max_days, self.days_price = max_turnover, max_days, days_price
        self.participation = participation
        self.name = name or self.name

    @property
    def signals(self) -> Mapping[str, Signal]:
        """The signals it carries itself, if any."""
        return all_carried((self.when,))

    @property
    def reads(self) -> tuple[str, ...]:
        """The names of the signals it reads."""
        return all_read((self.when,))

    def review(self, context: PlanContext) -> BoolArray:
        """(T,) the sessions on which it decides."""
        asked = self.when.when(context).trade.copy()
        asked[0] = True
        return asked

    def decide(self, day: Day) -> FloatArray | Hold:
        """The weights that solve the problem of the day, or ``HOLD`` where there is none or nothing solves it."""
        asked = self._asked(day)
        if isinstance(asked, str):
            day.remark(f"{asked}; it holds what it has")
            return HOLD
        solution = self._relaxed(asked, day)
        if solution is None:
            return HOLD
        weights = np.where(asked.chosen, 0.0, day.values / day.nav)
        weights[asked.chosen] = asked.budget * solution.weights
        return weights

    def _asked(self, day: Day) -> Asked | str:
        """What there is to decide, or why there is nothing."""
        past, market = day.market.window(day.t, self.window), day.market
        if not day.nav > 0.0:
            return "the book is worth nothing"
        if len(past) < _LEAST:
            return f"{len(past)} sessions of history, and it takes {_LEAST}"
        named = resolve(dict.fromkeys(self.assets or day.assets, 1.0), day.assets, "assets") > 0.0
        chosen = day.listed & named & np.isfinite(past[-_LEAST:]).all(axis=0) & (day.adv > 0.0)
        if not chosen.any():
            return f"no asset can be traded and has returns on the last {_LEAST} sessions"
        budget = 1.0 - self.cash - float(day.values[~chosen].sum() / day.nav)
        if budget < _NOTHING:
            return "what cannot be traded leaves nothing to decide on"
        size = budget * day.nav / day.adv[chosen]
        sigma = day.volatility[chosen] if market.eta.any() else 0.0
        return Asked(
            chosen=chosen,
            budget=budget,
            held=day.values[chosen] / day.nav / budget,
            returns=np.ascontiguousarray(past[np.isfinite(past[:, chosen]).all(axis=1)][:, chosen]),
            spread=day.half_spread[chosen],
            impact=market.eta[chosen] * sigma * _ALIKE ** (market.delta - 0.5) * np.sqrt(size),
            days=size / self.participation,
        )

    def _relaxed(self, asked: Asked, day: Day) -> Weighed | None:
        """The solution, of as much of the problem as there is one for; says of the day what gave way."""
        turnover, (least, for_what) = self.max_turnover / asked.budget, self._least(asked)
        if not day.values.any():
            turnover = np.inf
        elif turnover < least:
            day.remark(f"turnover raised to {asked.budget * least:.4g}, the least that {for_what}")
            turnover = least
        given = self._given(day, asked.chosen)
        for alone in (False, True):
            try:
                return self._solved(asked, turnover, given, alone, day)
            except (UndertowError, ArithmeticError, ValueError, np.linalg.LinAlgError) as error:
                then = "it holds what it has" if alone else "risk is taken from variances alone"
                day.remark(f"{' '.join(str(error).split())[:160]}; {then}")
        return None

    def _least(self, asked: Asked) -> tuple[float, str]:
        """The least turnover, as a share of the budget, without which there is no solution, and what it does."""
        return least_turnover(asked.held), "invests all"

    @property
    def share(self) -> float:
        """Of a year that a decision is to pay over."""
        return self.horizon / YEAR

    def _solved(self, asked: Asked, turnover: float, given: FloatArray | None, alone: bool, day: Day) -> Weighed:
        """The solution over the horizon; ``alone``: from variances alone, with no return but a given one."""
        daily, risk = self._wanted(asked, given, alone)

        def solved(price: float) -> Solution:
            priced = risk + np.diag(self.share * price * asked.days)
            return solve(
                SinglePeriodProblem(self.horizon * daily, priced, asked.spread, asked.impact, 1.0, turnover), asked.held
            )

        solution, _ = at_price(solved, asked.days, self.max_days, self.days_price)
        remark_gap(solution, "the solution", day)
        return solution

    def _wanted(self, asked: Asked, given: FloatArray | None, alone: bool) -> tuple[FloatArray, FloatArray]:
        """(n,) expected daily returns, and (n, n) the price of risk over the horizon: aversion times covariance."""
        covariance = np.diag(asked.returns.var(axis=0)) if alone else self.risk.covariance(asked.returns)
        if given is None:
            given = expected_returns("none" if alone else self.expected, asked.returns, covariance)
        return given, self.risk_aversion * asked.budget * self.horizon * covariance

    def _given(self, day: Day, chosen: BoolArray) -> FloatArray | None:
        """(n,) daily returns as stated, if they are."""
        return None if self.returns is None else resolve(self.returns, day.assets, "returns")[chosen] / YEAR


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ParameterError(
            f"{name} must be one of {', '.join(known)}, not {shown(value)}{nearest(str(value), known)}"
        )
