"""The worst small change of the inputs that can be found by asking the model alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from simulator.core.types import BoolArray, FloatArray

#: ``ask(x)``: (n,) probabilities of stress that rows x (n, K) get.
Ask = Callable[[FloatArray], FloatArray]

DRAWS: Final = 16
SIZES: Final = (0.1, 0.25, 0.5)


def worst(
    ask: Ask,
    x: FloatArray,
    actual: BoolArray,
    reach: FloatArray,
    rng: np.random.Generator,
    draws: int = DRAWS,
    groups: int = 16,
) -> FloatArray:
    """Rows moved by ``reach`` in the directions that hurt the forecast most, among those tried.

    Every cell goes up or down by its reach. For each row by itself the worst of ``draws`` random sign patterns is
    kept, and then improved by one pass over ``groups`` random groups of columns: the signs of a group are turned where
    that hurts more. The adversary knows what came, and needs nothing of the model but its answers.

    Parameters
    ----------
    ask
        The fitted model.
    x
        (n, K) rows; missing cells stay so.
    actual
        (n,) True where stress came: there the forecast is pushed down, elsewhere up.
    reach
        (n, K) how far a cell is moved.
    rng
        Of the patterns.
    draws, groups
        How hard it tries; a group is a column where there are no more columns than groups.
    """
    towards = np.where(actual, -1.0, 1.0)
    best = np.zeros(x.shape)
    harm = towards * ask(x)  # standing still is allowed: no pattern may be worse than none
    for _ in range(draws):
        signs = rng.choice([-1.0, 1.0], x.shape)
        best, harm = _better(ask, x, signs, reach, towards, best, harm)
    for group in np.array_split(rng.permutation(x.shape[1]), min(groups, x.shape[1])):
        signs = np.where(best == 0.0, 1.0, best)
        signs[:, group] *= -1.0
        best, harm = _better(ask, x, signs, reach, towards, best, harm)
    return x + best * reach


def _better(
    ask: Ask,
    x: FloatArray,
    signs: FloatArray,
    reach: FloatArray,
    towards: FloatArray,
    best: FloatArray,
    harm: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """The worse of two patterns, row by row, and how bad it is."""
    new = towards * ask(x + signs * reach)
    better = new > harm
    return np.where(better[:, None], signs, best), np.where(better, new, harm)
