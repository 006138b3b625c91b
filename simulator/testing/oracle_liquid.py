"""Bounds on the liquidity of holdings once more: by measures of the whole book and bisection, no closed forms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulator.core.types import FloatArray
from simulator.engine.prepare import Prepared

from .oracle_law import row_of, smallest

_ROUNDED = 1e-12
#: What a bound lacks of a book of weights; nothing, or less, where it is kept.
Lacking = Callable[[FloatArray], float]
_OfPart = Callable[[float], float]


def kept_within(t: int, weights: FloatArray, run: Prepared, nav: float) -> FloatArray:
    """The weights with as much moved into cash as the stated bounds ask for, cheapest under stress first.

    They are (N,) fractions of ``nav``, at the close of session t.
    """
    own = run.limits.holding
    if not own.stated or nav <= 0.0:
        return weights
    volume = row_of(run.costs.planned_volume, t)
    waits = run.limits.settlement
    wait = waits[t if len(waits) > 1 else 0].astype(float) if waits.size else np.zeros(weights.size)
    quick = own.pace * volume * np.maximum(own.days - wait, 0.0) / nav

    def slow(held: FloatArray) -> float:
        return float(np.maximum(held - quick, 0.0).sum()) - own.slow

    def selling(held: FloatArray) -> FloatArray:
        """Whole business days that each position takes to sell."""
        with np.errstate(divide="ignore", invalid="ignore"):
            days = np.maximum(held, 0.0) * nav / (own.bucket_pace * volume)
        return np.maximum(np.ceil(np.nan_to_num(days, posinf=np.inf) * (1.0 - _ROUNDED)), 1.0)

    def illiquid(held: FloatArray) -> float:
        days = selling(held)
        calendar = days + 2.0 * np.ceil(days / 5.0)
        return float(held[(calendar > 7.0) & (held > 0.0)].sum()) - own.illiquid

    def less(held: FloatArray) -> float:
        days = selling(held) + np.maximum(wait, own.settlement)
        return float(held[(days > 3.0) & (held > 0.0)].sum()) - own.less_liquid

    def stock(held: FloatArray) -> float:
        one, two_a, two_b = own.counted @ held
        one += 1.0 - held.sum()
        over = max(two_a + two_b - 2.0 / 3.0 * one, two_b - 15.0 / 85.0 * (one + two_a), 0.0)
        return float(own.stock - (one + two_a + two_b - over))

    free = np.ones(weights.size)
    for bites, lacking, gains in (
        (own.slow < 1.0, slow, free),
        (own.illiquid < 1.0, illiquid, free),
        (own.less_liquid < 1.0, less, free),
        (own.stock > 0.0, stock, 1.0 - own.counted.sum(axis=0)),
    ):
        if bites:
            weights = _give_way(weights, lacking, _costs(t, weights, run, nav), gains)
    return weights


def _costs(t: int, weights: FloatArray, run: Prepared, nav: float) -> FloatArray:
    """(N,) what is lost of a unit sold under stress."""
    panels = run.panels
    capacity, net, slope = (
        panel[t] if panels.by_session else panel[:, t] for panel in (panels.capacity, panels.net, panels.slope)
    )
    lost: FloatArray = 1.0 - (net - slope * np.minimum(weights * nav, capacity))
    return lost


def _give_way(weights: FloatArray, lacking: Lacking, cost: FloatArray, gains: FloatArray) -> FloatArray:
    held = weights.copy()
    order = sorted(np.flatnonzero((held > 0.0) & (gains > 0.0)).tolist(), key=lambda i: (cost[i] / gains[i], i))
    for i in order:
        if lacking(held) <= _ROUNDED:
            break

        def left(part: float, i: int = i) -> float:
            whole = held.copy()
            whole[i] *= 1.0 - part
            return lacking(whole)

        least = max(left(1.0), 0.0)

        def better(part: float, left: _OfPart = left, least: float = least) -> float:
            return least + _ROUNDED - left(part)

        if left(0.0) > least + _ROUNDED:
            held[i] *= 1.0 - smallest(better, 0.0)
    return held
