"""What a signal rests on, laid open so that its dates can be checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .errors import PluginError
from .types import DateArray, FloatArray, frozen


@dataclass(frozen=True, eq=False)
class Evidence:
    """Rows of features, thresholds, labels, scalers or fitted models behind a signal, each with its dates.

    The look-ahead audit checks that no row is used before it is known, and that rows known by a cut are the same
    whatever comes after it.

    Attributes
    ----------
    name
        What it is, in a word: features, thresholds, labels, models...
    columns
        K names.
    dates
        (R,) the session each row is for.
    values
        (R, K); NaN where there is none.
    known_at
        (R,) the date by which a row was known; NaT if not within this history.
    used_at
        (R,) the date on which a row was first used; NaT if it never was.
    """

    name: str
    columns: tuple[str, ...]
    dates: DateArray
    values: FloatArray
    known_at: DateArray
    used_at: DateArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", frozen(self.values))
        for name in ("dates", "known_at", "used_at"):
            object.__setattr__(self, name, frozen(getattr(self, name), "datetime64[D]"))
            if getattr(self, name).shape != self.dates.shape:
                raise PluginError(f"evidence {self.name!r}: {name} must have shape {self.dates.shape}")
        expected = (self.dates.size, len(self.columns))
        if self.values.shape != expected:
            raise PluginError(f"evidence {self.name!r}: {expected} values were promised, {self.values.shape} came")

    @property
    def early(self) -> np.ndarray:
        """(R,) True where a row was used before it was known. One row a figure used in a session."""
        with_dates = ~np.isnat(self.used_at)
        return np.asarray(with_dates & (np.isnat(self.known_at) | (self.known_at > self.used_at)))
