"""Support vector machines with the kernels of the paper's presets, and probabilities from their margins."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.svm import SVC

from simulator.core.types import FloatArray


class Vectors(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """One-against-one support vector classification, box constraint 1. Needs standardised rows without gaps.

    The class is the machine's own vote; the probabilities are the softmax of its scores by class, which keep that
    order (Platt's would refit five times and may contradict the vote).

    Parameters
    ----------
    kernel
        ``"poly"``, (1 + x . y / K)^shape with K columns, or ``"rbf"``, exp(-|x - y|^2 / scale^2) with scale =
        shape sqrt(K).
    shape
        The degree of the one, the factor of the other.
    """

    def __init__(self, kernel: str = "rbf", shape: float = 1.0) -> None:
        self.kernel = kernel
        self.shape = shape

    def fit(self, x: FloatArray, y: FloatArray, sample_weight: FloatArray | None = None) -> Vectors:
        """Learn from rows x (n, K), classes y (n,) and how much each row counts (n,)."""
        columns = x.shape[1]
        if self.kernel == "poly":
            machine = SVC(kernel="poly", degree=int(self.shape), gamma=1.0 / columns, coef0=1.0, cache_size=500)
        else:
            machine = SVC(kernel="rbf", gamma=1.0 / (self.shape**2 * columns), cache_size=500)
        self.model_ = machine.set_params(break_ties=True).fit(x, y, sample_weight)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, x: FloatArray) -> FloatArray:
        """(n, classes) softmax of the scores."""
        score = self.model_.decision_function(x)
        if score.ndim == 1:
            score = np.column_stack([-score, score]) / 2.0
        return np.asarray(softmax(score, axis=1), dtype=np.float64)

    def predict(self, x: FloatArray) -> Any:
        """(n,) the class with the most votes."""
        return self.model_.predict(x)
