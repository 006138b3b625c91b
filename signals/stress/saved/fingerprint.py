"""What a walk-forward was fitted to, as digests: another market, or the same one revised, has others."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from signals.stress.forecast import Lessons
from simulator.core.types import FloatArray, IntArray


class Fingerprint(NamedTuple):
    """SHA-256 of what decided the models: ``data`` is that of all parts together."""

    sessions: str
    columns: str
    features: str
    labels: str

    @property
    def data(self) -> str:
        """The digest of all parts."""
        return hashlib.sha256("".join(self).encode()).hexdigest()


def fingerprint(lessons: Lessons, sessions: int, refits: int) -> Fingerprint:
    """Of the first ``sessions`` of a market and the first ``refits`` on it.

    Labels are those a refit learned from, with their rows and what else it was given of them; later ones may have
    become known since.
    """
    panel, labels = lessons.features, lessons.target.values
    learned = hashlib.sha256()
    for fold in lessons.plan[:refits]:
        learned.update(f"{int(fold.test[0])} {fold.train.size}".encode())
        learned.update(_bytes(fold.train) + _bytes(labels[fold.train]))
        for name in sorted(lessons.given.side):
            learned.update(name.encode() + _bytes(lessons.given.side[name][fold.train]))
    return Fingerprint(
        sessions=_digest(panel.sessions[:sessions].astype("datetime64[D]").astype(np.int64)),
        columns=hashlib.sha256("\n".join(panel.columns).encode()).hexdigest(),
        features=_digest(panel.values[:sessions]),
        labels=learned.hexdigest(),
    )


def learned_digest(learned: Sequence[FloatArray]) -> str:
    """SHA-256 of arrays in their order: all that decides a model besides its settings."""
    found = hashlib.sha256()
    for values in learned:
        found.update(f"{values.shape}".encode() + _bytes(values))
    return found.hexdigest()


def _digest(values: FloatArray | IntArray) -> str:
    return hashlib.sha256(f"{values.shape}".encode() + _bytes(values)).hexdigest()


def _bytes(values: FloatArray | IntArray) -> bytes:
    """The bytes of an array, every NaN alike."""
    if values.dtype.kind == "f":
        values = np.where(np.isnan(values), np.nan, values)
    return np.ascontiguousarray(values).tobytes()
