"""What a run happens on: market, costs, terms and flows in the form kernels take, whatever the policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from simulator.core import abi
from simulator.core.bounds import Bounds
from simulator.core.errors import DataError, ParameterError, PluginError
from simulator.core.execution import Execution
from simulator.core.flows import Flow, Waterfall
from simulator.core.market import MarketData
from simulator.core.panels import SignalPanel
from simulator.core.plan import PlanContext
from simulator.core.protocols import CostModel
from simulator.core.types import DateArray, frozen
from simulator.core.view import MarketView, Seen
from simulator.costs import AlmgrenChriss
from simulator.liquidity import LiquidityStress, no_liquidity

from .arrays import corporate_actions, derive, flow_arrays, market_arrays, sliced, sliced_liquidity

_SCHEDULES = {
    "immediate": abi.IMMEDIATE,
    "participation": abi.IMMEDIATE,
    "twap": abi.TWAP,
    "almgren-chriss": abi.ALMGREN_CHRISS,
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Ground:
    """A run but for its policy: inputs validated and converted once.

    Attributes
    ----------
    market
        The whole market, history before the start included.
    observed
        The market as signals and policies see it.
    start, stop
        The sessions replayed, ``[start, stop)``.
    seen
        What policies may look at of the observed market when they lay out their plans.
    stress
        Under which liquidity is measured; ``None`` where none is.
    """

    market: MarketData
    observed: MarketData
    start: int
    stop: int
    initial_cash: float
    execution: Execution
    bounds: Bounds
    redemption_stress: float
    arrays: abi.MarketArrays
    actions: abi.CorporateActions
    flows: abi.FlowArrays
    costs: abi.CostPanels
    limits: abi.Limits
    panels: abi.LiquidityPanels
    seen: Seen
    stress: LiquidityStress | None = None

    @property
    def sessions(self) -> DateArray:
        """(T,) the sessions replayed."""
        return self.market.sessions[self.start : self.stop]

    def context(self, signals: Mapping[str, SignalPanel]) -> PlanContext:
        """What a policy may build its plan from."""
        return PlanContext(
            sessions=self.sessions,
            assets=self.market.assets,
            alive=self.market.alive[self.start : self.stop],
            signals={label: panel.between(self.start, self.stop) for label, panel in signals.items()},
            view=MarketView(self.seen, self.start, self.stop),
        )


def lay_ground(
    market: MarketData,
    *,
    costs: CostModel | None,
    execution: Execution | None,
    bounds: Bounds | None,
    liquidity: LiquidityStress | Literal[False] | None,
    initial_cash: float,
    flows: Sequence[Flow],
    waterfall: Waterfall,
    start: np.datetime64 | str | None,
    end: np.datetime64 | str | None,
    observed: MarketData | None,
    warmup: int,
) -> Ground:
    """Validate everything but the policy; see :func:`simulator.simulate`. No session before ``warmup`` is replayed."""
    execution, bounds = execution or Execution(), bounds or Bounds()
    stress = LiquidityStress() if liquidity is None else liquidity
    if not (np.isfinite(initial_cash) and initial_cash > 0.0):
        raise ParameterError(f"initial_cash must be positive, not {initial_cash}")
    bounds.check_names(market.assets)
    first, stop = _window(market, start, end, warmup)
    market.check_cash_rate(first, stop)
    model = costs or AlmgrenChriss()
    coefficients = _coefficients(market, model, execution)
    same = observed is None or observed is market
    return Ground(
        market=market,
        observed=observed or market,
        start=first,
        stop=stop,
        initial_cash=float(initial_cash),
        execution=execution,
        bounds=bounds,
        redemption_stress=stress.redemption_stress if stress else float("nan"),
        arrays=market_arrays(market, execution, bounds, first, stop),
        actions=corporate_actions(market, first, stop),
        flows=flow_arrays(market, market.sessions[first:stop], float(initial_cash), flows, waterfall),
        costs=sliced(coefficients, first, stop),
        limits=_limits(execution, bounds, market, stress, first, stop),
        panels=_liquidity(market, coefficients, execution, stress, first, stop),
        stress=stress or None,
        seen=seen_through(model, observed or market, execution, coefficients if same else None),
    )


def seen_through(
    costs: CostModel, market: MarketData, execution: Execution, coefficients: abi.CostPanels | None = None
) -> Seen:
    """The observed market as policies may look at it; its coefficients are computed when first read, if not given."""

    def planned() -> abi.CostPanels:
        return coefficients or _coefficients(market, costs, execution)

    return Seen(market, planned, lambda: derive(market).estimates.sigma)


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


def _least_liquid(bounds: Bounds, market: MarketData, stress: LiquidityStress | Literal[False]) -> float:
    """Share of nav that decisions keep liquid; a bound on coverage that nothing measures is refused."""
    if bounds.min_coverage is not None and (not stress or market.notional is None):
        raise DataError(
            "bounds: min_coverage needs the liquidity stress and volumes; give volume= or assumed_adv=, or leave it out"
        )
    return bounds.least_liquid(stress.redemption_stress if stress else 0.0)


def _limits(
    execution: Execution,
    bounds: Bounds,
    market: MarketData,
    stress: LiquidityStress | Literal[False],
    first: int,
    stop: int,
) -> abi.Limits:
    def cap(value: float | None, unit: float = 1.0) -> float:
        return float("inf") if value is None else float(value) * unit

    lots = frozen([one.lot for one in market.instruments])
    if lots.any() and not market.raw_known:
        raise DataError(
            "round lots need raw prices, and this market's are not said to be as traded (prices = 'raw'); vendors "
            "restate their closes for later splits"
        )
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
        least_liquid=_least_liquid(bounds, market, stress),
        impacted_marks=execution.marks == "impacted",
        short=bool(bounds.allow_short),
        schedule=_SCHEDULES[execution.schedule],
        slices=int(execution.sessions),
        risk_aversion=float(execution.risk_aversion),
        lot=lots,
        year_long=frozen(derive(market).year_long[first:stop], np.int64),
    )
