"""The page of a stress frontier: one self-contained file, no network request."""

from __future__ import annotations

from pathlib import Path

from simulator.core.files import write

from .frontier import LIMITS, Frontier, Profile
from .frontier_answer import answer
from .sweep import SweepReport
from .template import chart_html, render


def write_frontier_page(report: SweepReport, path: Path) -> None:
    """Write ``index.html``."""
    frontier = Frontier(report)
    text = render(
        "frontier.html.j2",
        one=report,
        frontier=frontier,
        answer=answer(frontier),
        limits=LIMITS,
        profiles=[(profile, _chart(frontier, profile)) for profile in frontier.profiles],
    )
    write(path, text)


def _chart(frontier: Frontier, profile: Profile) -> object:
    from .frontier_figures import against_severity

    return None if profile.flat else chart_html(against_severity(frontier, profile), f"chart-{profile.metric.name}")
