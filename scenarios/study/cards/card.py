"""A model card, put together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from reports.model_card import ModelCard, Score, Statement, Trace
from scenarios.study.sides import change_lines, side_scores
from signals.stress.account import Refits

from .facts import coverage, data_facts, folds, label_facts
from .options import NOT_STATED
from .performance import calibration, drift, failure_rows, failures, importance, scores
from .subject import Subject
from .thresholds import why_unmoved

_SAYINGS: Final = {
    "owner": "Owner",
    "intended_use": "Intended use",
    "out_of_scope": "Out of scope",
    "oversight": "Human oversight",
}
_NAMED: Final = 3  # scores named in a verdict


def model_card(subject: Subject, held: Refits | None = None) -> ModelCard:
    """The card of one model; ``held`` spares fitting again what was already."""
    found = subject.fitted([number for _, number in subject.years()]) if held is None else held
    wrong = np.concatenate(failure_rows(subject))
    found = subject.with_models_of(found, subject.rows[wrong].tolist())
    data = data_facts(subject)
    weight, over_time = importance(subject, found)
    shown = scores(subject)
    said = subject.said
    stressed = said.actual > 0.0
    return ModelCard(
        study=subject.study,
        name=subject.name,
        title=subject.title,
        text=subject.candidate.spec.text,
        period=f"{said.dates.size:,} test days, {said.dates[0]} to {said.dates[-1]}",
        target=subject.target,
        protocol=f"Judged {subject.protocol}.",
        leaky=subject.leaky,
        verdicts=list(_verdicts(subject, shown)),
        statements=list(_statements(subject)),
        tested=list(_tested(subject, found)),
        untested=list(_untested(subject, found)),
        data=data,
        coverage=coverage(data),
        label=label_facts(subject),
        folds=folds(subject),
        rules=subject.titles,
        scores=shown,
        interval=(
            f"Small print: {subject.level:.0%} intervals from block resamples of the test days; differences are paired "
            "on the same resamples."
        ),
        calibration=calibration(subject),
        drift=drift(subject, found.x),
        importance=weight,
        failures=failures(subject, found, over_time),
        trace=Trace(
            [str(day) for day in said.dates],
            [float(probability) for probability in said.probability[:, 1:].sum(axis=1)],
            [str(day) for day in said.dates[stressed]],
        ),
        metrics=subject.metrics,
        changes=change_lines(subject.sides),
        sides=side_scores(subject.sides, [subject.name]),
    )


def _statements(subject: Subject) -> Iterator[Statement]:
    """Words of the user, and nothing where there are none."""
    said = subject.options.said()
    for field, title in _SAYINGS.items():
        yield Statement(title, said[field] or NOT_STATED, bool(said[field]))


def _verdicts(subject: Subject, shown: list[Score]) -> Iterator[str]:
    """Whether it beats rules that need no model, in words."""
    judged = [scored for scored in shown if scored.higher is not None]
    for rule, title in subject.titles.items():
        found = {kind: [score.title for score in judged if score.verdict(rule) == kind] for kind in ("better", "worse")}
        if not found["better"] and not found["worse"]:
            yield f"Cannot be told from “{title}”, a rule that needs no model, in any of {len(judged)} scores."
            continue
        parts = [f"{kind} in {len(names)}{_few(names)}" for kind, names in found.items()]
        told = ", ".join(parts)
        yield f"Of {len(judged)} scores against “{title}”, a rule that needs no model, beyond chance: {told}."


def _few(titles: list[str]) -> str:
    if not titles:
        return ""
    more = f" and {len(titles) - _NAMED} more" if len(titles) > _NAMED else ""
    return f" ({'; '.join(titles[:_NAMED])}{more})"


def _tested(subject: Subject, held: Refits) -> Iterator[str]:
    """What the figures are figures of; nothing is claimed beyond."""
    said = subject.said
    yield f"{subject.target}, {said.dates[0]} to {said.dates[-1]}, forecasts made at each close."
    stressed = int((said.actual > 0.0).sum())
    yield f"{stressed:,} of {said.dates.size:,} test days came out {' or '.join(subject.classes[1:])}."
    if not why_unmoved(subject, held):
        yield "Other thresholds than its own, back-tested in the MERIT checklist."
    yield f"On {len(subject.data.market.assets)} assets and {len(subject.data.market.series)} series, listed below."


def _untested(subject: Subject, held: Refits) -> Iterator[str]:
    """What nothing on the card says anything about."""
    yield f"Sessions after {subject.said.dates[-1]}, assets and regions outside the coverage below, and intraday use."
    if subject.problem.label.horizon:
        yield f"Horizons other than {subject.problem.label.horizon} sessions, and other definitions of an event."
    else:
        yield "Other indices and thresholds than those of the label; horizons beyond the week a session lies in."
    why = why_unmoved(subject, held)
    if why:
        yield f"Other thresholds than its own: {why}."
    yield "What acting on it would be worth: see undertow run stress-signals."
