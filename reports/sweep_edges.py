"""Parameters whose best value lies at the edge of the grid: a better one may lie beyond it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np

from .sweep import SHARPE, Axis, SweepReport
from .text import plain

#: Tables whose keys somebody chooses; costs, lags and severities are not chosen for what they earn.
_CHOSEN: Final = ("policies.", "signals.", "overlays.", "bounds.")
_FEWEST: Final = 3  # values, of which one must lie within


class Edge(NamedTuple):
    """A policy at its best, and a key of it at the end of what was tried.

    Attributes
    ----------
    policy, key
        Names.
    value, inner
        As text: the best value, and its neighbour within the grid.
    least, most
        The grid's ends.
    sharpe, inner_sharpe
        At the best point, and where the key alone has its neighbour's value.
    """

    policy: str
    key: str
    value: str
    inner: str
    least: str
    most: str
    sharpe: float
    inner_sharpe: float

    @property
    def text(self) -> str:
        """In words."""
        return (
            f"{self.policy}: its best Sharpe ratio, {plain(self.sharpe)}, is at {self.key} = {self.value}, the edge of "
            f"what was tried ({self.least} to {self.most}; {plain(self.inner_sharpe)} at {self.inner}): a better one "
            "may lie beyond"
        )

    def as_dict(self) -> dict[str, Any]:
        """For ``metrics.json``."""
        return self._asdict()


def edges(report: SweepReport) -> list[Edge]:
    """By policy and key, where the best trial by Sharpe ratio is at an edge of a numeric axis and above its neighbour.

    Zero at the lower end is no edge: there is nothing beyond a key that is off. Of a frontier there are none.
    """
    return [] if report.is_frontier else [edge for policy in report.policies for edge in _of_policy(report, policy)]


def _of_policy(report: SweepReport, policy: str) -> Iterator[Edge]:
    sharpe = report.headline[:, SHARPE]
    by_settings = {trial.settings: float(sharpe[n]) for n, trial in enumerate(report.trials) if trial.policy == policy}
    known = {settings: value for settings, value in by_settings.items() if np.isfinite(value)}
    if not known:
        return
    best = max(known, key=lambda settings: known[settings])
    for place, axis in enumerate(report.axes):
        value = best[place]
        if value is None or not _is_chosen(axis):
            continue
        tried = sorted(axis.values, key=float)
        if value not in (tried[0], tried[-1]) or (value == tried[0] and float(value) == 0.0):
            continue
        inner = tried[1] if value == tried[0] else tried[-2]
        beside = known.get((*best[:place], inner, *best[place + 1 :]))
        if beside is not None and beside < known[best]:
            yield Edge(policy, axis.key, value, inner, tried[0], tried[-1], known[best], beside)


def _is_chosen(axis: Axis) -> bool:
    return axis.numeric and not axis.severity and len(axis.values) >= _FEWEST and axis.key.startswith(_CHOSEN)
