"""Histories of a market from files in any usual layout, and what must be said about how they were read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

import pandas as pd

from simulator.core.errors import DataError, NoPricesError, nearest
from simulator.core.market import Prices
from simulator.core.names import few
from simulator.core.notes import QualityNote
from simulator.data.csv_asset import check_convention, history

from .read import Layout, Spelling, read_layout

#: How a folder is read: one plain CSV file an asset, or whatever is found.
Arrangement = Literal["plain", "auto"]
_RANGES: Final = ("open", "high", "low")
#: Assets that a sentence names.
_NAMED: Final = 8


def read_histories(
    path: Path, assets: Sequence[str], prices: Prices | None, spelling: Spelling
) -> tuple[dict[str, pd.DataFrame], tuple[QualityNote, ...]]:
    """Each asset's history as :func:`simulator.data.csv_asset.read_asset` gives it, and what was decided in reading.

    A row is a session, prices are in currency a share.

    A field that some of the assets lack is left out for all of them, and a note says so.

    Raises
    ------
    DataError
        If an asset is not there, or what is there cannot be used.
    """
    check_convention(prices)
    layout = read_layout(path, assets, spelling)
    histories = {asset: history_of(layout, asset, prices) for asset in assets}
    notes = tuple(_read_notes(layout, histories))
    return _alike(histories), notes


def history_of(layout: Layout, asset: str, prices: Prices | None) -> pd.DataFrame:
    """One asset's history; raise :class:`DataError` if it has none, with what is wrong with its file if that is why.

    A row is a session, prices are in currency a share.
    """
    if asset not in layout.tables:
        own = [refusal.why for refusal in layout.refused if refusal.is_table and refusal.name == asset]
        whole = [refusal.why for refusal in layout.refused if refusal.is_table]
        if own or (whole and not layout.tables):
            raise DataError((own or whole)[0])
        raise NoPricesError(
            f"{layout.path}: no prices of {asset!r}{nearest(asset, layout.tables)}{left_aside(layout)}", asset
        )
    if "Close" not in layout.tables[asset]:
        raise DataError(
            f"{layout.where[asset]}: no closes of {asset!r}, only {', '.join(layout.tables[asset].columns)}"
        )
    return history(layout.tables[asset], prices, Path(layout.where[asset]), needed=("Close",))


def left_aside(layout: Layout) -> str:
    """The end of a sentence about what is not there: the first file that could not be read, and why."""
    whole = [refusal.why for refusal in layout.refused if refusal.is_table]
    return f"; not read: {whole[0]}" + (f" (and {len(whole) - 1} more)" if len(whole) > 1 else "") if whole else ""


def _alike(histories: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Histories with the same fields: ranges that one of them lacks are left out of all."""
    absent = {name for name in _RANGES if any(name not in history for history in histories.values())}
    return {asset: _without(history, absent) for asset, history in histories.items()}


def _without(frame: pd.DataFrame, absent: set[str]) -> pd.DataFrame:
    kept = frame.drop(columns=[name for name in absent if name in frame])
    kept.attrs = dict(frame.attrs)
    return kept


def _read_notes(layout: Layout, histories: Mapping[str, pd.DataFrame]) -> Iterator[QualityNote]:
    for sentence in layout.said:
        yield QualityNote("files", f"read as {sentence}")
    yield from missing_notes(histories)
    for refusal in layout.refused:
        if refusal.is_table:
            yield QualityNote(refusal.name, f"left aside, no asset of the book needs it: {refusal.why}")


def missing_notes(histories: Mapping[str, pd.DataFrame]) -> Iterator[QualityNote]:
    """What assets lack, and what it means for costs, fills and liquidity: grave."""
    ranges = {asset: [name for name in _RANGES if name not in history] for asset, history in histories.items()}
    short = [asset for asset, names in ranges.items() if names]
    if short:
        absent = [name for name in _RANGES if any(name in ranges[asset] for asset in short)]
        left = "" if len(short) == len(histories) else "; left out of every asset, so that all are treated alike"
        yield QualityNote(
            few(short, _NAMED),
            f"no {' and no '.join(absent)}{left}: costs take volatility from closes alone, a day's own range is "
            "unknown, and orders can fill at the close only",
            grave=True,
        )
    silent = [asset for asset, history in histories.items() if "volume" not in history]
    if silent and len(silent) == len(histories):
        yield QualityNote(
            few(silent, _NAMED),
            "no volume: what trading costs by its size, how much a day can take and how fast the book can be "
            "liquidated rest on market.assumed_adv, which nobody has measured",
            grave=True,
        )
