"""Daily bars from Yahoo through yfinance, kept as Parquet: closes as quoted, adjusted closes, dividends and splits."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from typing import Any, Final

import pandas as pd

from simulator.core.errors import DataError, ParameterError, ScenarioError
from simulator.core.names import check_asset

from .source import BusyError, Days, Fetched, NotThereError

_BARS: Final = ["Open", "High", "Low", "Close", "Adj Close", "Volume"]
_PAID: Final = ["Dividends", "Capital Gains"]


class Yahoo:
    """Yahoo: bars of one ticker a file."""

    name = "yahoo"

    def __init__(self) -> None:
        _library()  # before anything is asked for

    def file_of(self, ticker: str) -> str:
        """``TICKER.parquet``."""
        try:
            return f"{check_asset(ticker)}.parquet"
        except ParameterError as error:
            raise ScenarioError(f"data pull yahoo: {error}") from None

    def fetch(self, ticker: str, days: Days) -> Fetched:
        """Bars as Yahoo has them today; what funds pay out of gains counts as dividends."""
        frame, currency = download(ticker, days)
        bars = _tidy(ticker, frame, days)
        first, last = (bars["Date"].iloc[place].date() for place in (0, -1))
        content = bars.to_parquet(index=False, compression="zstd")
        assert content is not None  # no path was given
        return Fetched(content, len(bars), first, last, currency)


def _library() -> Any:
    try:
        import yfinance
    except ImportError:
        raise DataError("data pull yahoo needs yfinance: pip install 'undertow[pull]'") from None
    return yfinance


def download(ticker: str, days: Days) -> tuple[pd.DataFrame, str]:
    """The bars of a ticker as yfinance gives them, by local midnight of the exchange, and their currency.

    Raises as :meth:`~.source.Source.fetch` does.
    """
    library = _library()
    library.config.debug.hide_exceptions = False  # else errors are logged, and an empty table comes
    logging.getLogger("yfinance").setLevel(logging.CRITICAL)  # what it has to say ends in our line
    asked: dict[str, Any] = {"period": "max"} if days.first is None else {"start": days.first.isoformat()}
    try:
        share = library.Ticker(ticker)
        frame = share.history(
            **asked,
            end=(days.last + timedelta(days=1)).isoformat(),  # the first day without
            interval="1d",
            auto_adjust=False,
            actions=True,
        )
        return frame, str((share.history_metadata or {}).get("currency") or "")
    except library.exceptions.YFRateLimitError:
        raise BusyError("Yahoo asks to wait") from None
    except library.exceptions.YFTickerMissingError as error:
        raise NotThereError(f"{ticker}: Yahoo has no prices of it ({error})") from None
    except Exception as error:  # noqa: BLE001 - whatever its network library makes of a network that is not there
        said = f"{type(error).__name__}: {error}"[:200]
        raise DataError(f"{ticker}: Yahoo cannot be reached, or sends what yfinance does not read ({said})") from None


def _tidy(ticker: str, frame: pd.DataFrame, days: Days) -> pd.DataFrame:
    """Bars by date alone, the columns that are read, days without a close left out."""
    absent = [name for name in _BARS if name not in frame]
    if absent and not frame.empty:
        raise DataError(f"{ticker}: no column {absent[0]!r} in what yfinance gives; is it of another version?")
    if not frame.empty:
        frame = frame[frame["Close"].notna() & (_dates(frame) <= pd.Timestamp(days.last))]
    if frame.empty:
        raise NotThereError(f"{ticker}: Yahoo has no prices of it on these days")
    paid = sum((frame[name].fillna(0.0) for name in _PAID if name in frame), pd.Series(0.0, frame.index))
    splits = frame["Stock Splits"].fillna(0.0) if "Stock Splits" in frame else pd.Series(0.0, frame.index)
    bars = frame[_BARS].assign(**{"Dividends": paid, "Stock Splits": splits})
    dates = _dates(frame)
    bars.index = dates
    if dates.duplicated().any():
        raise DataError(f"{ticker}: Yahoo gives {_twice(dates)} twice; pull it again later")
    return bars.sort_index().reset_index(names="Date")


def _dates(frame: pd.DataFrame) -> pd.DatetimeIndex:
    """The day of each row where the exchange is."""
    return pd.DatetimeIndex(pd.DatetimeIndex(frame.index).tz_localize(None).normalize())


def _twice(dates: pd.DatetimeIndex) -> date:
    return pd.Timestamp(dates[dates.duplicated()][0]).date()
