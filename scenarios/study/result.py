"""What a study comes to, and the folder it leaves behind."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from reports.files import as_json
from reports.findings import Findings, write_findings
from reports.manifest import manifest
from scenarios.output import staged
from simulator.core.files import write, write_frame
from simulator.core.folders import Folder

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
    fingerprints
        Of the data, by what they are of (``market``, ``log``, ``bars``).
    seed
        Of everything drawn.
    tables
        Further tables by file name, ``.csv`` or ``.parquet``.
    """

    page: Findings
    metrics: Mapping[str, Any]
    predictions: pd.DataFrame | None
    asked: Mapping[str, Any]
    fingerprints: Mapping[str, str]
    seed: int
    tables: Mapping[str, pd.DataFrame | str] = field(default_factory=dict)


def write_result(result: Result, out: Path) -> None:
    """``index.html``, ``metrics.json``, ``manifest.json``, ``predictions.parquet`` and further tables: all or none."""

    def rest(folder: Folder) -> None:
        if result.predictions is not None:
            write_frame(folder / "predictions.parquet", result.predictions)
        for name, table in result.tables.items():
            write(folder / name, table) if isinstance(table, str) else write_frame(folder / name, table)
        write_findings(result.page, folder / "index.html")

    write_study_folder(out, result.metrics, manifest(result.asked, result.fingerprints, result.seed), rest)


def write_study_folder(
    out: Path, metrics: Mapping[str, Any], stated: Mapping[str, Any], rest: Callable[[Folder], None]
) -> None:
    """``metrics.json``, ``manifest.json`` (``stated``, which names the study) and what ``rest`` writes: all or none."""
    with staged(out, f"{stated['scenario']['study']} study") as folder:
        write(folder / "metrics.json", as_json(dict(metrics)))
        rest(folder)
        write(folder / "manifest.json", as_json(dict(stated)))


def digest(arrays: Iterable[np.ndarray], words: Iterable[str]) -> str:
    """SHA-256 of arrays of any shape, byte by byte, and of words: the fingerprint of data that are no market."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(np.ascontiguousarray(array).tobytes())
    found.update("\n".join(words).encode())
    return found.hexdigest()


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
