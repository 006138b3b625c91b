"""A policy that solves a multi-period problem at each trigger and trades its first step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np

from simulator.core.day import Day
from simulator.core.types import FloatArray
from simulator.core.within import NOT_ALL, SESSIONS, SOME, Within, bounded
from strategies.optimise.policy import POSITIVE, RETURNS, Asked, Optimised
from strategies.optimise.proof import refuse_far, remark_gap
from strategies.optimise.risk import Expected, Risk
from strategies.signals import SignalRefs

from .forecast import Ahead, ahead
from .problem import MultiPeriodProblem
from .solver import MultiPeriodSolution, solve_path


class MultiPeriod(Optimised):
    """The best path of weights over several steps, at each trigger, from what is held; its first step is traded.

    At each step it is the problem of ``optimised``, whose parameters it has: with ``steps = 1`` its weights are the
    same. Half-spreads, volumes and volatilities that later steps are reckoned with decay from today's towards their
    means over ``window``: what is dear in a crisis is put off until it is cheaper, what will be dear is done before.
    Expected returns and risk are those of today at every step. Bounds give way as they do for ``optimised``.

    Parameters
    ----------
    steps
        How many, each ``horizon`` sessions long.
    cost_half_life
        Sessions after which half of what today's costs and volumes differ by from their means is gone.
    returns_half_life
        Sessions after which half of what is expected to be earned is; it stays as it is by default.
    """

    name = "multi-period"

    @bounded
    def __init__(
        self,
        every: Annotated[int | None, SESSIONS] = None,
        trigger: SignalRefs | None = None,
        steps: Annotated[int, Within(1, 50, unit="steps")] = 5,
        cost_half_life: Annotated[float, Within(1.0, 10_000.0, unit="sessions")] = 21.0,
        returns_half_life: Annotated[float | None, Within(1.0, 10_000.0, unit="sessions")] = None,
        assets: tuple[str, ...] | None = None,
        cash: Annotated[float, NOT_ALL] = 0.0,
        expected: Expected = "shrunk",
        returns: Mapping[str, float] | None = None,
        risk: Risk = "ledoit-wolf",
        risk_aversion: Annotated[float, POSITIVE] = 2.5,
        window: Annotated[int, RETURNS] = 252,
        half_life: Annotated[float, Within(1.0, 10_000.0, unit="sessions")] = 63.0,
        factors: Annotated[int, Within(1, 1000)] = 5,
        horizon: Annotated[int | None, SESSIONS] = None,
        max_turnover: Annotated[float, SOME] = 0.2,
        max_days: Annotated[float | None, POSITIVE] = None,
        days_price: Annotated[float, POSITIVE] = 0.0,
        participation: Annotated[float, SOME] = 0.1,
        name: str | None = None,
    ) -> None:
        super().__init__(
            every=every,
            trigger=trigger,
            assets=assets,
            cash=cash,
            expected=expected,
            returns=returns,
            risk=risk,
            risk_aversion=risk_aversion,
            window=window,
            half_life=half_life,
            factors=factors,
            horizon=horizon,
            max_turnover=max_turnover,
            max_days=max_days,
            days_price=days_price,
            participation=participation,
            name=name,
        )
        self.steps, self.cost_half_life, self.returns_half_life = steps, cost_half_life, returns_half_life

    def _solved(
        self, asked: Asked, turnover: float, given: FloatArray | None, alone: bool, day: Day
    ) -> MultiPeriodSolution:
        """The path over the steps; ``alone``: from variances alone, with no return but a given one."""
        daily, risk = self._wanted(asked, given, alone)
        solution = solve_path(self._problem(asked, turnover, daily, risk, self._ahead(day)), asked.held)
        refuse_far(solution, f"the path of {self.steps} steps")
        remark_gap(solution, "the path", day)
        return solution

    def _ahead(self, day: Day) -> Ahead:
        return ahead(day.market, day.t, self.steps, self.horizon, self.cost_half_life, self.window)

    def _problem(
        self, asked: Asked, turnover: float, daily: FloatArray, risk: FloatArray, costs: Ahead
    ) -> MultiPeriodProblem:
        """The first step as ``optimised`` has it; later ones with costs in the proportion that is forecast."""
        spread, sigma, adv = (panel[:, asked.chosen] for panel in (costs.half_spread, costs.volatility, costs.adv))
        deeper = np.divide(adv, adv[0], out=np.ones_like(adv), where=np.isfinite(adv) & np.isfinite(adv[0]))
        wilder = np.divide(sigma, sigma[0], out=np.ones_like(sigma), where=sigma[0] > 0.0)
        later = np.arange(self.steps) * self.horizon
        kept = np.ones(self.steps) if self.returns_half_life is None else 0.5 ** (later / self.returns_half_life)
        return MultiPeriodProblem(
            expected=self.horizon * kept[:, None] * daily,
            covariance=risk,
            spread=spread,
            impact=asked.impact * wilder / np.sqrt(deeper),
            risk_aversion=1.0,
            max_turnover=np.append(turnover, np.full(self.steps - 1, self.max_turnover / asked.budget)),
            days=asked.days / deeper,
            most_days=self.max_days or 0.0,
            days_price=self.share * self.days_price,
        )
