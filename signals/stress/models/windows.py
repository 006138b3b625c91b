"""The last sessions up to each row, for models that read a stretch of time rather than a day."""

from __future__ import annotations

import numpy as np

from simulator.core.types import FloatArray, IntArray

from .prepare import Standardise


def windows(values: FloatArray, rows: IntArray, length: int) -> FloatArray:
    """(n, length, K) the sessions of ``values`` (T, K) up to and with each of the ``rows`` (n,), the row itself last.

    Sessions before the first one are NaN. Taken from all sessions, not from the rows a model is given: those may have
    holes where labels are purged, and a window must have none.
    """
    at = rows[:, None] + np.arange(1 - length, 1)[None, :]
    found = np.array(values[np.maximum(at, 0)], dtype=np.float64)
    found[at < 0] = np.nan
    return found


def standardised_windows(step: Standardise, window: FloatArray) -> FloatArray:
    """(n, length, K) windows without gaps, in the standard deviations of the training rows.

    The last of a window is the session itself.
    """
    n, length, columns = window.shape
    return np.asarray(step.transform(window.reshape(n * length, columns)).reshape(n, length, columns))
