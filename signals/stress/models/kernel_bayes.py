"""Naive Bayes with a kernel density for every column of every class."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import logsumexp
from sklearn.base import BaseEstimator, ClassifierMixin

from simulator.core.types import FloatArray

_CHUNK = 256


class KernelBayes(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Naive Bayes with Gaussian kernels; priors are the classes' shares. Needs rows without gaps.

    The bandwidth is that of a normal density, (4 / 3n)^(1/5) times the median absolute deviation over 0.6745 (the
    standard deviation where that is zero).

    Notes
    -----
    Source: the kernel preset of Tarkocin & Donduran's classifiers; Silverman (1986), section 3.4.2.
    """

    def fit(self, x: FloatArray, y: FloatArray) -> KernelBayes:
        """Keep the training rows x (n, K) by class y (n,), and their bandwidths."""
        self.classes_, truth = np.unique(y, return_inverse=True)
        self.rows_ = [x[truth == k] for k in range(self.classes_.size)]
        self.bandwidths_ = [_bandwidths(rows) for rows in self.rows_]
        self.priors_ = np.bincount(truth) / truth.size
        return self

    def predict_proba(self, x: FloatArray) -> FloatArray:
        """(n, classes) probabilities."""
        parts = [self._chunk(x[first : first + _CHUNK]) for first in range(0, len(x), _CHUNK)]
        return np.concatenate(parts) if parts else np.zeros((0, self.classes_.size))

    def _chunk(self, x: FloatArray) -> FloatArray:
        score = np.log(self.priors_)[None, :] + np.zeros((len(x), 1))
        for k, (rows, widths) in enumerate(zip(self.rows_, self.bandwidths_, strict=True)):
            for column, width in enumerate(widths):
                distance = (x[:, column, None] - rows[None, :, column]) / width
                score[:, k] += logsumexp(-0.5 * distance**2, axis=1) - np.log(len(rows) * width)
        return np.asarray(np.exp(score - logsumexp(score, axis=1, keepdims=True)))

    def predict(self, x: FloatArray) -> Any:
        """(n,) the most probable class."""
        return self.classes_[self.predict_proba(x).argmax(axis=1)]


def _bandwidths(rows: FloatArray) -> FloatArray:
    """(K,) bandwidth of each column; a column that does not vary gets a hundredth."""
    robust = np.median(np.abs(rows - np.median(rows, axis=0)), axis=0) / 0.6745
    scale = np.where(robust > 0.0, robust, rows.std(axis=0))
    return np.where(scale > 0.0, scale, 0.01) * (4.0 / (3.0 * len(rows))) ** 0.2
