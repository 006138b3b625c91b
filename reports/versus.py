"""What each policy was worth against the benchmark policy, in a sentence and in figures with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from simulator.core.names import few
from simulator.metrics import PAIRED, Difference

from .text import bps, listed, percent, plain

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

_NAMED: Final = 6  # policies named in one sentence


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
            f"return {gap(self.differences['cagr'], percent)} a year; maximum drawdown {percent(self.falls[0])} "
            f"against {percent(self.falls[1])}; trading costs {bps(self.costs[0])} bp a year against "
            f"{bps(self.costs[1])}."
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


def in_short(answers: Sequence[Versus]) -> str:
    """All answers in two sentences, for whoever reads no further; empty where one sentence says all there is."""
    if len(answers) < 2:
        return ""
    other = answers[0].benchmark
    ranges = [
        _range(
            "maximum drawdown is {} against {other}", [(answer.falls[0], answer.policy) for answer in answers], percent
        ),
        _range(
            "return differs by {} a year",
            [(answer.differences["cagr"].value, answer.policy) for answer in answers],
            lambda value: _with_sign(value, percent),
        ),
        _range(
            "trading costs {} bp a year against {cost}", [(answer.costs[0], answer.policy) for answer in answers], bps
        ),
    ]
    known = {"other": percent(answers[0].falls[1]), "cost": bps(answers[0].costs[1])}
    told = "; ".join(
        text.replace("{other}", known["other"]).replace("{cost}", known["cost"]) for text in ranges if text
    )
    return f"{_judged(answers, other)}{f' Their {told}.' if told else ''}"


def _judged(answers: Sequence[Versus], other: str) -> str:
    """Which are better and worse than the benchmark, by Sharpe ratio."""
    better = [answer.policy for answer in answers if answer.better]
    worse = [answer.policy for answer in answers if answer.better is False]
    rest = [answer.policy for answer in answers if answer.better is None]
    if not better and not worse:
        return f"None of the {len(answers)} policies is distinguishable from {other} by Sharpe ratio."
    parts = [
        *([f"{_names(better)} {_are(better)} better than {other}"] if better else []),
        *([f"{_names(worse)} {_are(worse)} worse{'' if better else f' than {other}'}"] if worse else []),
        *([f"{_names(rest)} {_are(rest)} not distinguishable from it"] if rest else []),
    ]
    return f"By Sharpe ratio {', '.join(parts)}."


def _range(text: str, found: Sequence[tuple[float | None, str]], written: Any) -> str:
    """From the least to the most of some figures, with whose they are; empty where none is defined."""
    known = [(value, name) for value, name in found if value is not None and not math.isnan(value)]
    if not known:
        return ""
    (low, least), (high, most) = min(known), max(known)
    if written(low) == written(high):
        return text.replace("{}", str(written(low)))
    return text.replace("{}", f"{written(low)} ({least}) to {written(high)} ({most})")


def _names(names: Sequence[str]) -> str:
    """The first few of them."""
    return few(names, _NAMED) if len(names) > _NAMED else listed(names)


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


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
