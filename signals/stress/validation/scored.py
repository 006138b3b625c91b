"""Forecasts beside what came: the only thing metrics are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.core.errors import PluginError
from simulator.core.rhythm_nb import sessions_per_year
from simulator.core.types import BoolArray, DateArray, FloatArray

#: Days over which sessions are told by the usual gap between them, which those that were not forecast leave as it is.
_TELLING: Final = np.timedelta64(700, "D")


@dataclass(frozen=True, eq=False)
class Scored:
    """Forecasts of n sessions by one model, in the order of time.

    Attributes
    ----------
    dates
        (n,) ascending sessions.
    known_at
        (n,) when what came was published.
    actual
        (n,) the class that came: 0 up to the number of classes.
    status
        (n,) the class that was called.
    probability
        (n, classes).
    rank
        (n,) what sessions are ranked by, where that is not the probability of the worst class: the raw value of a
        rule, whose probability is one learned from it.
    """

    dates: DateArray
    known_at: DateArray
    actual: FloatArray
    status: FloatArray
    probability: FloatArray
    rank: FloatArray | None = None

    def __post_init__(self) -> None:
        n = self.dates.size
        if (
            any(values.shape != (n,) for values in (self.known_at, self.actual, self.status))
            or len(self.probability) != n
        ):
            raise PluginError("forecasts, statuses and what came must have one value a session")
        if any(np.isnan(values).any() for values in (self.actual, self.status, self.probability, self.order)):
            raise PluginError("a forecast is scored only where it and what came are both known")
        if not np.all(np.diff(self.dates.astype(np.int64)) > 0):
            raise PluginError("forecasts are scored once a session, in the order of time")

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return int(self.probability.shape[1])

    @property
    def sessions_per_year(self) -> float:
        """What a rate a session is multiplied by for one a year: 252, 365 at weekends too, 52 weekly, 12 monthly."""
        return sessions_per_year(self.dates[self.dates < self.dates[:1] + _TELLING])

    @property
    def order(self) -> FloatArray:
        """(n,) what sessions are ranked by, from the least to the most alarming."""
        return np.asarray(self.probability[:, -1] if self.rank is None else self.rank)

    def rows(self, chosen: BoolArray) -> Scored:
        """The forecasts of some sessions."""
        rank = None if self.rank is None else self.rank[chosen]
        actual, status, probability = self.actual[chosen], self.status[chosen], self.probability[chosen]
        return Scored(self.dates[chosen], self.known_at[chosen], actual, status, probability, rank)

    def counts(self) -> FloatArray:
        """(classes, classes) confusion matrix: actual class by row, called class by column."""
        out = np.zeros((self.classes, self.classes))
        np.add.at(out, (self.actual.astype(int), self.status.astype(int)), 1.0)
        return out
