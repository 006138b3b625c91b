"""Feature and signal panels: named columns of values, each row with the date on which it was known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .errors import PluginError
from .types import BoolArray, DateArray, FloatArray, frozen


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
        (T,) the date by which everything in a row was known; never after its session.
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
        late = np.flatnonzero(self.known_at > self.sessions)
        if late.size:
            raise PluginError(
                f"row {self.sessions[late[0]]} of the panel ({', '.join(self.columns[:3])}...) is only known at "
                f"{self.known_at[late[0]]}: it would see the future"
            )

    def column(self, name: str) -> FloatArray:
        """(T,) values of one column."""
        if name not in self.columns:
            raise PluginError(f"no column {name!r} here; there are: {', '.join(self.columns)}")
        return self.values[:, self.columns.index(name)]

    def frame(self) -> pd.DataFrame:
        """The panel as a pandas frame."""
        return pd.DataFrame(self.values, index=pd.DatetimeIndex(self.sessions), columns=list(self.columns))


class FeaturePanel(Panel):
    """Features for models."""


class SignalPanel(Panel):
    """What a signal says: by convention a column ``state`` (0 or 1) or ``fire`` (1 on the day it calls), or both.

    ``state`` holds from the day it is entered until it is left; ``fire`` asks a policy to act on that very day.
    """

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
