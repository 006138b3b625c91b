"""What each policy was worth against an index that no book holds, in a sentence and in figures with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from simulator.core.types import FloatArray
from simulator.metrics import PAIRED, Difference
from simulator.metrics.active import Active

from .text import percent, plain
from .versus import gap

#: Measures of an index: it has no costs.
SHOWN = ("sharpe", "cagr", "max_drawdown")


class IndexLine(NamedTuple):
    """An index over the sessions of a run, as charts show it.

    Attributes
    ----------
    name
        Of the series.
    levels
        (T,) above 0; a chart divides them by the first.
    """

    name: str
    levels: FloatArray


@dataclass(frozen=True)
class AgainstIndex:
    """A policy against an index.

    Attributes
    ----------
    policy, index
        The policy's name, or title for people; that of the series.
    differences
        By measure, with intervals from the same redrawn histories of both.
    falls
        The deepest fall of each: fractions, ``None`` where undefined.
    active
        What it did that the index did not.
    level, draws, block
        Share of redrawn differences within an interval; how many; mean block in sessions.
    currency
        What the book's prices are converted to, which the index's values are not; ``None`` where nothing is converted.
    """

    policy: str
    index: str
    differences: Mapping[str, Difference]
    falls: tuple[float | None, float | None]
    active: Active
    level: float
    draws: int
    block: int
    currency: str | None = None

    @property
    def sentence(self) -> str:
        """In words."""
        found = {name: None if math.isnan(value) else value for name, value in self.active._asdict().items()}
        return (
            f"{self.policy} against {self.index}: Sharpe ratio {gap(self.differences['sharpe'], plain)}; return "
            f"{gap(self.differences['cagr'], percent)} a year; maximum drawdown {percent(self.falls[0])} against "
            f"{percent(self.falls[1])}; tracking error {percent(found['tracking_error'])}, beta {plain(found['beta'])}."
        )

    def titled(self, called: Mapping[str, str]) -> AgainstIndex:
        """The same for people to read."""
        return replace(self, policy=called[self.policy])

    def as_dict(self) -> dict[str, Any]:
        """For ``metrics.json``."""
        return {
            "index": self.index,
            "level": self.level,
            "draws": self.draws,
            "block": self.block,
            **{name: _json(value) for name, value in self.active._asdict().items()},
            **{
                name: {key: _json(value) for key, value in self.differences[name]._asdict().items()}
                for name in PAIRED
                if name in SHOWN
            },
        }


def _json(value: float) -> float | None:
    return None if math.isnan(value) else value


def index_note(answers: Sequence[AgainstIndex], alone: bool) -> str:
    """How the index was taken; where there are no other intervals (``alone``), how those were made; else empty."""
    if not answers:
        return ""
    first = answers[0]
    said = (
        f"{first.index} is taken as its file has it, at no cost, from the close of the first session on: one of prices "
        "leaves out what dividends add."
    )
    if first.currency is not None:
        said += (
            f" Its values are not converted to {first.currency}: if they are in another currency, these differences "
            "hold what that gained or lost."
        )
    made = (
        f" In brackets the middle {first.level:.0%} of {first.draws:,} histories redrawn in blocks of {first.block} "
        "sessions on average, the same days for both."
    )
    return said + (made if alone else "")
