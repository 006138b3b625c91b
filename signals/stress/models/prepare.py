"""What a model sees: gaps filled and columns made comparable, both as learned from its training rows."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import Pipeline

from simulator.core.types import FloatArray

#: Standard deviations beyond which a value says no more than that it is extreme.
CLIP: Final = 8.0


class Standardise(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Fill gaps with the median of the training rows, then centre and scale by their mean and standard deviation.

    A column without a value or without variation in training becomes 0: a series that had not begun then says
    nothing. Values are cut at :data:`CLIP` standard deviations, so that a crisis unlike any before stays finite.

    Parameters
    ----------
    clip
        Standard deviations at which values are cut.
    """

    def __init__(self, clip: float = CLIP) -> None:
        self.clip = clip

    def fit(self, x: FloatArray, y: Any = None) -> Standardise:  # noqa: ARG002 - sklearn's signature
        """Learn medians, means and standard deviations from rows x (n, K), NaN where unknown."""
        held = ~np.isnan(x).all(axis=0)
        self.median_ = np.zeros(x.shape[1])
        self.median_[held] = np.nanmedian(x[:, held], axis=0)
        filled = np.where(np.isnan(x), self.median_, x)
        self.mean_ = filled.mean(axis=0)
        deviation = filled.std(axis=0)
        flat = deviation <= 1e-12 * np.maximum(np.abs(self.mean_), 1.0)
        self.scale_ = np.where(flat, np.inf, deviation)
        return self

    def transform(self, x: FloatArray) -> FloatArray:
        """(n, K) rows without gaps, in standard deviations."""
        filled = np.where(np.isnan(x), self.median_, x)
        return np.clip((filled - self.mean_) / self.scale_, -self.clip, self.clip)


def standardised(model: Any) -> Pipeline:
    """A model behind :class:`Standardise`: for those that need scales alike, or cannot have gaps."""
    return Pipeline([("standardise", Standardise()), ("model", model)])
