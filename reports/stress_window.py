"""A crisis as history had it beside the same crisis put onto the book, and the betas through which it was put there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np

from simulator.core.types import FloatArray
from simulator.metrics import Measure

from .text import written

_DIGITS: Final = 9


class Beta(NamedTuple):
    """An asset's answer to a crisis.

    Attributes
    ----------
    asset
        Its name.
    betas
        (K,) to each factor: log return for each unit; NaN where a stated move stands for them.
    r2
        What the factors explain of its daily returns; NaN without betas of its own.
    days
        Days of its own that they are estimated on.
    move
        At severity 1, as a fraction.
    taken
        Whose betas they are, where they are not its own.
    """

    asset: str
    betas: tuple[float, ...]
    r2: float
    days: int
    move: float
    taken: str


@dataclass(frozen=True, eq=False)
class Betas:
    """Through which a crisis was put onto a book.

    Attributes
    ----------
    factors
        The K factors with their moves, in words.
    names
        The factors.
    dropped
        Series that could not be factors.
    strike
        The day that is struck; all is estimated before it.
    rows
        The assets.
    """

    factors: str
    names: tuple[str, ...]
    dropped: tuple[str, ...]
    strike: str
    rows: tuple[Beta, ...]

    def cells(self, row: Beta) -> list[str]:
        """A row of the table."""
        betas = ["–" if np.isnan(beta) else f"{round(beta, _DIGITS) + 0.0:.3g}" for beta in row.betas]
        fit = "–" if np.isnan(row.r2) else f"{row.r2:.2f}"
        return [*betas, fit, str(row.days), f"{row.move:+.1%}", row.taken or "its own"]


@dataclass(frozen=True, eq=False)
class WindowReplay:
    """A crisis of the catalogue, as it happened and as a hypothetical.

    Attributes
    ----------
    name
        Of the crisis.
    first, last
        The sessions of the window; empty where the data do not reach it.
    strike, until
        Those of the hypothetical, as many as the crisis lasted.
    why
        Why there is no history beside it, in words; empty where there is.
    measures
        The M figures.
    policies
        The P policies.
    history
        (P, M) over the window as it happened; ``None`` where the data do not reach it.
    hypothetical
        (P, M) at severity 1.
    betas
        ``None`` where the crisis moves no factor.
    """

    name: str
    first: str
    last: str
    strike: str
    until: str
    why: str
    measures: Sequence[Measure[Any]]
    policies: Sequence[str]
    history: FloatArray | None
    hypothetical: FloatArray
    betas: Betas | None

    def titled(self, policies: Mapping[str, str]) -> WindowReplay:
        """The same for people to read: titles in place of names."""
        return replace(self, policies=[policies[name] for name in self.policies])

    def cells(self, policy: int) -> list[tuple[str, str]]:
        """For each measure, the figure as it happened and that of the hypothetical."""
        lived = np.full(len(self.measures), np.nan) if self.history is None else self.history[policy]
        pairs = zip(self.measures, lived.tolist(), self.hypothetical[policy].tolist(), strict=True)
        return [(_cell(measure, was), _cell(measure, would)) for measure, was, would in pairs]


def _cell(measure: Measure[Any], value: float) -> str:
    return written(measure, None if np.isnan(value) else value)
