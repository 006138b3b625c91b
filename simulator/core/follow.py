"""What a plan does on one day with the book as it stands."""

from __future__ import annotations

import numpy as np

from . import abi
from .day import HOLD, Day, Hold
from .edges_nb import to_edges_nb
from .plan import MOVE, Plan
from .types import FloatArray


def follow(plan: Plan, t: int, day: Day) -> FloatArray | Hold:
    """(N,) the weights that a plan goes to on session t, seen from the book of that ``day``, or ``HOLD``."""
    action, targets, band = plan.action[t], plan.targets[plan.row[t]], plan.band[plan.row[t]]
    if action == abi.TRADE:
        return targets
    if action == abi.NOTHING:
        return HOLD
    goal = day.attainable(targets)
    if action != MOVE:
        allowed = plan.bands(goal, band) if plan.relative < np.inf else band
        if not day.strayed(goal, allowed):
            return HOLD
        if plan.to_edge:
            return _to_edges(day, goal, allowed)
    return targets if plan.part >= 1.0 else _part_way(day, goal, plan.part)


def _to_edges(day: Day, goal: FloatArray, band: float | FloatArray) -> FloatArray:
    if np.ndim(band) == 0:
        to_edges_nb(day.shares, day.prices, day.nav, float(band), goal)
        return goal
    return _to_own_edges(day, goal, np.asarray(band)[:-1])


def _to_own_edges(day: Day, goal: FloatArray, band: FloatArray) -> FloatArray:
    """As :func:`to_edges_nb`, with a band (N,) for each asset."""
    held = day.values / day.nav
    edge = np.clip(held, goal - band, goal + band)
    raised = np.maximum(edge - held, 0.0)
    total = edge.sum()
    if total <= 1.0:
        return np.asarray(edge)
    part = max(raised.sum() - (total - 1.0), 0.0) / raised.sum() if raised.sum() > 0.0 else 0.0
    down = 1.0 / max(total - raised.sum(), 1.0)
    return np.asarray(np.where(edge > held, held + part * raised, edge) * down)


def _part_way(day: Day, goal: FloatArray, part: float) -> FloatArray:
    """``part`` of the way from what is held to the goal; what a bound asks for is taken in full."""
    held = day.values / day.nav
    return day.attainable(held + part * (goal - held))
