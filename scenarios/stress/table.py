"""A stress test as text, for the terminal."""

from __future__ import annotations

from reports.stress import Reversed, StressReport
from reports.stress_window import Betas, WindowReplay
from scenarios.sweep.frontier_table import frontier_text, lined_up


def as_text(report: StressReport) -> str:
    """Notices, where each policy gives way, each figure by policy and severity, and how severe it must get."""
    said = [f"! {text}" for text in report.notices]
    judged = f"judged from {report.first} to {report.last}"
    parts = ["\n".join(said)] if said else []
    parts += [frontier_text(report.sweep), judged]
    if report.window is not None:
        parts += _window(report.window)
    if report.reverse is not None:
        parts.append(_reverse(report.reverse))
    return "\n\n".join(parts)


def _reverse(found: Reversed) -> str:
    head = ["smallest severity with", *found.failures]
    rows = [[policy, *(threshold.said for threshold in row.values())] for policy, row in found.thresholds.items()]
    words = "; ".join(f"{name}: {text}" for name, text in found.failures.items())
    return f"{lined_up([head, *rows])}\n\n{words}; bracket 0 to {found.most:g}"


def _window(found: WindowReplay) -> list[str]:
    """The crisis as it happened and as a hypothetical, and the betas of the past."""
    put = f"put onto the book at severity 1, {found.strike} to {found.until}"
    if found.history is None:
        parts = [f"{found.name}: not shown as it happened: {found.why}; {put}"]
    else:
        parts = [f"{found.name}: as it happened, {found.first} to {found.last} | {put}"]
    rows = [["", *(measure.title.lower() for measure in found.measures)]]
    for number, policy in enumerate(found.policies):
        cells = found.cells(number)
        rows.append([policy, *(would if found.history is None else f"{was} | {would}" for was, would in cells)])
    parts.append(lined_up(rows))
    return parts if found.betas is None else [*parts, _betas(found.betas)]


def _betas(found: Betas) -> str:
    head = ["beta to", *found.names, "R2", "days", "move", "betas of"]
    left = f"; no factor here: {', '.join(found.dropped)}" if found.dropped else ""
    said = f"factors: {found.factors}; betas from sessions before {found.strike} alone{left}"
    return f"{said}\n\n{lined_up([head, *([row.asset, *found.cells(row)] for row in found.rows)])}"
