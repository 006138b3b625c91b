"""The page of a stress test: one self-contained file, no network request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simulator.core.files import write

from .frontier import LIMITS, Frontier, Profile
from .frontier_answer import answer
from .stress import StressReport
from .template import chart_html, render


def write_stress_page(report: StressReport, path: Path) -> None:
    """Write ``index.html``."""
    from .stress_figures import frontier_of_two, picture

    found = report.reverse
    text = render(
        "stress.html.j2",
        stress=report,
        one=report.sweep,
        frontier=report.frontier,
        answer=answer(report.frontier),
        limits=LIMITS,
        profiles=[(profile, _chart(report.frontier, profile)) for profile in report.frontier.profiles],
        pictures=[
            (shock, chart_html(picture(shock, report.sessions), f"chart-shock-{number}"))
            for number, shock in enumerate(report.pictures)
        ],
        pairs=[
            (
                failure,
                chart_html(frontier_of_two(found, failure), f"chart-pair-{number}") if _fails(lines) else None,
                _never(lines),
            )
            for number, (failure, lines) in enumerate(found.pairs.items())
        ]
        if found is not None
        else [],
    )
    write(path, text)


def _fails(lines: Any) -> bool:
    """Whether any policy fails at any mix: otherwise there is no line to draw."""
    return any(second is not None for line in lines.values() for _, second in line)


def _never(lines: Any) -> str:
    """Policies that fail at no mix that was tried."""
    return ", ".join(name for name, line in lines.items() if all(second is None for _, second in line))


def _chart(frontier: Frontier, profile: Profile) -> object:
    from .frontier_figures import against_severity

    return None if profile.flat else chart_html(against_severity(frontier, profile), f"chart-{profile.metric.name}")
