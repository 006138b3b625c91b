"""An exogenous series: values, the dates they are for, and the dates on which they were published."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from .age import age_limit, usual_wait
from .dates import check_week, local_dates
from .errors import DataError, ParameterError
from .frames import check_numeric
from .release import ReleaseRule
from .revisions import KNOWN_REVISIONS, REVISED, Revised, Vintages
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
        (M,) values; NaN where the source had none (carried over, never back-filled). With vintages, the first value
        published for each date.
    rule
        When a value becomes known; with vintages they say so themselves.
    revised
        What becomes of a value later: ``"none"``, ``"revised"`` or ``"smoothed"`` (made with later values, so that its
        history knows the future). By default what is known of a series of that name
        (:data:`simulator.core.revisions.KNOWN_REVISIONS`), else ``"none"``.
    vintages
        Every value with the date from which it was known, or ``None``. They make a smoothed series usable. Build one by
        :meth:`from_vintages`.
    allow_revised
        Use a smoothed series without vintages all the same; a market refuses it otherwise.
    max_age_days
        Calendar days after its publication past which a value is missing. By default four times the usual
        wait between publications, as observed (see :func:`simulator.core.age.age_limit`).
    wait_days
        The usual wait, as observed in the dates unless given: a fact about the publisher, like ``rule``, so that it
        stays where history is cut.
    """

    name: str
    dates: DateArray
    values: FloatArray
    rule: ReleaseRule
    revised: Revised | None = None
    vintages: Vintages | None = None
    allow_revised: bool = False
    max_age_days: int | None = None
    wait_days: int | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "dates", frozen(self.dates, "datetime64[D]"))
        put(self, "values", frozen(self.values))
        if self.dates.shape != self.values.shape:
            raise DataError(f"series {self.name}: {self.dates.size} dates but {self.values.size} values")
        if not np.all(np.diff(self.dates.astype(np.int64)) > 0):
            raise DataError(f"series {self.name}: dates must be ascending and unique")
        if self.revised is None:
            put(self, "revised", KNOWN_REVISIONS.get(self.name, "none"))
        if self.revised not in REVISED:
            raise ParameterError(
                f"series {self.name}: revised must be one of {', '.join(REVISED)}, not {self.revised!r}"
            )
        if self.max_age_days is not None and self.max_age_days < 1:
            raise ParameterError(f"series {self.name}: max_age_days must be at least 1, not {self.max_age_days}")
        if self.wait_days is None:
            put(self, "wait_days", usual_wait(self.known_at[~np.isnan(self.values)]))

    @classmethod
    def from_pandas(
        cls,
        series: pd.Series,
        rule: ReleaseRule | str,
        name: str | None = None,
        *,
        zone: str | None = None,
        revised: Revised | None = None,
        allow_revised: bool = False,
        max_age_days: int | None = None,
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
        revised, allow_revised, max_age_days
            As the attributes of that name.

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
        parsed = ReleaseRule.parse(rule) if isinstance(rule, str) else rule
        return cls(label, dates, values, parsed, revised, allow_revised=allow_revised, max_age_days=max_age_days)

    @classmethod
    def from_vintages(
        cls,
        vintages: Vintages | pd.DataFrame,
        name: str,
        *,
        revised: Revised | None = None,
        max_age_days: int | None = None,
    ) -> ExogenousSeries:
        """Build one from every value it ever had, with the date from which each was known.

        Parameters
        ----------
        vintages
            As such, or a frame with the columns ``date``, ``known_at`` and ``value``, in any order of rows.
        name
            Its name in the scenario.
        revised, max_age_days
            As the attributes of that name.
        """
        if isinstance(vintages, pd.DataFrame):
            missing = [column for column in ("date", "known_at", "value") if column not in vintages]
            if missing:
                raise DataError(f"series {name}: vintages have no column {missing[0]!r}")
            date, known = (pd.DatetimeIndex(vintages[column]).values for column in ("date", "known_at"))
            vintages = Vintages(date, known, vintages["value"].to_numpy(float))
        first = vintages.first
        return cls(
            name,
            vintages.dates[first],
            vintages.values[first],
            ReleaseRule(),
            revised,
            vintages,
            max_age_days=max_age_days,
        )

    @property
    def known_at(self) -> DateArray:
        """(M,) the date on which each value was published."""
        if self.vintages is not None:
            first: DateArray = self.vintages.known_at[self.vintages.first]
            return first
        return self.rule.known_at(self.dates)

    @property
    def age_limit_days(self) -> int:
        """Calendar days after its publication past which a value is missing."""
        return age_limit(self.wait_days or 0) if self.max_age_days is None else self.max_age_days

    @property
    def knows_future(self) -> bool:
        """Whether its history is made with what came later, and no vintages undo that."""
        return self.revised == "smoothed" and self.vintages is None

    @property
    def refusal(self) -> str:
        """Why a market may not hold it; empty if it may."""
        if not self.knows_future or self.allow_revised:
            return ""
        return (
            f"series {self.name}: its history is smoothed with later values, so that its past knows the future, "
            "whatever its release rule: give vintages (a file as ALFRED writes it), or state allow_revised = true"
        )

    def on(self, sessions: DateArray, max_age_days: int | None = None) -> tuple[FloatArray, DateArray]:
        """Return, for each session, the last value published by that close, and when it was published.

        A missing value carries the one before; sessions before the first publication hold NaN and NaT, and so do
        those to which the last value is more than ``max_age_days`` calendar days old (by default
        :attr:`age_limit_days`). With vintages it is the newest date's value as it stood at that close.
        """
        published, values = self._publications()
        if values.size == 0:
            return np.full(sessions.size, np.nan), np.full(sessions.size, np.datetime64("NaT", "D"))
        days = sessions.astype("datetime64[D]")
        last = np.searchsorted(published, days, side="right") - 1
        limit = self.age_limit_days if max_age_days is None else max_age_days
        missing = (last < 0) | (days - published[np.maximum(last, 0)] > np.timedelta64(limit, "D"))
        sampled = np.where(missing, np.nan, values[np.maximum(last, 0)])
        known = np.where(missing, np.datetime64("NaT", "D"), published[np.maximum(last, 0)])
        return sampled, known

    def _publications(self) -> tuple[DateArray, FloatArray]:
        """Publications of the newest value, in the order in which they came: when, and what."""
        if self.vintages is not None:
            rows = self.vintages.newest
            return self.vintages.known_at[rows], self.vintages.values[rows]
        present = ~np.isnan(self.values)
        return np.maximum.accumulate(self.known_at[present]), self.values[present]

    def as_known(self, session: np.datetime64 | str) -> pd.Series:
        """The whole history as it stood at the close of ``session``: values by reference date."""
        day = np.datetime64(str(session)[:10], "D")
        if self.vintages is None:
            cut = self.until(day)
            return pd.Series(cut.values, pd.DatetimeIndex(cut.dates), name=self.name).dropna()
        then = self.vintages.until(day)
        rows = pd.Series(then.values, pd.DatetimeIndex(then.dates), name=self.name)
        return rows[~rows.index.duplicated(keep="last")].sort_index()

    def ended(self, session: np.datetime64) -> Any:
        """The last date with a value, if by the close of ``session`` it is past its age limit; else ``None``."""
        published, _ = self._publications()
        by_then = published[published <= session]
        if by_then.size == 0 or session - by_then[-1] <= np.timedelta64(self.age_limit_days, "D"):
            return None
        held = self.dates[~np.isnan(self.values) & (self.known_at <= session)]
        return held[-1]

    def with_values(self, values: FloatArray) -> ExogenousSeries:
        """The same series with other values; with vintages, later values of a date move as its first one does.

        Values are (n,), one a reference date, in the unit of the series.
        """
        if self.vintages is None:
            return replace(self, values=values)
        moved = self.vintages.moved(self.dates, values - self.values)
        return replace(self, **_first_values(moved))

    def until(self, session: np.datetime64) -> ExogenousSeries:
        """What had been published by the close of ``session``."""
        if self.vintages is not None:
            return replace(self, **_first_values(self.vintages.until(session)))
        keep = self.known_at <= session
        if keep.all():
            return self
        return replace(self, dates=self.dates[keep], values=self.values[keep])


def _first_values(vintages: Vintages) -> dict[str, Any]:
    first = vintages.first
    return {"vintages": vintages, "dates": vintages.dates[first], "values": vintages.values[first]}
