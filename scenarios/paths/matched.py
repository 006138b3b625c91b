"""Which session of history a made session looks like: one on which markets had lately been as rough."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from simulator.core.types import FloatArray, IntArray

from .history import History

#: A session counts half as much for how rough markets have been so many sessions later.
_HALF_LIFE: Final = 10
#: Histories are cut into so many classes by how rough they were.
_CLASSES: Final = 20
#: How many classes a session may be from its own before another one is looked for ...
_NEAR: Final = 3
#: ... which happens anyway after so many sessions on average.
_LONG: Final = 63


def roughness(returns: FloatArray, scale: FloatArray) -> FloatArray:
    """(L,) how rough markets have lately been: mean size of returns over their standard deviations, smoothed.

    ``returns`` are (L, N) logs a session, ``scale`` is their standard deviation.
    """
    from scipy.signal import lfilter  # imports for most of a second, and most sweeps draw sessions whole

    size = np.abs(returns / scale).mean(axis=1)
    left = 0.5 ** (1.0 / _HALF_LIFE)
    weights = lfilter([1.0], [1.0, -left], np.ones(size.size))
    return np.asarray(lfilter([1.0], [1.0, -left], size) / weights, dtype=np.float64)


def matched_rows(history: History, returns: FloatArray, known: IntArray, rng: np.random.Generator) -> IntArray:
    """(L,) the session of history that each session of a path borrows its rates, series and ranges from.

    Parameters
    ----------
    history
        What is borrowed from.
    returns
        (L, N) of the path.
    known
        (L,) the session where one is a session of history, below 0 where it was made.
    rng
        Of this path, for nothing else.
    """
    there, bounds, members = _classes(history)
    here = np.searchsorted(bounds, roughness(returns, history.scale), side="right").tolist()
    again, which = rng.random((2, len(here))).tolist()
    rows, row, of, last = [], -1, there, len(there)
    for t, asked in enumerate(known.tolist()):
        if asked >= 0:
            row = asked
        else:
            row += 1
            goes_on = 0 < row < last and abs(of[row] - here[t]) <= _NEAR and again[t] >= 1.0 / _LONG
            if not goes_on:
                part = members[here[t]]
                row = int(part[int(which[t] * part.size)])
        rows.append(row)
    return np.array(rows, dtype=np.int64)


@lru_cache(maxsize=2)
def _classes(history: History) -> tuple[list[int], FloatArray, list[IntArray]]:
    """The class of each session by how rough it was, where classes end, and the sessions of each."""
    was = roughness(history.returns, history.scale)
    bounds = np.quantile(was, np.linspace(0.0, 1.0, _CLASSES + 1)[1:-1])
    there = np.searchsorted(bounds, was, side="right")
    members = [np.flatnonzero(there == number) for number in range(_CLASSES)]
    return there.tolist(), bounds, [part if part.size else np.arange(was.size) for part in members]


@lru_cache(maxsize=2)
def _ranked(history: History) -> tuple[IntArray, FloatArray]:
    """(S, N) sessions of each asset by its return, and those returns."""
    order = np.argsort(history.returns, axis=0, kind="stable")
    return order, np.take_along_axis(history.returns, order, axis=0)


def nearest_shocks(history: History, returns: FloatArray) -> IntArray:
    """(L, N) for each return the session of history on which the asset's was most like it, in sign and size."""
    found = np.empty(returns.shape, np.int64)
    orders, all_ranked = _ranked(history)
    for asset in range(returns.shape[1]):
        order, ranked = orders[:, asset], all_ranked[:, asset]
        right = np.clip(np.searchsorted(ranked, returns[:, asset]), 1, ranked.size - 1)
        left_is_nearer = returns[:, asset] - ranked[right - 1] < ranked[right] - returns[:, asset]
        found[:, asset] = order[right - left_is_nearer]
    return found
