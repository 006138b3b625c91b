"""Everything about a run that can be validated and converted before it starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from simulator.core import abi
from simulator.core.bounds import Bounds
from simulator.core.errors import DataError, ParameterError, PluginError, UndertowError
from simulator.core.execution import Execution
from simulator.core.flows import Flow, Waterfall
from simulator.core.market import MarketData
from simulator.core.panels import SignalPanel
from simulator.core.plan import Plan, PlanContext
from simulator.core.protocols import CostModel, Planned, Reviewing, Signal, Strategy
from simulator.core.types import DateArray, FloatArray, frozen
from simulator.costs import AlmgrenChriss
from simulator.ledger import Save
from simulator.liquidity import LiquidityStress, no_liquidity

from .arrays import corporate_actions, derive, flow_arrays, market_arrays, sliced, sliced_liquidity
from .signals import gather, strategy_name, window

if TYPE_CHECKING:
    from .result import RunResult

Driver = Literal["auto", "python"]

_SCHEDULES = {
    "immediate": abi.IMMEDIATE,
    "participation": abi.IMMEDIATE,
    "twap": abi.TWAP,
    "almgren-chriss": abi.ALMGREN_CHRISS,
}


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
    bounds: Bounds
    redemption_stress: float
    signals: Mapping[str, SignalPanel]
    arrays: abi.MarketArrays
    actions: abi.CorporateActions
    flows: abi.FlowArrays
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
    bounds: Bounds | None = None,
    liquidity: LiquidityStress | Literal[False] | None = None,
    initial_cash: float = 1e6,
    flows: Sequence[Flow] = (),
    waterfall: Waterfall = "most-liquid",
    signals: Mapping[str, Signal | SignalPanel] | None = None,
    start: np.datetime64 | str | None = None,
    end: np.datetime64 | str | None = None,
    driver: Driver = "auto",
    observed: MarketData | None = None,
    name: str | None = None,
) -> Prepared:
    """Validate a run and convert its inputs; see :func:`simulator.simulate` for the parameters."""
    execution, bounds = execution or Execution(), bounds or Bounds()
    stress = LiquidityStress() if liquidity is None else liquidity
    if not (np.isfinite(initial_cash) and initial_cash > 0.0):
        raise ParameterError(f"initial_cash must be positive, not {initial_cash}")
    bounds.check_names(market.assets)
    seen = observed or market
    panels, warmup = gather(strategy, signals or {}, seen)
    first, stop = _window(market, start, end, warmup)
    context = PlanContext(
        sessions=market.sessions[first:stop],
        assets=market.assets,
        alive=market.alive[first:stop],
        signals={label: window(panel, first, stop) for label, panel in panels.items()},
    )
    coefficients = _coefficients(market, costs or AlmgrenChriss(), execution)
    label = name or strategy_name(strategy)
    plan = _plan(strategy, context, driver, bounds).listed(context)
    _check_targets(plan, bounds, label, market)
    return Prepared(
        name=label,
        strategy=strategy,
        market=market,
        observed=seen,
        start=first,
        stop=stop,
        initial_cash=float(initial_cash),
        execution=execution,
        bounds=bounds,
        redemption_stress=stress.redemption_stress if stress else float("nan"),
        signals=context.signals,
        arrays=market_arrays(market, execution, bounds, first, stop),
        actions=corporate_actions(market, first, stop),
        flows=flow_arrays(market, context.sessions, float(initial_cash), flows, waterfall),
        costs=sliced(coefficients, first, stop),
        limits=_limits(execution, bounds, market),
        panels=_liquidity(market, coefficients, execution, stress, first, stop),
        plan=plan.arrays(bounds, market.assets),
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


def _coefficients(market: MarketData, costs: CostModel, execution: Execution) -> abi.CostPanels:
    coefficients = costs.panels(market, derive(market).estimates)
    if not isinstance(coefficients, abi.CostPanels):
        raise PluginError(f"cost model {type(costs).__name__}: panels() must return CostPanels")
    if execution.max_participation is not None and not np.isfinite(coefficients.volume).any():
        raise DataError("max_participation needs volumes and this market has none; give volume= or assumed_adv=")
    return coefficients


def _plan(strategy: Strategy, context: PlanContext, driver: Driver, bounds: Bounds) -> Plan:
    """The policy's own plan, or one that asks it.

    The edges of a band depend on what is held, so that bounds on holdings cannot be put on them beforehand: where
    there are any, the policy is asked.
    """
    if driver not in ("auto", "python"):
        raise ParameterError(f"driver must be 'auto' or 'python', not {driver!r}")
    if driver == "auto" and isinstance(strategy, Planned):
        plan = strategy.plan(context)
        if plan is not None and not (plan.to_edge and bounds.on_weights):
            return plan
    sessions = context.sessions.size
    when = np.ones(sessions, bool)
    if isinstance(strategy, Reviewing):
        when = np.asarray(strategy.review(context), bool)
        if when.shape != (sessions,):
            name = strategy_name(strategy)
            raise PluginError(f"policy {name!r}: review must return {sessions} booleans, not shape {when.shape}")
    return Plan.asking(when, len(context.assets))


def _check_targets(plan: Plan, bounds: Bounds, name: str, market: MarketData) -> None:
    for row in np.atleast_2d(plan.targets):
        check_weights(np.asarray(row, np.float64), market.assets, bounds, f"policy {name!r}", ParameterError)


def check_weights(
    weights: FloatArray, assets: tuple[str, ...], bounds: Bounds, where: str, error: type[UndertowError] = PluginError
) -> None:
    """Raise ``error`` unless weights are numbers, and negative or above one in sum only where the bounds allow it."""
    if not np.isfinite(weights).all():
        bad = int(np.flatnonzero(~np.isfinite(weights))[0])
        raise error(f"{where}: the weight of {assets[bad]} is {weights[bad]}; it must be a number")
    if (weights < 0.0).any() and not bounds.allow_short:
        bad = int(np.argmin(weights))
        message = "short positions are not allowed (bounds.allow_short)"
        raise error(f"{where}: the weight of {assets[bad]} is {weights[bad]:.6g}; {message}")
    if weights.sum() > bounds.max_leverage + 1e-9:
        raise error(f"{where}: weights sum to {weights.sum():.6g}, more than the book (bounds.max_leverage)")


def _liquidity(
    market: MarketData,
    coefficients: abi.CostPanels,
    execution: Execution,
    stress: LiquidityStress | Literal[False],
    first: int,
    stop: int,
) -> abi.LiquidityPanels:
    if not stress:
        return no_liquidity(len(market.assets))
    return sliced_liquidity(stress.panels(market, coefficients, execution.max_participation), first, stop)


def _limits(execution: Execution, bounds: Bounds, market: MarketData) -> abi.Limits:
    def cap(value: float | None, unit: float = 1.0) -> float:
        return float("inf") if value is None else float(value) * unit

    lots = frozen([one.lot for one in market.instruments])
    if lots.any() and not market.raw_known:
        raise DataError("round lots need raw prices, and this market's are adjusted by an unknown factor")
    return abi.Limits(
        lag=int(execution.lag),
        size_at_fill=execution.size_at == "fill",
        carry=execution.unfilled == "carry",
        net=execution.newer == "net",
        participation=cap(execution.max_participation),
        turnover=cap(execution.max_turnover),
        annual_turnover=cap(execution.annual_turnover),
        cost=cap(execution.max_cost_bps, 1e-4),
        annual_cost=cap(execution.annual_cost_bps, 1e-4),
        min_trade=float(execution.min_trade or 0.0),
        least_cash=float(bounds.least_cash),
        least_liquid=float(bounds.min_liquid_share or 0.0),
        impacted_marks=execution.marks == "impacted",
        short=bool(bounds.allow_short),
        schedule=_SCHEDULES[execution.schedule],
        slices=int(execution.sessions),
        risk_aversion=float(execution.risk_aversion),
        lot=lots,
    )


def only_arrays(run: Prepared) -> tuple[Any, ...]:
    """The bundles the kernel reads, in its order."""
    return run.arrays, run.actions, run.flows, run.costs, run.limits, run.panels, run.plan
