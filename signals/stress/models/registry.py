"""Every model by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from simulator.core.errors import ParameterError, nearest

from .balanced import BalancedForest, EasyEnsemble
from .hidden import HiddenMarkov
from .nowcast import RidgeNowcast
from .prepare import standardised
from .presets import PRESETS
from .probit import OrderedProbit
from .rules import StatusRule, date_only
from .spec import ModelSpec


def xgboost(seed: int, **options: Any) -> Any:
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
    return XGBClassifier(**(settings | options))


def _logistic(seed: int, **options: Any) -> Any:  # noqa: ARG001 - convex
    from sklearn.linear_model import LogisticRegression

    return standardised(LogisticRegression(**({"C": 0.01, "class_weight": "balanced", "max_iter": 500} | options)))


def _logit(seed: int, **options: Any) -> Any:  # noqa: ARG001 - convex
    from sklearn.linear_model import LogisticRegression

    return standardised(LogisticRegression(**({"C": 0.1, "max_iter": 500} | options)))


def _forest(seed: int, **options: Any) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    settings = {"n_estimators": 100, "min_samples_leaf": 5, "class_weight": "balanced_subsample", "n_jobs": 1}
    return RandomForestClassifier(**(settings | options), random_state=seed)


def _perceptron(seed: int, **options: Any) -> Any:
    from sklearn.neural_network import MLPClassifier

    settings: dict[str, Any] = {"hidden_layer_sizes": (16,), "alpha": 1.0, "max_iter": 150}
    return standardised(MLPClassifier(**(settings | options), random_state=seed))


def _easy(seed: int, **options: Any) -> Any:
    return standardised(EasyEnsemble(random_state=seed, **options))


def _balanced_forest(seed: int, **options: Any) -> Any:
    return standardised(BalancedForest(random_state=seed, **options))


def _nowcast(seed: int, **options: Any) -> Any:  # noqa: ARG001
    return RidgeNowcast(**options)


def _hidden(seed: int, **options: Any) -> Any:  # noqa: ARG001
    return standardised(HiddenMarkov(**options))


def _probit(seed: int, **options: Any) -> Any:  # noqa: ARG001
    return standardised(OrderedProbit(**options))


def _rule(seed: int) -> Any:  # noqa: ARG001
    return StatusRule()


def _date(seed: int) -> Any:  # noqa: ARG001
    return date_only()


def _by_name(specs: tuple[ModelSpec, ...]) -> dict[str, ModelSpec]:
    return {one.name: one for one in specs}


#: Every model: the paper's presets, models of our own choice, and the naive rules they must beat.
MODELS: Final[Mapping[str, ModelSpec]] = _by_name(
    (
        *PRESETS,
        ModelSpec("logistic", "Logistic regression", "linear", "ridge penalty, balanced classes", _logistic),
        ModelSpec("logit", "Logit", "linear", "logistic regression, classes as often as they come", _logit),
        ModelSpec("probit", "Ordered probit", "linear", "ridge penalty", _probit),
        ModelSpec(
            "ridge-nowcast",
            "Ridge nowcast",
            "linear",
            "regresses the index, cut at the thresholds of the day",
            _nowcast,
            RidgeNowcast.needs,
        ),
        ModelSpec("random-forest", "Random forest", "ensemble", "100 trees, classes balanced in each", _forest),
        ModelSpec("xgboost", "XGBoost", "ensemble", "150 boosted trees of depth 3 at rate 0.05", xgboost),
        ModelSpec("easy-ensemble", "EasyEnsemble", "ensemble", "AdaBoost.M2 on 4 balanced samples, averaged", _easy),
        ModelSpec(
            "balanced-forest", "Balanced forest", "ensemble", "100 trees on balanced bootstraps", _balanced_forest
        ),
        ModelSpec("mlp", "Multilayer perceptron", "network", "16 hidden units, weight decay", _perceptron),
        ModelSpec("hidden-markov", "Hidden Markov regimes", "regimes", "4 Gaussian regimes of 3 components", _hidden),
        ModelSpec("last-published", "Last published status", "naive", "says what was published last", _rule),
        ModelSpec("vix-quantile", "VIX against its past", "naive", "the quantile of its own past VIX is above", _rule),
        ModelSpec("date-only", "Calendar date alone", "control", "the class of the nearest training day", _date),
    )
)


def model_spec(name: str) -> ModelSpec:
    """A model of the registry.

    Raises
    ------
    ParameterError
        For an unknown name, with the nearest known one.
    """
    if name not in MODELS:
        raise ParameterError(f"unknown model {name!r}{nearest(name, MODELS)}")
    return MODELS[name]


def own_model(name: str, make: Callable[..., Any]) -> ModelSpec:
    """A model of the user's own: a class or function that gives an estimator with sklearn's interface.

    ``random_state`` is set to the seed where the estimator has such a parameter. Gaps are filled and columns
    standardised before it sees them.
    """
    return ModelSpec(name, name, "own", "of the user's own", partial(_own, make), tuple(getattr(make, "needs", ())))


def _own(make: Callable[..., Any], seed: int, **options: Any) -> Any:
    model = make(**options)
    if hasattr(model, "get_params") and "random_state" in model.get_params():
        model.set_params(random_state=seed)
    return model if getattr(model, "needs", ()) else standardised(model)


def maker(name: str, seed: int, options: dict[str, Any]) -> Callable[[], Any]:
    """A function that makes a fresh model of the named kind, for targets that need the columns alone."""
    spec = model_spec(name)
    if spec.needs or spec.family in ("naive", "control"):
        raise ParameterError(f"model {name!r} needs more than columns and classes; choose another")
    return partial(spec.make, seed, **options)
