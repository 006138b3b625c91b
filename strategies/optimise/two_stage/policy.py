"""A policy that keeps cash for what may have to be raised, weighed against what it costs to raise it from assets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import numpy as np

from simulator.core.day import Day
from simulator.core.errors import ParameterError
from simulator.core.types import FloatArray
from simulator.core.within import NOT_ALL, PROBABILITY, SESSIONS, SHARE, SOME, Within, bounded
from strategies.optimise.policy import POSITIVE, RETURNS, YEAR, Asked, Optimised
from strategies.optimise.proof import refuse_far, remark_gap
from strategies.optimise.risk import Expected, Risk
from strategies.signals import SignalRefs

from .draws import Draws, check_shapes, drawn, stated
from .problem import TwoStageProblem, least_turnover
from .solver import TwoStageSolution, solve_two_stage

#: Depth below which nothing can be sold.
_DRY: Final = 1e-6


class TwoStage(Optimised):
    """The best weights and cash today, what raising a redemption from them may cost being part of it.

    It is the problem of ``optimised`` with cash free to choose, and with the expected cost of meeting a redemption in
    ``days`` sessions in each of many scenarios: from cash first, then by the cheapest sales that depth lets through,
    and at ``shortfall_price`` for what is not met. Scenarios are windows of the past up to that day, drawn anew at each
    decision by a generator that the seed and the date alone decide; or the ``shapes`` that are stated. Bounds give way
    as they do for ``optimised``, turnover to the least that leaves enough cash.

    Parameters
    ----------
    cash
        Least share of nav kept in cash.
    cash_return
        What cash earns a year, as the problem sees it.
    redemption
        Share of nav that the worst window of the past would have had redeemed.
    chance
        Probability that a scenario strikes before the next decision.
    days
        Sessions in which a redemption is to be met.
    shortfall_price
        What a redemption that is not met in time costs, as a share of what is missing.
    scenarios
        How many are drawn.
    memory
        Sessions of the past that are drawn from.
    shapes
        Instead of the past: tables with ``redemption``, and what they multiply today's ``depth``, ``spread`` and
        ``volatility`` by (1 each), and their ``chance`` among each other (alike).
    seed
        Of the draws.
    participation
        Of a day's volume that can be sold.
    """

    name = "two-stage"

    @bounded
    def __init__(
        self,
        every: Annotated[int | None, SESSIONS] = None,
        trigger: SignalRefs | None = None,
        redemption: Annotated[float, SHARE] = 0.2,
        chance: Annotated[float, PROBABILITY] = 0.1,
        days: Annotated[int, Within(1, 250, unit="sessions")] = 5,
        shortfall_price: Annotated[float, POSITIVE] = 0.1,
        scenarios: Annotated[int, Within(1, 10_000, unit="scenarios")] = 50,
        memory: Annotated[int, RETURNS] = 2520,
        shapes: Sequence[Mapping[str, float]] | None = None,
        cash_return: Annotated[float, Within(-1.0, 1.0)] = 0.0,
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
        participation: Annotated[float, SOME] = 0.1,
        seed: int = 0,
        name: str | None = None,
    ) -> None:
        super().__init__(
            every=every,
            trigger=trigger,
            assets=assets,
            expected=expected,
            returns=returns,
            risk=risk,
            risk_aversion=risk_aversion,
            window=window,
            half_life=half_life,
            factors=factors,
            horizon=horizon,
            max_turnover=max_turnover,
            participation=participation,
            name=name,
        )
        if seed < 0:
            raise ParameterError(f"{self.name}: seed must be 0 or more, not {seed}")
        if shapes is not None:
            check_shapes(shapes)
        self.least_cash, self.cash_return = cash, cash_return
        self.redemption, self.chance, self.days, self.shortfall_price = redemption, chance, days, shortfall_price
        self.scenarios, self.memory, self.shapes, self.seed = scenarios, memory, shapes, seed

    def _least(self, asked: Asked) -> tuple[float, str]:
        return least_turnover(asked.held, self._kept(asked)), "leaves enough cash"

    def _kept(self, asked: Asked) -> float:
        """Least cash, as a share of what is to be decided on."""
        return min(self.least_cash / asked.budget, 1.0)

    def _solved(
        self, asked: Asked, turnover: float, given: FloatArray | None, alone: bool, day: Day
    ) -> TwoStageSolution:
        """Weights and cash over the horizon; ``alone``: from variances alone, with no return but a given one."""
        daily, risk = self._wanted(asked, given, alone)
        solution = solve_two_stage(self._problem(asked, turnover, daily, risk, self._draws(asked, day)), asked.held)
        refuse_far(solution, "the solution")
        remark_gap(solution, "the solution", day)
        return solution

    def _draws(self, asked: Asked, day: Day) -> Draws:
        if self.shapes is not None:
            return stated(self.shapes, len(asked.held))
        return drawn(
            day.market,
            day.t,
            asked.chosen,
            scenarios=self.scenarios,
            days=self.days,
            redemption=self.redemption,
            memory=self.memory,
            rng=np.random.default_rng([self.seed, day.date.toordinal()]),
        )

    def _problem(
        self, asked: Asked, turnover: float, daily: FloatArray, risk: FloatArray, draws: Draws
    ) -> TwoStageProblem:
        """Today's costs, and in each scenario those at its depth, spread and volatility, over ``days`` sessions."""
        open_ = draws.depth > _DRY
        depth = np.where(open_, draws.depth, 1.0)
        slow = np.broadcast_to(asked.days, depth.shape)
        capacity = np.divide(self.days * depth, slow, out=np.ones_like(depth), where=slow > 0.0)
        return TwoStageProblem(
            expected=self.horizon * daily,
            covariance=risk,
            spread=asked.spread,
            impact=asked.impact,
            risk_aversion=1.0,
            max_turnover=turnover,
            redemption=np.minimum(draws.redemption / asked.budget, 1.0),
            capacity=np.where(open_, np.minimum(capacity, 1.0), 0.0),
            sale_spread=asked.spread * draws.spread,
            sale_impact=asked.impact * draws.volatility / np.sqrt(self.days * depth),
            chance=self.chance * draws.chance,
            shortfall_price=self.shortfall_price,
            cash_return=self.cash_return * self.horizon / YEAR,
            least_cash=self._kept(asked),
        )
