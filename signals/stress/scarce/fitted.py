"""A walk-forward that can be asked again: its fitted models, and how their columns varied in training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from signals.stress.validation import Candidate, Problem, Split
from signals.stress.walk_forward import Fitted, Fold, fit, predict
from simulator.core.types import BoolArray, FloatArray, IntArray

from .augmented import check_plain


@dataclass(frozen=True, eq=False)
class WalkForward:
    """Models fitted once, to be asked about their test rows as they were or as they might have been.

    Attributes
    ----------
    columns
        K names.
    rows
        (n,) test rows of the problem, in the order of time.
    x
        (n, K) what the models saw of them.
    actual
        (n,) True where stress came.
    scale
        (n, K) standard deviation of each column in the training rows of the model that answers; 0 where it had no
        value.
    models
        With their test rows counted within ``rows``.
    """

    columns: tuple[str, ...]
    rows: IntArray
    x: FloatArray
    actual: BoolArray
    scale: FloatArray
    models: list[Fitted]

    def ask(self, x: FloatArray) -> FloatArray:
        """(n,) probabilities of stress for rows (n, K) in the place of the test rows."""
        return np.nan_to_num(predict(self.models, x))


def fitted(
    model: Candidate,
    problem: Problem,
    splits: Sequence[Split],
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> WalkForward:
    """Fit a model on each split and keep it.

    Raises
    ------
    ParameterError
        If the model needs more than the columns of a day.
    """
    spec = model.spec
    check_plain(spec, "perturbed")
    values = problem.panel.values[:, [problem.panel.index_of(name) for name in model.columns]]
    plan = [Fold(*split) for split in splits]
    models = fit(partial(spec.make, seed, **dict(model.options)), values, problem.label.values, plan, progress)
    rows = np.concatenate([split.test for split in plan])
    order = np.sort(rows)
    scale = np.empty((rows.size, values.shape[1]))
    for split in plan:
        scale[np.searchsorted(order, split.test)] = _deviation(values[split.train])
    placed = [Fitted(np.searchsorted(order, model.test), model.model) for model in models]
    return WalkForward(tuple(model.columns), order, values[order], problem.label.values[order] > 0.0, scale, placed)


def _deviation(x: FloatArray) -> FloatArray:
    """(K,) standard deviations of the known values; 0 where there are none."""
    known = ~np.isnan(x)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, x, 0.0).sum(axis=0) / count
    return np.asarray(np.sqrt(np.where(known, (x - mean) ** 2, 0.0).sum(axis=0) / count))
