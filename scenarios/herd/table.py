"""A herd as text, for the terminal."""

from __future__ import annotations

from reports.herd import Figures, HerdReport
from reports.text import percent, plain
from scenarios.sweep.frontier_table import lined_up


def as_text(report: HerdReport) -> str:
    """Notices, each kind of herd, what it comes to, what diversity is worth, how it settled."""
    said = [f"! {text}" for text in report.notices]
    head = ["herd", "funds", "alike", "drawdown", "no answer", "amplified", "deepest bp", "flow", "rounds"]
    rows = [_row(f"all {name}", figures) for name, figures in report.identical.items()]
    rows += [_row("the mix", report.whole)] if len(report.identical) > 1 else []
    rows += [_row(f"{share:.0%} {report.lead}", figures) for share, figures in report.by_similarity]
    parts = ["\n".join(said)] if said else []
    parts.append(lined_up([head, *rows]))
    if report.answers:
        parts.append("\n".join(report.answers))
    worth = report.diversity
    if worth["drawdown"] is not None:
        parts.append(
            f"diversity is worth {percent(worth['drawdown'], 3)} of drawdown and {percent(worth['final'], 3)} of final "
            "value, against herds of one policy each"
        )
    parts.append(
        f"settled in {report.changes.size} rounds of replays, no session in more than {report.whole.rounds}; the last "
        f"changed a flow by {report.changes[-1]:.1e} of a day's volume"
    )
    return "\n\n".join(parts)


def _row(name: str, figures: Figures) -> list[str]:
    return [
        name,
        str(figures.funds),
        plain(figures.alike),
        percent(figures.drawdown, 2),
        percent(figures.drawdown_alone, 2),
        plain(figures.amplification, 4),
        plain(figures.deepest_bps, 1),
        percent(figures.flow_share, 2),
        str(figures.rounds),
    ]
