"""Walk-forward fitting: a model made at t has seen only labels known at t."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

import numpy as np
from threadpoolctl import threadpool_limits

from simulator.core.errors import ParameterError
from simulator.core.types import FloatArray, IntArray

from .given import NOTHING, Given


class Classifier(Protocol):
    """The part of sklearn's interface that a forecast needs."""

    def fit(self, x: FloatArray, y: FloatArray, **given: FloatArray) -> Any:
        """Learn from rows x (n, K), NaN where unknown, labels y (n,), and what else it is given of each row.

        A row a session.
        """
        ...

    def predict_proba(self, x: FloatArray, **given: FloatArray) -> FloatArray:
        """(n, 2) probabilities of the two classes."""
        ...


class Kept(Protocol):
    """Models fitted before, by what they were fitted to."""

    def get(self, learned: Sequence[FloatArray]) -> Classifier | None:
        """The model fitted to rows x (n, K), labels y (n,) and what else it was given; ``None`` if there is none."""
        ...

    def put(self, learned: Sequence[FloatArray], model: Classifier) -> None:
        """Keep a model under what it was fitted to."""
        ...


class Keeper(Protocol):
    """Where fitted models are kept from one run to the next."""

    def of(self, model: str, options: Mapping[str, Any], seed: int) -> Kept | None:
        """What is kept of a model with these options and this seed; ``None`` if such models cannot be kept."""
        ...


class Fold(NamedTuple):
    """One refit: rows to learn from, rows it then forecasts until the next. Rows are positions of sessions."""

    train: IntArray
    test: IntArray


def folds(
    labels: FloatArray, *, start: int, refit_every: int, horizon: int | IntArray, embargo: int, window: int | None
) -> Iterator[Fold]:
    """Refit at sessions ``start``, ``start + refit_every``...

    A label of session s is known at s + horizon, or at s + horizon[s] where labels wait for different times (those of
    an index that is published weekly); a model made at t learns from those known by t - embargo, over the last
    ``window`` sessions with such a label (all of them if ``None``).
    """
    index = np.arange(labels.size)
    known_from = index + horizon + embargo
    known = ~np.isnan(labels)
    for t in range(start, labels.size, refit_every):
        rows = index[known_from <= t]
        if window is not None and rows.size:
            rows = rows[rows > rows[-1] - window]
        yield Fold(rows[known[rows]], np.arange(t, min(t + refit_every, labels.size)))


class Fitted(NamedTuple):
    """What was learnt at one refit: a model, or the one value that all of its labels had (NaN without any).

    ``test`` are positions of sessions.
    """

    test: IntArray
    model: Classifier | float


def fit(
    make: Callable[[], Classifier],
    x: FloatArray,
    labels: FloatArray,
    plan: list[Fold],
    progress: Callable[[int, int], None] | None = None,
    kept: Kept | None = None,
    given: Given = NOTHING,
) -> list[Fitted]:
    """One model a fold. Folds are fitted in parallel, one thread each; the result does not depend on how many.

    ``x`` is (n, K), ``labels`` (n,), a row a session; a NaN label is not learnt from.

    A model that is ``kept`` for these very rows, labels and what else it is ``given`` is taken instead of fitting it
    again.
    """
    if not plan:
        raise ParameterError("no session left to forecast: the history is shorter than the first training window")

    def one(fold: Fold) -> Fitted:
        y = labels[fold.train]
        if y.size == 0 or y.min() == y.max():
            return Fitted(fold.test, float(y[0]) if y.size else float("nan"))
        rows = x[fold.train]
        learned = () if kept is None else (rows, y, *given.decisive(x, fold.train))
        model = None if kept is None else kept.get(learned)
        if model is None:
            model = make()
            model.fit(rows, y, **given.to_learn(x, fold.train))
            if kept is not None:
                kept.put(learned, model)
        return Fitted(fold.test, model)

    fitted = []
    with (
        threadpool_limits(limits=1),
        warnings.catch_warnings(),
        ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool,
    ):
        warnings.simplefilter("ignore")  # of convergence and collinearity: judged by the forecasts
        for done, model in enumerate(pool.map(one, plan), start=1):
            fitted.append(model)
            if progress is not None:
                progress(done, len(plan))
    return fitted


def predict_together(fitted: list[Fitted], xs: Sequence[FloatArray], given: Sequence[Given]) -> list[FloatArray]:
    """:func:`predict` on several markets, to the bit: a model that judges rows one by one does so for all at once."""
    plain = all(own.window == 0 and not own.side for own in given)
    if not plain or not all(getattr(fit.model, "row_by_row", isinstance(fit.model, float)) for fit in fitted):
        return [predict(fitted, x, own) for x, own in zip(xs, given, strict=True)]
    probabilities = [np.full(len(x), np.nan) for x in xs]
    for fit in fitted:
        rows = [fit.test[fit.test < len(x)] for x in xs]
        asked = np.concatenate([x[own] for x, own in zip(xs, rows, strict=True)])
        if isinstance(fit.model, float) or not len(asked):
            told = np.full(len(asked), fit.model if isinstance(fit.model, float) else np.nan)
        else:
            told = fit.model.predict_proba(asked)[:, 1]
        parts = np.split(told, np.cumsum([own.size for own in rows])[:-1])
        for probability, own, part in zip(probabilities, rows, parts, strict=True):
            probability[own] = part
    return probabilities


def predict(fitted: list[Fitted], x: FloatArray, given: Given = NOTHING) -> FloatArray:
    """(T,) forecast probabilities, NaN before the first refit; each model says those up to the next refit."""
    probability = np.full(len(x), np.nan)
    for refit in fitted:
        rows = refit.test[refit.test < len(x)]
        if isinstance(refit.model, float):
            probability[rows] = refit.model
        elif rows.size:
            probability[rows] = refit.model.predict_proba(x[rows], **given.to_forecast(x, rows))[:, 1]
    return probability
