"""What became of a value after it was published: revisions, smoothing, and the vintages that undo them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from .errors import DataError
from .types import DateArray, FloatArray, IntArray, frozen

#: ``"none"``: final once published, or nothing else is known. ``"revised"``: the history is estimated again as time
#: goes by. ``"smoothed"``: a value is made with values that came after it, so that its history knows the future.
Revised = Literal["none", "revised", "smoothed"]
REVISED: Final[tuple[Revised, ...]] = ("none", "revised", "smoothed")

#: A dynamic factor, smoothed over the whole sample and estimated again every week: Brave & Butters (2012), Diagnosing
#: the Financial System, International Journal of Central Banking 8(2), section 2; Chicago Fed, "About the NFCI".
_NFCI: Final = ("NFCI", "ANFCI", "NFCIRISK", "NFCICREDIT", "NFCILEVERAGE", "NFCINONFINLEVERAGE")

#: What is known of widely used series, by name.
KNOWN_REVISIONS: Final[dict[str, Revised]] = {
    **dict.fromkeys(_NFCI, "smoothed"),
    "RECPROUSM156N": "smoothed",  # smoothed recession probabilities: Chauvet & Piger (2008), FRED's notes
    # first principal component of standardised series, over the whole sample: Kliesen & Smith (2010), Measuring
    # Financial Market Stress; Kliesen & McCracken (2020) on version 2
    "STLFSI2": "revised",
    "STLFSI4": "revised",
    "KCFSI": "revised",  # Hakkio & Keeton (2009), the same construction
}


@dataclass(frozen=True, eq=False)
class Vintages:
    """Every value of a series with the date from which it was known, as ALFRED keeps them.

    Attributes
    ----------
    dates
        (V,) reference dates; each appears as often as its value changed.
    known_at
        (V,) the first day on which this value stood. Rows are ordered by it, then by reference date.
    values
        (V,) values; never NaN.
    """

    dates: DateArray
    known_at: DateArray
    values: FloatArray

    def __post_init__(self) -> None:
        dates, known = (np.asarray(days, "datetime64[D]") for days in (self.dates, self.known_at))
        values = np.asarray(self.values, np.float64)
        if not dates.shape == known.shape == values.shape:
            raise DataError(f"vintages: {dates.size} dates, {known.size} dates known and {values.size} values")
        held = ~np.isnan(values)
        dates, known, values = dates[held], known[held], values[held]
        early = np.flatnonzero(known < dates)
        if early.size:
            raise DataError(
                f"vintages: the value for {dates[early[0]]} cannot be known on {known[early[0]]}, before it"
            )
        order = np.lexsort((dates, known))
        object.__setattr__(self, "dates", frozen(dates[order], "datetime64[D]"))
        object.__setattr__(self, "known_at", frozen(known[order], "datetime64[D]"))
        object.__setattr__(self, "values", frozen(values[order]))
        both = np.stack([self.dates.astype(np.int64), self.known_at.astype(np.int64)])
        if np.unique(both, axis=1).shape[1] < both.shape[1]:
            raise DataError("vintages: one reference date has two values known from the same day")

    @property
    def first(self) -> IntArray:
        """(M,) rows that hold the first value of each reference date, by reference date."""
        _, rows = np.unique(self.dates, return_index=True)
        return np.asarray(rows, np.int64)

    @property
    def newest(self) -> IntArray:
        """Rows that say something of the newest reference date known by then: its first value and its revisions.

        Rows are those of the (n,) arrays, in their order.
        """
        days = self.dates.astype(np.int64)
        return np.flatnonzero(days == np.maximum.accumulate(days)) if days.size else np.zeros(0, np.int64)

    def until(self, session: np.datetime64) -> Vintages:
        """What was known by the close of ``session``."""
        keep = self.known_at <= session
        return Vintages(self.dates[keep], self.known_at[keep], self.values[keep])

    def moved(self, dates: DateArray, by: FloatArray) -> Vintages:
        """Every value for each of ``dates`` (all of them, ascending) moved ``by`` as much; NaN takes it away.

        Both are (n,), in the unit of the series.
        """
        return Vintages(self.dates, self.known_at, self.values + by[np.searchsorted(dates, self.dates)])
