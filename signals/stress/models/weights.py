"""Class weights: how much more a row of a scarce class counts in training."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import BaggingClassifier
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

from simulator.core.errors import ParameterError
from simulator.core.types import FloatArray

#: ``"balanced"``, a number for each class from the mildest on, or numbers by class (others count 1).
ClassWeight = str | Sequence[float] | Mapping[Any, float]


def weight_by_class(class_weight: ClassWeight, y: FloatArray) -> dict[float, float]:
    """The weight of each class among y (n,); balanced ones are n / (classes x rows of the class).

    Raises
    ------
    ParameterError
        If a weight is no positive number, there are too few, or the words are unknown.
    """
    classes, counts = np.unique(y, return_counts=True)
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise ParameterError(f"class_weight must be 'balanced' or a number for each class, not {class_weight!r}")
        weights = y.size / (classes.size * counts)
        return {float(kind): float(weight) for kind, weight in zip(classes, weights, strict=True)}
    by_class = _numbers(class_weight)
    if not isinstance(class_weight, Mapping) and classes.size and classes[-1] not in by_class:
        raise ParameterError(f"class_weight has {len(by_class)} numbers, but there is a class {classes[-1]:g}")
    return {float(kind): by_class.get(float(kind), 1.0) for kind in classes}


def _numbers(class_weight: Sequence[float] | Mapping[Any, float]) -> dict[float, float]:
    pairs = class_weight.items() if isinstance(class_weight, Mapping) else enumerate(class_weight)
    try:
        found = {float(key): float(value) for key, value in pairs}
    except (TypeError, ValueError):
        raise ParameterError(f"class_weight must be numbers by class, not {class_weight!r}") from None
    if not found or not all(0.0 < value < np.inf for value in found.values()):
        raise ParameterError(f"class_weight must be positive numbers, not {class_weight!r}")
    return found


class Weighted(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A model fitted with rows weighted by their class.

    Its probabilities are those of a world with the classes in other shares, so that they no longer say how often a
    class comes; calibrate them where that matters.

    Parameters
    ----------
    model
        A classifier whose ``fit`` takes ``sample_weight``.
    class_weight
        ``"balanced"``, a number for each class from the mildest on, or numbers by class.
    """

    def __init__(self, model: Any, class_weight: ClassWeight = "balanced") -> None:
        self.model = model
        self.class_weight = class_weight

    def fit(self, x: FloatArray, y: FloatArray) -> Weighted:
        """Learn from rows x (n, K), NaN where unknown, and classes y (n,)."""
        by_class = weight_by_class(self.class_weight, y)
        weight = np.array([by_class[label] for label in y.tolist()])
        key = f"{self.model.steps[-1][0]}__sample_weight" if isinstance(self.model, Pipeline) else "sample_weight"
        self.model_ = clone(self.model).fit(x, y, **{key: weight})
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, x: FloatArray) -> FloatArray:
        """(n, classes) probabilities."""
        return np.asarray(self.model_.predict_proba(x), dtype=np.float64)

    def predict(self, x: FloatArray) -> Any:
        """(n,) the class the model says."""
        return self.model_.predict(x)


def weighable(make: Callable[..., Any], native: bool = False) -> Callable[..., Any]:
    """``make(seed, **options)`` that takes the option ``class_weight`` as well, if its models can be weighted.

    ``native`` for models that know the word ``"balanced"``, or none, by themselves.
    """
    return partial(_made, make, native)


def _made(make: Callable[..., Any], native: bool, seed: int, **options: Any) -> Any:
    class_weight = options.pop("class_weight", "")
    if class_weight == "":
        return make(seed, **options)
    if native and (class_weight is None or isinstance(class_weight, str)):
        return make(seed, class_weight=class_weight, **options)
    model = make(seed, class_weight=None, **options) if native else make(seed, **options)
    if class_weight is None:
        return model
    last = _innermost(model)
    if not has_fit_parameter(last, "sample_weight"):
        raise ParameterError(f"{type(last).__name__} knows no weights of rows: class_weight cannot be set for it")
    weight_by_class(class_weight, np.zeros(0))  # refuses what is no weight before anything is fitted
    return Weighted(model, class_weight)


def _innermost(model: Any) -> Any:
    """What learns in the end: the last step of a pipeline, what a bag holds copies of."""
    while isinstance(model, Pipeline | BaggingClassifier):
        model = model[-1] if isinstance(model, Pipeline) else model.estimator
    return model
