"""A stress test as text, for the terminal."""

from __future__ import annotations

from reports.stress import Reversed, StressReport
from scenarios.sweep.frontier_table import frontier_text, lined_up


def as_text(report: StressReport) -> str:
    """Notices, where each policy gives way, each figure by policy and severity, and how severe it must get."""
    said = [f"! {text}" for text in report.notices]
    judged = f"judged from {report.first} to {report.last}"
    parts = ["\n".join(said)] if said else []
    parts += [frontier_text(report.sweep), judged]
    if report.reverse is not None:
        parts.append(_reverse(report.reverse))
    return "\n\n".join(parts)


def _reverse(found: Reversed) -> str:
    head = ["smallest severity with", *found.failures]
    rows = [[policy, *(one.said for one in row.values())] for policy, row in found.thresholds.items()]
    words = "; ".join(f"{name}: {text}" for name, text in found.failures.items())
    return f"{lined_up([head, *rows])}\n\n{words}; bracket 0 to {found.most:g}"
