"""Daily bars of many shares from a long table, CSV or Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from scenarios.study.tables import read_table
from signals.equity.bars import ShareBars
from simulator.core.errors import DataError, nearest

_SPELLINGS: Final = {
    "ticker": ("ticker", "symbol", "asset", "isin"),
    "date": ("date", "timestamp", "day"),
    "close": ("close",),
    "adjusted": ("adjusted_close", "adj_close", "adjclose", "adj close", "adjusted close"),
    "volume": ("volume",),
    "sector": ("sector", "gics_sector", "industry_sector"),
}
_OPTIONAL: Final = ("sector", "adjusted")
_SUFFIXES: Final = (".csv", ".csv.gz", ".parquet")
_FEWEST: Final = 50


class EquityData(NamedTuple):
    """Bars, and what is odd about them."""

    bars: ShareBars
    notes: tuple[str, ...]
    path: Path


def read_equity_data(folder: Path | None) -> EquityData:
    """The one long table of a folder (or of its ``xsection``), or a file of one.

    Raises
    ------
    DataError
        Naming file, column or row, and what to do.
    """
    path = _located(folder)
    table = read_table(path)
    columns = _columns(path, list(table.columns))
    table = table[list(columns.values())].rename(columns={spelt: name for name, spelt in columns.items()})
    table = _checked(path, table)
    notes = []
    if "adjusted" not in table:
        table["adjusted"] = table["close"]
        notes.append(f"{path.name} has no adjusted close: dividends and splits are taken for falls")
    if "sector" not in table:
        table["sector"] = "unknown"
        notes.append(f"{path.name} has no sector: models see none")
    notes.append(f"{path.name} has no market capitalisation and no industry: size is median dollar volume throughout")
    return _bars(path, table, notes)


def _located(folder: Path | None) -> Path:
    if folder is None:
        raise DataError("the study needs data: say --data DIR, a folder with one long CSV or Parquet of daily bars")
    if folder.is_file():
        return folder
    if not folder.is_dir():
        raise DataError(f"--data {folder}: no such folder")
    for home in (folder, folder / "xsection"):
        found = sorted(path for path in home.glob("*") if path.name.lower().endswith(_SUFFIXES))
        if len(found) > 1:
            raise DataError(f"--data {home}: holds {len(found)} tables ({found[0].name}, ...); name the file itself")
        if found:
            return found[0]
    raise DataError(f"--data {folder}: holds no CSV or Parquet of daily bars, nor does its xsection/")


def _columns(path: Path, present: list[Any]) -> dict[str, str]:
    spelt = {str(name).strip().lower(): name for name in present}
    found = {}
    for name, spellings in _SPELLINGS.items():
        there = [spelt[spelling] for spelling in spellings if spelling in spelt]
        if there:
            found[name] = there[0]
        elif name not in _OPTIONAL:
            raise DataError(f"{path}: has no column {name}{nearest(name, list(spelt))}; it has {', '.join(spelt)}")
    return found


def _checked(path: Path, table: pd.DataFrame) -> pd.DataFrame:
    try:
        table["date"] = pd.to_datetime(table["date"], format="ISO8601").dt.normalize()
    except (ValueError, TypeError) as error:
        raise DataError(f"{path}, column date: {str(error).splitlines()[0]}; write days as 2008-09-15") from None
    if getattr(table["date"].dtype, "tz", None) is not None:
        raise DataError(f"{path}, column date: has a time zone; write local days")
    table["ticker"] = table["ticker"].astype(str)
    twice = table.duplicated(["ticker", "date"])
    if twice.any():
        row = table[twice].iloc[0]
        raise DataError(f"{path}: {row['ticker']} has two rows for {row['date']:%Y-%m-%d}; keep one")
    for name in ("close", "adjusted", "volume"):
        if name not in table:
            continue
        table[name] = pd.to_numeric(table[name], errors="coerce")
        least = 0.0 if name == "volume" else np.nextafter(0.0, 1.0)
        wrong = (table[name] < least) | np.isinf(table[name])
        if wrong.any():
            row = table[wrong].iloc[0]
            raise DataError(
                f"{path}, column {name}: {row[name]:g} for {row['ticker']} on {row['date']:%Y-%m-%d}; "
                f"it must be {'at least 0' if name == 'volume' else 'above 0'}"
            )
    return table


def _bars(path: Path, table: pd.DataFrame, notes: list[str]) -> EquityData:
    wide = {
        name: table.pivot(index="date", columns="ticker", values=name).sort_index()
        for name in ("close", "adjusted", "volume")
    }
    whole = ~(wide["close"].isna() | wide["adjusted"].isna() | wide["volume"].isna()).any(axis=0)
    left = [str(name) for name in whole.index[~whole]]
    if left:
        some = f"{', '.join(left[:5])}{', ...' if len(left) > 5 else ''}"
        notes.insert(0, f"{len(left)} of {whole.size} shares are left out for days without a price or volume: {some}")
    kept = [str(name) for name in whole.index[whole]]
    if len(kept) < _FEWEST:
        raise DataError(f"{path}: only {len(kept)} shares have all of their days; the study needs {_FEWEST}")
    sectors = table.groupby("ticker")["sector"].first().reindex(kept).fillna("unknown").astype(str)
    arrays = {name: frame[kept].to_numpy(np.float64) for name, frame in wide.items()}
    bars = ShareBars(
        wide["close"].index.to_numpy().astype("datetime64[D]"),
        tuple(kept),
        sectors.to_numpy(dtype=np.str_),
        arrays["adjusted"],
        arrays["close"] * arrays["volume"],
        arrays["volume"],
    )
    notes.append(
        f"{len(kept)} shares over {bars.sessions.size} sessions, {bars.sessions[0]} to "
        f"{bars.sessions[-1]}; shares that "
        "vanished before the file was made are not in it, which makes a stress look milder than it was"
    )
    return EquityData(bars, tuple(notes), path)
