"""Everything the page of a stress test shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from simulator.core.types import DateArray, FloatArray

from .frontier import Frontier
from .stress_window import WindowReplay
from .sweep import SweepReport


class Threshold(NamedTuple):
    """The smallest severity at which a policy fails.

    Attributes
    ----------
    severity
        At which it fails; ``None`` where it does at none that was tried.
    below
        The largest tried below it at which it does not; ``None`` where it fails without any shock.
    value
        The figure at ``severity``.
    monotone
        Whether it fails at every severity tried that is larger.
    said
        All of it in words.
    """

    severity: float | None
    below: float | None
    value: float | None
    monotone: bool
    said: str


@dataclass(frozen=True)
class Reversed:
    """The reverse stress test: policies by failures.

    Attributes
    ----------
    failures
        What counts as failing, in words, by name.
    most
        The largest severity tried.
    thresholds
        By policy, then by failure.
    pairs
        By failure and policy, of two shocks: for severities of the first, the smallest of the second that fails
        (``None`` for none); empty with any other number of shocks.
    shocks
        What each dial turns.
    """

    failures: Mapping[str, str]
    most: float
    thresholds: Mapping[str, Mapping[str, Threshold]]
    pairs: Mapping[str, Mapping[str, Sequence[tuple[float, float | None]]]]
    shocks: Sequence[str]

    def titled(self, policies: Mapping[str, str]) -> Reversed:
        """The same for people to read: titles in place of names."""
        pairs = {
            failure: {policies[name]: line for name, line in lines.items()} for failure, lines in self.pairs.items()
        }
        return replace(self, thresholds={policies[name]: row for name, row in self.thresholds.items()}, pairs=pairs)


class Trace(NamedTuple):
    """One line of a picture: values by session, NaN where there is none."""

    name: str
    values: FloatArray


class Picture(NamedTuple):
    """What shocks do to one thing, relative to what it was without them.

    Attributes
    ----------
    title, note
        What is shown.
    ratio
        Whether values are multiples of what was; otherwise they are in their own units.
    traces
        A line each.
    """

    title: str
    note: str
    ratio: bool
    traces: Sequence[Trace]


@dataclass(frozen=True, eq=False)
class StressReport:
    """A stress test and what came of it.

    Attributes
    ----------
    sweep
        Policies by severities.
    first, last
        The sessions judged.
    notices
        What must be read before any figure, a sentence each.
    sources
        Of shocks from the catalogue: what they are, since when, and who measured them, a paragraph each.
    sessions
        (T,) of the pictures.
    pictures
        What the shocks do, at ``pictured``.
    pictured
        The severity of the pictures.
    reverse
        How severe it must get; ``None`` where that was not asked.
    window
        A crisis as it happened beside the same put onto the book; ``None`` where that was not asked.
    """

    sweep: SweepReport
    first: str
    last: str
    notices: Sequence[str]
    sources: Sequence[str]
    sessions: DateArray
    pictures: Sequence[Picture]
    pictured: str
    reverse: Reversed | None = None
    window: WindowReplay | None = None

    @cached_property
    def frontier(self) -> Frontier:
        """Its figures from the mildest severity on."""
        return Frontier(self.sweep)
