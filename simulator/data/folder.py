"""A whole folder of data: assets in ``etf``, published series in ``macro``, quoted markets in ``markets``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from simulator.core.errors import DataError
from simulator.core.instruments import Instrument
from simulator.core.market import MarketData, Prices
from simulator.core.release import KNOWN_RULES
from simulator.core.series import ExogenousSeries

from .csv_market import read_market
from .csv_series import read_series
from .csv_table import read_table
from .quality import QualityNote, inspect

_VINTAGES: Final = "-vintages"
_LEFT_OUT: Final = (
    "left out: its history is smoothed with later values and knows the future (give vintages, or allow it)"
)


class DataFolder(NamedTuple):
    """A market from a folder, and what is odd about it."""

    market: MarketData
    notes: tuple[QualityNote, ...]


def read_folder(
    folder: Path,
    assets: Sequence[str] | None = None,
    *,
    start: str | None = None,
    end: str | None = None,
    instruments: Mapping[str, Instrument] | None = None,
    releases: Mapping[str, str] | None = None,
    prices: Prices | None = "adjusted",
    allow_revised: bool = False,
) -> DataFolder:
    """Read every asset and every series of a folder.

    Parameters
    ----------
    folder
        Holds ``etf/TICKER.csv``, and if there are any ``macro/NAME.csv`` and ``markets/NAME.csv``. A market with
        highs and lows also gives the series ``NAME_HIGH`` and ``NAME_LOW``.
    assets
        Tickers; by default all of them.
    start, end
        First and last session, YYYY-MM-DD; by default from the first on which every asset has a price, to the last.
    instruments
        By ticker; the rest take the class in :data:`simulator.core.instruments.KNOWN_CLASSES`, or are equities.
    releases
        Release rules by series name, before those in :data:`simulator.core.release.KNOWN_RULES`. A macro series
        without a rule is left out, and a note says so.
    prices
        What prices carry; see :func:`simulator.data.read_market`.
    allow_revised
        Keep series whose history is smoothed with later values (NFCI). By default they are left out, and a note says
        so; a file ``macro/NAME-vintages.csv`` beside one makes it usable.

    Raises
    ------
    DataError
        If there is no such folder, or a file in it cannot be used.
    """
    tickers = list(assets) if assets is not None else sorted(path.stem for path in (folder / "etf").glob("*.csv"))
    if not tickers:
        raise DataError(f"{folder / 'etf'}: no price files; it must hold one TICKER.csv an asset")
    series, left_out = _series(folder, dict(releases or {}), allow_revised)
    whole = read_market(folder / "etf", tickers, prices=prices, instruments=instruments, series=series)
    market = _between(whole, start, end, folder)
    return DataFolder(market, (*left_out, *inspect(market)))


def _series(
    folder: Path, releases: Mapping[str, str], allow_revised: bool
) -> tuple[dict[str, ExogenousSeries], list[QualityNote]]:
    series: dict[str, ExogenousSeries] = {}
    notes = []
    for path in sorted((folder / "macro").glob("*.csv")):
        if path.stem.endswith(_VINTAGES):
            continue
        if path.stem in releases or path.stem in KNOWN_RULES:
            beside = path.with_name(f"{path.stem}{_VINTAGES}.csv")
            found = read_series(
                path,
                path.stem,
                release=releases.get(path.stem),
                vintages=beside if beside.is_file() else None,
                allow_revised=allow_revised,
            )
            if found.refusal:
                notes.append(QualityNote(path.stem, _LEFT_OUT))
            else:
                series[path.stem] = found
        else:
            notes.append(QualityNote(path.stem, "left out: no release rule says when its values become known"))
    for path in sorted((folder / "markets").glob("*.csv")):
        rule = releases.get(path.stem)
        series[path.stem] = read_series(path, path.stem, release=rule)
        there = read_table(path).columns
        for column in (
            extreme for extreme in ("High", "Low") if extreme in there
        ):  # in this order: columns of models follow it
            name = f"{path.stem}_{column.upper()}"
            series[name] = read_series(path, name, column=column, release=rule)
    return series, notes


def _between(market: MarketData, start: str | None, end: str | None, folder: Path) -> MarketData:
    born = np.logical_or.accumulate(np.isfinite(market.close), axis=0).all(axis=1)
    first = int(born.argmax()) if start is None else int(np.searchsorted(market.sessions, np.datetime64(start, "D")))
    last = market.sessions.size
    if end is not None:
        last = int(np.searchsorted(market.sessions, np.datetime64(end, "D"), side="right"))
    if not first < last or (start is None and not born.any()):
        raise DataError(f"{folder}: no session between {start or 'the first common price'} and {end or 'the end'}")
    return market.between(first, last)
