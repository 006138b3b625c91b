"""Regimes that nobody labelled: a hidden Markov model, its states named by what they coincided with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from simulator.core.types import FloatArray

from .hidden_nb import filter_nb, smooth_nb

_FLOOR = 1e-2  # of variances, of standardised columns
_STICKY = 0.98
_TOLERANCE = 1e-3  # of the log likelihood at the end: a thousandth of what one row weighs


class _Chain(NamedTuple):
    """Parameters of S states over K columns."""

    start: FloatArray  # (S,)
    move: FloatArray  # (S, S) from row to column
    mean: FloatArray  # (S, K)
    variance: FloatArray  # (S, K)


class HiddenMarkov(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Gaussian hidden Markov regimes on the leading principal components, fitted by expectation maximisation.

    The states know no labels; each is then given the shares of the classes on the training days spent in it. The
    forecast is the filtered state: what the rows up to that day say. Needs rows without gaps, in the order of time.

    Parameters
    ----------
    states
        Regimes.
    components
        Principal components of the columns that the regimes are read from.
    iterations
        Of expectation maximisation, at most.

    Notes
    -----
    Source: Hamilton (1989); Rabiner (1989), sections III and V for the recursions.
    """

    def __init__(self, states: int = 4, components: int = 3, iterations: int = 1000) -> None:
        self.states = states
        self.components = components
        self.iterations = iterations

    def fit(self, x: FloatArray, y: FloatArray) -> HiddenMarkov:
        """Learn regimes from rows x (n, K), and what classes y (n,) they go with."""
        self.classes_, truth = np.unique(y, return_inverse=True)
        self.centre_ = x.mean(axis=0)
        _, _, axes = np.linalg.svd(x - self.centre_, full_matrices=False)
        self.axes_ = axes[: self.components].T
        scores = self._raw(x)
        self.scale_ = np.where(scores.std(axis=0) > 0.0, scores.std(axis=0), 1.0)
        z = scores / self.scale_
        self.chain_ = _fit(z, self.states, self.iterations)
        spent, _ = _filtered(z, self.chain_)
        counts = spent.T @ np.eye(self.classes_.size)[truth] + np.bincount(truth) / truth.size
        self.shares_ = counts / counts.sum(axis=1, keepdims=True)
        return self

    def _raw(self, x: FloatArray) -> FloatArray:
        return np.asarray((x - self.centre_) @ self.axes_, dtype=np.float64)

    def predict_proba(self, x: FloatArray) -> FloatArray:
        """(n, classes) probabilities, by filtering rows x in the order of time from the chain's stationary state."""
        if len(x) == 0:
            return np.zeros((0, self.classes_.size))
        spent, _ = _filtered(self._raw(x) / self.scale_, self.chain_._replace(start=_stationary(self.chain_.move)))
        return np.asarray(spent @ self.shares_)

    def predict(self, x: FloatArray) -> FloatArray:
        """(n,) the most probable class."""
        return np.asarray(self.classes_[self.predict_proba(x).argmax(axis=1)])


def _fit(z: FloatArray, states: int, iterations: int) -> _Chain:
    """Expectation maximisation from states that split the first column at its quantiles, the upper ones finer.

    It stops where the log likelihood is within :data:`_TOLERANCE` of the limit that its last three values point to
    (Aitken's extrapolation: steps shrink by a constant factor, so that a small step does not mean a small rest).

    Source: Böhning, Dietz, Schaub, Schlattmann & Lindsay (1994), Annals of the Institute of Statistical Mathematics 46.
    """
    chain = _initial(z, states)
    before, step = -np.inf, np.inf
    for _ in range(iterations):
        filtered, log_likelihood = _filtered(z, chain)
        last, step = step, log_likelihood - before
        before = log_likelihood
        if _rest(last, step) < _TOLERANCE:
            break
        smoothed, moves = np.empty_like(filtered), np.empty((states, states))
        smooth_nb(chain.move, filtered, smoothed, moves)
        chain = _maximised(z, smoothed, moves)
    return chain


def _rest(last: float, step: float) -> float:
    """How far the log likelihood still is from its limit after steps of these sizes."""
    if step <= 0.0:
        return 0.0
    return float("inf") if np.isinf(last) or last <= step else step * step / (last - step)


def _initial(z: FloatArray, states: int) -> _Chain:
    edges = np.quantile(z[:, 0], 1.0 - 0.5 ** np.arange(1, states))
    member = np.eye(states)[np.searchsorted(edges, z[:, 0])]
    off = (1.0 - _STICKY) / max(states - 1, 1)
    move = np.full((states, states), off) + np.eye(states) * (_STICKY - off)
    return _maximised(z, member, move)


def _maximised(z: FloatArray, weight: FloatArray, moves: FloatArray) -> _Chain:
    total = weight.sum(axis=0)[:, None] + 1e-9
    mean = weight.T @ z / total
    variance = np.maximum(weight.T @ (z**2) / total - mean**2, _FLOOR)
    move = moves + 1e-9
    return _Chain(weight[0] + 1e-9, move / move.sum(axis=1, keepdims=True), mean, variance)


def _likelihood(z: FloatArray, chain: _Chain) -> tuple[FloatArray, FloatArray]:
    """(T, S) likelihood over that of each row's best state, and (T,) the logarithm of the latter."""
    gap = z[:, None, :] - chain.mean[None]
    log = -0.5 * (gap**2 / chain.variance + np.log(2.0 * np.pi * chain.variance)).sum(axis=2)
    top = log.max(axis=1)
    return np.exp(log - top[:, None]), top


def _filtered(z: FloatArray, chain: _Chain) -> tuple[FloatArray, float]:
    """(T, S) filtered state probabilities, and the log likelihood."""
    likelihood, top = _likelihood(z, chain)
    filtered = np.empty_like(likelihood)
    start = chain.start / chain.start.sum()
    return filtered, float(filter_nb(likelihood, start, chain.move, filtered) + top.sum())


def _stationary(move: FloatArray) -> FloatArray:
    """(S,) long-run shares of the states."""
    states = move.shape[0]
    system = np.vstack([move.T - np.eye(states), np.ones(states)])
    solved = np.linalg.lstsq(system, np.append(np.zeros(states), 1.0), rcond=None)[0]
    return np.maximum(np.asarray(solved, dtype=np.float64), 0.0)
