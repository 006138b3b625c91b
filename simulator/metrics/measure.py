"""What a measure is: one figure, with everything that any output says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, KeysView, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, TypeVar

import numpy as np

from simulator.core.types import FloatArray

from .books import Books

#: A figure: a number, a date as text, one number for each part, or ``None`` where it is undefined.
Figure = float | int | str | dict[str, float] | None
#: ``fraction`` of one, ``ratio`` of two things alike, basis points, currency, sessions, a count, or a date.
Unit = Literal["fraction", "ratio", "bps", "currency", "sessions", "count", "date"]
UP: Final = 1
DOWN: Final = -1
NEITHER: Final = 0

A = TypeVar("A")


@dataclass(frozen=True)
class Measure(Generic[A]):
    """A figure made of arrays ``A``: what it is called, what it is, how it is made and where it is shown.

    Attributes
    ----------
    name
        Its key in ``metrics.json`` and ``metrics.csv``, and its attribute among a policy's figures.
    title
        On pages. A heading breaks at its comma, or else at its first space.
    unit
        Of its value: says how it is written and how axes are labelled.
    better
        ``UP`` where more is better, ``DOWN`` where less is, ``NEITHER`` where that is no question.
    definition
        A sentence or two for people: what is divided by what, over which sessions.
    of
        The figure from its arrays; ``None`` where it is undefined.
    brief
        At the head of a column on the terminal; empty leaves it off the terminal.
    digits
        After the point, where they are not those usual for its unit.
    undefined
        What stands where there is no figure.
    phrase
        Within a sentence.
    parts
        Names of what it consists of, where it is several numbers.
    paged
        Whether it is a column of the comparison page and a row of tear-sheets.
    optional
        Whether outputs for machines leave it out where it is undefined, instead of writing ``null``.
    column
        What the kernel calls it (:data:`simulator.core.abi.FIGURES`); empty where sweeps do not have it.
    paired
        (K,) the figure of each of K books, for comparing them on redrawn histories; ``None`` where it is not compared.
    """

    name: str
    title: str
    unit: Unit
    better: int
    definition: str
    of: Callable[[A], Figure]
    brief: str = ""
    digits: int | None = None
    undefined: str = "–"
    phrase: str = ""
    parts: tuple[str, ...] = ()
    paged: bool = True
    optional: bool = False
    column: str = ""
    paired: Callable[[Books], FloatArray] | None = None


class Figures:
    """Figures by name of their measure, readable as attributes too (``figures.sharpe``); ``dict(figures)`` has all."""

    def __init__(self, values: Mapping[str, Figure]) -> None:
        self._values = dict(values)

    def keys(self) -> KeysView[str]:
        """Names, in the order of the registry."""
        return self._values.keys()

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __getattr__(self, name: str) -> Any:
        values = self.__dict__.get("_values", {})  # not there yet while it is unpickled
        if name not in values:
            raise AttributeError(f"no figure {name!r}")
        return values[name]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._values})"


def computed(measures: Mapping[str, Measure[A]], arrays: A) -> dict[str, Figure]:
    """Every measure of the same arrays, by name."""
    return {name: measure.of(arrays) for name, measure in measures.items()}


def by_name(measures: Iterable[Measure[A]]) -> dict[str, Measure[A]]:
    """The measures of a group by their names, in their order."""
    return {measure.name: measure for measure in measures}


def least(values: FloatArray) -> float | None:
    """Smallest known value, ``None`` if none is. In the unit of the values."""
    known = values[~np.isnan(values)]
    return float(known.min()) if known.size else None
