"""What was pulled into a folder: ``pulled.json`` names source, days, date and checksum of every file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from simulator.core.errors import DataError
from simulator.core.files import inside, make_folder, write_whole

from .source import Days, Fetched

RECORD: Final = "pulled.json"


@dataclass(frozen=True)
class Pulled:
    """Where one file came from, and what it was when it was written.

    Attributes
    ----------
    source, ticker
        What was asked for.
    asked_first, asked_last
        The days asked for; the first is empty for all that there are.
    first, last, rows
        The days that came.
    currency
        As :class:`~.source.Fetched` has it.
    pulled
        The day it was pulled, UTC.
    sha256
        Of the file.
    """

    source: str
    ticker: str
    asked_first: str
    asked_last: str
    first: str
    last: str
    rows: int
    currency: str
    pulled: str
    sha256: str


def read_record(folder: Path) -> dict[str, Pulled]:
    """What was pulled into a folder, by file; nothing where there is no record.

    Raises
    ------
    DataError
        If the record is none.
    """
    path = folder / RECORD
    if not path.is_file():
        return {}
    names = {field.name for field in fields(Pulled)}
    try:
        told = json.loads(path.read_text("utf-8"))
        if not all(set(entry) == names for entry in told.values()):
            raise ValueError
        return {file: Pulled(**entry) for file, entry in told.items()}
    except (ValueError, TypeError, AttributeError):
        raise DataError(f"{path}: is no record of what was pulled; put it away, or pull into another folder") from None


def is_fresh(folder: Path, file: str, held: Mapping[str, Pulled], source: str, ticker: str, days: Days) -> bool:
    """Whether a file is there as it was pulled, from the same source for the same days."""
    entry = held.get(file)
    if entry is None or (entry.source, entry.ticker) != (source, ticker):
        return False
    return (entry.asked_first, entry.asked_last) == _asked(days) and is_whole(folder, file, entry)


def is_whole(folder: Path, file: str, entry: Pulled) -> bool:
    """Whether a file is there, byte for byte as it was pulled."""
    path = inside(folder, file)
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == entry.sha256


def keep(folder: Path, file: str, source: str, ticker: str, days: Days, fetched: Fetched) -> Pulled:
    """Write a file and note it in the record: both whole or not at all; a file without its note is pulled again."""
    path = inside(folder, file)
    make_folder(path.parent)
    entry = Pulled(
        source,
        ticker,
        *_asked(days),
        first=fetched.first.isoformat(),
        last=fetched.last.isoformat(),
        rows=fetched.rows,
        currency=fetched.currency,
        pulled=datetime.now(UTC).date().isoformat(),
        sha256=hashlib.sha256(fetched.content).hexdigest(),
    )
    held = {**read_record(folder), file: entry}
    _note(folder, held)  # first: a file that is not there yet, or is another, does not have the checksum noted
    write_whole(path, fetched.content, lasting=True)
    return entry


def _note(folder: Path, held: Mapping[str, Pulled]) -> None:
    from reports.files import as_json

    told = {file: asdict(held[file]) for file in sorted(held)}
    write_whole(folder / RECORD, as_json(told), lasting=True)


def _asked(days: Days) -> tuple[str, str]:
    return _text(days.first), _text(days.last)


def _text(day: date | None) -> str:
    return "" if day is None else day.isoformat()
