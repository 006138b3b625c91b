"""What each column contributes to a forecast, exactly: the log-odds as a sum over columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.special import expit, logit

from signals.stress.models import Standardise
from signals.stress.models.extras import need_docstrings
from simulator.core.errors import ParameterError, UndertowError
from simulator.core.types import FloatArray

#: How far a sum may lie from the forecast it explains; of log-odds, relative to the size of the terms where they sum to
#: more than one, since trees are added in single precision.
TOLERANCE: Final = 1e-5
_CERTAIN: Final = 1e-7  # a forecast of exactly 0 or 1 has no log-odds


class UnexplainedError(UndertowError):
    """Contributions do not sum to the forecast they are to explain: it is not explained rather than wrongly so."""


@dataclass(frozen=True, eq=False)
class Contributions:
    """Forecasts of n rows taken apart, in log-odds: ``base + values.sum(axis=1) + calibration`` is the forecast's.

    Attributes
    ----------
    values
        (n, K) what each column adds.
    base
        (n,) what the model says of no day in particular: the mean over its training rows.
    calibration
        (n,) what a calibration learned beside the model adds; 0 where there is none.
    probability
        (n,) the forecast, as the model gives it.
    """

    values: FloatArray
    base: FloatArray
    calibration: FloatArray
    probability: FloatArray

    @property
    def log_odds(self) -> FloatArray:
        """(n,) the sum."""
        return self.base + self.values.sum(axis=1) + self.calibration


def contributions(model: Any, x: FloatArray) -> Contributions:
    """Contributions of the columns of rows x (n, K) to a fitted model's forecasts.

    Of XGBoost, TreeSHAP as the library computes it (path-dependent: a column that is left out follows the training
    rows down the tree); of a logistic regression, coefficient times distance from the mean training row, which is
    what SHAP is for a linear model. Both are found inside a pipeline that keeps columns apart, and inside models that
    weigh, tune or calibrate another.

    Raises
    ------
    ParameterError
        If the model's log-odds are no such sum.
    UnexplainedError
        If the contributions of a row do not sum to its forecast within :data:`TOLERANCE`.

    Notes
    -----
    Sources: Lundberg, Erion & Lee (2018), Consistent individualized feature attribution for tree ensembles; Lundberg &
    Lee (2017), section 4 (linear models).
    """
    found = check_additive(model)
    probability = np.asarray(model.predict_proba(x)[:, 1], dtype=np.float64)
    values, base, margin = found(x)
    _check_margin(values, base, margin)
    calibration = np.zeros(len(x))
    if _calibrated(model):
        calibration = logit(np.clip(probability, _CERTAIN, 1.0 - _CERTAIN)) - margin
    told = Contributions(values, base, calibration, probability)
    off = np.abs(expit(told.log_odds) - probability)
    if off.size and not off.max() <= TOLERANCE:
        raise UnexplainedError(f"contributions miss a forecast by {off.max():.1e}: more than {TOLERANCE:.0e}")
    return told


def _check_margin(values: FloatArray, base: FloatArray, margin: FloatArray) -> None:
    size = np.maximum(np.abs(values).sum(axis=1) + np.abs(base), 1.0)
    off = np.abs(values.sum(axis=1) + base - margin) / size
    if off.size and not off.max() <= TOLERANCE:
        raise UnexplainedError(
            f"contributions miss a model's margin by {off.max():.1e}: more than {TOLERANCE:.0e}; trees by the thousand "
            "are not added exactly enough"
        )


def check_additive(model: Any) -> Any:
    """:func:`additive` of a model; raises :class:`ParameterError` where there is none."""
    found = additive(model)
    if found is None:
        raise ParameterError(
            f"{type(_innermost(model)).__name__} has no exact contributions: its log-odds are no sum over columns; "
            "permutation importance and the surrogate tree serve any model"
        )
    return found


def additive(model: Any) -> Any:
    """A function from rows to their contributions (n, K), base (n,) and margin (n,); ``None`` if there is none."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline

    need_docstrings()
    from xgboost.sklearn import XGBClassifier

    if isinstance(model, XGBClassifier):
        return lambda x: _of_trees(model, x)
    if isinstance(model, LogisticRegression):
        return lambda x: _of_line(model, x)
    if isinstance(model, Pipeline):
        inner = additive(model[-1])
        apart = all(_keeps_columns_apart(step) for _, step in model.steps[:-1])
        return (lambda x: inner(model[:-1].transform(x))) if inner is not None and apart else None
    return additive(model.model_) if hasattr(model, "model_") else None


def _of_trees(model: Any, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    from xgboost import DMatrix

    booster = model.get_booster()
    rows = DMatrix(x, missing=model.missing, nthread=1)
    best = getattr(model, "best_iteration", None) if model.early_stopping_rounds else None
    asked: dict[str, Any] = {"validate_features": False, "iteration_range": (0, 0 if best is None else best + 1)}
    told = booster.predict(rows, pred_contribs=True, **asked).astype(np.float64)
    if told.ndim != 2:
        raise ParameterError("contributions are told of two classes; this model has more")
    margin = booster.predict(rows, output_margin=True, **asked).astype(np.float64)
    return told[:, :-1], told[:, -1], margin


def _of_line(model: Any, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Standardised rows have the mean training row at 0."""
    if len(model.coef_) != 1:
        raise ParameterError("contributions are told of two classes; this model has more")
    margin = np.asarray(model.decision_function(x), dtype=np.float64)
    return x * model.coef_[0], np.full(len(x), float(model.intercept_[0])), margin


def _keeps_columns_apart(step: Any) -> bool:
    """Whether each column that comes out was made of the same one that went in."""
    from sklearn.base import OneToOneFeatureMixin

    return isinstance(step, Standardise | OneToOneFeatureMixin) or step in (None, "passthrough")


def _calibrated(model: Any) -> bool:
    inner = getattr(model, "model_", None)
    return getattr(model, "calibrator_", None) is not None or (inner is not None and _calibrated(inner))


def _innermost(model: Any) -> Any:
    """The model that learns, inside whatever prepares, weighs, tunes or calibrates."""
    if hasattr(model, "steps"):
        return _innermost(model.steps[-1][1])
    return _innermost(model.model_) if hasattr(model, "model_") else model
