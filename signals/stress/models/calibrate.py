"""Calibration: probabilities corrected by how often forecasts like them came true, learned on past folds only."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

from simulator.core.errors import ParameterError, nearest
from simulator.core.types import FloatArray

from .inner import FOLDS, GAP, log_odds, past_forecasts
from .wrapping import Wrapping

METHODS: Final = {"isotonic": "isotonic", "platt": "sigmoid", "temperature": "temperature"}


class Calibrated(Wrapping, ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A model whose probabilities are corrected by a curve learned from its own past forecasts.

    The model answers as fitted on all training rows. The curve is learned from the forecasts that copies of it made
    of later parts of those rows (:func:`~.inner.inner_folds`). Where these forecasts, or what came, lack a class,
    there is nothing to learn a curve from, and the probabilities stay as they are (``calibrator_`` is ``None``).

    Parameters
    ----------
    model
        Any classifier of this package's interface.
    method
        ``"isotonic"`` (a rising step curve, linear between steps), ``"platt"`` (a logistic curve of the log odds), or
        ``"temperature"`` (log probabilities times one number). The first two are applied to each class against the
        rest and scaled to sum to one; with two classes there is one curve.
    folds, gap
        Inner forward folds, and training rows left out before each.

    Notes
    -----
    Sources: Zadrozny & Elkan (2002); Platt (1999); Guo, Pleiss, Sun & Weinberger (2017). The curves are sklearn's. Its
    ``CalibratedClassifierCV`` by itself cannot do this: with folds forward in time it either averages models that
    never saw the latest rows, or refuses the folds.
    """

    def __init__(self, model: Any, method: str = "isotonic", folds: int = FOLDS, gap: int = GAP) -> None:
        self.model = model
        self.method = method
        self.folds = folds
        self.gap = gap

    def fit(self, x: FloatArray, y: FloatArray, **side: FloatArray) -> Calibrated:
        """Learn from rows x (n, K) in the order of time, NaN where unknown, and classes y (n,)."""
        if self.method not in METHODS:
            raise ParameterError(f"no calibration {self.method!r}{nearest(self.method, METHODS)}")
        self.model_ = clone(self.model).fit(x, y, **side)
        self.classes_ = self.model_.classes_
        past = past_forecasts(self.model, x, y, side, self.classes_, self.folds, self.gap)
        came = y[past.rows]
        complete = np.array_equal(np.unique(came), self.classes_)
        self.calibrator_ = _curve(past.probability, came, self.classes_, self.method) if complete else None
        return self

    def predict_proba(self, x: FloatArray, **side: FloatArray) -> FloatArray:
        """(n, classes) calibrated probabilities."""
        raw = np.asarray(self.model_.predict_proba(x, **side), dtype=np.float64)
        if self.calibrator_ is None or len(raw) == 0:
            return raw
        return np.asarray(self.calibrator_.predict_proba(raw), dtype=np.float64)

    def predict(self, x: FloatArray, **side: FloatArray) -> Any:
        """(n,) the most probable class once calibrated; what the model says where nothing was."""
        if self.calibrator_ is None:
            return self.model_.predict(x, **side)
        return self.classes_[self.predict_proba(x, **side).argmax(axis=1)]


def calibrated(model: Any, method: str = "isotonic", gap: int = GAP, folds: int = FOLDS) -> Calibrated:
    """A model with its probabilities corrected on past folds; see :class:`Calibrated`. ``gap`` is in sessions."""
    return Calibrated(model, method, folds, gap)


class _AsGiven(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Rows that are already probabilities."""

    def __init__(self, classes: FloatArray) -> None:
        self.classes = classes

    def __sklearn_is_fitted__(self) -> bool:
        return True

    @property
    def classes_(self) -> FloatArray:
        return self.classes

    def fit(self, x: FloatArray, y: FloatArray) -> _AsGiven:
        del x, y
        return self

    def predict_proba(self, x: FloatArray) -> FloatArray:
        return x

    def predict(self, x: FloatArray) -> Any:
        return self.classes[x.argmax(axis=1)]


class _AsLogOdds(_AsGiven):
    """The same as scores: their log odds."""

    def decision_function(self, x: FloatArray) -> FloatArray:
        odds = log_odds(x)
        return odds[:, 1] if odds.shape[1] == 2 else odds


def _curve(probability: FloatArray, came: FloatArray, classes: FloatArray, method: str) -> CalibratedClassifierCV:
    """Sklearn's calibration of forecasts (m, classes) that are taken as they are, by what came (m,).

    It is told classes by their order: its temperature scaling takes a label for a column, and reads beyond the
    last one where labels have a gap.
    """
    kind = _AsLogOdds if method == "platt" else _AsGiven
    rows, order = np.arange(came.size), np.arange(classes.size, dtype=np.float64)
    once = [(rows, rows)]  # one fold of everything: the forecasts were made out of fold already
    curve = CalibratedClassifierCV(FrozenEstimator(kind(order)), method=METHODS[method], cv=once, ensemble=False)
    return curve.fit(probability, np.searchsorted(classes, came))
