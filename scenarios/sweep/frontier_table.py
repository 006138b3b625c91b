"""A stress frontier as text, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from reports.frontier import LIMITS, Frontier, Profile
from reports.frontier_answer import answer
from reports.sweep import SweepReport

_COLUMNS, _ROWS = 9, 12
_GAP: Final = "  "


def frontier_text(report: SweepReport) -> str:
    """A caption, where each policy gives way, and each figure by policy and severity."""
    frontier = Frontier(report)
    parts = ["\n".join(report.first_lines)] if report.first_lines else []
    parts.append(_caption(frontier))
    said = answer(frontier)
    parts += ["\n".join(said)] if said else []
    parts.append(_gives_way(frontier))
    parts += [_profile(frontier, profile) for profile in frontier.profiles]
    more = _left_out(frontier)
    return "\n\n".join([*parts, more] if more else parts)


def _caption(frontier: Frontier) -> str:
    report = frontier.report
    where = f"medians over {report.paths:,} paths" if report.paths else "on history"
    return (
        f"{report.name}, {report.start} to {report.end}: a stress frontier over {frontier.keys}, "
        f"{len(frontier.points):,} severities, {where}; 0 leaves a shock out"
    )


def _gives_way(frontier: Frontier) -> str:
    head = ["first severity with", *(limit.title.lower() for limit in LIMITS)]
    return lined_up([head, *([name, *cells] for name, cells in frontier.gives_way[:_ROWS])])


def _profile(frontier: Frontier, profile: Profile) -> str:
    title = profile.metric.title.lower()
    if profile.flat:
        return f"{title}: {profile.flat}"
    places = _columns(frontier)
    policies = list(enumerate(frontier.report.policies))[:_ROWS]
    head = [title, *(frontier.labels[place] for place in places)]
    return lined_up([head, *([name, *(profile.text(number, place) for place in places)] for number, name in policies)])


def _columns(frontier: Frontier) -> list[int]:
    """The severities that are shown: all of them, or some evenly spread with the mildest and the worst."""
    count = len(frontier.points)
    return sorted({round(place) for place in np.linspace(0, count - 1, min(count, _COLUMNS)).tolist()})


def _left_out(frontier: Frontier) -> str:
    """What a terminal has no room for, in words."""
    severities, policies = len(frontier.points), len(frontier.report.policies)
    parts = [f"{_COLUMNS} of {severities:,} severities"] if severities > _COLUMNS else []
    parts += [f"{_ROWS} of {policies:,} policies"] if policies > _ROWS else []
    return f"shown: {' and '.join(parts)}; the page has all" if parts else ""


def lined_up(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as a table with a head; the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        _GAP.join(
            text.rjust(width) if number else text.ljust(width)
            for number, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])
