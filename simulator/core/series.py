"""An exogenous series: values, the dates they are for, and the dates on which they were published."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from .dates import check_week, local_dates
from .errors import DataError
from .frames import check_numeric
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
    def from_pandas(
        cls, series: pd.Series, rule: ReleaseRule | str, name: str | None = None, *, zone: str | None = None
    ) -> ExogenousSeries:
        """Build one from a pandas Series indexed by reference date.

        Parameters
        ----------
        series
            Values by local date; NaN where the source had none.
        rule
            When a value becomes known.
        name
            The series' own name by default.
        zone
            The publisher's time zone, in which stamps with a zone are read; see
            :func:`simulator.core.dates.local_dates`.

        Raises
        ------
        DataError
            If it holds anything but finite numbers, or dates that are repeated, go back, or may be a day early.
        """
        if not isinstance(series, pd.Series):
            hint = "; pick one column" if isinstance(series, pd.DataFrame) else ""
            raise DataError(f"series {name or ''}: must be a pandas Series, not {type(series).__name__}{hint}")
        label = name or str(series.name)
        check_numeric(f"series {label}", series)
        days = local_dates(f"series {label}", series.index, zone)
        dates, values = days.values.astype("datetime64[D]"), series.to_numpy(np.float64, na_value=np.nan)
        if np.isinf(values).any():
            raise DataError(f"series {label}: its value for {dates[np.isinf(values)][0]} is infinite")
        if zone is None:
            check_week(f"series {label}", dates)
        return cls(label, dates, values, ReleaseRule.parse(rule) if isinstance(rule, str) else rule)

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
