"""A fit as text, for the terminal."""

from __future__ import annotations

import textwrap

from reports.fit import Compared, FitReport
from reports.text import percent, plain
from scenarios.sweep.frontier_table import lined_up

_WIDTH = 110


def as_text(report: FitReport) -> str:
    """Warnings, then history among the paths."""
    said = [f"! {text}" for text in (*report.warnings, *report.notices)]
    caption = (
        f"{report.name}, {report.start} to {report.end}: {report.paths:,} paths of {report.sessions:,} sessions by "
        f"{report.generator}, beside the history it was fitted on"
    )
    head = ["the book", "history", "5%", "median", "95%", "off", ""]
    lines = [line for text in said for line in textwrap.wrap(text, _WIDTH, subsequent_indent="  ")]
    parts = ["\n".join(lines)] if lines else []
    return "\n\n".join([*parts, caption, lined_up([head, *map(_row, report.book)])])


def _row(compared: Compared) -> list[str]:
    show = percent if compared.unit == "percent" else plain
    numbers = [compared.history, compared.low, compared.median, compared.high]
    texts = [show(value if value == value else None) for value in numbers]  # noqa: PLR0124 - NaN differs from itself
    off = "" if compared.off is None else f"{compared.off:+.0%}"
    return [compared.title, *texts, off, "outside" if compared.outside else ""]
