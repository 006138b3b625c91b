"""Bid-ask spreads estimated from daily prices. Fractions of price, full spread; NaN where inputs are missing."""

from __future__ import annotations

import numpy as np

from simulator.core.types import FloatArray

_K = 3.0 - 2.0 * np.sqrt(2.0)


def corwin_schultz(high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    """(T, N) spread from the ranges of two consecutive days; row t uses days t-1 and t.

    A range that does not reach the previous close is an overnight move, not a spread: the second day is shifted
    to touch it. Negative estimates are set to zero.

    Source: Corwin & Schultz (2012), Journal of Finance 67(2), equations 14 and 18; section II.C for overnight
    moves and negative values.
    """
    out = np.full(close.shape, np.nan)
    before = close[:-1]
    gap = np.maximum(low[1:] - before, 0.0) - np.maximum(before - high[1:], 0.0)
    high1, low1 = np.log(high[:-1]), np.log(low[:-1])
    high2, low2 = np.log(high[1:] - gap), np.log(low[1:] - gap)
    beta = (high1 - low1) ** 2 + (high2 - low2) ** 2
    gamma = (np.maximum(high1, high2) - np.minimum(low1, low2)) ** 2
    alpha = (np.sqrt(2.0 * beta) - np.sqrt(beta)) / _K - np.sqrt(gamma / _K)
    out[1:] = np.maximum(2.0 * np.tanh(alpha / 2.0), 0.0)
    return out
