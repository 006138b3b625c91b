"""Models for stress forecasts, each deterministic and on one thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from simulator.core.errors import ParameterError, nearest

from .walk_forward import Classifier


def xgboost_classifier(seed: int, **options: Any) -> Classifier:
    """Gradient-boosted shallow trees; missing features are handled by the trees themselves."""
    from xgboost import XGBClassifier

    settings: dict[str, Any] = {
        "n_estimators": 150,
        "max_depth": 3,
        "learning_rate": 0.05,
        "subsample": 0.8,
        "colsample_bytree": 0.8,
        "min_child_weight": 5.0,
        "reg_lambda": 1.0,
        "tree_method": "hist",
        "objective": "binary:logistic",
        "n_jobs": 1,
        "random_state": seed,
        "verbosity": 0,
    }
    model: Classifier = XGBClassifier(**(settings | options))
    return model


MODELS: Final[dict[str, Callable[..., Classifier]]] = {"xgboost": xgboost_classifier}


def maker(name: str, seed: int, options: dict[str, Any]) -> Callable[[], Classifier]:
    """A function that makes a fresh model of the named kind."""
    if name not in MODELS:
        raise ParameterError(f"unknown model {name!r}{nearest(name, MODELS)}")
    return partial(MODELS[name], seed, **options)
