"""Everything about a run that can be validated and converted before it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from simulator.core import abi
from simulator.core.errors import DataError, ParameterError, PluginError
from simulator.core.execution import Execution
from simulator.core.market import MarketData
from simulator.core.panels import SignalPanel
from simulator.core.plan import Plan, PlanContext
from simulator.core.protocols import CostModel, Planned, Reviewing, Signal, Strategy
from simulator.core.types import DateArray
from simulator.costs import AlmgrenChriss
from simulator.ledger import Save
from simulator.liquidity import LiquidityStress

from .arrays import derive, market_arrays, sliced, sliced_liquidity
from .signals import gather, strategy_name, window

if TYPE_CHECKING:
    from .result import RunResult

Driver = Literal["auto", "python"]


@dataclass(frozen=True, eq=False)
class Prepared:
    """A run ready to go: inputs validated and converted once, so that it can be repeated at full speed.

    Attributes
    ----------
    market
        The whole market, history before the start included.
    start, stop
        The sessions replayed, ``[start, stop)``.
    plan
        What the policy does and when it is asked.
    """

    name: str
    strategy: Strategy
    market: MarketData
    observed: MarketData
    start: int
    stop: int
    initial_cash: float
    execution: Execution
    liquidity: LiquidityStress
    signals: Mapping[str, SignalPanel]
    arrays: abi.MarketArrays
    costs: abi.CostPanels
    limits: abi.Limits
    panels: abi.LiquidityPanels
    plan: abi.PlanArrays

    @property
    def sessions(self) -> DateArray:
        """(T,) the sessions replayed."""
        return self.market.sessions[self.start : self.stop]

    def run(self, save: Save = "full") -> RunResult:
        """Replay; ``save`` says what is kept: ``"nav"``, ``"daily"`` arrays, or ``"full"`` (the events too)."""
        from .replay import replay

        return replay(self, save)


def prepare(
    market: MarketData,
    strategy: Strategy,
    *,
    costs: CostModel | None = None,
    execution: Execution | None = None,
    liquidity: LiquidityStress | None = None,
    initial_cash: float = 1e6,
    signals: Mapping[str, Signal | SignalPanel] | None = None,
    start: np.datetime64 | str | None = None,
    end: np.datetime64 | str | None = None,
    driver: Driver = "auto",
    observed: MarketData | None = None,
    name: str | None = None,
) -> Prepared:
    """Validate a run and convert its inputs; see :func:`simulator.simulate` for the parameters."""
    costs, execution = costs or AlmgrenChriss(), execution or Execution()
    liquidity = liquidity or LiquidityStress()
    if not (np.isfinite(initial_cash) and initial_cash > 0.0):
        raise ParameterError(f"initial_cash must be positive, not {initial_cash}")
    seen = observed or market
    panels, warmup = gather(strategy, signals or {}, seen)
    first, stop = _window(market, start, end, warmup)
    context = PlanContext(
        sessions=market.sessions[first:stop],
        assets=market.assets,
        signals={name: window(panel, first, stop) for name, panel in panels.items()},
    )
    coefficients = costs.panels(market, derive(market).estimates)
    if not isinstance(coefficients, abi.CostPanels):
        raise PluginError(f"cost model {type(costs).__name__}: panels() must return CostPanels")
    if execution.max_participation is not None and not np.isfinite(coefficients.volume).any():
        raise DataError("max_participation needs volumes and this market has none; give volume= or assumed_adv=")
    plan = _plan(strategy, context, driver)
    return Prepared(
        name=name or strategy_name(strategy),
        strategy=strategy,
        market=market,
        observed=seen,
        start=first,
        stop=stop,
        initial_cash=float(initial_cash),
        execution=execution,
        liquidity=liquidity,
        signals=context.signals,
        arrays=market_arrays(market, execution, first, stop),
        costs=sliced(coefficients, first, stop),
        limits=_limits(execution),
        panels=sliced_liquidity(liquidity.panels(market, coefficients, execution.max_participation), first, stop),
        plan=plan.arrays(),
    )


def _window(
    market: MarketData, start: np.datetime64 | str | None, end: np.datetime64 | str | None, warmup: int
) -> tuple[int, int]:
    sessions = market.sessions
    first = 0 if start is None else int(np.searchsorted(sessions, _day("start", start)))
    stop = sessions.size if end is None else int(np.searchsorted(sessions, _day("end", end), side="right"))
    first = max(first, warmup)
    if first >= stop:
        raise DataError(
            f"no session left to replay: the market runs from {sessions[0]} to {sessions[-1]}, "
            f"signals warm up for {warmup} sessions, asked for {start or 'its start'} to {end or 'its end'}"
        )
    return first, stop


def _day(which: str, value: np.datetime64 | str) -> np.datetime64:
    try:
        return np.datetime64(str(value)[:10], "D")
    except ValueError:
        raise ParameterError(f"{which}: {value!r} is no date; write YYYY-MM-DD") from None


def _plan(strategy: Strategy, context: PlanContext, driver: Driver) -> Plan:
    if driver not in ("auto", "python"):
        raise ParameterError(f"driver must be 'auto' or 'python', not {driver!r}")
    if driver == "auto" and isinstance(strategy, Planned):
        plan = strategy.plan(context)
        if plan is not None:
            return plan
    sessions = context.sessions.size
    when = np.ones(sessions, bool)
    if isinstance(strategy, Reviewing):
        when = np.asarray(strategy.review(context), bool)
        if when.shape != (sessions,):
            name = strategy_name(strategy)
            raise PluginError(f"policy {name!r}: review must return {sessions} booleans, not shape {when.shape}")
    return Plan.asking(when, len(context.assets))


def _limits(execution: Execution) -> abi.Limits:
    def cap(value: float | None, unit: float = 1.0) -> float:
        return float("inf") if value is None else float(value) * unit

    return abi.Limits(
        lag=int(execution.lag),
        size_at_fill=execution.size_at == "fill",
        carry=execution.unfilled == "carry",
        participation=cap(execution.max_participation),
        turnover=cap(execution.max_turnover),
        cost=cap(execution.max_cost_bps, 1e-4),
        impacted_marks=execution.marks == "impacted",
    )
