"""The folder of a data check: its page, its table as data, and what was looked at."""

from __future__ import annotations

from pathlib import Path

from reports.data_page import write_data_page
from reports.files import as_json
from reports.manifest import manifest
from scenarios.output import staged
from simulator.core.files import write

from .check import Checked


def write_checked(found: Checked, out: Path) -> None:
    """Write ``index.html``, ``check.json`` and ``manifest.json`` to ``out``, which appears whole or not at all."""
    with staged(out, "data check") as stage:
        write_data_page(str(found.path), found.about, found.rows, found.market, stage / "index.html")
        told = {"path": str(found.path), "about": list(found.about), "rows": [row._asdict() for row in found.rows]}
        write(stage / "check.json", as_json(told))
        prints = {} if found.market is None else {"market": found.market.fingerprint()}
        write(stage / "manifest.json", as_json(manifest({"data check": {"path": str(found.path)}}, prints, 0)))
