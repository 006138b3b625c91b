"""Many runs of one kind: policies by paths, with figures and no daily arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from simulator.core.bounds import Bounds
from simulator.core.errors import ParameterError
from simulator.core.execution import Execution
from simulator.core.flows import Flow, Waterfall
from simulator.core.market import MarketData
from simulator.core.panels import SignalPanel
from simulator.core.protocols import CostModel, Signal, Strategy
from simulator.core.types import FloatArray
from simulator.ledger import RunRecord
from simulator.liquidity import LiquidityStress

from .prepare import prepare

METRICS: Final = (
    *("nav_end", "cagr", "volatility", "sharpe", "sortino", "max_drawdown", "recovery_sessions"),
    *("turnover_annual", "cost_bps_annual", "liquidity_min"),
)


@dataclass(frozen=True, eq=False)
class ManyResults:
    """Figures of policies by paths.

    Attributes
    ----------
    metrics
        One row a policy and path; NaN where a figure is undefined.
    nav
        (policies, paths, T) in currency, or ``None`` where it was not kept.
    """

    metrics: pd.DataFrame
    nav: FloatArray | None


def simulate_many(
    markets: MarketData | Iterable[MarketData],
    policies: Mapping[str, Strategy],
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
    keep: Literal["metrics", "nav"] = "metrics",
    workers: int | None = None,  # noqa: ARG001 - the plain loop has one
    progress: Callable[[int, int], None] | None = None,
) -> ManyResults:
    """Replay every policy on every path and return their figures."""
    paths = [markets] if isinstance(markets, MarketData) else list(markets)
    if len(paths) > 1 and any(isinstance(one, SignalPanel) for one in (signals or {}).values()):
        raise ParameterError("a signal's panel belongs to one market; give the signal itself for several paths")
    rows, navs = {}, []
    for name, policy in policies.items():
        for path, market in enumerate(paths):
            result = prepare(
                market,
                policy,
                costs=costs,
                execution=execution,
                bounds=bounds,
                liquidity=liquidity,
                initial_cash=initial_cash,
                flows=flows,
                waterfall=waterfall,
                signals=signals,
                start=start,
                end=end,
                name=name,
            ).run("full")
            rows[name, path] = _figures(result)
            navs.append(result.out.nav)
            if progress is not None:
                progress(len(rows), len(policies) * len(paths))
    index = pd.MultiIndex.from_tuples(rows, names=("policy", "path"))
    table = pd.DataFrame(list(rows.values()), index=index, columns=list(METRICS), dtype=np.float64)
    nav = np.array(navs).reshape(len(policies), len(paths), -1) if keep == "nav" else None
    return ManyResults(table, nav)


def _figures(record: RunRecord) -> list[float]:
    from simulator.metrics import policy_metrics

    one = policy_metrics(record)
    figures = (one.final_nav, one.cagr, one.volatility, one.sharpe, one.sortino, one.max_drawdown)
    rest = (one.recovery_sessions, one.turnover_annual, one.cost_bps_annual, one.liquid_share_min)
    return [np.nan if value is None else float(value) for value in (*figures, *rest)]
