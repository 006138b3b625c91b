"""Facts of a card that need forecasts: scores, calibration, drift, importance, failures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from reports.model_card import (
    CalibrationFacts,
    DriftFacts,
    Failure,
    FailureFacts,
    ImportanceFacts,
    Score,
    Seen,
    Stable,
    YearFact,
)
from reports.warning_study import Cell
from scenarios.study.numbers import number
from signals.stress.account import (
    ImportanceOverTime,
    Refits,
    by_year,
    importance_over_time,
    in_use,
    is_sum,
    terms,
    unit,
    worst,
)
from signals.stress.life import SHIFTED, stability
from signals.stress.validation import Interval, bins
from simulator.core.types import FloatArray, IntArray
from simulator.features import past_percentile

from .subject import Subject

_YEAR: Final = 252
_LEAST: Final = 20  # sessions of the recent window below which no index is taken
_COLUMNS: Final = 4  # shown with each failure


def scores(subject: Subject) -> list[Score]:
    """The scores shown, with paired differences from each naive rule."""
    versus = subject.scorecard.versus
    return [
        Score(
            rival.key,
            rival.title,
            _cell(subject.interval(rival.score)),
            {rule: _cell(versus[rule][rival.score]) for rule in subject.rules if rule in versus},
            rival.higher,
        )
        for rival in subject.shown
    ]


def _cell(interval: Interval) -> Cell:
    return Cell(number(interval.value), number(interval.low), number(interval.high))


def calibration(subject: Subject) -> CalibrationFacts:
    """Probability of anything above the mildest class against how often it came."""
    chance = _alert(subject)
    came = (subject.said.actual > 0.0).astype(float)
    groups = bins(chance)
    text = f"Probability of “{_stressed(subject)}” in ten bins of equally many days; on the grey line it comes true."
    return CalibrationFacts(
        text,
        [float(chance[rows].mean()) for rows in groups],
        [float(came[rows].mean()) for rows in groups],
        [int(rows.size) for rows in groups],
    )


def _stressed(subject: Subject) -> str:
    return " or ".join(subject.classes[1:])


def _alert(subject: Subject) -> FloatArray:
    return np.asarray(subject.said.probability[:, 1:].sum(axis=1))


def drift(subject: Subject, x: FloatArray) -> DriftFacts:
    """The last year's columns against those in training, and each year's forecasts against the naive rules."""
    years = [
        YearFact(
            year.year,
            year.sessions,
            year.stressed,
            year.warned,
            year.found,
            year.right,
            year.brier,
            {rule: year.skill(rule) for rule in subject.rules},
        )
        for year in by_year(subject.said, subject.rules)
    ]
    text, columns = _stability(subject, x)
    return DriftFacts(text, columns, years)


def _stability(subject: Subject, x: FloatArray) -> tuple[str, list[Stable]]:
    """Last year against what the model in use when it began had learned from, so that the two do not overlap."""
    rows, sessions = subject.rows, subject.problem.panel.sessions
    window = min(_YEAR, int(rows[-1] - rows[0] + 1))
    if window < _LEAST:
        return "There are too few test days to compare columns with those in training.", []
    start = int(rows[-1]) + 1 - window
    train = subject.splits[in_use(subject.splits, start)].train
    found = stability(x, sessions, subject.candidate.columns, train, rows[-1:], window)
    values, limits = found.values[0], found.limits[0]
    order = np.argsort(-np.nan_to_num(values, nan=-1.0), kind="stable")
    columns = [Stable(found.columns[k], number(float(values[k])), float(limits[k])) for k in order]
    shifted = int((values > limits).sum())
    text = (
        f"Population stability index of each column: {sessions[start]} to {sessions[rows[-1]]} against the "
        f"{train.size:,} days that the model in use when that year began had learned from. {shifted} of {values.size} "
        f"columns are above their limit: {SHIFTED}, or what one stretch in twenty of training reached if that is more."
    )
    return text, columns


def importance(subject: Subject, held: Refits) -> tuple[ImportanceFacts, ImportanceOverTime]:
    """Importance by year and column, the most important column first."""
    found = importance_over_time(held, subject.years(), subject.seed)
    order = found.order()
    values = [[number(float(row[k])) for k in order] for row in found.values]
    return ImportanceFacts(found.kind, found.signed, found.years, [found.columns[k] for k in order], values), found


def failure_rows(subject: Subject) -> tuple[IntArray, IntArray]:
    """Worst misses and false alarms, as positions among the days judged."""
    return worst(subject.said, "miss"), worst(subject.said, "false alarm")


def failures(subject: Subject, held: Refits, weight: ImportanceOverTime) -> FailureFacts:
    """The worst days, with what was said and what the columns were."""
    misses, alarms = failure_rows(subject)
    known = next((refit.model for refit in held.refits.values() if refit.model is not None), None)
    apart = known is not None and is_sum(known, held.x)
    words = unit(known) if apart else ""
    how = (
        f"The columns that added most to what was said that day, in {words} against the mean training day."
        if apart
        else "The columns that are the most important over all years: this model's answers are no sum over columns."
    )
    text = (
        f"A miss is a day that came out “{_stressed(subject)}” without a warning, worst where the probability was "
        "lowest; a false alarm a warning on a day that did not, worst where it was highest. Failures within 21 "
        f"sessions of a worse one are left out. {how}"
    )
    percentiles: dict[str, FloatArray] = {}
    both = [[_failure(subject, held, weight, int(k), percentiles) for k in rows] for rows in (misses, alarms)]
    return FailureFacts(text, words, both[0], both[1])


def _failure(
    subject: Subject, held: Refits, weight: ImportanceOverTime, k: int, percentiles: dict[str, FloatArray]
) -> Failure:
    said = subject.said
    return Failure(
        str(said.dates[k]),
        float(_alert(subject)[k]),
        subject.classes[int(said.status[k])],
        subject.classes[int(said.actual[k])],
        str(said.known_at[k]),
        list(_seen(subject, held, weight, k, percentiles)),
    )


def _seen(
    subject: Subject, held: Refits, weight: ImportanceOverTime, k: int, percentiles: dict[str, FloatArray]
) -> Iterator[Seen]:
    row, x = int(subject.rows[k]), held.x
    worse = int(max(subject.said.actual[k], subject.said.status[k]))
    refit = held.refits.get(in_use(subject.splits, row))
    told = None if refit is None or refit.model is None else terms(refit.model, x[row : row + 1], worse)
    order = weight.order() if told is None else [int(k) for k in np.argsort(-np.abs(told[0]), kind="stable")]
    for column in order[:_COLUMNS]:
        name = subject.candidate.columns[column]
        if name not in percentiles:
            percentiles[name] = past_percentile(x[:, column])
        yield Seen(
            name,
            number(float(x[row, column])),
            number(float(percentiles[name][row])),
            None if told is None else float(told[0, column]),
        )
