"""The page of a herd: one self-contained file, no network request."""

from __future__ import annotations

from pathlib import Path

from simulator.core.files import write

from .herd import HerdReport
from .template import chart_html, render


def write_herd_page(report: HerdReport, path: Path) -> None:
    """Write ``index.html``."""
    from . import herd_figures as figures

    text = render(
        "herd.html.j2",
        one=report,
        by_number=chart_html(figures.amplification_by_number(report.by_number), "chart-number"),
        by_similarity=chart_html(figures.amplification_by_similarity(report), "chart-similarity")
        if report.by_similarity
        else None,
        displacement=chart_html(
            figures.over_time(report.sessions, report.displacement, report.assets, True), "chart-displacement"
        ),
        depth=chart_html(figures.over_time(report.sessions, report.depth, report.assets, True), "chart-depth"),
        convergence=chart_html(figures.convergence(report), "chart-convergence"),
        longest=[
            (str(report.sessions[row]), int(report.rounds[row]))
            for row in sorted(range(report.rounds.size), key=lambda row: -int(report.rounds[row]))[:5]
            if report.rounds[row]
        ],
    )
    write(path, text)
