"""A market from a folder of Yahoo-style CSV files, one a ticker: Date, Open, High, Low, Close, Adj Close, Volume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from simulator.core.errors import DataError, NoPricesError, nearest
from simulator.core.frames import stated_rate
from simulator.core.instruments import Instrument, known_instrument
from simulator.core.market import MarketData, Prices
from simulator.core.notes import QualityNote
from simulator.core.series import ExogenousSeries

from .carried_dividends import carried_notes
from .csv_asset import read_asset
from .currencies import Rates, converted
from .layouts.histories import Arrangement, read_histories
from .layouts.read import Spelling
from .layouts.spelling import Dates, Decimals
from .passed_over import passed_over_note

_PANELS = ("open", "high", "low", "close", "adjustment", "dividends", "splits", "volume")


def read_market(
    folder: Path,
    assets: Sequence[str],
    *,
    prices: Prices | None = "adjusted",
    cash_rate: float | ExogenousSeries = 0.0,
    cash_rate_after: float | None = None,
    instruments: Mapping[str, Instrument] | None = None,
    series: Mapping[str, ExogenousSeries] | None = None,
    assumed_adv: float | None = None,
    zone: str | None = None,
    layout: Arrangement = "plain",
    dates: Dates | None = None,
    decimal: Decimals | None = None,
    rates: Mapping[str, Rates] | None = None,
    until: np.datetime64 | None = None,
) -> MarketData:
    """Read one file an asset from ``folder`` and put them on the union of their dates.

    Sessions on which an asset has no row are gaps: it is not tradable then and carries its last price.

    Parameters
    ----------
    prices
        The convention of the files. ``None``, unstated: adjusted where a file has an adjusted close; the others are
        taken as they stand and named by :func:`simulator.data.inspect`. See
        :func:`simulator.data.csv_asset.read_asset`.
    cash_rate
        Annual (ACT/360), or a series of it in percent, taken as published; 0 before its first publication.
    cash_rate_after
        Annual rate once the series has ended or fallen silent past its age limit; without it no run reaches there.
    instruments
        By asset; the rest have the class in :data:`simulator.core.instruments.KNOWN_CLASSES`, or are equities.
    assumed_adv
        Daily notional of assets without volumes; only if none has any.
    zone
        The exchange's time zone, in which dates with a time and a zone are read; see
        :meth:`simulator.core.market.MarketData.from_frames`.
    layout
        ``"plain"``: ``ASSET.csv`` each. ``"auto"``: ``folder`` is a file or a folder in any usual layout
        (:func:`simulator.data.layouts.read_layout`); closes may stand alone, and :func:`simulator.data.inspect` says
        what is missing and how files were read.
    dates, decimal
        Of ``"auto"``: how dates (``"day-first"``, ``"month-first"``) and decimals (``"."``, ``","``) are written, where
        the files do not show it.
    rates
        By asset that is quoted in another currency than the book's: what it is worth, by day
        (:func:`simulator.data.currencies.converted`).
    until
        The last day that is needed; what has no rate after it is left out.

    Raises
    ------
    DataError
        Naming the file and what is wrong with it.
    """
    notes: tuple[QualityNote, ...] = ()
    if layout == "auto":
        histories, notes = read_histories(folder, assets, prices, Spelling(zone, dates, decimal))
    else:
        histories = _plain(folder, assets, prices, zone)
    if rates:
        histories, said = converted(histories, rates, until)
        notes = (*notes, *said)
    return joined(
        histories,
        folder,
        prices=prices,
        cash_rate=cash_rate,
        cash_rate_after=cash_rate_after,
        instruments=instruments,
        series=series,
        assumed_adv=assumed_adv,
        zone=zone,
        reading=notes,
    )


def joined(
    histories: Mapping[str, pd.DataFrame],
    folder: Path,
    *,
    prices: Prices | None = "adjusted",
    cash_rate: float | ExogenousSeries = 0.0,
    cash_rate_after: float | None = None,
    instruments: Mapping[str, Instrument] | None = None,
    series: Mapping[str, ExogenousSeries] | None = None,
    assumed_adv: float | None = None,
    zone: str | None = None,
    reading: tuple[QualityNote, ...] = (),
) -> MarketData:
    """The market of histories by asset, as :func:`simulator.data.csv_asset.history` makes them, on all their dates.

    Panels are (T, N), T being the sessions of any asset; NaN where one has no row.

    ``folder`` is named in messages, ``reading`` what was decided in reading; the rest is as in :func:`read_market`.
    """
    index = pd.DatetimeIndex(sorted(set().union(*(history.index for history in histories.values()))))
    wide: dict[str, Any] = {name: _wide(name, histories, index) for name in _PANELS}
    without = [asset for asset, history in histories.items() if "volume" not in history]
    if without and len(without) < len(histories):
        raise DataError(f"{folder / f'{without[0]}.csv'}: no column 'Volume', which the other files have")
    market = MarketData.from_frames(
        **{name: frame for name, frame in wide.items() if not frame.columns.empty},
        raw_known=prices == "raw",
        zone=zone,
        cash_rate=0.0 if isinstance(cash_rate, ExogenousSeries) else cash_rate,
        instruments={asset: known_instrument(asset) for asset in histories} | dict(instruments or {}),
        series=series,
        assumed_adv=assumed_adv if without else None,
    )
    reading = (
        *reading,
        *passed_over_note(_told(histories, "passed_over")),
        *carried_notes(_told(histories, "carried")),
    )
    unstated = tuple(asset for asset, history in histories.items() if history.attrs.get("unstated"))
    market = replace(market, unstated=unstated, reading=reading) if unstated or reading else market
    return with_rate(market, cash_rate, cash_rate_after) if isinstance(cash_rate, ExogenousSeries) else market


def _told(histories: Mapping[str, pd.DataFrame], about: str) -> dict[str, Any]:
    """What reading each file found of something, where there was any."""
    found = {asset: history.attrs.get(about) for asset, history in histories.items()}
    return {asset: told for asset, told in found.items() if told is not None}


def _plain(folder: Path, assets: Sequence[str], prices: Prices | None, zone: str | None) -> dict[str, pd.DataFrame]:
    """The history of each asset from the file of its name."""
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder of price files")
    known = sorted(path.stem for path in folder.glob("*.csv"))
    histories = {}
    for asset in assets:
        path = folder / f"{asset}.csv"
        if not path.is_file():
            raise NoPricesError(f"{path}: no such file{nearest(asset, known)}", asset)
        histories[asset] = read_asset(path, prices, zone)
    return histories


def _wide(name: str, histories: Mapping[str, pd.DataFrame], index: pd.DatetimeIndex) -> pd.DataFrame:
    columns = {asset: history[name].reindex(index) for asset, history in histories.items() if name in history}
    return pd.DataFrame(columns, index=index)


#: A rate of cash beyond this is one in other units.
_MOST_PERCENT: Final = 100.0


def with_rate(market: MarketData, rate: ExogenousSeries, after: float | None) -> MarketData:
    """The market with cash that earns a published rate in percent; see :func:`read_market`."""
    percent, _ = rate.on(market.sessions)
    known = np.flatnonzero(~np.isnan(percent))
    if known.size == 0:
        dead = f" that holds for longer than {rate.age_limit_days} days" if rate.values.size else ""
        raise DataError(f"cash_rate: series {rate.name} publishes nothing before {market.sessions[-1]}{dead}")
    highest = float(np.nanmax(np.abs(percent)))
    if highest > _MOST_PERCENT:
        raise DataError(
            f"cash_rate: series {rate.name} says {highest:g}% a year: write percent a year, 5 for 5% (a basis point is "
            "a hundredth of that)"
        )
    missing, first = np.isnan(percent), int(known[0])
    ended = missing & (np.arange(percent.size) > first)
    rates, stated = stated_rate(np.where(missing, 0.0, percent / 100.0), ended, after)
    if first:  # nothing is published yet: that is stated too
        stated = (missing & (np.arange(percent.size) < first)) | (False if stated is None else stated)
    return replace(market, cash_rate=rates, cash_rate_stated=stated)
