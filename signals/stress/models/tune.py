"""Settings chosen inside the training rows: by random search or by Optuna, on inner forward folds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.metrics import average_precision_score

from simulator.core.errors import ParameterError, nearest
from simulator.core.types import FloatArray, IntArray

from .extras import need
from .inner import FOLDS, GAP, Side, past_forecasts
from .wrapping import Wrapping

SCORES: Final = ("brier", "average-precision")
SEARCHES: Final = ("random", "optuna")


@dataclass(frozen=True, slots=True)
class Between:
    """A number from ``low`` to ``high``, on a logarithmic scale or not; whole numbers where ``whole``."""

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def draw(self, rng: np.random.Generator) -> float | int:
        """One of them at random; whole numbers are rounded from the scale. In the unit of the bounds."""
        if self.log:
            value = float(np.exp(rng.uniform(np.log(self.low), np.log(self.high))))
        else:
            value = float(rng.uniform(self.low, self.high))
        return round(value) if self.whole else value


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some values."""

    values: tuple[Any, ...]

    def draw(self, rng: np.random.Generator) -> Any:
        """One of them at random."""
        return self.values[int(rng.integers(len(self.values)))]


Space = Mapping[str, Between | OneOf]

#: What is searched for XGBoost: few settings, in wide ranges around its defaults here.
XGBOOST_SPACE: Final[Space] = {
    "n_estimators": Between(50, 300, log=True, whole=True),
    "max_depth": Between(2, 5, whole=True),
    "learning_rate": Between(0.02, 0.2, log=True),
    "min_child_weight": Between(1.0, 20.0, log=True),
    "colsample_bytree": Between(0.4, 1.0),
    "reg_lambda": Between(0.3, 30.0, log=True),
}


class Tuned(Wrapping, ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A model with the settings that did best on forward folds inside its training rows, fitted on all of them.

    The settings it comes with are tried first and keep their place against equals. Each trial fits one copy a fold;
    what it is judged by is pooled over the folds, since a fold may hold no event. Where the rows allow no fold with
    all classes the model keeps its own settings.

    Parameters
    ----------
    model
        Any classifier of this package's interface.
    space
        What to search: parameters of the model (``model__C`` and the like inside a pipeline) and their ranges.
    trials
        Settings tried, those of the model among them.
    score
        ``"brier"``, or ``"average-precision"`` of the calls above each class (mean over classes).
    search
        ``"random"``, or ``"optuna"`` (tree-structured Parzen estimator; needs the extra ``tune``).
    folds, gap
        Inner forward folds, and training rows left out before each.
    random_state
        Seed of the search.

    Notes
    -----
    Sources: Bergstra & Bengio (2012); Bergstra, Bardenet, Bengio & Kegl (2011).
    """

    def __init__(
        self,
        model: Any,
        space: Space,
        trials: int = 15,
        score: str = "brier",
        search: str = "random",
        folds: int = FOLDS,
        gap: int = GAP,
        random_state: int = 0,
    ) -> None:
        self.model = model
        self.space = space
        self.trials = trials
        self.score = score
        self.search = search
        self.folds = folds
        self.gap = gap
        self.random_state = random_state

    def fit(self, x: FloatArray, y: FloatArray, **side: FloatArray) -> Tuned:
        """Learn from rows x (n, K) in the order of time, NaN where unknown, and classes y (n,)."""
        for what, given, known in (("score", self.score, SCORES), ("search", self.search, SEARCHES)):
            if given not in known:
                raise ParameterError(f"no {what} {given!r} to tune by{nearest(given, known)}")
        if self.search == "optuna":
            need("tune", "tuning by Optuna")
        tried = _Trials(self, x, y, side)
        self.losses_ = [tried.loss({})]
        self.settings_: list[dict[str, Any]] = [{}]
        if np.isfinite(self.losses_[0]):
            for settings, loss in _optuna(self, tried) if self.search == "optuna" else _random(self, tried):
                self.settings_.append(settings)
                self.losses_.append(loss)
        self.best_ = self.settings_[int(np.argmin(self.losses_))]
        self.model_ = clone(self.model).set_params(**self.best_).fit(x, y, **side)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, x: FloatArray, **side: FloatArray) -> FloatArray:
        """(n, classes) probabilities."""
        return np.asarray(self.model_.predict_proba(x, **side), dtype=np.float64)

    def predict(self, x: FloatArray, **side: FloatArray) -> Any:
        """(n,) the class the model says."""
        return self.model_.predict(x, **side)


@dataclass(frozen=True, eq=False)
class _Trials:
    """The rows that settings are tried on."""

    tuned: Tuned
    x: FloatArray
    y: FloatArray
    side: Side

    def loss(self, settings: Mapping[str, Any]) -> float:
        """How badly a model with these settings did on the folds; infinity where there are none."""
        rule = self.tuned
        model = clone(rule.model).set_params(**settings)
        classes = np.unique(self.y)
        past = past_forecasts(model, self.x, self.y, self.side, classes, rule.folds, rule.gap)
        if past.rows.size == 0:
            return float("inf")
        truth = np.searchsorted(classes, self.y[past.rows])
        return brier(past.probability, truth) if rule.score == "brier" else -precision(past.probability, truth)


def brier(probability: FloatArray, truth: IntArray) -> float:
    """Mean over rows of the summed squared error of probabilities (n, classes); 0 is perfect."""
    return float(((probability - np.eye(probability.shape[1])[truth]) ** 2).sum(axis=1).mean())


def precision(probability: FloatArray, truth: IntArray) -> float:
    """Average precision of "at least class k", mean over the classes above the mildest that came; 0 if none did.

    ``probability`` is (n, classes), a row a session.
    """
    found = [
        average_precision_score(truth >= k, probability[:, k:].sum(axis=1))
        for k in range(1, probability.shape[1])
        if (truth >= k).any()
    ]
    return float(np.mean(found)) if found else 0.0


def _random(rule: Tuned, tried: _Trials) -> Iterator[tuple[dict[str, Any], float]]:
    rng = np.random.default_rng(rule.random_state)
    for _ in range(rule.trials - 1):
        settings = {name: choice.draw(rng) for name, choice in rule.space.items()}
        yield settings, tried.loss(settings)


def _optuna(rule: Tuned, tried: _Trials) -> Iterator[tuple[dict[str, Any], float]]:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=rule.random_state))
    for _ in range(rule.trials - 1):
        trial = study.ask()
        settings = {name: _suggested(trial, name, choice) for name, choice in rule.space.items()}
        loss = tried.loss(settings)
        study.tell(trial, loss)
        yield settings, loss


def _suggested(trial: Any, name: str, choice: Between | OneOf) -> Any:
    if isinstance(choice, OneOf):
        return trial.suggest_categorical(name, choice.values)
    if choice.whole:
        return trial.suggest_int(name, int(choice.low), int(choice.high), log=choice.log)
    return trial.suggest_float(name, choice.low, choice.high, log=choice.log)
