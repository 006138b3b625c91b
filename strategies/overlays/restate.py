"""Other rows of weights in a plan, and other sessions on which it trades."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from simulator.core import abi
from simulator.core.plan import Plan
from simulator.core.types import BoolArray, FloatArray, IntArray

#: Weights (N,) in the place of others (N,), from what was known at the close of a session.
Restated = Callable[[FloatArray, int], FloatArray]


def stamps(changed: BoolArray) -> IntArray:
    """(T,) the last session up to each one on which something changed; the first counts as one."""
    when = np.where(changed, np.arange(changed.size), 0)
    return np.asarray(np.maximum.accumulate(when))


def restated(plan: Plan, since: IntArray, apply: Restated, where: BoolArray | None = None) -> Plan:
    """The plan with rows that ``apply`` gives from what was known on session ``since`` (T,), ``where`` (T,) it holds.

    Each pair of a row and such a session is worked out once.
    """
    holds = np.ones(since.size, bool) if where is None else where
    if not holds.any():
        return plan
    pairs, which = np.unique(np.stack([plan.row[holds], since[holds]]), axis=1, return_inverse=True)
    made = np.stack([apply(plan.targets[row], int(session)) for row, session in pairs.T])
    row: npt.NDArray[np.int32] = plan.row.copy()
    row[holds] = len(plan.targets) + which.ravel()
    return replace(
        plan,
        row=row.astype(np.int32),
        targets=np.vstack([plan.targets, made]),
        band=np.concatenate([plan.band, np.asarray(plan.band)[pairs[0]]]),
    )


def by_level(plan: Plan, levels: FloatArray, apply: Callable[[FloatArray, float, int], FloatArray]) -> Plan:
    """The plan with what ``apply`` makes of its weights at each level (T,) above nothing, on the session it began.

    A change of level trades; while there is any, the plan's own triggers and band rest.
    """
    changed = levels != np.concatenate([[0.0], levels[:-1]])
    action = np.where(changed, abi.TRADE, np.where(levels > 0.0, abi.NOTHING, plan.action))
    action[0] = abi.TRADE
    now = restated(plan, stamps(changed), lambda row, t: apply(row, float(levels[t]), t), levels > 0.0)
    return replace(now, action=action.astype(np.uint8))
