"""Fitting any model on some rows and asking it about others, one thread each."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from simulator.core.errors import PluginError
from simulator.core.types import FloatArray


class Answer(NamedTuple):
    """What a model says of n rows. A row a session."""

    probability: FloatArray  # (n, classes)
    status: FloatArray  # (n,) the class each row is called


def answer(
    model: Any,
    x: FloatArray,
    y: FloatArray,
    asked: FloatArray,
    classes: int,
    side: Mapping[str, FloatArray],
    asked_side: Mapping[str, FloatArray],
) -> Answer:
    """Fit ``model`` on rows x (n, K) and classes y (n,), and ask it about other rows.

    Training rows with one class only, or none, are answered with that class (the mildest) for certain. A class
    absent from training has probability 0, unless the model estimates a level and knows the thresholds of the day.

    Raises
    ------
    PluginError
        If the model gives probabilities of another shape, or outside [0, 1], or that do not sum to one.
    """
    if y.size == 0 or y.min() == y.max():
        status = np.full(len(asked), y[0] if y.size else 0.0)
        return Answer(np.eye(classes)[status.astype(int)], status)
    if len(asked) == 0:
        return Answer(np.zeros((0, classes)), np.zeros(0))
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of convergence and collinearity: judged by the forecasts
        model.fit(x, y, **side)
        raw = np.asarray(model.predict_proba(asked, **asked_side), dtype=np.float64)
        status = np.asarray(model.predict(asked, **asked_side), dtype=np.float64)
    known = np.asarray(model.classes_, dtype=np.int64)
    probability = np.zeros((len(asked), classes))
    if raw.shape != (len(asked), known.size):
        raise PluginError(f"{type(model).__name__}: predict_proba gave {raw.shape}, not {(len(asked), known.size)}")
    probability[:, known] = raw
    if not (np.all((raw >= 0.0) & (raw <= 1.0)) and np.allclose(raw.sum(axis=1), 1.0, atol=1e-4)):
        raise PluginError(f"{type(model).__name__}: predict_proba gave no probabilities")
    return Answer(probability / probability.sum(axis=1, keepdims=True), status)
