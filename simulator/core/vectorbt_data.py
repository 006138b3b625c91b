"""Wide frames from a vectorbt data object, without importing vectorbt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol, runtime_checkable

import pandas as pd

from .errors import DataError

_FIELDS: Final = ("open", "high", "low", "close", "volume")


@runtime_checkable
class VectorbtData(Protocol):
    """What is used of a ``vectorbt.Data``: a frame of bars for each symbol."""

    @property
    def data(self) -> Mapping[Any, Any]:
        """A frame with columns Open, High, Low, Close and Volume, or a Series of closes, by symbol."""
        ...

    @property
    def symbols(self) -> Iterable[Any]:
        """The symbols, in order."""
        ...


def wide_frames(given: VectorbtData) -> dict[str, pd.DataFrame]:
    """``close``, and ``open``, ``high``, ``low`` and ``volume`` where every symbol has them: sessions by symbols.

    Columns are matched whatever their case, others (adjusted closes, dividends) are left aside. Times of day and
    time zones are dropped: a bar belongs to its local date.

    Raises
    ------
    DataError
        If a symbol has no close.
    """
    bars = {str(symbol): _bars(given.data[symbol], str(symbol)) for symbol in given.symbols}
    if not bars:
        raise DataError("the vectorbt data holds no symbol")
    shared = [field for field in _FIELDS if all(field in one.columns for one in bars.values())]
    return {field: pd.DataFrame({symbol: one[field] for symbol, one in bars.items()}) for field in shared}


def _bars(given: Any, symbol: str) -> pd.DataFrame:
    frame = given.to_frame("close") if isinstance(given, pd.Series) else pd.DataFrame(given)
    frame = frame.rename(columns=lambda name: str(name).strip().lower())
    if "close" not in frame.columns:
        there = ", ".join(map(str, frame.columns))
        raise DataError(f"the vectorbt data of {symbol} has no column 'Close'; it has: {there}")
    if not isinstance(frame.index, pd.DatetimeIndex):
        raise DataError(f"the vectorbt data of {symbol} must be indexed by dates; convert with pd.to_datetime")
    return frame.set_axis(frame.index.tz_localize(None).normalize(), axis=0)
