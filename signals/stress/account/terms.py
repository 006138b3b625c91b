"""What each column adds to what a model says, for models whose answer is a sum."""

from __future__ import annotations

from typing import Any

import numpy as np

from signals.stress.models.nowcast import RidgeNowcast
from simulator.core.types import FloatArray

#: Units of the terms.
INDEX, LOG_ODDS = "units of the index", "log-odds"


def terms(model: Any, x: FloatArray, after: int = 1, before: int = 0) -> FloatArray | None:
    """(n, K) what each column of rows x (n, K) adds; ``None`` for a model whose answer is no such sum.

    In units of the index or of log-odds.

    For the ridge nowcast, to its estimate of the index; for logistic regressions and XGBoost, to the log-odds of the
    class ``after`` against the class ``before`` (TreeSHAP), ``None`` where one of them was not in training. Both
    against the mean training row.
    """
    from sklearn.linear_model import LogisticRegression
    from xgboost.sklearn import XGBClassifier

    if isinstance(model, RidgeNowcast):
        return np.asarray(model.model_[:-1].transform(x) * model.model_[-1].coef_)
    if isinstance(model, XGBClassifier):
        return _of_trees(model, x, after, before)
    steps = getattr(model, "steps", None)
    if steps and isinstance(steps[-1][1], LogisticRegression):
        line, classes = steps[-1][1], list(model.classes_)
        if after not in classes or before not in classes:
            return None
        z = model[:-1].transform(x)
        if len(line.coef_) == 1:
            sign = 1.0 if after > before else -1.0
            return np.asarray(z * line.coef_[0] * sign)
        return np.asarray(z * (line.coef_[classes.index(after)] - line.coef_[classes.index(before)]))
    return None


def is_sum(model: Any, x: FloatArray) -> bool:
    """Whether what a model says of rows x (n, K) is a sum over columns."""
    classes = model.classes_
    return terms(model, x[:1], int(max(classes)), int(min(classes))) is not None


def unit(model: Any) -> str:
    """What the terms of a model are measured in."""
    return INDEX if isinstance(model, RidgeNowcast) else LOG_ODDS


def _of_trees(model: Any, x: FloatArray, after: int, before: int) -> FloatArray | None:
    from xgboost import DMatrix

    rows = DMatrix(x, missing=model.missing, nthread=1)
    classes = [int(label) for label in model.classes_]
    if after not in classes or before not in classes:
        return None
    told = model.get_booster().predict(rows, pred_contribs=True, validate_features=False).astype(np.float64)
    if told.ndim == 2:
        return np.asarray(told[:, :-1] * (1.0 if after > before else -1.0))
    return np.asarray(told[:, classes.index(after), :-1] - told[:, classes.index(before), :-1])


def coefficients(model: Any) -> FloatArray | None:
    """(K,) coefficients of standardised columns, of the worst class against the mildest; ``None`` if there are none."""
    from sklearn.linear_model import LogisticRegression

    if isinstance(model, RidgeNowcast):
        return np.asarray(model.model_[-1].coef_, dtype=np.float64)
    steps = getattr(model, "steps", None)
    if steps and isinstance(steps[-1][1], LogisticRegression):
        lines = np.asarray(steps[-1][1].coef_, dtype=np.float64)
        return lines[0] if len(lines) == 1 else lines[-1] - lines[0]
    return None
