"""Several models as one: the mean of their probabilities, weighted by the past or not, and stacking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression

from simulator.core.errors import ParameterError, nearest
from simulator.core.types import FloatArray, IntArray

from .inner import FOLDS, GAP, log_odds, past_forecasts
from .prepare import standardised

WEIGHTS: Final = ("equal", "brier", "log-score")
_TINY: Final = 1e-6


class _Members(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Models fitted on the same rows, and their past forecasts of them."""

    models: Sequence[Any]
    folds: int
    gap: int

    def _fit_members(self, x: FloatArray, y: FloatArray) -> None:
        self.members_ = [clone(model).fit(x, y) for model in self.models]
        self.classes_ = self.members_[0].classes_

    def _past(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(M, m, classes) forecasts of the members, row by row the same, and what came (m,)."""
        found = [past_forecasts(model, x, y, {}, self.classes_, self.folds, self.gap) for model in self.models]
        return np.stack([fold.probability for fold in found]), y[found[0].rows]

    def _each(self, x: FloatArray) -> FloatArray:
        """(M, n, classes) probabilities of every member."""
        return np.stack([np.asarray(member.predict_proba(x), dtype=np.float64) for member in self.members_])

    def predict_proba(self, x: FloatArray) -> FloatArray:
        """(n, classes) probabilities."""
        raise NotImplementedError

    def predict(self, x: FloatArray) -> Any:
        """(n,) the most probable class."""
        return self.classes_[self.predict_proba(x).argmax(axis=1)]


class Averaged(_Members):
    """The mean probability of several models.

    Parameters
    ----------
    models
        Classifiers of this package's interface that need nothing besides the columns.
    weights
        ``"equal"``; ``"brier"``, in inverse proportion to each model's Brier score; or ``"log-score"``, the weights
        under which the mean itself would have had the best log score. The last two are learned from forecasts made
        on inner forward folds; where there are none, weights are equal.
    folds, gap
        Inner forward folds, and training rows left out before each.

    Notes
    -----
    Sources: Bates & Granger (1969), whose weights these are with the Brier score as the squared error; Geweke & Amisano
    (2011), Optimal prediction pools.
    """

    def __init__(self, models: Sequence[Any], weights: str = "equal", folds: int = FOLDS, gap: int = GAP) -> None:
        self.models = models
        self.weights = weights
        self.folds = folds
        self.gap = gap

    def fit(self, x: FloatArray, y: FloatArray) -> Averaged:
        """Learn from rows x (n, K) in the order of time, NaN where unknown, and classes y (n,)."""
        if self.weights not in WEIGHTS:
            raise ParameterError(f"no weights {self.weights!r}{nearest(self.weights, WEIGHTS)}")
        self._fit_members(x, y)
        self.weights_ = np.full(len(self.models), 1.0 / len(self.models))
        if self.weights != "equal":
            past, came = self._past(x, y)
            if came.size:
                truth = np.searchsorted(self.classes_, came)
                self.weights_ = (_inverse_brier if self.weights == "brier" else pool_weights)(past, truth)
        return self

    def predict_proba(self, x: FloatArray) -> FloatArray:
        """(n, classes) weighted mean of the members' probabilities."""
        return np.asarray(np.tensordot(self.weights_, self._each(x), axes=1))


class Stacked(_Members):
    """A ridge logistic regression on the log odds that several models gave on inner forward folds.

    Where there are no such folds, or what came on them lacks a class, the plain mean of the models.

    Parameters
    ----------
    models
        Classifiers of this package's interface that need nothing besides the columns.
    strength
        Inverse of the ridge penalty, on standardised log odds.
    folds, gap
        Inner forward folds, and training rows left out before each.

    Notes
    -----
    Source: Wolpert (1992); with a ridge penalty, Breiman (1996), Stacked regressions.
    """

    def __init__(self, models: Sequence[Any], strength: float = 0.01, folds: int = FOLDS, gap: int = GAP) -> None:
        self.models = models
        self.strength = strength
        self.folds = folds
        self.gap = gap

    def fit(self, x: FloatArray, y: FloatArray) -> Stacked:
        """Learn from rows x (n, K) in the order of time, NaN where unknown, and classes y (n,)."""
        self._fit_members(x, y)
        past, came = self._past(x, y)
        self.blender_ = None
        if np.array_equal(np.unique(came), self.classes_):
            blender = standardised(LogisticRegression(C=self.strength, max_iter=500))
            self.blender_ = blender.fit(_beside(past), came)
        return self

    def predict_proba(self, x: FloatArray) -> FloatArray:
        """(n, classes) probabilities."""
        each = self._each(x)
        if self.blender_ is None:
            return np.asarray(each.mean(axis=0))
        return np.asarray(self.blender_.predict_proba(_beside(each)), dtype=np.float64)


def _beside(each: FloatArray) -> FloatArray:
    """(n, M x classes) log odds of every member and class; of two classes, those of the second."""
    odds = log_odds(each[:, :, 1:] if each.shape[2] == 2 else each)
    return odds.transpose(1, 0, 2).reshape(each.shape[1], -1)


def _inverse_brier(each: FloatArray, truth: IntArray) -> FloatArray:
    """(M,) weights in inverse proportion to the Brier scores of forecasts (M, n, classes)."""
    loss = ((each - np.eye(each.shape[2])[truth]) ** 2).sum(axis=2).mean(axis=1)
    say = 1.0 / np.maximum(loss, _TINY)
    return np.asarray(say / say.sum())


def pool_weights(each: FloatArray, truth: IntArray, rounds: int = 500) -> FloatArray:
    """(M,) weights of the linear pool of forecasts (M, n, classes) with the highest log score, by its fixed point.

    The log score is concave in the weights; every round, w <- w x mean(p / (w . p)), raises it.
    """
    chance = np.maximum(each[:, np.arange(truth.size), truth], _TINY)
    weights = np.full(len(each), 1.0 / len(each))
    for _ in range(rounds):
        step = (chance / (weights @ chance)).mean(axis=1)
        weights = weights * step
        if np.abs(step[weights > _TINY] - 1.0).max() < 1e-6:
            break
    return np.asarray(weights / weights.sum())
