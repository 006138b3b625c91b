"""The data folder of a study, and what is odd about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from simulator.core.errors import DataError
from simulator.core.market import MarketData
from simulator.core.series import ExogenousSeries
from simulator.data import foreknown, read_folder, read_series

#: First session of the paper's sample.
START: Final = "2007-01-01"
_HOLE_DAYS: Final = 21
_ENDED_DAYS: Final = 14


class StudyData(NamedTuple):
    """A market, notes on it for the reader, and the folder it was read from."""

    market: MarketData
    notes: tuple[str, ...]
    folder: Path = Path()

    @property
    def foreknown(self) -> str:
        """What page, card and terminal begin with where the data knows the future; else empty."""
        return foreknown(self.market)


def read_study_data(
    folder: Path | None, *, start: str = START, end: str | None = None, allow_revised: bool = False
) -> StudyData:
    """Read ``etf``, ``macro`` and ``markets``, and the bank's own indicators from ``bank`` where there is one.

    A file ``bank/NAME.csv`` (``Date,NAME``) becomes the series NAME, known at the close of its date; the names that
    features know are those of the roles ``BANK_...``. Series whose history is smoothed with later values (NFCI) are
    left out unless ``allow_revised``; ``foreknown`` then says so.

    Raises
    ------
    DataError
        If there is no such folder, or a file in it cannot be used.
    """
    if folder is None:
        raise DataError("a study needs data: say --data DIR, a folder that holds etf/, macro/ and markets/")
    if not folder.is_dir():
        raise DataError(f"--data {folder}: no such folder")
    held = read_folder(folder, start=start, end=end, allow_revised=allow_revised)
    bank = {
        path.stem: read_series(path, path.stem, release="close") for path in sorted((folder / "bank").glob("*.csv"))
    }
    market = replace(held.market, series={**held.market.series, **bank}) if bank else held.market
    told = [f"{note.subject}: {note.text}" for note in held.notes if " without a price" not in note.text]
    return StudyData(market, (*told, *_holes(market)), folder)


def _holes(market: MarketData) -> Iterator[str]:
    """Long silences of a series within the sessions of the market: its values are carried for a while, then missing."""
    for name, series in market.series.items():
        if not name.endswith(("_HIGH", "_LOW")):
            for before, after in holes(series, market):
                yield f"{name}: no value between {before} and {after}"


def holes(series: ExogenousSeries, market: MarketData) -> list[tuple[np.datetime64, np.datetime64]]:
    """Long silences of a series within the sessions of a market: the last date before each, and the first after."""
    days = series.dates[~np.isnan(series.values)]
    days = days[(days >= market.sessions[0]) & (days <= market.sessions[-1])]
    wait = _usual_days(series) + _HOLE_DAYS
    return [(days[gap], days[gap + 1]) for gap in np.flatnonzero(np.diff(days) > np.timedelta64(wait, "D"))]


def _usual_days(series: ExogenousSeries) -> int:
    """Calendar days between two values, usually."""
    steps = np.diff(series.dates[~np.isnan(series.values)]).astype(np.int64)
    return int(np.median(steps)) if steps.size else 0


def unlabelled(market: MarketData, index: ExogenousSeries) -> str:
    """What it means for the study that the index ends before the sessions do; empty if it does not."""
    days = index.dates[~np.isnan(index.values)]
    if days.size == 0:
        raise DataError(f"series {index.name}: it holds no value at all")
    if (market.sessions[-1] - days[-1]).astype(int) <= _ENDED_DAYS:
        return ""
    after = int((market.sessions > days[-1]).sum())
    return (
        f"{index.name} ends on {days[-1]}: the {after} sessions after it have no status and are neither learned from "
        "nor scored"
    )
