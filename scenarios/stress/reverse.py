"""Reverse stress testing: how severe it must get before each policy fails, and with two shocks, which mixes do it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final

import numpy as np

from reports.stress import Reversed, Threshold
from scenarios.progress import Progress

from .failures import Failure, Figures, threshold
from .strikes import Strikes

_PAIR: Final = 2
#: Severities of the first of two shocks along which the frontier is traced, and the coarser grid of the second.
_ALONG, _ACROSS = 7, 4
#: A severity of the first shock, and the smallest of the second that fails with it; ``None`` for none.
Point = tuple[float, float | None]
#: How close a point of that frontier is, as a ratio: what a picture shows.
_DRAWN: Final = 0.97


def reverse(strikes: Strikes, failures: Sequence[Failure], grid: Sequence[float], progress: Progress) -> Reversed:
    """The smallest severity of all shocks together, by policy and failure; with two shocks the mixes as well.

    Parameters
    ----------
    strikes
        What policies come to.
    failures
        What to cause.
    grid
        Ascending severities that are tried first; the bracket reaches from 0 to the last.
    progress
        Hears of thresholds found.
    """
    policies, shocks = list(strikes.asked.scenario.policies), len(strikes.asked.tables)
    asked = list(itertools.product(policies, failures))
    found: dict[str, dict[str, Threshold]] = {name: {} for name in policies}
    progress("thresholds", 0, len(asked))
    for number, (name, failure) in enumerate(asked, start=1):
        found[name][failure.name] = threshold(failure, _together(strikes, name, shocks), grid)
        progress("thresholds", number, len(asked))
    pairs = _pairs(strikes, failures, policies, grid[-1], progress) if shocks == _PAIR else {}
    return Reversed(
        failures={failure.name: failure.words for failure in failures},
        most=grid[-1],
        thresholds=found,
        pairs=pairs,
        shocks=[str(table["kind"]) for table in strikes.asked.tables],
    )


def _together(strikes: Strikes, policy: str, shocks: int) -> Figures:
    return lambda severity: strikes.figures(policy, (severity,) * shocks)


def _pairs(
    strikes: Strikes, failures: Sequence[Failure], policies: Sequence[str], most: float, progress: Progress
) -> dict[str, dict[str, list[Point]]]:
    """By failure and policy, the mixes of two shocks that just fail."""
    found: dict[str, dict[str, list[Point]]] = {failure.name: {} for failure in failures}
    asked = list(itertools.product(failures, policies))
    progress("frontier of two", 0, len(asked))
    for number, (failure, name) in enumerate(asked, start=1):
        found[failure.name][name] = _mixes(strikes, failure, name, most)
        progress("frontier of two", number, len(asked))
    return found


def _mixes(strikes: Strikes, failure: Failure, policy: str, most: float) -> list[Point]:
    """For severities of the first shock, up to where it alone fails, the smallest of the second that fails.

    Where mild ones bear all of the second, the smallest of the first that fails with the whole of it is a point too.
    """
    along, across = np.linspace(0.0, most, _ALONG).tolist(), np.linspace(0.0, most, _ACROSS).tolist()
    alone = threshold(failure, lambda first: strikes.figures(policy, (first, 0.0)), across, _DRAWN).severity
    milder = [first for first in along if alone is None or first < alone]
    points: list[Point] = [
        (first, threshold(failure, _second(strikes, policy, first), across, _DRAWN).severity) for first in milder
    ]
    if alone is not None:
        points.append((alone, 0.0))
    if points[0][1] is None and any(second is not None for _, second in points):
        worst = threshold(failure, lambda first: strikes.figures(policy, (first, most)), across, _DRAWN).severity
        points += [] if worst is None else [(worst, most)]
    return sorted(points, key=lambda point: (point[0], -(point[1] or 0.0)))


def _second(strikes: Strikes, policy: str, first: float) -> Figures:
    return lambda second: strikes.figures(policy, (first, second))
