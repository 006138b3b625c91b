"""Figures for machines: metrics as JSON and CSV, the ledger as Parquet."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from simulator.core.folders import inside
from simulator.ledger import RunRecord

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
        "policies": {name: one.as_dict() for name, one in comparison.metrics.items()},
    }
    if comparison.notices:
        tables["notices"] = list(comparison.notices)
    if comparison.hindsight:
        tables["hindsight_policies"] = list(comparison.hindsight)
    if comparison.effect is not None:
        tables["shock_effect"] = comparison.effect.as_dict()
    if comparison.verdicts is not None:
        tables["verdicts"] = comparison.verdicts.as_dict()
    return tables


def write_metrics(comparison: Comparison, folder: Path) -> None:
    """``metrics.json``, and ``metrics.csv`` with one row a policy and nested figures spelled ``a.b``."""
    tables = metrics_tables(comparison)
    (folder / "metrics.json").write_text(as_json(tables), encoding="utf-8")
    rows = {name: _flat(one) for name, one in tables["policies"].items()}
    columns = ["policy", *dict.fromkeys(key for row in rows.values() for key in row)]
    with (folder / "metrics.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows({"policy": name, **row} for name, row in rows.items())


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = "" if value is None else repr(value) if isinstance(value, float) else value
    return flat


_BOOKS = (
    *("nav", "cash", "interest", "dividends", "price_pnl", "impact_pnl", "flows", "late_flows", "bought", "sold"),
    "first_investment",
)


def write_ledger(record: RunRecord, name: str, folder: Path) -> None:
    """``<name>-events.parquet``, the event stream, and ``<name>-daily.parquet``, the daily books derived from it."""
    folder.mkdir(parents=True, exist_ok=True)
    record.events.to_parquet(inside(folder, f"{name}-events.parquet"), compression="zstd", index=False)
    daily = record.costs.add_prefix("cost_")
    for field in _BOOKS:
        daily[field] = record.daily[field]
    daily = daily.join(record.liquidity).join(record.shares.add_prefix("shares_"))
    daily.reset_index().to_parquet(inside(folder, f"{name}-daily.parquet"), compression="zstd", index=False)
