"""What may go wrong with the inputs of a model that is already fitted: missing, late, stale, mis-scaled, noisy.

Each is applied to test rows alone. A row uses nothing later than itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from simulator.core.types import FloatArray

from .inputs import families, series

GAPS: Final = (0.05, 0.20, 0.50)
STALE_SESSIONS: Final = (5, 21)
NOISE: Final = (0.1, 0.5, 1.0)
UNITS: Final = 100.0

#: ``change(x, scale, rng)``: rows (n, K) with the fault; ``scale`` (n, K) are training standard deviations.
Change = Callable[[FloatArray, FloatArray, np.random.Generator], FloatArray]


class Fault(NamedTuple):
    """One thing that goes wrong."""

    kind: str
    name: str
    change: Change


#: What each kind is, for the reader.
KINDS: Final[Mapping[str, str]] = {
    "family missing": "all columns of a family are missing throughout",
    "series ended": "all columns that rest on a series are missing from the middle of the test period on",
    "gaps": "cells are missing at random",
    "stale": "columns that rest on a series move only every so many sessions",
    "units": "columns that rest on a series, or a family, are a hundred times too large throughout",
    "noise": "Gaussian noise on every cell, in standard deviations of the training rows",
    "adversary": "every cell moved by so many standard deviations, in the worst directions found",
}


def faults(columns: Sequence[str]) -> Iterator[Fault]:
    """Every fault the columns can have, but for an adversary's."""
    by_family, by_series = families(columns), series(columns)
    for name, where in by_family.items():
        yield Fault("family missing", name, missing(where))
    for name, where in by_series.items():
        yield Fault("series ended", name, ended(where))
    for share in GAPS:
        yield Fault("gaps", f"{share:.0%}", gaps(share))
    for sessions in STALE_SESSIONS:
        for name, where in by_series.items():
            yield Fault("stale", f"{name}, {sessions} sessions", stale(where, sessions))
    for name, where in {**by_family, **by_series}.items():
        if name != "series":
            yield Fault("units", name, units(where))
    for size in NOISE:
        yield Fault("noise", f"{size:g} sd", noise(size))


def missing(where: Sequence[int]) -> Change:
    """Columns that are not there. They are NaN on every session."""

    def change(x: FloatArray, scale: FloatArray, rng: np.random.Generator) -> FloatArray:  # noqa: ARG001
        out = x.copy()
        out[:, where] = np.nan
        return out

    return change


def ended(where: Sequence[int], from_share: float = 0.5) -> Change:
    """Columns whose source ends after a share of the rows."""

    def change(x: FloatArray, scale: FloatArray, rng: np.random.Generator) -> FloatArray:  # noqa: ARG001
        out = x.copy()
        out[int(from_share * len(x)) :, where] = np.nan
        return out

    return change


def gaps(share: float) -> Change:
    """Cells missing at random. ``share`` is a fraction of the cells, which become NaN."""

    def change(x: FloatArray, scale: FloatArray, rng: np.random.Generator) -> FloatArray:  # noqa: ARG001
        return np.where(rng.random(x.shape) < share, np.nan, x)

    return change


def stale(where: Sequence[int], sessions: int) -> Change:
    """Columns that hold their value for so many sessions before they move again."""

    def change(x: FloatArray, scale: FloatArray, rng: np.random.Generator) -> FloatArray:  # noqa: ARG001
        out = x.copy()
        last = np.arange(len(x)) // sessions * sessions
        out[:, where] = x[last][:, where]
        return out

    return change


def units(where: Sequence[int], factor: float = UNITS) -> Change:
    """Columns in the wrong unit."""

    def change(x: FloatArray, scale: FloatArray, rng: np.random.Generator) -> FloatArray:  # noqa: ARG001
        out = x.copy()
        out[:, where] *= factor
        return out

    return change


def noise(size: float) -> Change:
    """Gaussian noise in training standard deviations; what is missing stays so."""

    def change(x: FloatArray, scale: FloatArray, rng: np.random.Generator) -> FloatArray:
        return np.asarray(x + size * scale * rng.standard_normal(x.shape))

    return change
