"""How tightly markets are coupled: the share of their variance in a few principal components."""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_limits

from simulator.core.types import FloatArray


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
        for t in range(lookback, len(log_returns)):
            out[t] = _absorbed(log_returns[t - lookback + 1 : t + 1], share)
    return out


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
    total = variances.sum()
    first = max(1, round(share * int(known.sum())))
    return float(variances[-first:].sum() / total) if total > 0.0 else np.nan
