"""A market from a folder of Yahoo-style CSV files, one a ticker: Date, Open, High, Low, Close, Adj Close, Volume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from simulator.core.errors import DataError, nearest
from simulator.core.instruments import Instrument
from simulator.core.market import MarketData
from simulator.core.series import ExogenousSeries

from .csv_table import numeric, read_table

_PRICES = ("Open", "High", "Low", "Close")
_OPTIONAL = ("Adj Close", "Volume")


def read_asset(path: Path) -> pd.DataFrame:
    """One ticker's history: adjusted ``open high low close``, ``volume`` and ``adjustment`` by date.

    Adjusted prices carry dividends (Adj Close); the factor between them and raw prices is kept, because notional
    is raw close x volume. A file without ``Adj Close`` is taken as already adjusted, one without ``Volume`` has
    none.

    Raises
    ------
    DataError
        If the file cannot be used; see :mod:`simulator.data.csv_table`.
    """
    table = read_table(path)
    columns = {str(name).strip().title(): name for name in table.columns}
    table = table.rename(columns={original: tidy for tidy, original in columns.items()})
    values = {name: numeric(table, name, path) for name in _PRICES}
    values |= {name: numeric(table, name, path) for name in _OPTIONAL if name in table.columns}
    frame = pd.DataFrame(values)
    _check(frame, path)
    factor = frame["Adj Close"] / frame["Close"] if "Adj Close" in frame else pd.Series(1.0, frame.index)
    adjusted = frame[list(_PRICES)].mul(factor, axis=0).rename(columns=str.lower)
    adjusted["adjustment"] = factor
    if "Volume" in frame:
        adjusted["volume"] = frame["Volume"]
    return adjusted


def _check(frame: pd.DataFrame, path: Path) -> None:
    for name in frame.columns:
        floor_broken = frame[name] < 0.0 if name == "Volume" else frame[name] <= 0.0
        if floor_broken.any():
            day = frame.index[floor_broken][0]
            what = "negative" if name == "Volume" else "not positive"
            raise DataError(f"{path}: column {name!r} on {day:%Y-%m-%d} is {what} ({frame[name][day]:g})")
    if frame["Close"].isna().all():
        raise DataError(f"{path}: column 'Close' holds no price at all")
    crossed = frame["High"] < frame["Low"]
    if crossed.any():
        day = frame.index[crossed][0]
        raise DataError(f"{path}: on {day:%Y-%m-%d} 'High' {frame['High'][day]:g} is below 'Low' {frame['Low'][day]:g}")


def read_market(
    folder: Path,
    assets: Sequence[str],
    *,
    cash_rate: float | ExogenousSeries = 0.0,
    instruments: Mapping[str, Instrument] | None = None,
    series: Mapping[str, ExogenousSeries] | None = None,
    assumed_adv: float | None = None,
) -> MarketData:
    """Read one file an asset from ``folder`` and put them on the union of their dates.

    Sessions on which an asset has no row are gaps: it is not tradable then and carries its last price.

    Parameters
    ----------
    cash_rate
        Annual (ACT/360), or a series of it in percent, taken as published.
    assumed_adv
        Daily notional of assets without volumes; only if none has any.

    Raises
    ------
    DataError
        Naming the file and what is wrong with it.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder of price files")
    known = sorted(path.stem for path in folder.glob("*.csv"))
    histories = {}
    for asset in assets:
        path = folder / f"{asset}.csv"
        if not path.is_file():
            raise DataError(f"{path}: no such file{nearest(asset, known)}")
        histories[asset] = read_asset(path)
    index = pd.DatetimeIndex(sorted(set().union(*(history.index for history in histories.values()))))
    wide = {name: _wide(name, histories, index) for name in ("open", "high", "low", "close", "adjustment", "volume")}
    without = [asset for asset, history in histories.items() if "volume" not in history]
    if without and len(without) < len(histories):
        raise DataError(f"{folder / f'{without[0]}.csv'}: no column 'Volume', which the other files have")
    if without:
        wide.pop("volume")
    return MarketData.from_frames(
        wide["close"],
        open=wide["open"],
        high=wide["high"],
        low=wide["low"],
        adjustment=wide["adjustment"],
        volume=wide.get("volume"),
        cash_rate=_cash_rate(cash_rate, index),
        instruments=instruments,
        series=series,
        assumed_adv=assumed_adv if without else None,
    )


def _wide(name: str, histories: Mapping[str, pd.DataFrame], index: pd.DatetimeIndex) -> pd.DataFrame:
    columns = {asset: history[name].reindex(index) for asset, history in histories.items() if name in history}
    return pd.DataFrame(columns, index=index)


def _cash_rate(rate: float | ExogenousSeries, index: pd.DatetimeIndex) -> float | pd.Series:
    if not isinstance(rate, ExogenousSeries):
        return rate
    percent, _ = rate.on(index.values.astype("datetime64[D]"))
    values = pd.Series(percent / 100.0, index=index)
    if values.isna().any():
        first = values.first_valid_index()
        if first is None:
            raise DataError(f"cash_rate: series {rate.name} publishes nothing before {index[-1]:%Y-%m-%d}")
        values = values.fillna(0.0)  # before the first publication: reported by quality.inspect
    return values
