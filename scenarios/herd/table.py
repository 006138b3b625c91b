"""A herd as text, for the terminal."""

from __future__ import annotations

from reports.herd import Figures, HerdReport
from reports.text import percent, plain
from scenarios.sweep.frontier_table import lined_up


def as_text(report: HerdReport) -> str:
    """Notices, each kind of herd, what diversity is worth, how it settled."""
    said = [f"! {text}" for text in report.notices]
    head = ["herd", "funds", "alike", "drawdown", "no answer", "amplified", "deepest bp", "flow", "rounds"]
    rows = [_row(f"all {name}", one) for name, one in report.identical.items()]
    rows += [_row("the mix", report.whole)] if len(report.identical) > 1 else []
    rows += [_row(f"{share:.0%} {report.lead}", one) for share, one in report.by_similarity]
    parts = ["\n".join(said)] if said else []
    parts.append(lined_up([head, *rows]))
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


def _row(name: str, one: Figures) -> list[str]:
    return [
        name,
        str(one.funds),
        plain(one.alike),
        percent(one.drawdown, 2),
        percent(one.drawdown_alone, 2),
        plain(one.amplification, 4),
        plain(one.deepest_bps, 1),
        percent(one.flow_share, 2),
        str(one.rounds),
    ]
