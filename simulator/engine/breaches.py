"""Holding bounds that drift has exceeded: recorded on the day it happens, never traded away by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.core import abi
from simulator.core.bounds import Bounds
from simulator.core.types import FloatArray
from simulator.ledger import EVENT, Kind
from simulator.ledger.events import (
    LIMIT_COVERAGE,
    LIMIT_CUT,
    LIMIT_DAYS_TO_CASH,
    LIMIT_HIGHLY_LIQUID,
    LIMIT_ILLIQUID,
    LIMIT_LCR,
    LIMIT_LIQUID,
)
from simulator.liquidity.holding import AT_MOST, most_of

from .liquid import bound_levels
from .result import RunResult

_SLACK = 1e-9
_CODES = {
    "max_days_to_cash": LIMIT_DAYS_TO_CASH,
    "max_illiquid": LIMIT_ILLIQUID,
    "min_highly_liquid": LIMIT_HIGHLY_LIQUID,
    "min_lcr": LIMIT_LCR,
}


def with_breaches(result: RunResult) -> RunResult:
    """The result with a BREACH event on each session on which a bound is newly exceeded at the close."""
    if result.run.bounds == Bounds():
        return result
    result = _named(result)
    found = list(_breaches(result))
    if not found:
        return result
    extra = np.array(found, EVENT)
    extra = extra[np.argsort(extra["session"], kind="stable")]
    after = np.searchsorted(result.stream["session"], extra["session"], side="right")
    return replace(result, stream=np.insert(result.stream, after, extra))


def _named(result: RunResult) -> RunResult:
    """Where coverage asks for more than the liquid share does, it is what bit."""
    bounds = result.run.bounds
    asked = 0.0 if bounds.min_coverage is None else bounds.min_coverage * result.redemption_stress
    if asked <= (bounds.min_liquid_share or 0.0):
        return result
    stream = result.stream.copy()
    bit = (stream["kind"] == Kind.LIMIT) & (stream["component"] == LIMIT_LIQUID)
    stream["component"][bit] = LIMIT_COVERAGE
    return replace(result, stream=stream)


def _breaches(result: RunResult) -> Iterator[tuple[Any, ...]]:
    bounds, assets = result.run.bounds, result.assets
    held = result.weights[list(assets)].to_numpy()
    if bounds.max_weight is not None:
        caps = bounds.max_weight
        for i, name in enumerate(assets):
            cap = caps.get(name, np.inf) if not isinstance(caps, float | int) else float(caps)
            yield from _newly(np.abs(held[:, i]), cap, LIMIT_CUT + abi.CUT_POSITION, i, result)
    for group in bounds.groups.values():
        joint = np.abs(held[:, np.isin(assets, group.assets)]).sum(axis=1)
        yield from _newly(joint, group.max_weight, LIMIT_CUT + abi.CUT_GROUP, -1, result)
    if bounds.allow_short or bounds.max_leverage > 1.0:
        yield from _newly(np.abs(held).sum(axis=1), bounds.max_leverage, LIMIT_CUT + abi.CUT_LEVERAGE, -1, result)
    if bounds.min_cash > 0.0:
        cash = result.weights["CASH"].to_numpy()
        yield from _newly(-cash, -bounds.min_cash, LIMIT_CUT + abi.CUT_CASH, -1, result)
    if bounds.min_liquid_share is not None:
        share = result.coverage["liquid_share"].to_numpy()
        yield from _newly(-share, -bounds.min_liquid_share, LIMIT_LIQUID, -1, result)
    if bounds.min_coverage is not None:
        asked = result.redemption_stress
        covered = asked * result.coverage["coverage"].to_numpy()
        yield from _newly(-covered, -asked * bounds.min_coverage, LIMIT_COVERAGE, -1, result)
    for name, level in bound_levels(result).items():
        sign, scale = 1.0 if name in AT_MOST else -1.0, result.redemption_stress if name == "min_lcr" else 1.0
        yield from _newly(sign * scale * level, sign * scale * most_of(bounds, name), _CODES[name], -1, result)


def _newly(level: FloatArray, most: float, component: int, asset: int, result: RunResult) -> Iterator[tuple[Any, ...]]:
    over: npt.NDArray[np.bool_] = level > most + _SLACK
    begins = over & ~np.concatenate([[False], over[:-1]])
    begins[result.ruined :] &= result.ruined is None  # a book that is over holds nothing
    for t in np.flatnonzero(begins):
        excess = float((level[t] - most) * result.out.nav[t])
        yield (int(t), int(Kind.BREACH), component, asset, -1, abs(float(level[t])), 0.0, excess)
