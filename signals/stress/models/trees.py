"""XGBoost's classifier for whichever classes there are. Importing it takes a while: the registry does so when asked."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import numpy as np
from xgboost import XGBClassifier

from simulator.core.types import FloatArray

from .forest import Forest, forest_of

#: Rows from which trees are laid out as arrays, once a model: a run asks for sixty, a sweep for as many a path.
_WORTH: Final = 512


class BoostedTrees(XGBClassifier):  # type: ignore[misc]
    """XGBoost's own classifier, told classes by their order.

    XGBoost refuses training rows with a gap between classes, such as green and red without amber. Here they are
    numbered from 0 on before it sees them and named again afterwards: ``classes_`` are those of the training rows, and
    where there is no gap every figure is XGBoost's own.
    """

    #: A row's probabilities are the same bits whatever rows are asked for with it: each goes down the trees alone.
    row_by_row: ClassVar = True

    labels_: FloatArray

    @property
    def classes_(self) -> Any:
        """(classes,) those among the training rows, ascending."""
        return getattr(self, "labels_", super().classes_)

    def fit(
        self, x: FloatArray, y: FloatArray, *, sample_weight: FloatArray | None = None, **more: Any
    ) -> BoostedTrees:
        """Learn from rows x (n, K), NaN where unknown, classes y (n,) and how much each row counts (n,)."""
        if hasattr(self, "labels_"):
            del self.labels_  # while it is fitted, classes are their numbers
        labels, order = np.unique(y, return_inverse=True)
        super().fit(x, order, sample_weight=sample_weight, **more)
        self.labels_ = labels
        return self

    def predict(self, x: FloatArray) -> Any:
        """(n,) the most probable class."""
        return self.labels_[super().predict(x)]

    def predict_proba(self, x: FloatArray, **more: Any) -> Any:
        """(n, classes) probabilities for rows x (n, K), NaN where unknown; XGBoost's own bits however many rows."""
        forest = None if more or len(x) < _WORTH else self._forest(x)
        if forest is None:
            return super().predict_proba(x, **more)
        told = forest.probabilities(x)
        return np.vstack((1.0 - told, told)).T

    def _forest(self, x: FloatArray) -> Forest | None:
        """The trees as arrays, where that is what XGBoost would ask of rows x."""
        if self.early_stopping_rounds is not None or x.dtype != np.float64 or np.isinf(x).any():
            return None
        forest = forest_of(self.get_booster())
        return forest if forest is not None and x.shape[1] == forest.known else None
