"""Feature and signal panels: named columns of values, each row with the date on which it was known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from .errors import PluginError, nearest
from .types import BoolArray, DateArray, FloatArray, IntArray, frozen


@dataclass(frozen=True, eq=False)
class Panel:
    """Values by session and column.

    Attributes
    ----------
    sessions
        (T,) the sessions of the market.
    columns
        K names.
    values
        (T, K); NaN where a value is not known yet.
    known_at
        (T,) the date by which everything in a row was known, or (T, K) that of each cell; never after its session.
    """

    sessions: DateArray
    columns: tuple[str, ...]
    values: FloatArray
    known_at: DateArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", frozen(self.values))
        object.__setattr__(self, "known_at", frozen(self.known_at, "datetime64[D]"))
        expected = (self.sessions.size, len(self.columns))
        if self.values.shape != expected:
            raise PluginError(f"a panel of {expected} values was promised, {self.values.shape} came")
        self._check_known()

    def _check_known(self) -> None:
        known = self.known_at.reshape(self.sessions.size, -1)
        late = np.argwhere(known > self.sessions[:, None])
        if late.size:
            row, column = late[0]
            raise PluginError(
                f"row {self.sessions[row]} of the panel ({', '.join(self.columns[:3])}...) is only known at "
                f"{known[row, column]}: it would see the future"
            )

    def column(self, name: str) -> FloatArray:
        """(T,) values of one column."""
        return self.values[:, self.index_of(name)]

    def index_of(self, name: str) -> int:
        """Position of a column. It is that of the (T, K) values."""
        if name not in self.columns:
            raise PluginError(f"no column {name!r} here{nearest(name, self.columns)}")
        return self.columns.index(name)

    def frame(self) -> pd.DataFrame:
        """The panel as a pandas frame. Of shape (T, K), a row a session; NaN stays."""
        return pd.DataFrame(self.values, index=pd.DatetimeIndex(self.sessions), columns=list(self.columns))


@dataclass(frozen=True, eq=False)
class FeaturePanel(Panel):
    """Features for models: every cell with the date on which it was known.

    Missing and late data are carried, masked and counted, never back-filled: a value that rests on an older
    publication says so in ``known_at``, one whose source has fallen silent is marked ``late``, and one whose source
    has ended is NaN.

    Attributes
    ----------
    known_at
        (T, K) the date of the newest publication a cell rests on; NaT where the cell is NaN. A (T,) array holds
        for every column.
    late
        (T, K) True where a newer publication was due but had not come.
    coverage
        (T, K) share of the living assets behind a cell; 1 for columns that are no cross-section, 0 where NaN.
    warmups
        (K,) sessions a column needs before its first value.
    absent
        Features that were asked for by family but cannot be computed from this market, and what they lack.
    """

    late: BoolArray = field(default_factory=lambda: np.zeros((0, 0), np.bool_))
    coverage: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    warmups: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    absent: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        put = object.__setattr__
        shape = (self.sessions.size, len(self.columns))
        if self.known_at.ndim == 1:
            spread = np.broadcast_to(self.known_at[:, None], shape)
            put(self, "known_at", np.where(np.isnan(self.values), np.datetime64("NaT", "D"), spread))
        super().__post_init__()
        late = self.late if self.late.size else np.zeros(shape, np.bool_)
        put(self, "late", frozen(late, np.bool_))
        put(self, "coverage", frozen(self.coverage if self.coverage.size else (~np.isnan(self.values)).astype(float)))
        put(self, "warmups", frozen(self.warmups if self.warmups.size else np.zeros(shape[1]), np.int64))
        for name, expected in (("known_at", shape), ("late", shape), ("coverage", shape), ("warmups", shape[1:])):
            if getattr(self, name).shape != expected:
                raise PluginError(f"a panel's {name} must have shape {expected}, not {getattr(self, name).shape}")

    def row_known_at(self) -> DateArray:
        """(T,) the date by which every cell of a row was known; the session itself where no cell has a value."""
        if not self.columns:
            return self.sessions
        newest: DateArray = np.fmax.reduce(self.known_at, axis=1)
        return np.where(np.isnat(newest), self.sessions, newest)

    def pick(self, names: Sequence[str]) -> FeaturePanel:
        """The panel with these columns only, in this order.

        Arrays are (T, K), and (K,) warm-ups, K the number of names.
        """
        where = [self.index_of(name) for name in names]
        return replace(
            self,
            columns=tuple(names),
            values=self.values[:, where],
            known_at=self.known_at[:, where],
            late=self.late[:, where],
            coverage=self.coverage[:, where],
            warmups=self.warmups[where],
        )

    def counts(self) -> pd.DataFrame:
        """By column, counted in sessions: how much is there, missing, carried and late, and from when.

        ``known`` values; ``missing`` ones after the first value; ``carried`` ones, which rest on nothing newer than
        an earlier day; ``late`` ones, for which a publication was due; ``first`` session with a value (NaT if none);
        ``coverage``, the mean share of living assets behind the known values.
        """
        known = ~np.isnan(self.values)
        started = np.logical_or.accumulate(known, axis=0)
        number = known.sum(axis=0)
        first = np.where(number > 0, self.sessions[known.argmax(axis=0)], np.datetime64("NaT", "D"))
        return pd.DataFrame(
            {
                "known": number,
                "missing": (started & ~known).sum(axis=0),
                "carried": (known & (self.known_at < self.sessions[:, None])).sum(axis=0),
                "late": self.late.sum(axis=0),
                "first": first.astype("datetime64[s]"),
                "coverage": (self.coverage * known).sum(axis=0) / np.maximum(number, 1),
            },
            index=list(self.columns),
        )


@dataclass(frozen=True, eq=False)
class SignalPanel(Panel):
    """What a signal says: by convention a column ``state`` (0 or 1) or ``fire`` (1 on the day it calls), or both.

    ``state`` holds from the day it is entered until it is left; ``fire`` asks a policy to act on that very day.

    Attributes
    ----------
    hindsight
        True for a diagnostic that uses what was not known yet. ``known_at`` then says when it was, which may be after
        the session; reports mark whatever such a panel drives. Without it, a row known late is refused.
    """

    hindsight: bool = False

    def _check_known(self) -> None:
        if not self.hindsight:
            super()._check_known()

    def between(self, start: int, stop: int) -> SignalPanel:
        """Its sessions ``[start, stop)`` alone. A change of state on the first of them counts from "off"."""
        rows = slice(start, stop)
        return replace(self, sessions=self.sessions[rows], values=self.values[rows], known_at=self.known_at[rows])

    def state(self) -> BoolArray:
        """(T,) True while the signal is on. A panel of one column is on where that column is above one half."""
        name = "state" if "state" in self.columns or len(self.columns) > 1 else self.columns[0]
        return np.asarray(np.nan_to_num(self.column(name)) > 0.5)

    def fires(self) -> BoolArray:
        """(T,) True on the days the signal calls for action: its ``fire`` column, else each change of state."""
        if "fire" in self.columns:
            return np.asarray(np.nan_to_num(self.column("fire")) > 0.5)
        state = self.state()
        return np.asarray(state != np.concatenate([[False], state[:-1]]))
