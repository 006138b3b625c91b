"""An exogenous series: values, the dates they are for, and the dates on which they were published."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from .errors import DataError
from .release import ReleaseRule
from .types import DateArray, FloatArray, frozen


@dataclass(frozen=True, eq=False)
class ExogenousSeries:
    """One series of values that the market did not quote as an asset of the book.

    Attributes
    ----------
    name
        Its name in the scenario.
    dates
        (M,) ascending, unique reference dates.
    values
        (M,) values; NaN where the source had none (carried over, never back-filled).
    rule
        When a value becomes known.
    """

    name: str
    dates: DateArray
    values: FloatArray
    rule: ReleaseRule

    def __post_init__(self) -> None:
        object.__setattr__(self, "dates", frozen(self.dates, "datetime64[D]"))
        object.__setattr__(self, "values", frozen(self.values))
        if self.dates.shape != self.values.shape:
            raise DataError(f"series {self.name}: {self.dates.size} dates but {self.values.size} values")
        if not np.all(np.diff(self.dates.astype(np.int64)) > 0):
            raise DataError(f"series {self.name}: dates must be ascending and unique")

    @classmethod
    def from_pandas(cls, series: pd.Series, rule: ReleaseRule | str, name: str | None = None) -> ExogenousSeries:
        """Build one from a pandas Series indexed by reference date."""
        parsed = ReleaseRule.parse(rule) if isinstance(rule, str) else rule
        dates = pd.DatetimeIndex(series.index).values.astype("datetime64[D]")
        return cls(name or str(series.name), dates, series.to_numpy(float), parsed)

    @property
    def known_at(self) -> DateArray:
        """(M,) the date on which each value was published."""
        return self.rule.known_at(self.dates)

    def on(self, sessions: DateArray, max_age_days: int | None = None) -> tuple[FloatArray, DateArray]:
        """Return, for each session, the last value published by that close, and when it was published.

        A missing value carries the one before; sessions before the first publication hold NaN and NaT, and so do
        those to which the last value is more than ``max_age_days`` calendar days old.
        """
        present = ~np.isnan(self.values)
        values, published = self.values[present], np.maximum.accumulate(self.known_at[present])
        last = np.searchsorted(published, sessions.astype("datetime64[D]"), side="right") - 1
        none_yet = last < 0
        if max_age_days is not None and values.size:
            age = sessions.astype("datetime64[D]") - published[np.maximum(last, 0)]
            none_yet |= age > np.timedelta64(max_age_days, "D")
        if values.size == 0:
            return np.full(sessions.size, np.nan), np.full(sessions.size, np.datetime64("NaT", "D"))
        sampled = np.where(none_yet, np.nan, values[np.maximum(last, 0)])
        known = np.where(none_yet, np.datetime64("NaT", "D"), published[np.maximum(last, 0)])
        return sampled, known

    def with_values(self, values: FloatArray) -> ExogenousSeries:
        """The same series with other values."""
        return replace(self, values=values)

    def until(self, session: np.datetime64) -> ExogenousSeries:
        """What had been published by the close of ``session``."""
        keep = self.known_at <= session
        return replace(self, dates=self.dates[keep], values=self.values[keep])
