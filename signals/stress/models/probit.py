"""Ordered probit: classes as steps of one latent degree."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import ndtr, ndtri
from sklearn.base import BaseEstimator, ClassifierMixin

from simulator.core.types import FloatArray, IntArray

_TINY = 1e-12


class OrderedProbit(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """P(class <= k) = Phi(cut_k - x . b), with a ridge penalty on b; with two classes, the probit. No gaps in rows.

    Parameters
    ----------
    penalty
        On half the squared coefficients, in units of one row's log likelihood.

    Notes
    -----
    Source: McKelvey & Zavoina (1975).
    """

    def __init__(self, penalty: float = 10.0) -> None:
        self.penalty = penalty

    def fit(self, x: FloatArray, y: FloatArray, sample_weight: FloatArray | None = None) -> OrderedProbit:
        """Learn from standardised rows x (n, K), ordered classes y (n,) and how much each row counts (n,)."""
        self.classes_, truth = np.unique(y, return_inverse=True)
        weight = np.ones(truth.size) if sample_weight is None else sample_weight
        shares = np.cumsum(np.bincount(truth, weight))[:-1] / weight.sum()
        cuts = ndtri(shares)
        # cuts ascend by construction: the first one, then the logarithms of the steps
        start = np.concatenate([np.zeros(x.shape[1]), cuts[:1], np.log(np.maximum(np.diff(cuts), 1e-3))])
        rows = (x, truth, weight)
        found = minimize(self._loss, start, args=rows, jac=True, method="L-BFGS-B", options={"maxiter": 200})
        self.coefficients_, self.cuts_ = _split(found.x, x.shape[1])
        return self

    def _loss(
        self, parameters: FloatArray, x: FloatArray, truth: IntArray, weight: FloatArray
    ) -> tuple[float, FloatArray]:
        """Penalised negative log likelihood and its gradient."""
        coefficients, cuts = _split(parameters, x.shape[1])
        edges = np.concatenate([[-np.inf], cuts, [np.inf]])
        latent = x @ coefficients
        high, low = edges[truth + 1] - latent, edges[truth] - latent
        chance = np.maximum(ndtr(high) - ndtr(low), _TINY)
        upper, lower = weight * _density(high) / chance, weight * _density(low) / chance
        by_edge = np.bincount(truth + 1, upper, edges.size) - np.bincount(truth, lower, edges.size)
        by_cut = -by_edge[1:-1]
        from_cut = np.cumsum(by_cut[::-1])[::-1]  # moving the first cut moves all, a step moves those above it
        steps = np.exp(parameters[x.shape[1] + 1 :])
        gradient = np.concatenate(
            [x.T @ (upper - lower) + self.penalty * coefficients, from_cut[:1], from_cut[1:] * steps]
        )
        return float(-weight @ np.log(chance) + 0.5 * self.penalty * coefficients @ coefficients), gradient

    def predict_proba(self, x: FloatArray) -> FloatArray:
        """(n, classes) probabilities."""
        below = ndtr(self.cuts_[None, :] - (x @ self.coefficients_)[:, None])
        return np.diff(np.column_stack([np.zeros(len(x)), below, np.ones(len(x))]), axis=1)

    def predict(self, x: FloatArray) -> FloatArray:
        """(n,) the most probable class."""
        return np.asarray(self.classes_[self.predict_proba(x).argmax(axis=1)])


def _density(x: FloatArray) -> FloatArray:
    """Of the standard normal distribution."""
    return np.asarray(np.exp(-(x**2) / 2.0) / np.sqrt(2.0 * np.pi))


def _split(parameters: FloatArray, columns: int) -> tuple[FloatArray, FloatArray]:
    """Coefficients, and ascending cuts."""
    first, steps = parameters[columns : columns + 1], np.exp(parameters[columns + 1 :])
    return parameters[:columns], np.concatenate([first, first + np.cumsum(steps)])
