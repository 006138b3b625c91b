"""What a plan asks for with a book as it stands, once more: bands and how far a trade goes."""

from __future__ import annotations

import numpy as np

from simulator.core import abi
from simulator.core.plan import MOVE
from simulator.core.types import FloatArray
from simulator.engine.prepare import Prepared


def wants_to_trade(t: int, run: Prepared, held: FloatArray, nav: float) -> bool:
    """Whether the plan trades on session t, where values ``held`` (N + 1,), cash last, come to ``nav``."""
    action, row = run.laid.action[t], run.plan.row[t]
    if action != abi.TEST_BAND:
        return bool(action in (abi.TRADE, MOVE))
    weights = np.append(run.plan.targets[row], run.plan.rules[row, abi.RULE_CASH])
    return bool((np.abs(held - weights * nav) > _allowed(run, row, weights) * nav).any())


def goal_of(t: int, run: Prepared, held: FloatArray) -> FloatArray:
    """(N,) weights a decision goes to from those held: the targets, the edges of their bands, or part of the way."""
    row, laid = run.plan.row[t], run.laid
    weights = run.plan.targets[row]
    if laid.action[t] not in (abi.TEST_BAND, MOVE):
        return weights
    if laid.part < 1.0:
        weights = laid.part * weights + (1.0 - laid.part) * held
        return np.asarray(weights / max(weights.sum(), 1.0))
    if not laid.to_edge:
        return weights
    band = _allowed(run, row, weights)
    weights = np.clip(held, weights - band, weights + band)
    more = np.maximum(weights - held, 0.0)
    if weights.sum() > 1.0:
        weights = weights - more * min((weights.sum() - 1.0) / max(more.sum(), 1e-300), 1.0)
    return np.asarray(weights / max(weights.sum(), 1.0))


def _allowed(run: Prepared, row: int, weights: FloatArray) -> FloatArray:
    """Largest deviation allowed of each weight: so much of nav, or such a share of the weight where it has any."""
    own = [run.laid.relative * abs(weight) if abs(weight) > 1e-9 else np.inf for weight in weights]
    return np.asarray(np.minimum(run.laid.band[row], own))
