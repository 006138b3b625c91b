"""A sweep over severities: what each policy bears, from the mildest to the worst. Nothing is ranked."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np

from simulator.core.types import BoolArray, FloatArray, IntArray
from simulator.metrics import Measure

from .sweep import Axis, SweepReport
from .text import written

#: The figures of a frontier, those of them that there are.
BORNE: Final = (
    *("max_drawdown", "coverage_min", "days_to_cash_max", "owed_max", "unpaid_end", "never_paid", "cost_bps_annual"),
    *("cost_bps", "total_return"),
)


class Limit(NamedTuple):
    """Something that a policy does not bear."""

    name: str
    title: str
    metric: str
    reached: Callable[[FloatArray], BoolArray]


#: What gives way.
LIMITS: Final = (
    Limit("coverage_below_1", "Coverage below 1", "coverage_min", lambda values: np.asarray(values < 1.0)),
    Limit("redemptions_wait", "Redemptions wait", "owed_max", lambda values: np.asarray(values > 0.0)),
    Limit("unpaid_at_the_end", "Not paid by the end", "unpaid_end", lambda values: np.asarray(values > 0.0)),
    Limit("all_lost", "All lost", "max_drawdown", lambda values: np.asarray(values <= -1.0)),
)


def by_severity(axes: Sequence[Axis]) -> list[int]:
    """The points of a grid of severities from the mildest on; the first axis counts most.

    A severity has no unit: 1 is the stated size.
    """
    points = list(itertools.product(*(map(float, axis.values) for axis in axes)))
    return sorted(range(len(points)), key=points.__getitem__)


class Profile(NamedTuple):
    """One figure of all policies at all severities.

    Attributes
    ----------
    metric
        What it is.
    values
        (policies, severities) on history, or the median over paths; NaN where undefined.
    spread
        (2, policies, severities) 5% and 95% quantile over paths; ``None`` without.
    """

    metric: Measure[Any]
    values: FloatArray
    spread: FloatArray | None

    @property
    def flat(self) -> str:
        """What all policies show at all severities where that is nothing, in words; empty elsewhere."""
        seen = self.values if self.spread is None else np.concatenate([self.values[None], self.spread])
        if np.isnan(seen).all():
            return "Not known at any severity: the market has no volumes and assumes none."
        return f"{written(self.metric, 0.0)} for every policy at every severity." if (seen == 0.0).all() else ""

    def text(self, policy: int, place: int) -> str:
        """A figure as people read it. In the unit of its measure."""
        return written(self.metric, self.values[policy, place])

    def range_text(self, policy: int, place: int) -> str:
        """From 5% to 95% of the paths; empty without. In the unit of its measure."""
        if self.spread is None:
            return ""
        low, high = (written(self.metric, side[policy, place]) for side in self.spread)
        return f"{low} to {high}"


@dataclass(frozen=True, eq=False)
class Frontier:
    """What a sweep over severities shows.

    Attributes
    ----------
    report
        The sweep; every axis of it is a severity.
    """

    report: SweepReport

    @cached_property
    def points(self) -> list[int]:
        """Grid points from the mildest on."""
        return by_severity(self.report.axes)

    @cached_property
    def severities(self) -> list[tuple[str, ...]]:
        """For each of these points, the severity on each axis as text."""
        points = list(itertools.product(*(axis.values for axis in self.report.axes)))
        return [points[number] for number in self.points]

    @property
    def labels(self) -> list[str]:
        """The same as one text each."""
        return [", ".join(severity) for severity in self.severities]

    @property
    def keys(self) -> str:
        """The axes, as the labels list them."""
        return ", ".join(axis.key for axis in self.report.axes)

    @cached_property
    def answers(self) -> IntArray:
        """(policies, severities) number of the trial."""
        asked: IntArray = self.report.answers[self.points].T
        return asked

    @cached_property
    def profiles(self) -> list[Profile]:
        """One for each of :data:`BORNE` that the report has."""
        return [self._profile(name) for name in BORNE if name in self._place]

    @cached_property
    def _place(self) -> dict[str, int]:
        return {metric.name: number for number, metric in enumerate(self.report.metrics)}

    @cached_property
    def gives_way(self) -> list[tuple[str, list[str]]]:
        """For each policy, where it first meets each of :data:`LIMITS`, in words; a dash if nowhere."""
        return [
            (name, [self._said(limit, number) for limit in LIMITS]) for number, name in enumerate(self.report.policies)
        ]

    def first(self, limit: Limit, policy: int) -> list[int] | None:
        """Where a policy first meets a limit: places with none that is as mild on every axis and meets it too.

        One at most for one axis. ``None`` where the figure is known at no severity.
        """
        values = self.report.headline[self.answers[policy], self._place[limit.metric]]
        if np.isnan(values).all():
            return None
        sizes = np.array([tuple(map(float, severity)) for severity in self.severities])
        reached = np.flatnonzero(limit.reached(values))
        milder = (sizes[reached][None] <= sizes[reached][:, None]).all(axis=2)
        return [int(place) for place in reached[milder.sum(axis=1) == 1]]

    def _said(self, limit: Limit, policy: int) -> str:
        places = self.first(limit, policy)
        if places is None:
            return "not known"
        return "; ".join(self.labels[place] for place in places) or "–"

    def _profile(self, name: str) -> Profile:
        report, place = self.report, self._place[name]
        spread = None if report.spread is None else report.spread[(0, 2), :, place][:, self.answers]
        return Profile(report.metrics[place], report.headline[self.answers, place], spread)
