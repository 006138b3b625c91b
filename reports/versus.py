"""What each policy was worth against the benchmark policy, in a sentence and in figures with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from simulator.metrics import PAIRED, Difference

from .text import bps, percent, plain

_WORDS: Final = {
    True: "Better than {other} by Sharpe ratio",
    False: "Worse than {other} by Sharpe ratio",
    None: "Not distinguishable from {other} by Sharpe ratio",
}
_MARKS: Final = {
    True: ("▲", "better: the whole interval lies above zero"),
    False: ("▼", "worse: the whole interval lies below zero"),
    None: ("≈", "luck explains the difference: the interval holds zero"),
}


@dataclass(frozen=True)
class Versus:
    """A policy against the benchmark policy.

    Attributes
    ----------
    policy, benchmark
        Names, or titles for people.
    differences
        By measure, with intervals from the same redrawn histories of both.
    falls
        The deepest fall of each: fractions, ``None`` where undefined.
    costs
        Basis points a year of each.
    level, draws, block
        Share of redrawn differences within an interval; how many; mean block in sessions.
    """

    policy: str
    benchmark: str
    differences: Mapping[str, Difference]
    falls: tuple[float | None, float | None]
    costs: tuple[float | None, float | None]
    level: float
    draws: int
    block: int

    @property
    def better(self) -> bool | None:
        """Whether the whole interval of the Sharpe ratio lies above zero, or (``False``) below; else ``None``."""
        found = self.differences["sharpe"]
        if found.low > 0.0:
            return True
        return False if found.high < 0.0 else None

    @property
    def gap(self) -> str:
        """The difference of the Sharpe ratios, with its interval."""
        return gap(self.differences["sharpe"], plain)

    @property
    def mark(self) -> str:
        """A sign for :attr:`better`."""
        return _MARKS[self.better][0]

    @property
    def mark_said(self) -> str:
        """What the sign says."""
        return _MARKS[self.better][1]

    @property
    def sentence(self) -> str:
        """The answer first."""
        return (
            f"{self.policy}: {_WORDS[self.better].format(other=self.benchmark)} "
            f"({self.gap}); "
            f"return {gap(self.differences['cagr'], percent)} a year; deepest fall {percent(self.falls[0])} against "
            f"{percent(self.falls[1])}; trading costs {bps(self.costs[0])} bp a year against {bps(self.costs[1])}."
        )

    def titled(self, called: Mapping[str, str]) -> Versus:
        """The same for people to read."""
        return replace(self, policy=called[self.policy], benchmark=called[self.benchmark])

    def as_dict(self) -> dict[str, Any]:
        """For ``metrics.json``."""
        return {
            "better": self.better,
            "level": self.level,
            "draws": self.draws,
            "block": self.block,
            **{
                name: {key: None if math.isnan(value) else value for key, value in found._asdict().items()}
                for name, found in self.differences.items()
                if name in PAIRED
            },
        }


def gap(found: Difference, written: Any) -> str:
    """A difference with its interval: ``+0.10 [-0.05, +0.25]``."""
    if math.isnan(found.value) or math.isnan(found.low):
        return "undefined"
    value, low, high = (_with_sign(number, written) for number in (found.value, found.low, found.high))
    return f"{value} [{low}, {high}]"


def _with_sign(number: float, written: Any) -> str:
    """With its own sign, although all digits shown may be zeros: of an interval that is what counts."""
    return f"{'-' if number < 0.0 else '+'}{written(abs(number))}"


def how(answers: Sequence[Versus], policies: int) -> str:
    """How intervals were made, once for all policies; why there are none where several have none; else empty."""
    if not answers:
        return (
            "No policy is held against the benchmark: the history is too short to be redrawn." if policies > 1 else ""
        )
    first = answers[0]
    return (
        f"Differences are paired; in brackets the middle {first.level:.0%} of {first.draws:,} "
        "histories redrawn in blocks "
        f"of {first.block} sessions on average, the same days for both, not corrected for the number of policies."
    )
