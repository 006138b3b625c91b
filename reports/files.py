"""Figures for machines: metrics as JSON and CSV, the ledger as Parquet."""

from __future__ import annotations

import csv
import io
import json
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd

from simulator.core.abi import COMPONENTS
from simulator.core.files import inside, make_folder, write, write_frame, write_parts
from simulator.ledger import RunRecord, expand, expanded_size, parts, to_frame

from .comparison import Comparison


def as_json(value: Any) -> str:
    """Stable JSON: same input, same bytes. NaN is refused rather than written."""
    return json.dumps(value, indent=2, sort_keys=False, allow_nan=False, ensure_ascii=False) + "\n"


def metrics_tables(comparison: Comparison) -> dict[str, Any]:
    """The content of ``metrics.json``."""
    tables: dict[str, Any] = {
        "scenario": comparison.name,
        "start": comparison.start,
        "end": comparison.end,
        "policies": {name: metric.as_dict() for name, metric in comparison.metrics.items()},
    }
    if comparison.foreknown:
        tables["foreknown"] = comparison.foreknown
    if comparison.notices:
        tables["notices"] = list(comparison.notices)
    if comparison.hindsight:
        tables["hindsight_policies"] = list(comparison.hindsight)
    if comparison.versus:
        tables["versus"] = {answer.policy: answer.as_dict() for answer in comparison.versus}
    if comparison.against_index:
        tables["against_index"] = {answer.policy: answer.as_dict() for answer in comparison.against_index}
    if comparison.luck is not None:
        tables["luck"] = comparison.luck.as_dict()
    if comparison.diagnostics is not None:
        tables["diagnostics"] = [found.as_dict() for found in comparison.diagnostics]
    if comparison.effect is not None:
        tables["shock_effect"] = comparison.effect.as_dict()
    if comparison.verdicts is not None:
        tables["verdicts"] = comparison.verdicts.as_dict()
    return tables


def write_metrics(comparison: Comparison, folder: Path) -> None:
    """``metrics.json``, and ``metrics.csv`` with one row a policy and nested figures spelled ``a.b``."""
    tables = metrics_tables(comparison)
    write(folder / "metrics.json", as_json(tables))
    rows = {
        name: {key: _spelled(value) for key, value in row.items()} for name, row in metrics_rows(comparison).items()
    }
    columns = ["policy", *dict.fromkeys(key for row in rows.values() for key in row)]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({"policy": name, **row} for name, row in rows.items())
    write(folder / "metrics.csv", text.getvalue())


def metrics_rows(comparison: Comparison) -> dict[str, dict[str, Any]]:
    """By policy, its figures on one level, nested ones spelled ``a.b``; ``None`` where undefined."""
    return {name: _flat(metric.as_dict()) for name, metric in comparison.metrics.items()}


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def _spelled(value: Any) -> Any:
    return "" if value is None else repr(value) if isinstance(value, float) else value


#: An event ledger of more events than that is a folder of files.
EVENTS_IN_A_FILE = 1_000_000
#: A row group of the daily books; each costs memory and time a column, of which there may be 10,000.
_SESSIONS_AT_ONCE = 512
_BOOKS = (
    *("nav", "cash", "interest", "dividends", "price_pnl", "impact_pnl", "flows", "late_flows", "bought", "sold"),
    "first_investment",
)


def write_ledger(record: RunRecord, name: str, folder: Path) -> None:
    """``<name>-events.parquet``, the event stream, and ``<name>-daily.parquet``, the daily books derived from it.

    A stream of more than :data:`EVENTS_IN_A_FILE` events is a folder of that name with a file for every so many, which
    pandas and pyarrow read by the same path. It is written part by part and never held whole; so are its daily books.
    """
    make_folder(folder)
    events, daily = inside(folder, f"{name}-events.parquet"), inside(folder, f"{name}-daily.parquet")
    if expanded_size(record.stream, record.out.shares) <= EVENTS_IN_A_FILE:
        write_frame(events, _events(record))
        write_frame(daily, _books(record, slice(None)))
    else:
        _write_parts(record, events)
        _write_rows(record, daily)


def _events(record: RunRecord) -> pd.DataFrame:
    """The event stream for its file alone: kept with the record, it would be there until the last page is written."""
    kept: pd.DataFrame | None = vars(record).get("events")
    if kept is not None:
        return kept
    return to_frame(expand(record.stream, record.out.shares, record.marks), record.sessions, record.assets)


def _write_parts(record: RunRecord, folder: Path) -> None:
    """The event stream, a file for every so many events."""
    make_folder(folder)
    for number, part in enumerate(parts(record.stream, record.out.shares, record.marks, EVENTS_IN_A_FILE)):
        write_frame(folder / f"part-{number:05d}.parquet", to_frame(part, record.sessions, record.assets))
        del part  # else it is still there while the next one is made


def _write_rows(record: RunRecord, path: Path) -> None:
    """The daily books in one file, so many sessions at a time."""
    import pyarrow as pa

    frames = (
        _books(record, slice(first, first + _SESSIONS_AT_ONCE))
        for first in range(0, record.sessions.size, _SESSIONS_AT_ONCE)
    )
    tables = (pa.Table.from_pandas(frame, preserve_index=False) for frame in frames)
    first = next(tables)
    write_parts(path, first.schema, chain([first], tables))


def _books(record: RunRecord, rows: slice) -> pd.DataFrame:
    """The daily books of some sessions. While redemptions are owed, ``nav`` belongs to those who stay."""
    index = record.index[rows]
    daily = pd.DataFrame(record.daily["costs"][rows], index, [f"cost_{name}" for name in COMPONENTS])
    for field in _BOOKS:
        daily[field] = record.daily[field][rows]
    if record.fees.any():
        daily["fees"] = record.daily["fees"][rows]
    if record.owed.any():
        daily["nav"] = record.stayers[rows]
        daily["nav_gross"], daily["owed"] = record.out.nav[rows], record.owed.to_numpy()[rows]
    names = [f"shares_{asset}" for asset in record.assets]
    shares = pd.DataFrame(record.daily["shares"][rows], index, names)
    return daily.join(record.coverage.iloc[rows]).join(shares).reset_index()
