"""What diagnostics rest on, measured in arrays and in the record of a run."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.core.types import FloatArray, IntArray
from simulator.engine import RunResult
from simulator.ledger import Kind, RunRecord


class Decisive(NamedTuple):
    """One part of a sum, held against the sum. In the unit of the sum."""

    place: int
    part: float
    total: float

    @property
    def share(self) -> float:
        """Of the sum; above 1, the sum would turn without it. A fraction."""
        return self.part / self.total


def decisive(parts: FloatArray) -> Decisive | None:
    """The part that did most for a sum's sign: the largest of a gain, the least of a loss; ``None`` for a sum of 0."""
    total = float(parts.sum())
    if total == 0.0 or not np.isfinite(total):
        return None
    place = int(parts.argmax() if total > 0.0 else parts.argmin())
    return Decisive(place, float(parts[place]), total)


class Fills(NamedTuple):
    """Fills of a run, (F,) each. ``session`` and ``asset`` are places in the run."""

    session: IntArray
    asset: IntArray
    decision: IntArray
    notional: FloatArray  # currency, without sign


def fills(record: RunRecord) -> Fills:
    """What was traded, in the order of the ledger; fills without a price (at the end of a ruined run) are left out."""
    made = record.stream[(record.stream["kind"] == Kind.FILL) & (record.stream["price"] > 0.0)]
    session, asset, decision = (made[name].astype(np.int64) for name in ("session", "asset", "decision"))
    return Fills(session, asset, decision, np.abs(made["amount"]).astype(np.float64))


def participation(run: RunResult, made: Fills) -> FloatArray:
    """(F,) each fill as a share of all that was traded that day; NaN where the volume is unknown or nothing."""
    volumes = run.run.costs.volume  # (R, N) notional
    volume = volumes[np.zeros_like(made.session) if len(volumes) == 1 else made.session, made.asset]
    known = np.isfinite(volume) & (volume > 0.0)
    return np.divide(made.notional, volume, out=np.full(made.notional.size, np.nan), where=known)


def exceeded_by(values: FloatArray, weights: FloatArray, share: float) -> float:
    """The least of the values such that those above it have at most ``share`` of all weight.

    Parameters
    ----------
    values, weights
        (F,) without NaN, one at least; weights are positive.
    share
        Of the sum of the weights.
    """
    order = np.argsort(values)[::-1]
    above = np.cumsum(weights[order]) - weights[order]  # weight of all that is larger
    within = above <= share * float(weights.sum())
    return float(values[order][within][-1])


def unmoved(close: FloatArray) -> IntArray:
    """(T, N) sessions up to each on which the close was exactly that of the session before; NaN breaks a run."""
    same = np.zeros(close.shape, bool)
    same[1:] = close[1:] == close[:-1]
    rows = np.broadcast_to(np.arange(len(close))[:, None], close.shape)
    return np.asarray(rows - np.maximum.accumulate(np.where(same, 0, rows), axis=0), dtype=np.int64)
