"""The 24 classifiers that Tarkocin & Donduran compare, with the settings of the MATLAB app they used.

Tree sizes are in splits (a tree has one leaf more). Columns are standardised except for trees. Where sklearn differs
from MATLAB in what it optimises, the setting named is the same: trees grow best split first; the scale of the
polynomial kernels is the square root of the number of columns rather than a random heuristic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import BaggingClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from simulator.core.types import FloatArray

from .boosting import AdaBoostM2
from .kernel_bayes import KernelBayes
from .prepare import standardised
from .spec import ModelSpec
from .vector import Vectors
from .weights import weighable

_LEARNERS: Final = 30


def _tree(splits: int, seed: int) -> Any:
    return DecisionTreeClassifier(max_leaf_nodes=splits + 1, random_state=seed)


def _linear(seed: int) -> Any:  # noqa: ARG001 - nothing here is random
    return standardised(LinearDiscriminantAnalysis())


def _quadratic(seed: int) -> Any:  # noqa: ARG001
    return standardised(QuadraticDiscriminantAnalysis(reg_param=1e-3))


def _bayes(kind: type, seed: int) -> Any:  # noqa: ARG001
    return standardised(kind())


def _vectors(kernel: str, shape: float, seed: int) -> Any:  # noqa: ARG001
    return standardised(Vectors(kernel, shape))


def _squared_inverse(distance: FloatArray) -> FloatArray:
    return 1.0 / (distance**2 + 1e-12)


def _neighbours(count: int, metric: str, weighted: bool, seed: int) -> Any:  # noqa: ARG001
    options: dict[str, Any] = {"metric": metric} if metric != "cubic" else {"metric": "minkowski", "p": 3}
    return standardised(Neighbours(count, _squared_inverse if weighted else "uniform", **options))


class Neighbours(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """k nearest neighbours, all of the training rows where there are fewer than k."""

    def __init__(self, count: int, weights: Any = "uniform", metric: str = "euclidean", p: int = 2) -> None:
        self.count = count
        self.weights = weights
        self.metric = metric
        self.p = p

    def fit(self, x: FloatArray, y: FloatArray) -> Neighbours:
        """Keep the training rows x (n, K) and classes y (n,)."""
        least = min(self.count, len(x))
        self.model_ = KNeighborsClassifier(least, weights=self.weights, metric=self.metric, p=self.p).fit(x, y)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, x: FloatArray) -> FloatArray:
        """(n, classes) weighted shares of the classes among the neighbours."""
        return self.model_.predict_proba(x)

    def predict(self, x: FloatArray) -> Any:
        """(n,) the most probable class."""
        return self.model_.predict(x)


def _boosted(undersample: bool, seed: int, **options: Any) -> Any:
    return AdaBoostM2(undersample=undersample, random_state=seed, **options)


def _bagged(seed: int) -> Any:
    return BaggingClassifier(DecisionTreeClassifier(), n_estimators=_LEARNERS, random_state=seed)


def _subspace(kind: Callable[[], Any], seed: int) -> Any:
    bag = BaggingClassifier(kind(), n_estimators=_LEARNERS, max_features=0.5, bootstrap=False, random_state=seed)
    return standardised(bag)


def _nearest() -> Any:
    return Neighbours(1)


def _presets() -> Iterator[ModelSpec]:
    """Every preset, in the order of the app."""
    for label, splits in (("fine", 100), ("medium", 20), ("coarse", 4)):
        text = f"one tree of at most {splits} splits (Gini)"
        yield _one(f"tree-{label}", f"Tree – {label.title()} Tree", "tree", text, partial(_tree, splits))
    yield _one("discriminant-linear", "Linear Discriminant", "discriminant", "one covariance for all", _linear)
    yield _one("discriminant-quadratic", "Quadratic Discriminant", "discriminant", "a covariance a class", _quadratic)
    yield _one("bayes-gaussian", "Naïve Bayes – Gaussian", "bayes", "normal densities", partial(_bayes, GaussianNB))
    yield _one("bayes-kernel", "Naïve Bayes – Kernel", "bayes", "kernel densities", partial(_bayes, KernelBayes))
    for label, degree in (("linear", 1), ("quadratic", 2), ("cubic", 3)):
        text = f"polynomial kernel of degree {degree}, box constraint 1, one against one"
        name, title = f"svm-{label}", f"Support Vector Machine – {label.title()}"
        yield _one(name, title, "svm", text, partial(_vectors, "poly", float(degree)))
    for label, factor in (("fine", 0.25), ("medium", 1.0), ("coarse", 4.0)):
        text = f"Gaussian kernel of scale {factor:g} sqrt(columns), box constraint 1, one against one"
        name, title = f"svm-{label}-gaussian", f"Support Vector Machine – {label.title()} Gaussian"
        yield _one(name, title, "svm", text, partial(_vectors, "rbf", factor))
    for label, count, metric, weighted in (
        ("fine", 1, "euclidean", False),
        ("medium", 10, "euclidean", False),
        ("coarse", 100, "euclidean", False),
        ("cosine", 10, "cosine", False),
        ("cubic", 10, "cubic", False),
        ("weighted", 10, "euclidean", True),
    ):
        text = f"{count} nearest, {metric} distance{', weighted by its inverse square' if weighted else ''}"
        name, title = f"knn-{label}", f"k-Nearest Neighbour ({label} KNN)"
        yield _one(name, title, "neighbours", text, partial(_neighbours, count, metric, weighted))
    text = f"{_LEARNERS} trees of 20 splits, AdaBoost.M2 at rate 0.1"
    yield _one("boosted-trees", "Ensemble – Boosted Trees", "ensemble", text, partial(_boosted, False))
    text = f"{_LEARNERS} full trees on bootstraps"
    yield _one("bagged-trees", "Ensemble – Bagged Trees", "ensemble", text, _bagged)
    text = f"{_LEARNERS} linear discriminants, half of the columns each"
    kind = partial(_subspace, LinearDiscriminantAnalysis)
    yield _one("subspace-discriminant", "Ensemble – Subspace Discriminant", "ensemble", text, kind)
    text = f"{_LEARNERS} nearest neighbours, half of the columns each"
    yield _one("subspace-knn", "Ensemble – Subspace KNN", "ensemble", text, partial(_subspace, _nearest))
    text = f"{_LEARNERS} trees of 20 splits, AdaBoost.M2 at rate 0.1, classes undersampled alike in every round"
    yield _one("rusboost", "Ensemble – RUSBoost", "ensemble", text, partial(_boosted, True))


def _one(name: str, title: str, family: str, text: str, make: Callable[..., Any]) -> ModelSpec:
    return ModelSpec(name, title, family, text, weighable(make), preset=True)


PRESETS: Final[tuple[ModelSpec, ...]] = tuple(_presets())
