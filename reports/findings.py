"""A page of findings: what was found in words, then sections with a chart and a table each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from simulator.core.files import write

from .template import chart_html, render


class Cell(NamedTuple):
    """A cell of a table."""

    text: str
    small: str = ""  # below it, in small print
    mark: str = ""  # "good", "bad" or nothing


class Line(NamedTuple):
    """A row of a table."""

    title: str
    cells: Sequence[Cell]
    role: str = ""  # "rule" for naive rivals and what others are held against


class Table(NamedTuple):
    """A table; long ones are folded."""

    head: Sequence[str]
    lines: Sequence[Line]
    folded: str = ""  # what the fold is called, where the table waits behind one


class Section(NamedTuple):
    """One part of the page."""

    key: str
    title: str
    note: str
    charts: Sequence[Any] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True)
class Findings:
    """The page."""

    title: str
    period: str
    verdicts: Sequence[str]
    sections: Sequence[Section]
    definitions: Sequence[str]
    notes: Sequence[str]
    files: Sequence[str]


def write_findings(findings: Findings, path: Path) -> None:
    """Write ``index.html``."""
    charts = {
        (section.key, number): chart_html(figure, f"chart-{section.key}-{number}" if number else f"chart-{section.key}")
        for section in findings.sections
        for number, figure in enumerate(section.charts)
    }
    write(path, render("findings.html.j2", one=findings, charts=charts))
