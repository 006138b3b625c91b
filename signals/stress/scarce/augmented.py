"""A model that learns from augmented training rows, and is asked about real ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import has_fit_parameter

from signals.stress.models import ModelSpec
from simulator.core.errors import ParameterError, nearest
from simulator.core.types import FloatArray

from .drawn import Drawn, kept
from .resampling import bootstrap, oversample, undersample, weights
from .synthetic import autoregressive, interpolated

#: Stress makes up this share of the training rows after augmentation, unless stated otherwise.
SHARE: Final = 0.25

Draw = Callable[[FloatArray, FloatArray, float, np.random.Generator], Drawn]


class How(NamedTuple):
    """One way to augment."""

    title: str
    text: str
    draw: Draw
    synthetic: bool = False


#: Every way, by name.
HOW: Final[Mapping[str, How]] = {
    "undersample": How("Undersampling", "calm rows left out at random", undersample),
    "weights": How("Episode weights", "every episode weighs the same", weights),
    "oversample": How("Oversampling", "stressed rows of episodes drawn again", oversample),
    "bootstrap": How("Episode bootstrap", "whole episodes with their run-up drawn again", bootstrap),
    "interpolated": How("Interpolated episodes", "made-up episodes between two real ones", interpolated, True),
    "autoregressive": How("Gaussian VAR episodes", "made-up episodes from a fitted VAR(1)", autoregressive, True),
}


def draw(how: str, x: FloatArray, y: FloatArray, share: float = SHARE, seed: int = 0) -> Drawn:
    """Training rows augmented until stress (classes above 0) has ``share`` of them.

    Parameters
    ----------
    how
        A name in :data:`HOW`.
    x, y
        Training rows (n, K), NaN where unknown, in the order of time, and their classes (n,).
    share
        Between 0 and 1. Rows that hold more stress than that already, or one class only, stay as they are (weights
        give stress exactly its share).
    seed
        Same seed, same rows.

    Raises
    ------
    ParameterError
        For an unknown way, or a share that is none.
    """
    if how not in HOW:
        raise ParameterError(f"no augmentation {how!r}{nearest(how, HOW)}")
    if not 0.0 < share < 1.0:
        raise ParameterError(f"augmentation {how}: share must lie between 0 and 1, not {share}")
    stressed = y > 0.0
    if not stressed.any() or stressed.all():
        return kept(x, y, np.arange(y.size))
    return HOW[how].draw(x, y, share, np.random.default_rng(seed))


class Augmented(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Any classifier, fitted on augmented rows. What it is asked about is never touched.

    Parameters
    ----------
    model
        With sklearn's interface; fitted anew.
    how, share, seed
        See :func:`draw`.
    correct
        Whether probabilities are put back to the shares that classes have in the real training rows, by Bayes' rule
        (Saerens, Latinne & Decaestecker 2002, equation 4). Without it a model that saw more stress than there is
        says more than there is.
    """

    def __init__(
        self, model: Any, how: str = "bootstrap", share: float = SHARE, seed: int = 0, correct: bool = False
    ) -> None:
        self.model, self.how, self.share, self.seed, self.correct = model, how, share, seed, correct

    def fit(self, x: FloatArray, y: FloatArray) -> Augmented:
        """Learn from rows x (n, K) in the order of time and classes y (n,), augmented."""
        drawn = draw(self.how, x, y, self.share, self.seed)
        if np.ptp(drawn.weight) == 0.0:
            self.model.fit(drawn.x, drawn.y)
        else:
            self.model.fit(drawn.x, drawn.y, **{_weight_name(self.model): drawn.weight})
        self.classes_ = np.asarray(self.model.classes_)
        real = kept(x, y, np.arange(y.size)).shares(self.classes_)
        self.prior_ratio_ = real / drawn.shares(self.classes_)
        return self

    def predict_proba(self, x: FloatArray) -> FloatArray:
        """(n, classes) probabilities."""
        said = np.asarray(self.model.predict_proba(x), dtype=np.float64)
        if not self.correct:
            return said
        scaled = said * self.prior_ratio_
        return np.asarray(scaled / scaled.sum(axis=1, keepdims=True))

    def predict(self, x: FloatArray) -> FloatArray:
        """(n,) classes."""
        if not self.correct:
            return np.asarray(self.model.predict(x), dtype=np.float64)
        return np.asarray(self.classes_[self.predict_proba(x).argmax(axis=1)], dtype=np.float64)


def _weight_name(model: Any) -> str:
    """The keyword under which ``fit`` takes weights of rows, through a pipeline if it is one."""
    steps = getattr(model, "steps", None)
    last, prefix = (model, "") if steps is None else (steps[-1][1], f"{steps[-1][0]}__")
    if not has_fit_parameter(last, "sample_weight"):
        raise ParameterError(
            f"{type(last).__name__} takes no weights of training rows: use 'oversample', which repeats them instead"
        )
    return f"{prefix}sample_weight"


def augmented(
    model: ModelSpec, how: str, *, share: float = SHARE, correct: bool = False, name: str | None = None
) -> ModelSpec:
    """A model of the registry, or of the user's own, that learns from augmented rows.

    Parameters
    ----------
    model
        One that needs the columns alone.
    how, share, correct
        See :class:`Augmented`.
    name
        Default: ``xgboost+bootstrap`` and the like.

    Raises
    ------
    ParameterError
        For an unknown way, or a model that needs more than columns (no rows of those could be made up) or several
        sessions in a row (added ones have no neighbours).
    """
    if how not in HOW:
        raise ParameterError(f"no augmentation {how!r}{nearest(how, HOW)}")
    check_plain(model, "augmented")
    put_back = ", put back to real shares" if correct else ""
    return replace(
        model,
        name=name or f"{model.name}+{how}{'+corrected' if correct else ''}",
        title=f"{model.title}, {HOW[how].title.lower() if how != 'autoregressive' else HOW[how].title}{put_back}",
        text=f"{model.text}; {how} to a share of {share:g}{put_back}",
        make=partial(_make, model.make, how, share, correct),
        wants=(),
    )


def check_plain(model: ModelSpec, what: str) -> None:
    """Raise :class:`ParameterError` unless a model learns from single rows of columns: others cannot be ``what``."""
    if model.needs or model.window:
        besides = ", ".join(model.needs) or f"{model.window} sessions in a row"
        raise ParameterError(f"model {model.name!r} needs {besides} besides the columns of a day: it cannot be {what}")


def _make(make: Callable[..., Any], how: str, share: float, correct: bool, seed: int, **options: Any) -> Augmented:
    return Augmented(make(seed, **options), how, share, seed, correct)
