"""Price files of any layout looked at: what the layout is, and everything odd, before anything is run on them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import pandas as pd

from scenarios.check import CheckRow, of_series, refusal, suspect_row, tried
from simulator.core.errors import DataError, UndertowError
from simulator.core.market import MarketData, Prices
from simulator.core.names import few
from simulator.data import suspects
from simulator.data.closer import closer
from simulator.data.csv_market import joined
from simulator.data.layouts import Layout, Spelling, history_of, missing_notes
from simulator.data.layouts.read import read_files
from simulator.data.layouts.sheets import SUFFIXES, is_data

from .pull.record import Pulled, is_whole, read_record

#: Names that a sentence gives.
_NAMED: Final = 12

#: Folders of a data folder that hold series, not assets (:func:`simulator.data.read_folder`).
_SERIES: Final = frozenset(("macro", "markets", "bank", "factors", "xsection"))
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_REFUSED: Final = "a run on it is refused"


@dataclass(frozen=True)
class Checked:
    """What was found at a path.

    Attributes
    ----------
    path
        The file or folder.
    about
        Its layout, what it holds and what it lacks, a line each.
    rows
        Everything odd, the gravest first.
    market
        All assets that can be read, on all their dates; ``None`` if none can.
    """

    path: Path
    about: tuple[str, ...]
    rows: tuple[CheckRow, ...]
    market: MarketData | None


def checked(path: Path, prices: Prices | None = None, spelling: Spelling | None = None) -> Checked:
    """Look at a file or a folder of prices, with its series where it has any.

    Raises
    ------
    DataError
        If there is nothing at ``path``.
    """
    files, series = _files(path)
    pulled = read_record(path) if path.is_dir() else {}
    layout = read_files(path, files, spelling)
    histories, rows = _histories(layout, prices)
    rows += [
        *_changed(path, pulled),
        *_without_volume(histories),
        *(row for file in series for row in _of_series(path, file)),
    ]
    market = None
    if histories:
        try:
            market = _market(histories, path, prices, spelling)
            rows += _of_market(market)
        except UndertowError as error:
            rows.append(_refused("all", error))
    order = {"refused": 0, "grave": 1}
    about = (*_sources(pulled), *_about(layout, histories, market))
    return Checked(path, about, tuple(sorted(rows, key=lambda row: order.get(row.weight, 2))), market)


def _files(path: Path) -> tuple[list[Path], list[Path]]:
    """Files of prices, and of series."""
    if path.is_file():
        return [path], []
    if not path.is_dir():
        raise DataError(f"{path}: no such file or folder")
    visible = [file for file in sorted(path.rglob("*")) if is_data(file, path)]
    if not visible:
        raise DataError(f"{path}: it holds no data file ({', '.join(sorted(SUFFIXES))})")
    series = [file for file in visible if _SERIES & set(file.relative_to(path).parts[:-1])]
    return [file for file in visible if file not in series], series


def _histories(layout: Layout, prices: Prices | None) -> tuple[dict[str, pd.DataFrame], list[CheckRow]]:
    histories: dict[str, pd.DataFrame] = {}
    rows = [_refused(refusal.name, refusal.why) for refusal in layout.refused if refusal.is_table]
    rows += [
        CheckRow("", refusal.name, "", "no prices, left aside") for refusal in layout.refused if not refusal.is_table
    ]
    for asset in layout.tables:
        try:
            histories[asset] = history_of(layout, asset, prices)
        except UndertowError as error:
            rows.append(_refused(asset, error))
    return histories, rows


def _without_volume(histories: dict[str, pd.DataFrame]) -> Iterator[CheckRow]:
    """Assets that lack the volume which others have: no book can hold both."""
    silent = [asset for asset, history in histories.items() if "volume" not in history]
    if len(silent) < len(histories):
        for asset in silent:
            yield CheckRow(
                "refused",
                asset,
                "",
                "no volume, which the others have",
                effect="a run on a book that holds it beside them is refused",
                advice="add its volumes, leave it out, or take the column from all and state market.assumed_adv",
            )


def _changed(folder: Path, pulled: dict[str, Pulled]) -> Iterator[CheckRow]:
    """Files that are not as they were pulled."""
    for file, entry in pulled.items():
        if (folder / file).is_file() and not is_whole(folder, file, entry):
            yield CheckRow(
                "",
                Path(file).with_suffix("").as_posix(),
                "",
                f"is not as it was pulled from {entry.source} on {entry.pulled}",
                advice="if nobody changed it on purpose, pull it again: `undertow data pull`",
            )


def _sources(pulled: dict[str, Pulled]) -> Iterator[str]:
    """Where files come from, a line a source and day, and what prices are quoted in."""
    days = Counter((entry.source, entry.pulled) for entry in pulled.values())
    yield from (f"pulled from {source} on {day}: {many} files" for (source, day), many in sorted(days.items()))
    currencies = sorted({entry.currency for entry in pulled.values() if entry.currency})
    if len(currencies) > 1:
        yield f"prices in {', '.join(currencies)}: a scenario must state market.currency, and rates in market.fx"


def _market(
    histories: dict[str, pd.DataFrame], path: Path, prices: Prices | None, spelling: Spelling | None
) -> MarketData:
    """All assets in one market, with the fields that all of them have."""
    shared = set.intersection(*(set(history) for history in histories.values()))
    alike = {asset: history[[name for name in history if name in shared]] for asset, history in histories.items()}
    return joined(alike, path, prices=prices, assumed_adv=1.0, zone=spelling.zone if spelling else None)


def _of_market(market: MarketData) -> Iterator[CheckRow]:
    for suspect in (*suspects(market), *closer(market)):
        yield suspect_row(suspect)
    for note in market.reading:
        yield CheckRow("grave" if note.grave else "", note.subject, "", note.text)


def _of_series(path: Path, file: Path) -> Iterator[CheckRow]:
    subject = file.relative_to(path).with_suffix("").as_posix()
    if file.suffix.lower() == ".csv" and not file.stem.endswith("-vintages"):
        yield from tried(subject, partial(of_series, file))


def _refused(subject: str, error: UndertowError | str) -> CheckRow:
    """A file that no run can use: its day is the first that the message names."""
    row = refusal(subject, error)
    day = _DATE.search(row.what)
    return row._replace(day=day[0] if day else "", effect=_REFUSED, advice="correct the file, or leave it out")


def _about(layout: Layout, histories: dict[str, pd.DataFrame], market: MarketData | None) -> Iterator[str]:
    yield from (f"layout: {sentence}" for sentence in layout.said)
    if market is None:
        yield "no asset that can be read"
        return
    first, last = market.sessions[0], market.sessions[-1]
    names = list(histories)
    yield f"{len(names)} {'asset' if len(names) == 1 else 'assets'}, {first} to {last}: {few(names, _NAMED)}"
    yield from (f"{note.subject}: {note.text}" for note in missing_notes(histories))
    if market.unstated:
        yield (
            "no adjusted close, and nothing says what closes carry: state market.prices (--prices here), or returns "
            "may lack dividends"
        )
