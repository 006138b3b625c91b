"""The folder such a study leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from reports.files import as_json
from reports.findings import Findings, write_findings
from reports.manifest import manifest
from scenarios.output import staged
from simulator.core.files import write, write_frame

_ROWS: Final = 25  # of a table, on the terminal


@dataclass(frozen=True, eq=False)
class Result:
    """A study, run.

    Attributes
    ----------
    page
        What people read.
    metrics
        The same for machines.
    predictions
        Forecasts day by day, or ``None`` where they would say nothing.
    asked
        The options, for the manifest.
    fingerprint
        Of the market.
    seed
        Of everything drawn.
    """

    page: Findings
    metrics: Mapping[str, Any]
    predictions: pd.DataFrame | None
    asked: Mapping[str, Any]
    fingerprint: str
    seed: int


def write_result(result: Result, out: Path) -> None:
    """``index.html``, ``metrics.json``, ``manifest.json`` and ``predictions.parquet``: all of them or none."""
    with staged(out, f"{result.asked['study']} study") as folder:
        if result.predictions is not None:
            write_frame(folder / "predictions.parquet", result.predictions)
        write(folder / "metrics.json", as_json(dict(result.metrics)))
        write_findings(result.page, folder / "index.html")
        stated = manifest(result.asked, {"market": result.fingerprint}, result.seed)
        write(folder / "manifest.json", as_json(stated))


def summary(result: Result) -> str:
    """The first table and the findings, for the terminal."""
    tables = [table for section in result.page.sections for table in section.tables if not table.folded]
    text = []
    if tables:
        first = tables[0]
        rows = [list(first.head), *([line.title, *(cell.text for cell in line.cells)] for line in first.lines)]
        widths = [max(len(row[k]) for row in rows) for k in range(len(first.head))]
        for row in rows[: _ROWS + 1]:
            cells = [
                row[0].ljust(widths[0]),
                *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
            ]
            text.append("  ".join(cells))
        if len(rows) > _ROWS + 1:
            text.append(f"... and {len(rows) - _ROWS - 1} more on the page")
        text.append("")
    return "\n".join([*text, *result.page.verdicts])
