"""What a monitor sees of a model in use, and what it says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from signals.stress.validation import Scored
from simulator.core.errors import PluginError
from simulator.core.types import DateArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Watch:
    """A model from its refit on.

    Attributes
    ----------
    sessions
        (T,) sessions of the problem.
    x
        (T, K) its features.
    columns
        K names.
    train
        Rows the model learned from.
    start
        Session (position) from which it is used.
    model
        Its forecasts from then on, with the date on which each outcome became known.
    rule
        Those of the naive rule on the same sessions.
    """

    sessions: DateArray
    x: FloatArray
    columns: tuple[str, ...]
    train: IntArray
    start: int
    model: Scored
    rule: Scored

    def __post_init__(self) -> None:
        if not np.array_equal(self.model.dates, self.rule.dates):
            raise PluginError("a monitor compares forecasts of the same sessions")


class Alarm(NamedTuple):
    """A monitor calls. The date is a session."""

    date: np.datetime64  # the close by which it was known
    monitor: str
    text: str


@dataclass(frozen=True, eq=False)
class Monitored:
    """What a monitor said over time. A value is of one session.

    Attributes
    ----------
    monitor
        Its name.
    dates
        (n,) ascending: the close by which each value was known.
    values
        (n,) what it watches; NaN while it knows too little.
    limit
        Where it calls.
    alarms
        Its calls, in the order of time.
    """

    monitor: str
    dates: DateArray
    values: FloatArray
    limit: float
    alarms: tuple[Alarm, ...]


def squared_errors(scored: Scored) -> FloatArray:
    """(n,) squared error of the probability of stress. Of one session each."""
    return np.asarray((scored.probability[:, 1:].sum(axis=1) - (scored.actual > 0.0)) ** 2)


def as_they_became_known(scored: Scored) -> IntArray:
    """(n,) positions in the order in which outcomes became known. A position is that of a session."""
    return np.lexsort((scored.dates, scored.known_at))


def joined(parts: Sequence[Scored]) -> Scored:
    """Forecasts one after the other, in the order of time."""
    return Scored(
        np.concatenate([part.dates for part in parts]),
        np.concatenate([part.known_at for part in parts]),
        np.concatenate([part.actual for part in parts]),
        np.concatenate([part.status for part in parts]),
        np.concatenate([part.probability for part in parts]),
    )
