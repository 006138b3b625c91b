"""Ensembles over balanced samples: EasyEnsemble and the balanced random forest."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.tree import DecisionTreeClassifier

from simulator.core.types import FloatArray

from .boosting import AdaBoostM2, balanced_rows


class _Average(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The mean probability of models, each fitted on a balanced sample of its own."""

    def __init__(self, members: int, random_state: int) -> None:
        self.members = members
        self.random_state = random_state

    def _member(self, seed: int) -> Any:
        raise NotImplementedError

    def fit(self, x: FloatArray, y: FloatArray) -> _Average:
        """Learn from rows x (n, K), NaN where unknown, and classes y (n,)."""
        rng = np.random.default_rng(self.random_state)
        self.classes_, truth = np.unique(y, return_inverse=True)
        self.members_ = []
        for _ in range(self.members):
            rows = balanced_rows(truth, rng, replace=self._replace)
            self.members_.append(self._member(int(rng.integers(2**31 - 1))).fit(x[rows], truth[rows]))
        return self

    _replace = False

    def predict_proba(self, x: FloatArray) -> FloatArray:
        """(n, classes) probabilities."""
        return np.asarray(np.mean([member.predict_proba(x) for member in self.members_], axis=0), dtype=np.float64)

    def predict(self, x: FloatArray) -> FloatArray:
        """(n,) the most probable class."""
        return np.asarray(self.classes_[self.predict_proba(x).argmax(axis=1)])


class EasyEnsemble(_Average):
    """AdaBoost.M2 on several balanced samples, averaged.

    Parameters
    ----------
    members
        Balanced samples.
    rounds, max_splits
        Trees boosted on each, and their size.
    random_state
        Seed.

    Notes
    -----
    Source: Liu, Wu & Zhou (2009), Exploratory undersampling for class-imbalance learning (four samples of ten rounds);
    AdaBoost.M2 stands in for AdaBoost where there are more than two classes.
    """

    def __init__(self, members: int = 4, rounds: int = 10, max_splits: int = 5, random_state: int = 0) -> None:
        super().__init__(members, random_state)
        self.rounds = rounds
        self.max_splits = max_splits

    def _member(self, seed: int) -> Any:
        return AdaBoostM2(self.rounds, self.max_splits, learning_rate=1.0, random_state=seed)


class BalancedForest(_Average):
    """A random forest of which every tree sees a bootstrap of as many rows of each class as the smallest one has.

    Parameters
    ----------
    members
        Trees.
    min_leaf
        Rows in a leaf, at least.
    random_state
        Seed.

    Notes
    -----
    Source: Chen, Liaw & Breiman (2004), Using random forest to learn imbalanced data.
    """

    _replace = True

    def __init__(self, members: int = 100, min_leaf: int = 5, random_state: int = 0) -> None:
        super().__init__(members, random_state)
        self.min_leaf = min_leaf

    def _member(self, seed: int) -> Any:
        return DecisionTreeClassifier(max_features="sqrt", min_samples_leaf=self.min_leaf, random_state=seed)
