"""The figures of one policy, as ``metrics.json`` states them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from simulator.ledger import RunRecord

from . import performance, trading
from .drawdown import deepest, recovery_sessions
from .limits import FlowMetrics, LimitMetrics, flow_metrics, limit_metrics
from .windows import WindowMetrics, least, window_metrics


@dataclass(frozen=True, slots=True)
class PolicyMetrics:
    """Fractions, not percent; drawdowns negative; ``None`` where undefined.

    ``turnover_annual`` sums each session's larger of buys and sells over nav, ``turnover_halved_annual`` half of both.
    ``cost_bps_annual`` sums its components; ``displacement_bps_annual`` is what filling at prices moved by the
    book's own earlier trades cost on top. ``recovery_sessions`` counts from the bottom of the deepest fall; sessions
    on which nothing the book ever held traded are no observations of it and do not count.
    ``fill_sessions_mean`` is how long decisions took to fill, the first investment left out. Performance is
    time-weighted: what investors brought or took does not count as return. ``final_nav`` belongs to those who stayed;
    ``final_nav_gross`` is the whole book, with what is owed to those who left. ``ruined`` is the session at whose close
    the book was worth nothing or less: its run ended there, and what is annual about its return and risk is undefined.
    """

    cagr: float | None
    volatility: float | None
    sharpe: float | None
    sortino: float | None
    max_drawdown: float
    recovery_sessions: int | None
    turnover_annual: float | None
    turnover_halved_annual: float | None
    cost_bps_annual: float | None
    cost_components_bps_annual: dict[str, float]
    displacement_bps_annual: float | None
    liquid_share_min: float | None
    coverage_min: float | None
    coverage_mean: float | None
    final_nav: float
    final_nav_gross: float
    ruined: str | None
    decisions: int
    trades: int
    fill_sessions_mean: float | None
    windows: tuple[WindowMetrics, ...]
    limits: tuple[LimitMetrics, ...]
    flows: FlowMetrics

    def as_dict(self) -> dict[str, Any]:
        """The form of ``metrics.json``."""
        nested = ("windows", "limits", "flows")
        plain = {name: getattr(self, name) for name in self.__slots__ if name not in nested}
        if self.ruined is None:
            del plain["ruined"]
        if self.final_nav_gross == self.final_nav and not self.flows.shortfall_sessions:
            del plain["final_nav_gross"]
        plain["windows"] = {
            f"{one.start}_{one.end}": {
                "return": one.total_return,
                "max_drawdown": one.max_drawdown,
                "coverage_min": one.coverage_min,
            }
            for one in self.windows
        }
        for table, kind in (("limits", "limit"), ("breaches", "breach")):
            plain[table] = {one.limit: _figures(one) for one in self.limits if one.kind == kind}
        plain["flows"] = self.flows._asdict()
        return plain


def _figures(one: LimitMetrics) -> dict[str, Any]:
    return {name: value for name, value in one._asdict().items() if name not in ("kind", "limit")}


def policy_metrics(record: RunRecord) -> PolicyMetrics:
    """Compute every figure of a run that kept its daily arrays and events."""
    returns, cash, per_year = record.observations
    span = performance.years(record.sessions)
    costs = trading.cost_bps(record)
    liquidity = record.coverage
    took = trading.sessions_to_fill(record)
    coverage = liquidity["coverage"].to_numpy()
    over = record.ruined is not None
    return PolicyMetrics(
        cagr=None if over else performance.cagr(record.returns.to_numpy(), record.sessions),
        volatility=None if over else performance.annual_volatility(returns, per_year),
        sharpe=None if over else performance.sharpe(returns, cash, per_year),
        sortino=None if over else performance.sortino(returns, cash, per_year),
        max_drawdown=deepest(returns),
        recovery_sessions=None if over else recovery_sessions(returns),
        turnover_annual=float(trading.turnover(record).sum() / span) if span else None,
        turnover_halved_annual=float(trading.turnover_halved(record).sum() / span) if span else None,
        cost_bps_annual=float(costs.sum() / span) if span else None,
        cost_components_bps_annual=trading.component_means(costs, span) if span else {},
        displacement_bps_annual=float(trading.impact_bps(record).sum() / span) if span else None,
        liquid_share_min=least(liquidity["liquid_share"].to_numpy()),
        coverage_min=least(coverage),
        coverage_mean=float(np.nanmean(coverage)) if least(coverage) is not None else None,
        final_nav=float(record.stayers[-1]),
        final_nav_gross=float(record.out.nav[-1]),
        ruined=None if record.ruined is None else str(record.sessions[record.ruined]),
        decisions=len(record.decisions),
        trades=len(record.trades),
        fill_sessions_mean=float(took.mean()) if took.size else None,
        windows=tuple(window_metrics(record)),
        limits=limit_metrics(record),
        flows=flow_metrics(record),
    )
