"""One ticker's CSV file in one of three price conventions: adjusted, split-adjusted with cash dividends, or raw."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final, get_args

import numpy as np
import pandas as pd

from simulator.core.bars import adjustment
from simulator.core.columns import titled
from simulator.core.errors import DataError, ParameterError
from simulator.core.frames import BEYOND, MOST_PRICE, MOST_QUANTITY
from simulator.core.market import Prices

from .carried_dividends import carried_dividends
from .csv_table import numeric, read_table
from .passed_over import passed_over

_PRICES = ("Open", "High", "Low", "Close")
#: What yfinance writes beside the dividends of a fund.
_GAINS: Final = "Capital Gains"
#: Log of the smallest split whose trace in the prices is told from an ordinary day.
_TELLING: Final = float(np.log(1.5))


def read_asset(path: Path, prices: Prices | None = "adjusted", zone: str | None = None) -> pd.DataFrame:
    """One ticker's history by date: ``open high low close``, and ``volume`` where the file has it.

    Parameters
    ----------
    prices
        ``"adjusted"``: prices carry dividends (Adj Close); ``adjustment``, the factor between them and Close, is
        kept, because notional is Close x volume. A file without ``Adj Close`` is taken as already adjusted; where it
        has Dividends all the same, ``attrs["passed_over"]`` says what closes do on their days; where it has both,
        ``attrs["carried"]`` says how much of them the adjusted close is made of.
        ``"split-adjusted"``: Close as most vendors quote history, restated for later splits; ``dividends``
        (column Dividends, restated likewise) are paid in cash.
        ``"raw"``: Close as it was traded; ``dividends`` likewise, and ``splits`` (column Splits or Stock Splits,
        new shares for an old one; 0, 1 or empty for none).
        ``None``, unstated: ``"adjusted"`` where the file has an adjusted close, in the spelling of any usual vendor
        (:mod:`simulator.core.columns`), and where yfinance wrote it, which adjusts all prices unless it adds one. Any
        other file without is read as it stands, and ``attrs["unstated"]`` of the frame says that nothing says what
        its Close carries.
    zone
        See :func:`simulator.data.csv_table.read_table`.

    Raises
    ------
    DataError
        If the file cannot be used, or its prices contradict the convention; see :mod:`simulator.data.csv_table`.
    """
    check_convention(prices)
    table = read_table(path, zone)
    return history(table.rename(columns=titled(str(path), table.columns)), prices, path)


def check_convention(prices: Prices | None) -> None:
    """Raise :class:`ParameterError` unless prices can be said to carry that."""
    if prices is not None and prices not in get_args(Prices):
        raise ParameterError(f"prices must be one of {', '.join(get_args(Prices))}, not {prices!r}")


def history(table: pd.DataFrame, prices: Prices | None, path: Path, needed: Collection[str] = _PRICES) -> pd.DataFrame:
    """The history that a table of text under the usual titles holds; see :func:`read_asset`.

    Prices are in currency a share, a row a session; NaN where a cell is empty.

    ``needed`` are the prices without which it is refused; of the others those are read that are there.
    """
    there = [name for name in _PRICES if name in needed or name in table.columns]
    wanted = (*there, *_optional(table, prices, path))
    frame = pd.DataFrame({name: numeric(table, name, path) for name in wanted})
    _check(frame, path)
    if "Dividends" in frame and _GAINS in table.columns:
        _check_gains(numeric(table, _GAINS, path), frame["Dividends"], path)
    found = _history(frame, there, prices, path)
    believed = prices == "adjusted" and "Adj Close" not in frame and not _from_yfinance(table)
    if believed and "Dividends" in table.columns:
        found.attrs["passed_over"] = passed_over(frame["Close"], numeric(table, "Dividends", path))
    if "Adj Close" in frame and "Dividends" in table.columns:
        paid = numeric(table, "Dividends", path)
        found.attrs["carried"] = carried_dividends(frame["Close"], frame["Adj Close"], paid)
    found.attrs["unstated"] = prices is None and "Adj Close" not in frame and not _from_yfinance(table)
    return found


def _history(frame: pd.DataFrame, there: list[str], prices: Prices | None, path: Path) -> pd.DataFrame:
    if prices in (None, "adjusted"):
        adjusted = "Adj Close" in frame
        factor = adjustment(frame["Close"], frame["Adj Close"], str(path)) if adjusted else pd.Series(1.0, frame.index)
        history = frame[there].mul(factor, axis=0)
        history["adjustment"] = factor
    else:
        history = frame[there].copy()
        history["dividends"] = frame["Dividends"].fillna(0.0)
        if prices == "raw":
            history["splits"] = frame["Splits"].replace(0.0, 1.0).fillna(1.0)
            _check_splits(history["splits"], frame["Close"], path)
    if "Volume" in frame:
        history["volume"] = frame["Volume"]
    return history.rename(columns=str.lower)


def _from_yfinance(table: pd.DataFrame) -> bool:
    """Whether yfinance wrote the file: without ``Adj Close``, its prices then carry dividends and splits."""
    history = table.attrs.get("zoned") and {"Dividends", "Splits"} <= set(table.columns)
    return bool(table.attrs.get("tickers") or history)


def _optional(table: pd.DataFrame, prices: Prices | None, path: Path) -> list[str]:
    """The columns to read besides the prices."""
    needed = {"split-adjusted": ("Dividends",), "raw": ("Dividends", "Splits")}.get(prices or "", ())
    for name in needed:
        if name not in table.columns:
            raise DataError(
                f"{path}: no column {name!r}, which prices = {prices!r} needs (0 where there was none); "
                f"it has: {', '.join(map(str, table.columns))}"
            )
    wanted = ("Volume",) if needed else ("Adj Close", "Volume")
    return [*(name for name in wanted if name in table.columns), *needed]


def _check(frame: pd.DataFrame, path: Path) -> None:
    for name in frame.columns:
        values, may_be_zero = frame[name], name in ("Volume", "Dividends", "Splits")
        _refuse(
            values, values < 0.0 if may_be_zero else values <= 0.0, "negative" if may_be_zero else "not positive", path
        )
        far = values > MOST_QUANTITY if may_be_zero else (values > MOST_PRICE) | (values < 1.0 / MOST_PRICE)
        _refuse(values, far, BEYOND.removeprefix("is "), path)
    if frame["Close"].isna().all():
        raise DataError(f"{path}: column 'Close' holds no price at all")
    if not {"High", "Low"} <= set(frame):
        return
    crossed = frame["High"] < frame["Low"]
    if crossed.any():
        day = frame.index[crossed][0]
        raise DataError(f"{path}: on {day:%Y-%m-%d} 'High' {frame['High'][day]:g} is below 'Low' {frame['Low'][day]:g}")


def _refuse(values: pd.Series, bad: pd.Series, what: str, path: Path) -> None:
    if bad.any():
        day = values.index[bad][0]
        raise DataError(f"{path}: column {values.name!r} on {day:%Y-%m-%d} is {what} ({values[day]:g})")


def _check_gains(gains: pd.Series, dividends: pd.Series, path: Path) -> None:
    """Raise where a fund paid out gains that its dividends do not hold; Yahoo's dividends mostly hold them."""
    apart = gains.fillna(0.0) > 1.001 * dividends.fillna(0.0)
    if apart.any():
        day = gains.index[apart][0]
        raise DataError(
            f"{path}: {_GAINS!r} on {day:%Y-%m-%d} is {gains[day]:g}, more than the 'Dividends' of that day: only "
            "these are paid; add the gains to them, or drop the column"
        )


def _check_splits(splits: pd.Series, close: pd.Series, path: Path) -> None:
    """Raise if a split fell on a day without a price, or left no trace in the prices: those are adjusted already."""
    moves, ratios = np.log((close / close.ffill().shift(1)).to_numpy()), splits.to_numpy()
    days = pd.DatetimeIndex(splits.index)
    for row in np.flatnonzero(ratios != 1.0).tolist():
        day, move, step = days[row], moves[row], float(np.log(ratios[row]))
        if not np.isfinite(close.iloc[row]):
            raise DataError(f"{path}: a split on {day:%Y-%m-%d}, which has no Close; put it on the next day that has")
        if abs(step) >= _TELLING and abs(move) < abs(move + step):
            raise DataError(
                f"{path}: a split of {ratios[row]:g} on {day:%Y-%m-%d} left no trace in 'Close': these prices are "
                "restated for splits; use prices = 'split-adjusted'"
            )
