"""The liquidity of every policy of a run over its sessions, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from simulator.core.types import FloatArray, IntArray
from simulator.engine import RunResult
from simulator.engine.liquid import STRESSED, conditions_of, liquidity_columns
from simulator.liquidity.limits_22e4 import MAX_ILLIQUID

from .day import known

#: Sessions looked at of a run: what a line on the page can show.
_LOOKED_AT: Final = 250
#: Policies shown, the first of the scenario.
MOST: Final = 12


def liquidity_over_time(results: Mapping[str, RunResult], called: Mapping[str, str]) -> dict[str, Any] | None:
    """What the page shows; ``None`` where no liquidity is measured."""
    first = next(iter(results.values()))
    stress = first.run.stress
    if stress is None or conditions_of(first, stressed=False) is None:
        return None
    rows = np.unique(np.linspace(0, len(first.sessions) - 1, _LOOKED_AT).astype(np.int64))
    shown = dict(list(results.items())[:MOST])
    return {
        "horizon": stress.horizon_days,
        "redemption": stress.redemption_stress,
        "stressed_volume": stress.stressed_volume,
        "stressed_spread": stress.stressed_spread,
        "max_illiquid": stress.max_illiquid,
        "min_highly_liquid": stress.min_highly_liquid,
        "sessions": len(first.sessions),
        "looked_at": len(rows),
        "left_out": len(results) - len(shown),
        "dates": [str(day) for day in first.sessions[rows]],
        "policies": {called[name]: _of(result, rows, stress.horizon_days) for name, result in shown.items()},
    }


def _of(result: RunResult, rows: IntArray, horizon: int) -> dict[str, Any]:
    columns = liquidity_columns(result, rows)
    end = STRESSED
    worst = {
        "days_to_90": ("days_to_90" + end, np.max),
        "days_to_100": ("days_to_100" + end, np.max),
        "waterfall": (f"rcr_waterfall_{horizon}d{end}", np.min),
        "slicing": (f"rcr_slicing_{horizon}d{end}", np.min),
        "cost_bps": ("sale_cost_bps" + end, np.max),
        "lvar": ("lvar" + end, np.max),
        "illiquid": ("illiquid", np.max),
        "hqla": ("hqla", np.min),
    }
    broken = result.breaches_22e4
    found = {name: _extreme(columns[column], of) for name, (column, of) in worst.items()}
    over = broken.loc[broken["limit"] == MAX_ILLIQUID, "share"]  # of every session: the worst may lie between
    if len(over):
        found["illiquid"] = known(over.max())
    return {
        "worst": found,
        "last": {name: known(columns[column][-1]) for name, (column, _) in worst.items()},
        "lines": {name: [known(value) for value in columns[worst[name][0]]] for name in ("days_to_90", "slicing")},
        "breaches": [
            {"limit": limit, "kind": kind, "sessions": len(part), "first": str(part["date"].iloc[0].date())}
            for (limit, kind), part in broken.groupby(["limit", "kind"])
        ],
    }


def _extreme(values: FloatArray, of: Any) -> float | str | None:
    there = values[~np.isnan(values)]
    return known(of(there)) if there.size else None
