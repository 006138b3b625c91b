"""What a run happens on: market, costs, terms and flows in the form kernels take, whatever the policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from simulator.core import abi
from simulator.core.bounds import Bounds
from simulator.core.errors import DataError, PluginError
from simulator.core.execution import Execution
from simulator.core.market import MarketData
from simulator.core.panels import SignalPanel
from simulator.core.plan import PlanContext
from simulator.core.protocols import CostModel
from simulator.core.settlement import settlement_of
from simulator.core.types import DateArray, FloatArray, frozen
from simulator.core.view import MarketView, Seen
from simulator.liquidity import LiquidityStress, no_liquidity
from simulator.liquidity.conditions import counted_levels
from simulator.liquidity.coverage import settled_within
from simulator.liquidity.holding import holding_limits

from .arrays import by_session_where_wide, corporate_actions, derive, flow_arrays, market_arrays, sliced
from .opening import opening_shares, worth
from .terms import Terms

_SCHEDULES = {
    "immediate": abi.IMMEDIATE,
    "participation": abi.IMMEDIATE,
    "twap": abi.TWAP,
    "almgren-chriss": abi.ALMGREN_CHRISS,
}


_NO_HOLDING = abi.HoldingLimits(
    stated=False,
    slow=1.0,
    days=0.0,
    pace=0.0,
    illiquid=1.0,
    less_liquid=1.0,
    bucket_pace=0.0,
    settlement=0,
    stock=0.0,
    counted=frozen(np.zeros((3, 0))),
)


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
    terms
        On which policies are replayed.
    opening
        (N,) shares held at the close of the first session; ``None`` where the run begins in cash.
    """

    market: MarketData
    observed: MarketData
    start: int
    stop: int
    terms: Terms
    arrays: abi.MarketArrays
    actions: abi.CorporateActions
    flows: abi.FlowArrays
    costs: abi.CostPanels
    limits: abi.Limits
    panels: abi.LiquidityPanels
    seen: Seen
    opening: FloatArray | None = None

    @property
    def sessions(self) -> DateArray:
        """(T,) the sessions replayed."""
        return self.market.sessions[self.start : self.stop]

    @property
    def initial_cash(self) -> float:
        """In currency."""
        return self.terms.initial_cash

    @property
    def execution(self) -> Execution:
        """When and how orders fill."""
        return self.terms.execution

    @property
    def bounds(self) -> Bounds:
        """What the book may hold."""
        return self.terms.bounds

    @property
    def stress(self) -> LiquidityStress | None:
        """The stress under which liquidity is measured; ``None`` where none is."""
        return self.terms.stress

    @property
    def redemption_stress(self) -> float:
        """Share of nav that investors are assumed to withdraw; NaN where no liquidity is measured."""
        return self.terms.redemption_stress

    def context(self, signals: Mapping[str, SignalPanel]) -> PlanContext:
        """What a policy may build its plan from. Its sessions are those of the run, (T,)."""
        return PlanContext(
            sessions=self.sessions,
            assets=self.market.assets,
            alive=self.market.alive[self.start : self.stop],
            signals={label: panel.between(self.start, self.stop) for label, panel in signals.items()},
            view=MarketView(self.seen, self.start, self.stop),
        )


def lay_ground(market: MarketData, terms: Terms, *, observed: MarketData | None, warmup: int) -> Ground:
    """Validate everything but the policy; see :func:`simulator.simulate`. No session before ``warmup`` is replayed."""
    execution, bounds = terms.execution, terms.bounds
    bounds.check_names(market.assets)
    first, stop = _window(market, terms, warmup)
    held = opening_shares(terms.opening, market, first, execution, bounds)
    if held is not None:
        terms = replace(terms, initial_cash=worth(held, terms.initial_cash, market.close[first]))
        if any(flow.every is None and flow.day <= market.sessions[first] for flow in terms.flows):
            day = market.sessions[first]
            raise DataError(f"flows: none may be due by {day}, whose close has the opening positions")
    market.check_cash_rate(first, stop)
    coefficients = _coefficients(market, terms.costs, execution)
    same = observed is None or observed is market
    return Ground(
        market=market,
        observed=observed or market,
        start=first,
        stop=stop,
        terms=terms,
        arrays=market_arrays(market, execution, bounds, first, stop),
        actions=corporate_actions(market, first, stop),
        flows=flow_arrays(market, market.sessions[first:stop], terms),
        costs=sliced(coefficients, first, stop),
        limits=_limits(terms, market, coefficients, first, stop),
        panels=_liquidity(market, coefficients, terms, first, stop),
        seen=seen_through(terms.costs, observed or market, execution, coefficients if same else None),
        opening=held,
    )


