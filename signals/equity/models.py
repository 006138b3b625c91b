"""Classifiers of the paper's Table 9, and the rivals it lacks: each made from a seed.

"Optimised" means what it means there, a search over settings, but within the training folds alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier, GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from signals.stress.models.boosting import AdaBoostM2
from simulator.core.types import FloatArray

_TREES: Final = 100
_FOLDS: Final = 3  # of a search
ALWAYS: Final = "always-illiquid"
SIZE: Final = "size-only"


class EquityModel(NamedTuple):
    """A classifier by name. It tells shares apart, a row each.

    Attributes
    ----------
    title
        As the paper's tables call it, or what it does.
    make
        An estimator with ``fit`` and ``predict_proba``, given a seed.
    rival
        Whether it is there for comparison.
    everywhere
        Whether it is run on every feature set, or on the main ones alone.
    """

    title: str
    make: Callable[[int], Any]
    rival: bool = False
    everywhere: bool = False


class SizeAlone(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # sklearn has no types
    """Logistic regression on one column: ``column`` of what the others are shown."""

    def __init__(self, column: int = 1) -> None:
        self.column = column

    def fit(self, x: FloatArray, y: FloatArray) -> SizeAlone:
        """Learn from rows x (n, K) and classes y (n,)."""
        self.inner_ = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
        self.inner_.fit(x[:, [self.column]], y)
        self.classes_ = self.inner_.classes_
        return self

    def predict_proba(self, x: FloatArray) -> FloatArray:
        """(n, classes) probabilities."""
        return np.asarray(self.inner_.predict_proba(x[:, [self.column]]))


def _scaled(model: Any) -> Pipeline:
    return make_pipeline(StandardScaler(), model)


def _searched(model: Any, grid: dict[str, list[Any]], seed: int) -> GridSearchCV:
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    return GridSearchCV(model, grid, scoring="balanced_accuracy", cv=folds)


def _bagged(seed: int, leaf: int = 1) -> BaggingClassifier:
    return BaggingClassifier(DecisionTreeClassifier(min_samples_leaf=leaf), _TREES, random_state=seed)


def _boosted(seed: int) -> AdaBoostClassifier:
    tree = DecisionTreeClassifier(max_leaf_nodes=21, min_samples_leaf=5)
    return AdaBoostClassifier(tree, n_estimators=30, learning_rate=0.1, random_state=seed)


def _best_bagged(seed: int) -> GridSearchCV:
    forest = RandomForestClassifier(60, random_state=seed)
    return _searched(forest, {"min_samples_leaf": [1, 10], "max_features": [0.3, None]}, seed)


def _best_ensemble(seed: int) -> GridSearchCV:
    boosted = GradientBoostingClassifier(random_state=seed, subsample=0.7)
    grid: dict[str, list[Any]] = {"n_estimators": [30, 90], "max_depth": [2, 3], "learning_rate": [0.05]}
    return _searched(boosted, grid, seed)


def _best_tree(seed: int) -> GridSearchCV:
    tree = DecisionTreeClassifier(random_state=seed)
    return _searched(tree, {"max_leaf_nodes": [4, 8, 16, 32], "min_samples_leaf": [1, 10]}, seed)


def _best_svm(seed: int) -> GridSearchCV:
    machine = _scaled(SVC(probability=True, random_state=seed))
    return _searched(machine, {"svc__C": [0.3, 1.0, 10.0], "svc__gamma": ["scale", 0.02]}, seed)


def _best_bayes(seed: int) -> GridSearchCV:
    return _searched(_scaled(GaussianNB()), {"gaussiannb__var_smoothing": [1e-9, 1e-3, 1e-1]}, seed)


def _network(seed: int) -> Pipeline:
    return _scaled(MLPClassifier((10,), max_iter=400, tol=1e-3, random_state=seed))


MODELS: Final = {
    "rusboost": EquityModel(
        "Ensemble, RUSBoost", lambda seed: AdaBoostM2(undersample=True, random_state=seed), everywhere=True
    ),
    "optimised-bagged": EquityModel("Optimised ensemble, bagged", _best_bagged),
    "boosted-trees": EquityModel("Ensemble, boosted trees", _boosted),
    "bagged-trees": EquityModel("Ensemble, bagged trees", _bagged, everywhere=True),
    "optimised-ensemble": EquityModel("Optimised ensemble, boosted", _best_ensemble),
    "optimised-tree": EquityModel("Optimised tree", _best_tree),
    "logistic": EquityModel("Logistic regression", lambda _: _scaled(LogisticRegression()), everywhere=True),
    "naive-bayes": EquityModel("Optimised naive Bayes", _best_bayes),
    "svm": EquityModel("Optimised SVM", _best_svm),
    "neural-network": EquityModel("Neural network, narrow", _network),
    "logistic-balanced": EquityModel(
        "Logistic regression, classes weighted equally",
        lambda _: _scaled(LogisticRegression(class_weight="balanced")),
        rival=True,
        everywhere=True,
    ),
    SIZE: EquityModel("Size alone (logistic)", lambda _: SizeAlone(), rival=True, everywhere=True),
    ALWAYS: EquityModel(
        "Always illiquid", lambda _: DummyClassifier(strategy="constant", constant=0), rival=True, everywhere=True
    ),
}


def made(name: str, seed: int, components: float) -> Any:
    """The estimator of a name, behind principal components where the feature set says so (not for the rivals)."""
    model = MODELS[name].make(seed)
    if components and not MODELS[name].rival:
        return make_pipeline(StandardScaler(), PCA(n_components=components, svd_solver="full"), model)
    return model
