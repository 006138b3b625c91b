"""Naive rivals: a status read off a column, and the calendar date alone."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.neighbors import KNeighborsClassifier

from simulator.core.types import FloatArray


class StatusRule(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Says the status that its one column holds (0, 1, 2...); where the column is unknown, the mildest.

    Its probabilities are how often each class followed that status in training, with one count of every class added:
    the rule itself learns nothing, but is judged by probabilities like its rivals.
    """

    def fit(self, x: FloatArray, y: FloatArray) -> StatusRule:
        """Count the classes y (n,) that went with each status x (n, 1)."""
        self.classes_ = np.unique(y)
        said = self._status(x)
        states = int(max(said.max(initial=0.0), self.classes_.max())) + 1
        self.counts_ = np.ones((states, self.classes_.size))
        np.add.at(self.counts_, (said.astype(int), np.searchsorted(self.classes_, y)), 1.0)
        return self

    @staticmethod
    def _status(x: FloatArray) -> FloatArray:
        return np.nan_to_num(x[:, 0])

    def predict(self, x: FloatArray) -> FloatArray:
        """(n,) the status in the column."""
        return self._status(x)

    def predict_proba(self, x: FloatArray) -> FloatArray:
        """(n, classes) shares of the classes in training days with the same status."""
        rows = self.counts_[np.minimum(self._status(x).astype(int), len(self.counts_) - 1)]
        return np.asarray(rows / rows.sum(axis=1, keepdims=True))


def date_only() -> KNeighborsClassifier:
    """The class of the training day nearest in the calendar: a control that knows nothing of the market.

    Where it does well, the test days' own weeks were in the training set.
    """
    return KNeighborsClassifier(n_neighbors=1)
