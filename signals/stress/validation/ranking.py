"""Scores of how a forecast ranks days, on many reweightings of the days at once.

Weights (B, n) are whole numbers: how often each session counts in each resample.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.core.types import BoolArray, FloatArray, IntArray

BINS = 10


class _Ranked(NamedTuple):
    """Weights of events and of others at each distinct chance that an event has, ascending; and of others below."""

    events: FloatArray  # (G, B)
    others: FloatArray  # (G, B) at the same chance
    below: FloatArray  # (G, B) others at a lower chance
    total: FloatArray  # (B,) weight of others


def auc(chance: FloatArray, event: BoolArray, weights: FloatArray) -> FloatArray:
    """(B,) area under the ROC curve: the chance that an event is ranked above another day, ties for one half."""
    return _auc(_ranked(chance, event, weights))


def average_precision(chance: FloatArray, event: BoolArray, weights: FloatArray) -> FloatArray:
    """(B,) area under the precision-recall curve, as the step-wise average precision.

    ``chance`` and ``event`` are (n,), one a session, ``weights`` (B, n).
    """
    return _average_precision(_ranked(chance, event, weights))


def ranking(chance: FloatArray, event: BoolArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(B,) :func:`auc` and :func:`average_precision`, ranked once.

    ``chance`` and ``event`` are (n,), one a session, ``weights`` (B, n).
    """
    ranked = _ranked(chance, event, weights)
    return _auc(ranked), _average_precision(ranked)


def _ranked(chance: FloatArray, event: BoolArray, weights: FloatArray) -> _Ranked:
    order = np.argsort(chance, kind="stable")
    value, happened = chance[order], event[order]
    others = np.where(happened[:, None], 0.0, weights.T[order])
    cumulated = np.concatenate([np.zeros((1, weights.shape[0])), np.cumsum(others, axis=0)])
    levels = np.unique(value[happened])
    low, high = np.searchsorted(value, levels, "left"), np.searchsorted(value, levels, "right")
    events = np.zeros((levels.size, weights.shape[0]))
    np.add.at(events, np.searchsorted(levels, value[happened]), weights.T[order[happened]])
    return _Ranked(events, cumulated[high] - cumulated[low], cumulated[low], cumulated[-1])


def _auc(ranked: _Ranked) -> FloatArray:
    won = (ranked.events * (ranked.below + 0.5 * ranked.others)).sum(axis=0)
    return over(won, ranked.events.sum(axis=0) * ranked.total)


def _average_precision(ranked: _Ranked) -> FloatArray:
    hits = np.cumsum(ranked.events[::-1], axis=0)[::-1]
    called = hits + ranked.total - ranked.below
    precision = np.divide(hits, called, out=np.zeros(hits.shape), where=called > 0.0)
    return over((ranked.events * precision).sum(axis=0), ranked.events.sum(axis=0))


def calibration_error(chance: FloatArray, event: BoolArray, weights: FloatArray) -> FloatArray:
    """(B,) mean gap between chance and frequency over ten bins of equally many sessions (ties in the order of time)."""
    gap = chance - event
    off = np.zeros(len(weights))
    for rows in bins(chance):
        off += np.abs(weights[:, rows] @ gap[rows])
    return np.asarray(off / weights.sum(axis=1))


def bins(chance: FloatArray) -> list[IntArray]:
    """Rows of the ten bins, by ascending chance. A row is a session."""
    return np.array_split(np.argsort(chance, kind="stable"), BINS)


def over(top: FloatArray, low: FloatArray) -> FloatArray:
    """Quotient, NaN where the denominator is zero."""
    return np.divide(top, low, out=np.full(top.shape, np.nan), where=low > 0.0)
