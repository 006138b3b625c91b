"""What is wrong with a policy's plan, if anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from simulator.core import abi
from simulator.core.plan import MOVE, Plan, PlanContext

PLAN: Final = "lays out a valid plan"


def plan_fault(plan: Any, context: PlanContext) -> str:
    """The first fault of a plan in words; empty if there is none."""
    return next(_faults(plan, context), "")


def _faults(plan: Any, context: PlanContext) -> Iterator[str]:
    """Each test relies on the ones before: only the first fault found means anything."""
    if not isinstance(plan, Plan):
        yield f"plan returned {type(plan).__name__}, neither a Plan nor None"
    sessions, assets = context.sessions.size, len(context.assets)
    targets, band = np.asarray(plan.targets), np.asarray(plan.band)
    if targets.ndim != 2 or targets.shape[1] != assets or not len(targets):
        yield f"targets have shape {targets.shape}, expected (rows, {assets})"
    if band.shape != (len(targets),):
        yield f"band has shape {band.shape}, expected ({len(targets)},), one for each row of targets"
    if not (band >= 0.0).all():
        yield f"the band of row {int(np.flatnonzero(~(band >= 0.0))[0])} is not zero or more"
    if not plan.relative > 0.0 or not 0.0 < plan.part <= 1.0:
        yield f"relative is {plan.relative} and part {plan.part}; the one is above 0, the other in (0, 1]"
    for name in ("action", "row"):
        values = np.asarray(getattr(plan, name))
        if values.shape != (sessions,) or values.dtype.kind not in "iu":
            yield f"{name} has shape {values.shape} and type {values.dtype}, expected {sessions} whole numbers"
    known = (abi.NOTHING, abi.TEST_BAND, abi.TRADE, abi.ASK, MOVE)
    for t in np.flatnonzero(~np.isin(plan.action, known)):
        yield f"the action on {context.sessions[t]} is {plan.action[t]}, none of {known}"
    for t in np.flatnonzero((plan.row < 0) | (plan.row >= len(targets))):
        yield f"the row on {context.sessions[t]} is {plan.row[t]}, and there are {len(targets)}"
