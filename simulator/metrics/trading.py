"""What trading amounted to and what it cost."""

from __future__ import annotations

import numpy as np

from simulator.core import abi
from simulator.core.types import FloatArray
from simulator.ledger import Kind, RunRecord
from simulator.ledger.record import ratio

_BPS = 1e4


def turnover(record: RunRecord) -> FloatArray:
    """(T,) max(buys, sells) / nav of each session; the first investment and sales for redemptions are left out."""
    daily = record.daily
    return ratio(np.maximum(daily["bought"], daily["sold"]), daily["nav"], 0.0)


def turnover_halved(record: RunRecord) -> FloatArray:
    """(T,) half of buys plus sells / nav of each session; what :func:`turnover` leaves out is left out."""
    daily = record.daily
    return ratio((daily["bought"] + daily["sold"]) / 2.0, daily["nav"], 0.0)


def cost_bps(record: RunRecord) -> FloatArray:
    """(T, components) costs in basis points of what the day's return is measured against."""
    return ratio(record.daily["costs"], record.opening_nav[:, None], 0.0) * _BPS


def impact_bps(record: RunRecord) -> FloatArray:
    """(T,) what trading at displaced prices cost, in basis points likewise (negative: gained)."""
    return ratio(-record.daily["impact_pnl"], record.opening_nav, 0.0) * _BPS


def sessions_to_fill(record: RunRecord) -> FloatArray:
    """Sessions each decision after the first took from its first fill to its last, counting both; (decisions,)."""
    records = record.stream
    fills = records[(records["kind"] == Kind.FILL) & (records["decision"] > 0)]
    if not fills.size:
        return np.zeros(0)
    numbers, inverse = np.unique(fills["decision"], return_inverse=True)
    first = np.full(numbers.size, np.iinfo(np.int32).max)
    last = np.full(numbers.size, -1)
    np.minimum.at(first, inverse, fills["session"])
    np.maximum.at(last, inverse, fills["session"])
    return (last - first + 1).astype(np.float64)


def component_means(panel: FloatArray, span: float) -> dict[str, float]:
    """Sum of each component over ``span`` years."""
    return {name: float(panel[:, code].sum() / span) for code, name in enumerate(abi.COMPONENTS)}
