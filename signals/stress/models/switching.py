"""Markov-switching autoregression: regimes with a level, a persistence and a volatility of their own."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from simulator.core.types import FloatArray

from .prepare import Standardise
from .windows import standardised_windows

_LEAST_VARIANCE = 1e-4
_ROUNDS = 50  # of expectation maximisation


class Switching(NamedTuple):
    """Parameters of S regimes: z_t = constant + slope z_{t-1} + e, the variance of e, and how regimes follow."""

    constant: FloatArray  # (S,)
    slope: FloatArray  # (S,)
    variance: FloatArray  # (S,)
    move: FloatArray  # (S, S) from row to column


class MarkovSwitching(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Regimes of the first principal component of the columns, fitted by maximum likelihood (statsmodels).

    The regimes know no labels; each is given the shares of the classes on the training days spent in it. A forecast
    rests on the filtered regime: what the ``window`` of sessions up to that day says, from the long-run shares of the
    regimes at its beginning. Where the likelihood has no maximum that statsmodels finds, all days are one regime.

    Parameters
    ----------
    regimes
        How many, two or more.

    Notes
    -----
    Sources: Hamilton (1989), with the intercept, the slope and the variance switching, and no regime before the day's
    own entering; Hamilton (1994), section 22.4, for the filter.
    """

    window = 63

    def __init__(self, regimes: int = 3) -> None:
        self.regimes = regimes

    def fit(self, x: FloatArray, y: FloatArray, *, window: FloatArray) -> MarkovSwitching:
        """Learn regimes from rows x (n, K) in the order of time, and what classes y (n,) they go with."""
        self.classes_, truth = np.unique(y, return_inverse=True)
        self.step_ = Standardise().fit(x)
        rows = self.step_.transform(x)
        _, _, axes = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
        self.axis_ = axes[0] * (np.sign(axes[0].sum()) or 1.0)
        z = self._scores(window)
        self.law_ = fitted_regimes(z[:, -1], z[:, -2], self.regimes)
        spent = filtered(z, self.law_)
        counts = spent.T @ np.eye(self.classes_.size)[truth] + np.bincount(truth) / truth.size
        self.shares_ = counts / counts.sum(axis=1, keepdims=True)
        return self

    def _scores(self, window: FloatArray) -> FloatArray:
        """(n, length) the component on the sessions of each window."""
        return (standardised_windows(self.step_, window) * self.axis_).sum(axis=2)

    def predict_proba(self, x: FloatArray, *, window: FloatArray) -> FloatArray:
        """(n, classes) probabilities."""
        del x  # the last session of the window
        spent = filtered(self._scores(window), self.law_)
        return np.asarray((spent[:, :, None] * self.shares_[None]).sum(axis=1))

    def predict(self, x: FloatArray, *, window: FloatArray) -> Any:
        """(n,) the most probable class."""
        return self.classes_[self.predict_proba(x, window=window).argmax(axis=1)]


def fitted_regimes(now: FloatArray, before: FloatArray, regimes: int) -> Switching:
    """Maximum likelihood of values ``now`` (n,), in the order of time, given those the session ``before``."""
    from .markov_package import MarkovRegression

    with np.errstate(all="ignore"):  # of chances that are 0
        model = MarkovRegression(now, k_regimes=regimes, exog=before, switching_variance=True)
        begin = _start(now, before, regimes)
        try:  # expectation maximisation alone: the search that may follow it takes four times as long for the same
            found = model.fit(begin, em_iter=_ROUNDS, maxiter=0, cov_type="none", disp=False, warn_convergence=False)
            parameters = np.asarray(found.params, dtype=np.float64)
        except (ValueError, np.linalg.LinAlgError):  # a regime without days has no variance to invert
            return _one_regime(now, before)
    if not np.isfinite(parameters).all():
        return _one_regime(now, before)
    return from_parameters(parameters, regimes)


def _start(now: FloatArray, before: FloatArray, regimes: int) -> FloatArray:
    """Where the search begins: regimes that last, alike but for variances a factor of 16 apart in all.

    statsmodels begins at slopes of 0, 0.5..., far from those of a daily level; its search then ends in regimes of a
    few days.
    """
    single = _one_regime(now, before)
    move = np.full((regimes, regimes), 0.05 / (regimes - 1)) + np.eye(regimes) * (0.95 - 0.05 / (regimes - 1))
    spread = single.variance[0] * 4.0 ** np.linspace(-1.0, 1.0, regimes)
    alike = np.repeat([single.constant[0], single.slope[0]], regimes)
    return np.concatenate([move[:, :-1].T.ravel(), alike, spread])


def from_parameters(parameters: FloatArray, regimes: int) -> Switching:
    """From statsmodels' order: moves into all regimes but the last, constants, slopes, variances."""
    free = regimes * (regimes - 1)
    into = parameters[:free].reshape(regimes - 1, regimes)
    move = np.clip(np.vstack([into, 1.0 - into.sum(axis=0)]).T, 1e-8, 1.0)
    constant, slope, variance = parameters[free:].reshape(3, regimes)
    return Switching(constant, slope, np.maximum(variance, _LEAST_VARIANCE), move / move.sum(axis=1, keepdims=True))


def _one_regime(now: FloatArray, before: FloatArray) -> Switching:
    spread = float(np.var(before))
    slope = float(np.mean((before - before.mean()) * (now - now.mean()))) / spread if spread > 0.0 else 0.0
    constant = float(now.mean() - slope * before.mean())
    variance = max(float(np.var(now - constant - slope * before)), _LEAST_VARIANCE)
    return Switching(np.array([constant]), np.array([slope]), np.array([variance]), np.ones((1, 1)))


def filtered(z: FloatArray, law: Switching) -> FloatArray:
    """(n, S) probability of each regime at the end of windows z (n, length), by what each window says."""
    chance = np.tile(long_run(law.move), (len(z), 1))
    for session in range(1, z.shape[1]):
        chance = (chance[:, :, None] * law.move[None]).sum(axis=1)
        gap = z[:, session, None] - law.constant - law.slope * z[:, session - 1, None]
        log = -0.5 * (gap**2 / law.variance + np.log(law.variance))
        chance = chance * np.exp(log - log.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
    return chance


def long_run(move: FloatArray) -> FloatArray:
    """(S,) shares of the regimes in the long run."""
    size = len(move)
    system = np.vstack([move.T - np.eye(size), np.ones(size)])
    solved = np.linalg.lstsq(system, np.append(np.zeros(size), 1.0), rcond=None)[0]
    kept = np.maximum(solved, 0.0)
    return np.asarray(kept / kept.sum())
