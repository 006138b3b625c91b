"""Wide frames from the bars of one asset at a time: what vectorbt and yfinance hand out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol, runtime_checkable

import pandas as pd

from .columns import titled
from .dates import local_dates
from .errors import DataError
from .frames import check_columns, check_numeric

_PRICES: Final = ("Open", "High", "Low", "Close")


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


def holds_bars(given: Any) -> bool:
    """Whether something holds the bars of assets: a ``vectorbt.Data``, or a frame with fields and assets as levels."""
    if isinstance(given, pd.DataFrame):
        return isinstance(given.columns, pd.MultiIndex) and given.columns.nlevels == 2
    return isinstance(given, VectorbtData)


def wide_frames(given: Any, zone: str | None = None, *, adjusted: bool = True) -> dict[str, pd.DataFrame]:
    """``close``, and ``open``, ``high``, ``low``, ``volume`` and ``adjustment`` where every asset has them.

    Each is (T, N), sessions by assets, NaN where an asset has no bar.

    Columns are matched as in :func:`simulator.core.columns.titled`. Where there is an adjusted close, prices are
    ``adjusted`` (unless told not to) and ``adjustment`` is the factor; without one they are taken as they are. Bars
    belong to their local date, see :func:`simulator.core.dates.local_dates`.

    Raises
    ------
    DataError
        If an asset has no close, or its columns or dates are unclear.
    """
    by_asset = _by_level(given) if isinstance(given, pd.DataFrame) else _by_symbol(given)
    bars = {name: _bars(frame, f"the bars of {name}", zone, adjusted) for name, frame in by_asset.items()}
    if not bars:
        raise DataError("the vectorbt data holds no symbol")
    shared = [field for field in (*_PRICES, "Volume", "Factor") if all(field in bar.columns for bar in bars.values())]
    lacking = [name for name, bar in bars.items() if "Factor" not in bar.columns]
    if lacking and len(lacking) < len(bars):
        raise DataError(f"the bars of {lacking[0]} have no adjusted close, which the others have; give all or none")
    keys = {"Factor": "adjustment"}
    return {
        keys.get(field, field.lower()): pd.DataFrame({name: bar[field] for name, bar in bars.items()})
        for field in shared
    }


def _by_symbol(given: VectorbtData) -> dict[str, Any]:
    return {str(symbol): given.data[symbol] for symbol in given.symbols}


def _by_level(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The bars of each asset of a frame with two levels of columns, as ``yfinance.download`` gives it."""
    fields = [_has_close(frame.columns.get_level_values(level)) for level in (0, 1)]
    if sum(fields) != 1:
        raise DataError("close: its columns have two levels, and which one names the fields (Close...) is unclear")
    level = 1 - fields.index(True)
    names = list(dict.fromkeys(frame.columns.get_level_values(level)))
    check_columns("close", names)
    return {str(name): pd.DataFrame(frame.xs(name, axis=1, level=level)) for name in names}


def _has_close(level: pd.Index) -> bool:
    return any(str(name).strip().lower() in ("close", "adj close") for name in level)


def _bars(given: Any, where: str, zone: str | None, adjusted: bool) -> pd.DataFrame:
    frame = given.to_frame("Close") if isinstance(given, pd.Series) else pd.DataFrame(given)
    check_columns(where, frame.columns)
    frame = frame.rename(columns=titled(where, frame.columns))
    if "Close" not in frame.columns:
        raise DataError(f"{where} have no column 'Close'; there is: {', '.join(map(str, frame.columns))}")
    frame = frame.set_axis(local_dates(where, frame.index, zone), axis=0)
    return _adjusted(frame, where) if adjusted and "Adj Close" in frame.columns else frame


def _adjusted(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    for name in ("Close", "Adj Close"):
        check_numeric(f"{where}: column {name!r}", frame[name])
    factor = adjustment(frame["Close"], frame["Adj Close"], where)
    prices = {name: frame[name] * factor for name in _PRICES if name in frame.columns}
    return frame.assign(**prices, Factor=factor)


def adjustment(close: pd.Series, adjusted: pd.Series, where: str) -> pd.Series:
    """Adjusted over plain close, by date; raise where one of the two is missing and the other is not.

    One factor a session; NaN where both are missing.
    """
    alone = close.notna() & adjusted.isna()
    if alone.any():
        day = close.index[alone][0]
        raise DataError(f"{where}: on {day:%Y-%m-%d} there is a 'Close' but no adjusted close; fill both or neither")
    return adjusted / close
