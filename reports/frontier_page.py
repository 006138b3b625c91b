"""The page of a stress frontier: one self-contained file, no network request."""

from __future__ import annotations

from pathlib import Path

from simulator.core.files import write

from .frontier import LIMITS, Frontier, Section
from .sweep import SweepReport
from .template import chart_html, render


def write_frontier_page(report: SweepReport, path: Path) -> None:
    """Write ``index.html``."""
    frontier = Frontier(report)
    text = render(
        "frontier.html.j2",
        one=report,
        frontier=frontier,
        limits=LIMITS,
        sections=[(section, _chart(frontier, section)) for section in frontier.sections],
    )
    write(path, text)


def _chart(frontier: Frontier, section: Section) -> object:
    from .frontier_figures import against_severity

    return None if section.flat else chart_html(against_severity(frontier, section), f"chart-{section.metric.name}")
