"""What a label is: a value for each session, and the date on which it became known."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from simulator.core.errors import PluginError
from simulator.core.types import BoolArray, DateArray, FloatArray, IntArray, frozen


@dataclass(frozen=True, eq=False)
class Label:
    """A target for models, session by session.

    Attributes
    ----------
    name
        Its name.
    text
        The definition in words.
    sessions
        (T,) the sessions it is for.
    values
        (T,) a state or event (0, 1), a class (0 up to the number of ``classes``), or a score; NaN where unknown.
    known_at
        (T,) the date by which the value is known; NaT where it is NaN. Often after its session: a model made at t may
        learn from labels with ``known_at <= t`` only.
    classes
        Names of the classes, mildest first; empty for a score.
    horizon
        Sessions ahead that it looks; labels closer together than this share outcomes.
    observation
        (T,) number of the observation behind each value, where one serves several sessions (a weekly index), -1 for
        none; by default each session is its own.
    hindsight
        True if its definition uses the whole sample: for comparison with a paper, never for a forecast.
    changed
        Days from which it is measured by something else, because a series has ended: scores on either side of one are
        not of one kind.
    """

    name: str
    text: str
    sessions: DateArray
    values: FloatArray
    known_at: DateArray
    classes: tuple[str, ...] = ("calm", "stress")
    horizon: int = 0
    observation: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    hindsight: bool = False
    changed: DateArray = field(default_factory=lambda: np.zeros(0, "datetime64[D]"))

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "values", frozen(self.values))
        unknown = np.isnan(self.values)
        put(self, "known_at", frozen(np.where(unknown, np.datetime64("NaT", "D"), self.known_at), "datetime64[D]"))
        own = np.where(unknown, -1, np.arange(unknown.size))
        put(self, "observation", frozen(self.observation if self.observation.size else own, np.int64))
        for name in ("values", "known_at", "observation"):
            if getattr(self, name).shape != self.sessions.shape:
                raise PluginError(f"label {self.name}: {name} must have one value a session")
        early = np.flatnonzero(self.known_at < self.sessions)
        if early.size:
            raise PluginError(f"label {self.name}: that of {self.sessions[early[0]]} cannot be known before it")
        if np.isnat(self.known_at[~unknown]).any():
            raise PluginError(f"label {self.name}: every value needs the date on which it became known")

    def known_by(self, session: np.datetime64) -> BoolArray:
        """(T,) True where the value is known by the close of ``session``."""
        return np.asarray(self.known_at <= session)

    def series(self) -> pd.Series:
        """The values by session."""
        return pd.Series(self.values, pd.DatetimeIndex(self.sessions), name=self.name)
