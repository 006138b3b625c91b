"""The comparison as text, for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from reports.against_index import index_note
from reports.diagnosis import brief
from reports.text import written
from reports.versus import how, in_short
from simulator.metrics import POLICY, PolicyMetrics

from .assumptions import warning
from .runner import Outcome
from .titles import titles

#: Policies of which the terminal says what they were worth.
_TOLD: Final = 12


def comparison_table(outcome: Outcome) -> str:
    """One row a policy."""
    first, called = next(iter(outcome.results.values())), titles(outcome.scenario.file)
    lines = figure_lines({called.policies[name]: metrics for name, metrics in outcome.metrics.items()})
    caption = (
        f"{called.scenario}, {first.sessions[0]} to {first.sessions[-1]}, net of costs, {len(outcome.metrics)} policies"
    )
    first_lines = [warning(outcome.scenario, outcome.benchmark), *(f"! {text}" for text in outcome.notices)]
    audited = outcome.look_ahead
    first_lines += [f"! {audited.sentence}"] if audited is not None and not audited.clean else []
    before = [text for text in first_lines if text]
    answers = [answer.titled(called.policies) for answer in outcome.versus]
    short = in_short(
        [answer for answer, own in zip(answers, outcome.versus, strict=True) if own.policy not in outcome.hindsight]
    )
    told = [answer.sentence for answer in answers]
    if len(told) > _TOLD:
        told = [*told[:_TOLD], f"... and {len(told) - _TOLD} more on the page"]
    told = [*filter(None, [short]), *told]
    told += [answer.titled(called.policies).sentence for answer in outcome.against_index[:_TOLD]]
    told += filter(None, [index_note(outcome.against_index, not outcome.versus)])
    told += filter(None, [how(outcome.versus, len(outcome.results))])
    told += [] if outcome.luck is None else ["", *outcome.luck.titled(called.policies).sentences]
    told += [] if outcome.tried is None else [outcome.tried.titled(called.policies).sentence]
    asked = [
        found.titled(called.signals if found.kind == "signal" else called.policies) for found in outcome.diagnostics
    ]
    told += [*([""] if asked and told else []), *(f"? {line}" for line in brief(asked))]
    told += [] if audited is None or not audited.clean else ["", audited.sentence]
    after = (
        [f"⚠ hindsight, a diagnostic: {', '.join(called.policies[name] for name in outcome.hindsight)}"]
        if outcome.hindsight
        else []
    )
    return "\n".join([*before, *([""] if before else []), caption, "", *lines, *after, *([""] if told else []), *told])


def figure_lines(metrics: Mapping[str, PolicyMetrics]) -> list[str]:
    """A head, a rule and a line a policy: every measure that has a brief name."""
    head = ["policy", *(measure.brief for measure in POLICY.values() if measure.brief)]
    rows = [head, *(_row(name, figures) for name, figures in metrics.items())]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = ["  ".join(_cell(text, widths[i], i) for i, text in enumerate(row)).rstrip() for row in rows]
    return [lines[0], "-" * len(lines[0]), *lines[1:]]


def _row(name: str, metrics: PolicyMetrics) -> list[str]:
    return [name, *(written(measure, metrics[key]) for key, measure in POLICY.items() if measure.brief)]


def _cell(text: str, width: int, column: int) -> str:
    return text.ljust(width) if column == 0 else text.rjust(width)
