"""How tightly markets are coupled: the share of their variance in a few principal components."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from simulator.core.types import FloatArray

from .largest_nb import ROOM, centred_nb, largest_sum_nb
from .tridiagonal import tridiagonal

#: Windows whose inner products are computed at once where there are more assets than sessions in a window.
_AT_ONCE = 32


def absorption_ratio(log_returns: FloatArray, lookback: int = 252, share: float = 0.2) -> FloatArray:
    """(T,) share of total variance that the first ``share`` of the principal components explains.

    The components are those of the covariance of the last ``lookback`` returns of the assets known for at least
    half of them (a missing return counts as average); their number is ``share`` of the assets, rounded, at least
    one. NaN until ``lookback`` returns have passed and two assets are known.

    Source: Kritzman, Li, Page & Rigobon (2011), Journal of Portfolio Management 37(4), equation 1, over one year
    with equal weights.
    """
    out = np.full(len(log_returns), np.nan)
    with threadpool_limits(1, "blas"):
        if log_returns.shape[1] <= lookback:
            for t in range(lookback, len(log_returns)):
                out[t] = _absorbed(log_returns[t - lookback + 1 : t + 1], share)
        else:
            starts = range(lookback, len(log_returns), _AT_ONCE)
            with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
                parts = pool.map(partial(_absorbed_from, log_returns, lookback=lookback, share=share), starts)
                out[lookback:] = np.concatenate([*parts, np.zeros(0)])
    return out


def _absorbed_from(log_returns: FloatArray, start: int, lookback: int, share: float) -> FloatArray:
    """The ratios of :data:`_AT_ONCE` sessions from ``start`` on (or to the end) of a market wider than its window.

    Windows that overlap share the inner products of their sessions. What a session says hangs on its own window
    alone, to the bit: sessions beyond the end count as zeros, so that the products have the same shape whether or not
    they have happened.
    """
    stop, first = min(start + _AT_ONCE, len(log_returns)), start - lookback + 1
    rows = np.zeros((lookback + _AT_ONCE - 1, log_returns.shape[1]))
    rows[: stop - first] = log_returns[first:stop]
    missing = np.isnan(rows)
    products = np.where(missing, 0.0, rows)
    products = products @ products.T
    before = np.concatenate([np.zeros((1, rows.shape[1]), np.int64), np.cumsum(missing, axis=0)])
    out = np.empty(stop - start)
    for k in range(stop - start):
        gone = before[k + lookback] - before[k]
        if ((gone == 0) | (gone == lookback)).all():
            out[k] = _explained(products, k, lookback, int((gone == 0).sum()), share)
        else:
            out[k] = _absorbed(rows[k : k + lookback], share)
    return out


def _explained(products: FloatArray, start: int, lookback: int, assets: int, share: float) -> float:
    """The ratio from the inner products of the sessions of a window in which ``assets`` are known throughout."""
    if assets < 2:
        return np.nan
    centred = np.empty((lookback, lookback))
    total, first = centred_nb(products, start, np.empty(lookback), centred), max(1, round(share * assets))
    if not total > 0.0 or first >= lookback:
        return 1.0 if total > 0.0 else np.nan
    diagonal, beside = tridiagonal(centred)
    squares = np.append((beside / total) ** 2, 0.0)
    return largest_sum_nb(diagonal / total, squares, first, np.empty(ROOM))


def _absorbed(window: FloatArray, share: float) -> float:
    missing = np.isnan(window)
    known = missing.sum(axis=0) * 2 <= len(window)
    if known.sum() < 2:
        return np.nan
    filled = np.where(missing, 0.0, window)[:, known]
    centred = filled - filled.sum(axis=0) / (~missing[:, known]).sum(axis=0)
    centred[missing[:, known]] = 0.0
    # The covariance and the matrix of inner products share their eigenvalues: the smaller one is cheaper.
    wide = centred.shape[1] > centred.shape[0]
    variances = np.linalg.eigvalsh(centred @ centred.T if wide else centred.T @ centred)
    return _of_first(variances, int(known.sum()), share)


def _of_first(variances: FloatArray, assets: int, share: float) -> float:
    """The share of the largest ``variances``, in rising order, in their sum."""
    total = variances.sum()
    first = max(1, round(share * assets))
    return float(variances[-first:].sum() / total) if total > 0.0 else np.nan