def seen_through(
    costs: CostModel, market: MarketData, execution: Execution, coefficients: abi.CostPanels | None = None
) -> Seen:
    """The observed market as policies may look at it; its coefficients are computed when first read, if not given.

    Panels are (T, N) over all sessions of the market.
    """

    def planned() -> abi.CostPanels:
        return coefficients or _coefficients(market, costs, execution)

    return Seen(market, planned, lambda: derive(market).estimates.sigma)


def _window(market: MarketData, terms: Terms, warmup: int) -> tuple[int, int]:
    sessions, start, end = market.sessions, terms.start, terms.end
    first = 0 if start is None else int(np.searchsorted(sessions, start))
    stop = sessions.size if end is None else int(np.searchsorted(sessions, end, side="right"))
    first = max(first, warmup)
    if first >= stop:
        raise DataError(
            f"no session left to replay: the market runs from {sessions[0]} to {sessions[-1]}, "
            f"signals warm up for {warmup} sessions, asked for {_said(start, 'its start')} to {_said(end, 'its end')}"
        )
    return first, stop


def _said(day: np.datetime64 | None, otherwise: str) -> str:
    return otherwise if day is None else str(day)


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
    terms: Terms,
    first: int,
    stop: int,
) -> abi.LiquidityPanels:
    if terms.stress is None:
        return no_liquidity(len(market.assets))
    costs, participation = sliced(coefficients, first, stop), terms.execution.max_participation
    panels = terms.stress.panels(market.instruments, stop - first, costs, participation)
    days = _settlement(terms.execution, market, first, stop)
    return by_session_where_wide(settled_within(panels, _horizon(terms), days))


def _settlement(execution: Execution, market: MarketData, first: int, stop: int) -> npt.NDArray[np.uint8]:
    """Sessions from a trade to its cash, as the execution and the instruments themselves have it."""
    return settlement_of(execution.settlement_days, market.sessions[first:stop], market.assets, market.settlement)


def _horizon(terms: Terms) -> int:
    """Sessions within which coverage counts cash."""
    return int(getattr(terms.stress, "horizon_days", 0))


def _holding(terms: Terms, market: MarketData, coefficients: abi.CostPanels) -> abi.HoldingLimits:
    """Bounds on the liquidity of holdings; those that nothing measures are refused."""
    bounds, stress, stated = terms.bounds, terms.stress, terms.bounds.on_liquidity
    if not stated:
        return _NO_HOLDING
    if stress is None or not np.isfinite(coefficients.planned_volume).all():
        raise DataError(
            f"bounds: {stated[0]} needs the liquidity stress and volumes; give volume= or assumed_adv=, or leave it out"
        )
    return holding_limits(bounds, stress, terms.execution.max_participation, counted_levels(market.instruments))


def _least_liquid(terms: Terms) -> float:
    """Share of nav that decisions keep liquid."""
    return terms.bounds.least_liquid(terms.stress.redemption_stress if terms.stress else 0.0)


def _limits(terms: Terms, market: MarketData, coefficients: abi.CostPanels, first: int, stop: int) -> abi.Limits:
    execution, bounds = terms.execution, terms.bounds

    def cap(value: float | None, unit: float = 1.0) -> float:
        return float("inf") if value is None else float(value) * unit

    lots = frozen([instrument.lot for instrument in market.instruments])
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
        least_liquid=_least_liquid(terms),
        impacted_marks=execution.marks == "impacted",
        short=bool(bounds.allow_short),
        schedule=_SCHEDULES[execution.schedule],
        slices=int(execution.sessions),
        risk_aversion=float(execution.risk_aversion),
        lot=lots,
        year_long=frozen(derive(market).year_long[first:stop], np.int64),
        settlement=_settlement(execution, market, first, stop),
        unsettled_buys=bool(execution.unsettled_buys),
        horizon=_horizon(terms),
        holding=_holding(terms, market, coefficients),
    )
