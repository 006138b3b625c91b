"""GARCH(1,1) forecasts of daily volatility, fitted on the past alone."""

from __future__ import annotations

import hashlib
from collections.abc import MutableMapping
from typing import Any, Final

import numpy as np

from simulator.core.types import FloatArray, IntArray

#: Returns a fit needs.
_LEAST: Final = 250
_PERCENT: Final = 100.0  # arch fits returns of about one


def garch_forecast(
    returns: FloatArray, rows: IntArray, refit: int, window: int, fits: MutableMapping[bytes, Any]
) -> FloatArray:
    """(len(rows),) forecast of the next session's volatility at the close of each row of ``returns``; NaN without one.

    Parameters
    ----------
    returns
        (T,) simple returns; the first is not used.
    rows
        Ascending sessions on which a forecast is wanted.
    refit
        A fit is that of the last session divisible by it, so that it does not depend on where the rows begin.
    window
        Returns a fit looks back on.
    fits
        Fits by a digest of what they were fitted on; new ones are put there.

    Source: Bollerslev (1986), Journal of Econometrics 31(3), equation 1, with a constant mean.
    """
    out = np.full(len(rows), np.nan)
    fitted = rows // refit * refit
    for at in np.unique(fitted):
        past = returns[max(int(at) + 1 - window, 1) : int(at) + 1]
        if past.size < _LEAST or not past.any():
            continue
        mean, omega, alpha, beta = _fit(past, fits)
        wanted = np.flatnonzero(fitted == at)
        last = int(rows[wanted].max())
        shocks = returns[int(at) + 1 - past.size : last + 1] - mean
        out[wanted] = _filtered(shocks, omega, alpha, beta)[past.size - 1 + rows[wanted] - int(at)]
    return out


def _filtered(shocks: FloatArray, omega: float, alpha: float, beta: float) -> FloatArray:
    """(n,) forecast made on each day of the next one's volatility; begun at the mean square of the first 75."""
    variance, out = float(np.mean(shocks[:75] ** 2)), np.empty(shocks.size)
    for t, shock in enumerate(shocks):
        variance = omega + alpha * shock * shock + beta * variance
        out[t] = variance
    return np.asarray(np.sqrt(out))


def _fit(past: FloatArray, fits: MutableMapping[bytes, Any]) -> tuple[float, float, float, float]:
    key = hashlib.sha256(past.tobytes()).digest()
    if key not in fits:
        from arch import arch_model

        found = arch_model(past * _PERCENT, mean="Constant", vol="GARCH", p=1, q=1, rescale=False).fit(
            disp="off", show_warning=False
        )
        mean, omega, alpha, beta = (float(value) for value in found.params)
        fits[key] = mean / _PERCENT, omega / _PERCENT**2, alpha, beta
    result: tuple[float, float, float, float] = fits[key]
    return result
