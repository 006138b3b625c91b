"""What moves a forecast of the class: partial dependence, and Shapley contributions by trees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from simulator.core.types import FloatArray

from .validate import Task

_POINTS: Final = 20
_ROUNDS: Final = 60


def partial_dependence(model: Any, x: FloatArray, column: int) -> tuple[FloatArray, FloatArray]:
    """The mean probability of being liquid if all rows of x (N, K) had one value in a column: (20,) values and means.

    The values go from the column's 5th to its 95th percentile (Friedman 2001, section 8.2).
    """
    low, high = np.quantile(x[:, column], [0.05, 0.95]).tolist()
    values = np.linspace(low, high, _POINTS)
    place = list(model.classes_).index(1)
    means = []
    for value in values:
        changed = x.copy()
        changed[:, column] = value
        means.append(float(np.asarray(model.predict_proba(changed))[:, place].mean()))
    return values, np.array(means)


def contributions(task: Task, names: Sequence[str], seed: int) -> dict[str, float]:
    """Mean absolute Shapley contribution, in log-odds, of each column of a task; sectors count as one.

    They are those of gradient-boosted trees fitted on all rows, for which they are exact (Lundberg et al. 2020), by
    xgboost's own ``pred_contribs``; they explain that model, which stands in for the others.
    """
    import xgboost

    rows = xgboost.DMatrix(task.x, label=task.actual.astype(float))
    asked = {"objective": "binary:logistic", "max_depth": 3, "eta": 0.1, "seed": seed, "nthread": 1}
    each = xgboost.train(asked, rows, _ROUNDS).predict(rows, pred_contribs=True)[:, :-1]
    groups: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        groups.setdefault("sector" if name.startswith("sector ") else name, []).append(number)
    found = {name: float(np.abs(each[:, columns].sum(axis=1)).mean()) for name, columns in groups.items()}
    return dict(sorted(found.items(), key=lambda item: -item[1]))
