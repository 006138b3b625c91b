"""The comparison as text, for the terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from reports.text import bps, integer, money, percent, plain
from simulator.metrics import PolicyMetrics

from .assumptions import warning
from .runner import Outcome
from .titles import titles

_COLUMNS: Final[tuple[tuple[str, Callable[[PolicyMetrics], str]], ...]] = (
    ("CAGR", lambda m: percent(m.cagr)),
    ("vol", lambda m: percent(m.volatility)),
    ("Sharpe", lambda m: plain(m.sharpe)),
    ("Sortino", lambda m: plain(m.sortino)),
    ("max dd", lambda m: percent(m.max_drawdown)),
    ("recovery", lambda m: integer(m.recovery_sessions) if m.recovery_sessions is not None else "not yet"),
    ("turnover", lambda m: percent(m.turnover_annual)),
    ("cost bps", lambda m: bps(m.cost_bps_annual)),
    ("liquid", lambda m: percent(m.liquid_share_min)),
    ("cov min", lambda m: plain(m.coverage_min)),
    ("cov mean", lambda m: plain(m.coverage_mean)),
    ("nav", lambda m: money(m.final_nav)),
)


def comparison_table(outcome: Outcome) -> str:
    """One row a policy."""
    file = outcome.scenario.file
    first = next(iter(outcome.results.values()))
    head = ["policy", *(name for name, _ in _COLUMNS)]
    called = titles(file)
    rows = [head, *(_row(called.policies[name], one) for name, one in outcome.metrics.items())]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = ["  ".join(_cell(text, widths[i], i) for i, text in enumerate(row)).rstrip() for row in rows]
    lines.insert(1, "-" * len(lines[0]))
    caption = f"{called.scenario}, {first.sessions[0]} to {first.sessions[-1]}, net of costs, {len(rows) - 1} policies"
    first_lines = [warning(outcome.scenario, outcome.benchmark), *(f"! {text}" for text in outcome.notices)]
    before = [text for text in first_lines if text]
    after = (
        [f"⚠ hindsight, a diagnostic: {', '.join(called.policies[name] for name in outcome.hindsight)}"]
        if outcome.hindsight
        else []
    )
    return "\n".join([*before, *([""] if before else []), caption, "", *lines, *after])


def _row(name: str, metrics: PolicyMetrics) -> list[str]:
    return [name, *(show(metrics) for _, show in _COLUMNS)]


def _cell(text: str, width: int, column: int) -> str:
    return text.ljust(width) if column == 0 else text.rjust(width)
