"""A run on a fund as text, for the terminal."""

from __future__ import annotations

from reports.redemptions import RedemptionsReport
from reports.text import money, percent, plain
from scenarios.sweep.frontier_table import lined_up


def as_text(report: RedemptionsReport) -> str:
    """Notices, a line for each tool, what it comes to."""
    said = [f"! {text}" for text in report.notices]
    head = ["tool", "dilution bp", "leavers bp", "first mover bp", "delay", "asked", "dealt", "waiting", "cost", "used"]
    rows = [
        [
            row.tool,
            plain(row.dilution_bps.value, 1),
            plain(row.leavers_bps.value, 1),
            plain(row.first_mover_bps.value, 1),
            plain(row.delay_sessions.value, 1),
            percent(row.asked),
            percent(row.dealt),
            percent(row.waiting),
            money(row.cost),
            plain(row.used, 0 if report.draws == 1 else 1),
        ]
        for row in report.rows
    ]
    parts = ["\n".join(said)] if said else []
    parts.append(lined_up([head, *rows]))
    parts.append("\n".join(report.answers))
    parts.append(f"the book of {report.policy}, {money(report.nav)}, from {report.date} to {report.last}")
    return "\n\n".join(parts)
