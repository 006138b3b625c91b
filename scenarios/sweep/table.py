"""A sweep as text, for the terminal: the best and the worst of it, or what policies bear."""

from __future__ import annotations

import textwrap
from typing import Final

from reports.sweep import METRICS, SHARPE, SHOWN, SweepReport
from reports.sweep_edges import edges
from reports.text import plain, written

from .frontier_table import frontier_text

_BEST, _WORST, _WIDTH = 5, 3, 110
_BRIEF: Final = {metric.name: metric.brief for metric in METRICS}
#: Stands for a key that a policy does not depend on.
_ANY: Final = "·"


def as_text(report: SweepReport) -> str:
    """A stress frontier where every axis is a severity, else the best and the worst."""
    return frontier_text(report) if report.is_frontier else best_and_worst(report)


def best_and_worst(report: SweepReport) -> str:
    """A caption, the best and the worst trials by Sharpe ratio, and what to think of the best."""
    shown = _shown(report)
    keys = short_keys([axis.key for axis in report.axes])
    head = ["policy", *keys, *(_BRIEF[name] for name in SHOWN)]
    if report.paths:
        head.append("Sharpe 5% to 95%")
    if report.versus is not None:
        head.append(f"against {report.versus.benchmark}")
    rows = [head, *(_row(report, number) for number in shown)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    left = 1 + len(keys)
    lines = [
        "  ".join(text.ljust(widths[i]) if i < left else text.rjust(widths[i]) for i, text in enumerate(row)).rstrip()
        for row in rows
    ]
    lines.insert(1, "-" * max(map(len, lines)))
    if len(shown) < len(report.trials):
        lines.insert(2 + _BEST, "...")
    return "\n".join(
        [
            *report.first_lines,
            *([""] if report.first_lines else []),
            caption(report),
            "",
            *lines,
            "",
            *textwrap.wrap(report.luck, _WIDTH),
            *(line for edge in edges(report) for line in textwrap.wrap(f"? {edge.text}", _WIDTH)),
        ]
    )


def caption(report: SweepReport) -> str:
    """What was swept."""
    where = f"medians over {report.paths:,} paths" if report.paths else "on history"
    return (
        f"{report.name}, {report.start} to {report.end}: {len(report.answers):,} grid points, "
        f"{len(report.trials):,} different trials, {where}; by Sharpe ratio"
    )


def short_keys(keys: list[str]) -> list[str]:
    """The last step of each key, or all of it where two end alike."""
    last = [key.rpartition(".")[2] for key in keys]
    return [short if last.count(short) == 1 else key for key, short in zip(keys, last, strict=True)]


def _shown(report: SweepReport) -> list[int]:
    ranked = report.ranked
    return ranked if len(ranked) <= _BEST + _WORST else [*ranked[:_BEST], *ranked[-_WORST:]]


def _row(report: SweepReport, number: int) -> list[str]:
    trial = report.trials[number]
    texts = {metric.name: written(metric, report.headline[number, place]) for place, metric in enumerate(METRICS)}
    row = [trial.policy, *(value or _ANY for value in trial.settings), *(texts[name] for name in SHOWN)]
    if report.spread is not None:
        low, high = (float(report.spread[side, number, SHARPE]) for side in (0, 2))
        row.append(f"{plain(low)} to {plain(high)}" if low == low else "–")  # noqa: PLR0124 - NaN differs from itself
    if report.versus is not None:
        row.append(report.against(number))
    return row
