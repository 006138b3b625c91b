"""Every model by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, Final

from simulator.core.errors import ParameterError, nearest

from .autoregression import VectorAutoregression
from .balanced import BalancedForest, EasyEnsemble
from .calibrate import Calibrated
from .composites import composites
from .deep import WINDOW, Recurrent
from .extras import need, need_docstrings
from .hazard import Hazard
from .hidden import HiddenMarkov
from .nowcast import RidgeNowcast
from .prepare import standardised
from .presets import PRESETS
from .probit import OrderedProbit
from .rules import StatusRule, date_only
from .spec import ModelSpec
from .switching import MarkovSwitching
from .weights import weighable


def xgboost(seed: int, **options: Any) -> Any:
    """Gradient-boosted shallow trees; missing features are handled by the trees themselves."""
    need_docstrings()
    from .trees import BoostedTrees

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
    return BoostedTrees(**(settings | options))


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


def _hazard(seed: int, **options: Any) -> Any:  # noqa: ARG001
    return Hazard(**options)


def _vector_autoregression(seed: int, **options: Any) -> Any:  # noqa: ARG001
    return VectorAutoregression(**options)


def _switching(seed: int, **options: Any) -> Any:  # noqa: ARG001
    return MarkovSwitching(**options)


def _recurrent(cell: str, seed: int, **options: Any) -> Any:
    need("deep", f"model {cell!r}")
    return Recurrent(cell, random_state=seed, **options)


def _rule(seed: int) -> Any:  # noqa: ARG001
    return StatusRule()


def _date(seed: int) -> Any:  # noqa: ARG001
    return date_only()


def _by_name(specs: tuple[ModelSpec, ...]) -> dict[str, ModelSpec]:
    return {spec.name: spec for spec in specs}


#: Models of one kind each.
_SINGLES: Final[Mapping[str, ModelSpec]] = _by_name(
    (
        *PRESETS,
        ModelSpec(
            "logistic",
            "Logistic regression",
            "linear",
            "ridge penalty, balanced classes",
            weighable(_logistic, native=True),
        ),
        ModelSpec(
            "logit",
            "Logit",
            "linear",
            "logistic regression, classes as often as they come",
            weighable(_logit, native=True),
        ),
        ModelSpec("probit", "Ordered probit", "linear", "ridge penalty", weighable(_probit)),
        ModelSpec(
            "ridge-nowcast",
            "Ridge nowcast",
            "linear",
            "regresses the index, cut at the thresholds of the day",
            _nowcast,
            RidgeNowcast.needs,
        ),
        ModelSpec(
            "random-forest",
            "Random forest",
            "ensemble",
            "100 trees, classes balanced in each",
            weighable(_forest, native=True),
        ),
        ModelSpec("xgboost", "XGBoost", "ensemble", "150 boosted trees of depth 3 at rate 0.05", weighable(xgboost)),
        ModelSpec("easy-ensemble", "EasyEnsemble", "ensemble", "AdaBoost.M2 on 4 balanced samples, averaged", _easy),
        ModelSpec(
            "balanced-forest", "Balanced forest", "ensemble", "100 trees on balanced bootstraps", _balanced_forest
        ),
        ModelSpec("mlp", "Multilayer perceptron", "network", "16 hidden units, weight decay", weighable(_perceptron)),
        ModelSpec("hidden-markov", "Hidden Markov regimes", "regimes", "4 Gaussian regimes of 3 components", _hidden),
        ModelSpec(
            "markov-switching",
            "Markov-switching autoregression",
            "regimes",
            "3 regimes of the first component: level, persistence and volatility switch",
            _switching,
            window=MarkovSwitching.window,
        ),
        ModelSpec(
            "var",
            "Vector autoregression",
            "system",
            "2 lags of the index and a few series, ridge; the index hidden, by the Kalman filter",
            _vector_autoregression,
            VectorAutoregression.needs,
            window=VectorAutoregression.window,
        ),
        ModelSpec(
            "hazard",
            "Hazard of an event",
            "linear",
            "discrete-time proportional hazard (complementary log-log), ridge penalty",
            _hazard,
            wants=Hazard.wants,
            classes=2,
        ),
        *(
            ModelSpec(
                cell,
                title,
                "network",
                f"16 units over the last {WINDOW} sessions, dropout 0.3, rounds chosen on the last training rows",
                partial(_recurrent, cell),
                window=WINDOW,
                slow=True,
                extra="deep",
            )
            for cell, title in (("gru", "GRU"), ("lstm", "LSTM"))
        ),
    )
)

#: Every model: the paper's presets, models of our own choice, and the naive rules they must beat.
MODELS: Final[Mapping[str, ModelSpec]] = _by_name(
    (
        *_SINGLES.values(),
        *composites(_SINGLES),
        ModelSpec("last-published", "Last published status", "naive", "says what was published last", _rule),
        ModelSpec("vix-quantile", "VIX against its past", "naive", "the quantile of its own past VIX is above", _rule),
        ModelSpec("date-only", "Calendar date alone", "control", "the class of the nearest training day", _date),
    )
)


def standard(classes: int) -> tuple[str, ...]:
    """Names of the models that a study of so many classes runs by default: those that are not slow."""
    return tuple(name for name, model in MODELS.items() if not model.slow and model.classes in (0, classes))


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

    Every ``random_state`` among the estimator's parameters is set to the seed. Gaps are filled and columns
    standardised before it sees them; for one that is :class:`~.calibrate.Calibrated`, inside each fold.
    """
    needs, window = tuple(getattr(make, "needs", ())), int(getattr(make, "window", 0))
    return ModelSpec(name, name, "own", "of the user's own", partial(_own, make), needs, window=window)


def _own(make: Callable[..., Any], seed: int, **options: Any) -> Any:
    model = make(**options)
    if hasattr(model, "get_params"):
        drawn = [get_param for get_param in model.get_params() if get_param.rpartition("__")[2] == "random_state"]
        model.set_params(**dict.fromkeys(drawn, seed))
    return _prepared(model)


def _prepared(model: Any) -> Any:
    """A model behind what fills its gaps, unless it asks for more than columns and so looks after them itself."""
    if getattr(model, "needs", ()) or getattr(model, "window", 0):
        return model
    if isinstance(model, Calibrated):
        return model.set_params(model=_prepared(model.model))
    return standardised(model)


def maker(name: str, seed: int, options: dict[str, Any], given: Collection[str] = ()) -> Callable[[], Any]:
    """A function that makes a fresh model of the named kind, for events (two classes).

    ``given`` names what it will be given besides columns: ``"window"``, and arrays that models may need.

    Raises
    ------
    ParameterError
        For an unknown name, a model that needs more than it will be given, or one whose extra is absent.
    """
    spec = model_spec(name)
    asks = {*spec.needs, *(["window"] if spec.window else [])}
    if asks - set(given) or spec.family in ("naive", "control"):
        raise ParameterError(f"model {name!r} needs more than columns and classes; choose another")
    spec.check(2)
    return partial(spec.make, seed, **options)
