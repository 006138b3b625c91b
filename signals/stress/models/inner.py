"""Forward folds inside the training rows: what a model would have said of each later part, learned from those before.

Calibrators, weights and settings are learned from such forecasts, so that none of them sees a row its model had
learned from, nor a row of the test.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import TimeSeriesSplit

from simulator.core.types import FloatArray, IntArray

#: Forward folds, and training rows left out before each: more than the sessions a label looks ahead.
FOLDS: Final = 3
GAP: Final = 20

Side = Mapping[str, FloatArray]


class PastForecasts(NamedTuple):
    """Forecasts of training rows by models that had learned from earlier ones alone. A row a session."""

    rows: IntArray  # (m,) ascending positions among the training rows
    probability: FloatArray  # (m, classes)


def inner_folds(n: int, folds: int = FOLDS, gap: int = GAP) -> list[tuple[IntArray, IntArray]]:
    """Rows to learn from and rows to forecast, of ``n`` in the order of time; of few rows two folds, or none.

    The rows are cut into ``folds`` + 1 equal parts; each but the first is forecast from those before, less the last
    ``gap`` rows, whose labels overlap with it. Rows are a session apart at least, so the gap is of sessions too.
    """
    for count in range(folds, 1, -1):
        if n // (count + 1) > gap:
            return list(TimeSeriesSplit(count, gap=gap).split(np.zeros(n)))
    return []


def _of_rows(side: Side, rows: IntArray) -> dict[str, FloatArray]:
    """Side arrays at some rows. Arrays are (n, ...), a row a session."""
    return {name: values[rows] for name, values in side.items()}


def past_forecasts(
    model: Any, x: FloatArray, y: FloatArray, side: Side, classes: FloatArray, folds: int = FOLDS, gap: int = GAP
) -> PastForecasts:
    """Fit copies of ``model`` on each inner fold of rows x (n, K) and classes y (n,); ask them about its later part.

    A fold whose earlier rows lack one of the ``classes`` is left out: a model that has never seen a class cannot
    tell how good its forecasts of it are.
    """
    rows, probability = [np.zeros(0, np.int64)], [np.zeros((0, len(classes)))]
    for train, test in inner_folds(len(x), folds, gap):
        if np.unique(y[train]).size < np.unique(y).size:
            continue
        fitted = clone(model).fit(x[train], y[train], **_of_rows(side, train))
        if not np.array_equal(fitted.classes_, classes):
            continue
        rows.append(test)
        probability.append(np.asarray(fitted.predict_proba(x[test], **_of_rows(side, test)), dtype=np.float64))
    return PastForecasts(np.concatenate(rows), np.concatenate(probability))


def log_odds(probability: FloatArray) -> FloatArray:
    """Logarithm of p / (1 - p), of probabilities kept a millionth away from 0 and 1."""
    kept = np.clip(probability, 1e-6, 1.0 - 1e-6)
    return np.asarray(np.log(kept) - np.log1p(-kept))
