"""Population stability: whether features are still distributed as they were when the model learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.types import DateArray, FloatArray, IntArray

from .watch import Alarm, Monitored, Watch

NAME: Final = "population-stability"

#: Conventional readings of the index: below the first stable, above the second shifted. Source: Siddiqi (2006),
#: Credit Risk Scorecards, chapter 9.
MOVED: Final = 0.10
SHIFTED: Final = 0.25

WINDOW: Final = 126  # recent sessions
STEP: Final = 5  # sessions between two looks
SHARE: Final = 1.0 / 3.0  # of the features, shifted at once, that raises the alarm
BINS: Final = 10
_OWN: Final = 0.95  # quantile of the index over windows within training
_LEAST: Final = 4  # windows within training from which that quantile is taken


def psi(reference: FloatArray, recent: FloatArray, bins: int = BINS) -> float:
    """Population stability index of one feature: sum over bins of (q - p) ln(q / p).

    Bins are the deciles of the reference, with one more for missing values; p and q are the shares of the reference
    and of the recent values in them, with half a value added to each bin so that empty ones stay finite. Without any
    change it is about (bins - 1) (1/n + 1/m) for independent values, and more where neighbours are alike.

    Source: Siddiqi (2006), Credit Risk Scorecards, chapter 9; the expectation: Yurdakul (2018).
    """
    codes = _codes(np.concatenate([reference, recent])[:, None], np.arange(reference.size), bins)[:, 0]
    count = [np.bincount(part, minlength=bins + 1) for part in (codes[: reference.size], codes[reference.size :])]
    return float(_index(count[0].astype(np.float64), count[1].astype(np.float64)))


@dataclass(frozen=True, eq=False)
class Stability:
    """The index of every feature over time.

    Attributes
    ----------
    dates
        (n,) closes at which it was taken.
    columns
        K names.
    values
        (n, K).
    limits
        (n, K) what each is held against: :data:`SHIFTED`, or what windows as long within training reached one time in
        twenty if that is more. Features that wander slowly exceed the convention all the time.
    """

    dates: DateArray
    columns: tuple[str, ...]
    values: FloatArray
    limits: FloatArray

    @property
    def shifted(self) -> FloatArray:
        """(n,) share of the features above their limits."""
        return np.asarray((self.values > self.limits).mean(axis=1))


def stability(
    x: FloatArray,
    sessions: DateArray,
    columns: Sequence[str],
    train: IntArray,
    rows: IntArray,
    window: int = WINDOW,
    bins: int = BINS,
) -> Stability:
    """The index of each feature, training rows against the last ``window`` sessions.

    Parameters
    ----------
    x
        (T, K) features, NaN where unknown.
    sessions
        (T,).
    columns
        K names.
    train
        Rows the model learned from.
    rows
        Sessions (positions) at whose close the index is taken; at least ``window - 1``.
    window, bins
        Recent sessions, and bins.
    """
    if window < 2 * bins or (rows.size and rows.min() < window - 1):
        raise ParameterError(f"population stability: {window} recent sessions for {bins} bins are too few")
    if train.size == 0:
        unknown = np.full((rows.size, x.shape[1]), np.nan)
        return Stability(sessions[rows], tuple(columns), unknown, np.full(unknown.shape, SHIFTED))
    codes = _codes(x, train, bins)
    total = _cumulated(codes, bins)
    reference = _cumulated(codes[train], bins)[-1]
    recent = total[rows + 1] - total[rows + 1 - window]
    limit = _own_limit(_cumulated(codes[train], bins), reference, window)
    return Stability(
        sessions[rows], tuple(columns), _index(reference, recent), np.broadcast_to(limit, (rows.size, limit.size))
    )


def watch_stability(watch: Watch, window: int = WINDOW, step: int = STEP, share: float = SHARE) -> Monitored:
    """Alarms when more than ``share`` of the features have shifted since training."""
    first = max(watch.start, window - 1)
    rows = np.arange(first, watch.sessions.size, step)
    found = stability(watch.x, watch.sessions, watch.columns, watch.train, rows, window)
    return Monitored(NAME, found.dates, found.shifted, share, tuple(_alarms(found, share)))


def _alarms(found: Stability, share: float) -> list[Alarm]:
    shifted = found.shifted
    above = shifted > share
    starts = np.flatnonzero(above & ~np.concatenate([[False], above[:-1]]))
    return [
        Alarm(found.dates[k], NAME, f"{shifted[k]:.0%} of the features are distributed unlike in training")
        for k in starts
    ]


def _codes(x: FloatArray, train: IntArray, bins: int) -> IntArray:
    """(T, K) bin of each value by the quantiles of its column in training; the last bin is for missing ones."""
    out = np.full(x.shape, bins, np.int64)
    inner = np.linspace(0.0, 1.0, bins + 1)[1:-1]
    for k in range(x.shape[1]):
        known = x[train, k][~np.isnan(x[train, k])]
        edges = np.quantile(known, inner) if known.size else np.zeros(bins - 1)
        there = ~np.isnan(x[:, k])
        out[there, k] = np.searchsorted(edges, x[there, k], side="left")
    return out


def _cumulated(codes: IntArray, bins: int) -> FloatArray:
    """(T + 1, K, bins + 1) how many values fell into each bin before each row."""
    out = np.zeros((len(codes) + 1, codes.shape[1], bins + 1))
    np.cumsum(codes[:, :, None] == np.arange(bins + 1), axis=0, dtype=np.float64, out=out[1:])
    return out


def _index(reference: FloatArray, recent: FloatArray) -> FloatArray:
    p, q = (_shares(values) for values in (reference, recent))
    return np.asarray(((q - p) * np.log(q / p)).sum(axis=-1))


def _shares(count: FloatArray) -> FloatArray:
    return np.asarray((count + 0.5) / (count + 0.5).sum(axis=-1, keepdims=True))


def _own_limit(total: FloatArray, reference: FloatArray, window: int) -> FloatArray:
    """(K,) what each feature is held against."""
    ends = np.arange(window, len(total), max(window // 2, 1))
    convention = np.full(reference.shape[0], SHIFTED)
    if ends.size < _LEAST:
        return convention
    within = _index(reference, total[ends] - total[ends - window])
    return np.maximum(convention, np.quantile(within, _OWN, axis=0))
