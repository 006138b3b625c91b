"""Out-of-fold probabilities: five folds over seeds, sector by sector, and from one window of stress to another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from sklearn.model_selection import StratifiedKFold

from simulator.core.types import BoolArray, FloatArray, IntArray

from .models import made

FOLDS: Final = 5


class Task(NamedTuple):
    """One model on one feature set under one label.

    Attributes
    ----------
    x
        (N, K) what it is shown.
    actual
        (N,) whether a share was liquid.
    model
        Its name.
    components
        As in :class:`~signals.equity.features.FeatureSet`.
    """

    x: FloatArray
    actual: BoolArray
    model: str
    components: float = 0.0


def cross_validated(task: Task, seed: int) -> tuple[FloatArray, IntArray]:
    """(N,) probability of being liquid, each from a model that has not seen the share, and (N,) the fold it was in.

    Folds are stratified by class and shuffled by the seed, which the models' own draws start from as well.
    """
    probability = np.empty(task.actual.size)
    fold = np.empty(task.actual.size, np.int64)
    split = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for number, (train, test) in enumerate(split.split(task.x, task.actual)):
        probability[test] = fitted(task, train, task.x[test], seed)
        fold[test] = number
    return probability, fold


def fitted(task: Task, train: IntArray, x: FloatArray, seed: int) -> FloatArray:
    """(n,) probability of being liquid for rows x, from a model that learnt from the ``train`` rows of a task.

    ``x`` is (n, K), a row a share.
    """
    y = task.actual[train].astype(np.int64)
    if y.min() == y.max():
        return np.full(x.shape[0], float(y[0]))
    model = made(task.model, seed, task.components).fit(task.x[train], y)
    place = list(model.classes_).index(1)
    probability: FloatArray = np.asarray(model.predict_proba(x))[:, place]
    return probability


def sector_left_out(task: Task, sectors: Sequence[str], seed: int) -> FloatArray:
    """(N,) probability of being liquid, each from a model that has seen no share of its sector."""
    which = np.asarray(sectors)
    probability = np.empty(task.actual.size)
    for sector in np.unique(which):
        test = which == sector
        probability[test] = fitted(task, np.flatnonzero(~test), task.x[test], seed)
    return probability
