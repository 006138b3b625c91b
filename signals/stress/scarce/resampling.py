"""More stress in training from the rows there are: fewer calm ones, heavier or repeated stressed ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from simulator.core.types import FloatArray, IntArray

from .drawn import Drawn, kept, repeated
from .stretches import EpisodeRows, stretches

#: Training rows after augmentation, in multiples of the real ones, at which drawing ends.
MOST: Final = 4


def undersample(x: FloatArray, y: FloatArray, share: float, rng: np.random.Generator) -> Drawn:
    """All stressed rows, and calm ones drawn without replacement until stress has its share."""
    stressed, calm = np.flatnonzero(y > 0.0), np.flatnonzero(y == 0.0)
    count = min(calm.size, round(stressed.size * (1.0 - share) / share))
    return kept(x, y, np.sort(np.concatenate([stressed, rng.choice(calm, count, replace=False)])))


def weights(x: FloatArray, y: FloatArray, share: float, rng: np.random.Generator) -> Drawn:  # noqa: ARG001
    """All rows, weighted: stress has its share of the total, of which every episode has as much as any other.

    A long crisis then counts no more than a short one.
    """
    weight = np.where(y > 0.0, 0.0, (1.0 - share) * y.size / max(int((y == 0.0).sum()), 1))
    spells = stretches(y)
    for spell in spells:
        weight[spell.stressed] = share * y.size / (len(spells) * spell.stressed.size)
    return kept(x, y, np.arange(y.size))._replace(weight=weight)


def oversample(x: FloatArray, y: FloatArray, share: float, rng: np.random.Generator) -> Drawn:
    """All rows, and the stressed rows of episodes drawn with equal chance, until stress has its share."""
    spells = [stretch._replace(rows=stretch.stressed) for stretch in stretches(y)]
    return repeated(x, y, _together(drawn_until(y, spells, share, rng)))


def bootstrap(x: FloatArray, y: FloatArray, share: float, rng: np.random.Generator) -> Drawn:
    """All rows, and whole episodes with their run-up, drawn with equal chance until stress has its share.

    The rows of an episode stay together and in order, so that columns keep the way they move together.
    """
    return repeated(x, y, _together(drawn_until(y, stretches(y), share, rng)))


def drawn_until(
    y: FloatArray, spells: list[EpisodeRows], share: float, rng: np.random.Generator
) -> Iterator[EpisodeRows]:
    """Episodes drawn with equal chance until, with theirs, stressed rows have their share of all.

    Episodes with few stressed rows among many never reach it: the draw ends with :data:`MOST` times the real rows.
    """
    stressed, total = int((y > 0.0).sum()), y.size
    while spells and stressed < share * total:
        spell = spells[int(rng.integers(len(spells)))]
        stressed += spell.stressed.size
        total += spell.rows.size
        yield spell
        if total > MOST * y.size:
            return


def _together(drawn: Iterator[EpisodeRows]) -> IntArray:
    return np.concatenate([np.zeros(0, np.int64), *(spell.rows for spell in drawn)])
