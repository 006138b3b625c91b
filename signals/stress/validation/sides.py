"""Scores before and after a day from which a label is measured by something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from simulator.core.types import BoolArray, DateArray

from .compare import Bootstrap, Scorecard, compare
from .scored import Scored


class Side(NamedTuple):
    """The scored days between two changes of what a label means.

    Attributes
    ----------
    first, last
        Of its days.
    since, until
        The changes that bound it; ``None`` for the ends of the scored days.
    days, events
        Scored days, and those above the mildest class.
    cards
        Scores by model; those of a class that did not come are undefined.
    """

    first: np.datetime64
    last: np.datetime64
    since: np.datetime64 | None
    until: np.datetime64 | None
    days: int
    events: int
    cards: Mapping[str, Scorecard]


def sides(
    forecasts: Mapping[str, Scored], changed: DateArray, rules: Sequence[str] = (), how: Bootstrap | None = None
) -> list[Side]:
    """Scorecards on either side of each change within the scored days; none where there is no such change.

    Days whose label looks across a change (made before it, known on it or later) are on neither side of it.

    Parameters
    ----------
    forecasts
        By model; all on the same sessions.
    changed
        Days from which the label is measured by something else (:attr:`signals.stress.labels.Label.changed`).
    rules, how
        As of :func:`compare`.
    """
    scored = next(iter(forecasts.values()))
    within = sorted(day for day in changed if scored.dates[0] < day <= scored.dates[-1])
    if not within:
        return []
    bounds = [None, *within, None]
    return [
        _side(forecasts, rows, (since, until), rules, how)
        for since, until in pairwise(bounds)
        if (rows := _rows(scored, since, until)).any()
    ]


def _rows(one: Scored, since: np.datetime64 | None, until: np.datetime64 | None) -> BoolArray:
    rows = np.ones(one.dates.size, np.bool_)
    if since is not None:
        rows &= one.dates >= since
    if until is not None:
        rows &= one.known_at < until
    return rows


def _side(
    forecasts: Mapping[str, Scored],
    rows: BoolArray,
    bounds: tuple[np.datetime64 | None, np.datetime64 | None],
    rules: Sequence[str],
    how: Bootstrap | None,
) -> Side:
    there = {name: forecast.rows(rows) for name, forecast in forecasts.items()}
    scored = next(iter(there.values()))
    events = int((scored.actual > 0.0).sum())
    return Side(scored.dates[0], scored.dates[-1], *bounds, scored.dates.size, events, compare(there, rules, how))
