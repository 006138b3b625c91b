"""A vector autoregression of an index and a few series, and the chance that the index lies above its thresholds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr
from sklearn.base import BaseEstimator, ClassifierMixin

from simulator.core.types import FloatArray

from .prepare import Standardise
from .windows import standardised_windows

_TINY = 1e-10


class VectorLaw(NamedTuple):
    """z_t = c + A_1 z_{t-1} + ... + A_p z_{t-p} + e_t, e normal, over D variables."""

    constant: FloatArray  # (D,)
    lags: FloatArray  # (p, D, D)
    covariance: FloatArray  # (D, D) of e


class VectorAutoregression(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The index and the columns by a ridge vector autoregression; the index is hidden when one forecasts.

    In training the index is known for each row. At a row to be forecast only the columns are, over the ``window`` up
    to it: the Kalman filter says what they let one expect of the index, and how exactly. The class probabilities are
    those of that normal distribution between the ``bounds`` of the day.

    Parameters
    ----------
    lags
        Sessions that a day depends on.
    penalty
        On the squared coefficients of standardised columns and index.
    ahead
        Sessions ahead of the row that the index is forecast for; 0 for that of the row itself.

    Notes
    -----
    Sources: Sims (1980); the filter is that of Harvey (1989), section 3.2. Coefficients without penalty are those of
    least squares. It starts from the mean and covariance of the training rows.
    """

    needs = ("level", "bounds")
    window = 42

    def __init__(self, lags: int = 2, penalty: float = 1.0, ahead: int = 0) -> None:
        self.lags = lags
        self.penalty = penalty
        self.ahead = ahead

    def fit(
        self, x: FloatArray, y: FloatArray, *, level: FloatArray, bounds: FloatArray, window: FloatArray
    ) -> VectorAutoregression:
        """Learn from rows x (n, K) in the order of time and levels of the index (n,)."""
        del y, window  # the classes follow from the level
        self.classes_ = np.arange(bounds.shape[1] + 1)
        self.step_ = Standardise().fit(x)
        self.centre_, self.scale_ = float(level.mean()), float(level.std()) or 1.0
        z = np.column_stack([(level - self.centre_) / self.scale_, self.step_.transform(x)])
        self.law_ = fitted_law(z, self.lags, self.penalty)
        stacked = _stacked(z, self.lags)
        self.start_ = stacked.mean(axis=0), np.cov(stacked.T)
        return self

    def distribution(self, window: FloatArray) -> tuple[FloatArray, float]:
        """(n,) expected level of the index at each row, or ``ahead`` of it, and its standard deviation.

        In units of the index.
        """
        seen = standardised_windows(self.step_, window)
        mean, covariance = hidden_first(self.law_, self.start_, seen)
        mean, covariance = _ahead(self.law_, mean, covariance, self.ahead)
        deviation = float(np.sqrt(max(covariance[0, 0], _TINY)))
        return self.centre_ + self.scale_ * mean[:, 0], self.scale_ * deviation

    def predict_proba(
        self, x: FloatArray, *, bounds: FloatArray, window: FloatArray, level: FloatArray | None = None
    ) -> FloatArray:
        """(n, classes) chances that the index lies between the ``bounds`` (n, classes - 1)."""
        del level  # not known when one predicts
        mean, deviation = self.distribution(window)
        below = ndtr((bounds - mean[:, None]) / deviation)
        return np.diff(np.column_stack([np.zeros(len(x)), below, np.ones(len(x))]), axis=1)

    def predict(
        self, x: FloatArray, *, bounds: FloatArray, window: FloatArray, level: FloatArray | None = None
    ) -> FloatArray:
        """(n,) status of the expected level."""
        del x, level
        return (self.distribution(window)[0][:, None] > bounds).sum(axis=1).astype(np.float64)


def _stacked(z: FloatArray, lags: int) -> FloatArray:
    """(n - lags + 1, lags x D) each row beside the ones before it, the latest first."""
    return np.column_stack([z[lags - 1 - back : len(z) - back] for back in range(lags)])


def fitted_law(z: FloatArray, lags: int, penalty: float) -> VectorLaw:
    """The law of rows z (n, D) in the order of time, by ridge regression of each variable on all before.

    The covariance is that of the residuals, by n - lags - (1 + lags D) degrees of freedom as far as there are any.
    """
    past, now = _stacked(z, lags)[:-1], z[lags:]
    centre, mean = past.mean(axis=0), now.mean(axis=0)
    deep = past - centre
    found = np.linalg.solve(deep.T @ deep + (penalty + _TINY) * np.eye(deep.shape[1]), deep.T @ (now - mean))
    left = now - mean - deep @ found
    free = max(len(now) - deep.shape[1] - 1, 1)
    size = z.shape[1]
    coefficients = found.T.reshape(size, lags, size).transpose(1, 0, 2)
    return VectorLaw(mean - centre @ found, coefficients, left.T @ left / free + _TINY * np.eye(size))


def _companion(law: VectorLaw) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Constant (pD,), transition and innovation covariance (pD, pD) of the stacked state."""
    lags, size, _ = law.lags.shape
    total = lags * size
    move = np.zeros((total, total))
    move[:size] = law.lags.transpose(1, 0, 2).reshape(size, total)
    move[size:, :-size] = np.eye(total - size)
    shock = np.zeros((total, total))
    shock[:size, :size] = law.covariance
    return np.concatenate([law.constant, np.zeros(total - size)]), move, shock


def hidden_first(
    law: VectorLaw, start: tuple[FloatArray, FloatArray], seen: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(n, pD) expected state after windows (n, length, D - 1) of all variables but the first, and its covariance.

    ``start`` is the mean and covariance of the state at the first session of a window, before anything is seen.
    """
    constant, move, shock = _companion(law)
    size = law.constant.size
    mean, covariance = np.tile(start[0], (len(seen), 1)), start[1]
    for session in range(seen.shape[1]):
        if session:
            # einsum, not a matrix product: a row's answer must not depend on how many others are asked
            mean = constant + np.einsum("ij,nj->ni", move, mean)
            covariance = move @ covariance @ move.T + shock
        inner = covariance[1:size, 1:size] + _TINY * np.eye(size - 1)
        gain = np.linalg.solve(inner, covariance[1:size]).T
        mean = mean + np.einsum("ij,nj->ni", gain, seen[:, session] - mean[:, 1:size])
        covariance = covariance - gain @ covariance[1:size]
        covariance = (covariance + covariance.T) / 2.0
    return mean, covariance


def _ahead(law: VectorLaw, mean: FloatArray, covariance: FloatArray, sessions: int) -> tuple[FloatArray, FloatArray]:
    constant, move, shock = _companion(law)
    for _ in range(sessions):
        mean = constant + np.einsum("ij,nj->ni", move, mean)
        covariance = move @ covariance @ move.T + shock
    return mean, covariance
