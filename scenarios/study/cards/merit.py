"""The MERIT checklist of an early-warning signal, filled from a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from reports.merit import ChoiceRow, EscalationLog, Merit, PairRow, ThresholdView
from reports.warning_study import Cell
from scenarios.study.early_warning.run import EarlyWarningStudy
from scenarios.study.numbers import number
from signals.stress.account import (
    PAIRS,
    Chances,
    Measure,
    Measured,
    Pair,
    Refits,
    ThresholdTest,
    in_use,
    threshold_test,
)
from signals.stress.early_warning import EarlyWarning
from signals.stress.labels import past_thresholds
from signals.stress.validation import Interval, Scored
from simulator.core.market import MarketData
from simulator.core.series import ExogenousSeries
from simulator.core.types import DateArray, FloatArray, IntArray
from simulator.features import ROLES, Workspace

from .escalations import escalation_log
from .merit_points import points
from .subject import Subject
from .thresholds import estimates_level, why_unmoved

_MAX_AGE_DAYS: Final = 28  # of the last published value, as the rule has it
_VIX_VALUES: Final = 252  # closes before the first threshold, as the rule has it
_INDEX_VALUES: Final = 104  # values before the first threshold, as the label has it
_Bounds = Callable[[Pair], FloatArray]


def merit(study: EarlyWarningStudy, told: Sequence[tuple[Subject, Refits]]) -> Merit:
    """The checklist, the back-test of the thresholds and the logs of the models that have a card."""
    tests = dict(_tests(study, told))
    logs = [escalation_log(subject, held) for subject, held in told]
    return Merit(
        title="MERIT: is this early-warning signal fit for use?",
        period=told[0][0].data.market.sessions[[0, -1]].astype(str).tolist(),
        index=study.target.index.name,
        points=points(study, [subject for subject, _ in told], tests, logs),
        thresholds=[_view(title, test, rule) for title, (test, rule) in tests.items()],
        unmeasured=[f"{subject.title}: {why}" for subject, held in told if (why := why_unmoved(subject, held))],
        logs=logs,
        counts={log.title: _counts(log) for log in logs},
        interval=f"{study.options.bootstrap.level:.0%}",
        foreknown=study.data.foreknown,
    )


def _counts(log: EscalationLog) -> dict[str, int]:
    """Verdicts on moves to a worse colour."""
    order = {"": -1, "green": 0, "amber": 1, "red": 2}
    up = [entry for entry in log.entries if entry.before and order[entry.after] > order[entry.before]]
    return {
        name: sum(escalation.verdict == name for escalation in up)
        for name in ("right", "early", "late", "false", "open")
    }


def _tests(
    study: EarlyWarningStudy, told: Sequence[tuple[Subject, Refits]]
) -> Iterator[tuple[str, tuple[ThresholdTest, bool]]]:
    """Back-tests of the rules and of models, by quantiles of the index if they estimate it, else by probabilities."""
    how, target, market = study.options.bootstrap, study.target, study.data.market
    first = told[0][0]
    rows = first.rows
    bounds = _past(target.index, market.sessions[rows], _INDEX_VALUES)
    for subject, held in told:
        if why_unmoved(subject, held):
            continue
        levels = estimates_level(held)
        measure: Measure = (
            Measured(subject.said, _estimates(subject, held), bounds) if levels else Chances(subject.said)
        )
        yield subject.title, (threshold_test(measure, how), False)
    for rule, measured in _rules(target, market, first.rules, rows, bounds).items():
        yield first.titles[rule], (threshold_test(measured, how), True)


def _estimates(subject: Subject, held: Refits) -> FloatArray:
    """(n,) the index as the model in use on each judged day estimates it."""
    numbers = np.array([in_use(subject.splits, int(row)) for row in subject.rows])
    out = np.empty(subject.rows.size)
    for number_ in np.unique(numbers):
        where = numbers == number_
        out[where] = held.refits[int(number_)].model.predict_level(held.x[subject.rows[where]])
    return out


def _past(index: ExogenousSeries, sessions: DateArray, min_values: int) -> _Bounds:
    """Thresholds of any pair, from one pass over the past of a series."""
    quantiles = sorted({quantile for pair in PAIRS for quantile in pair})
    held = dict(zip(quantiles, past_thresholds(index, sessions, quantiles, min_values=min_values).T, strict=True))
    return lambda pair: np.column_stack([held[pair.amber], held[pair.red]])


def _rules(
    target: EarlyWarning, market: MarketData, said: Mapping[str, Scored], rows: IntArray, bounds: _Bounds
) -> dict[str, Measured]:
    """The naive rules as measures; unknown values say nothing, as the rules have it."""
    found = {}
    if "last-published" in said:
        values, _ = target.index.on(market.sessions[rows], _MAX_AGE_DAYS)
        found["last-published"] = Measured(said["last-published"], _silent(values), bounds)
    if "vix-quantile" in said:
        workspace = Workspace(market)
        series = workspace.series_of(ROLES["VIX"])
        assert series is not None  # the rule is there
        own = _past(series, market.sessions[rows], _VIX_VALUES)
        found["vix-quantile"] = Measured(said["vix-quantile"], _silent(workspace.series("VIX")[rows]), own)
    return found


def _silent(values: FloatArray) -> FloatArray:
    return np.where(np.isnan(values), -np.inf, values)


def _view(title: str, test: ThresholdTest, rule: bool) -> ThresholdView:
    best = test.best
    return ThresholdView(
        title,
        rule,
        test.standard is not None,
        [
            PairRow(pair.amber, pair.red, pair == test.standard, pair == best, _cells(scores))
            for pair, scores in test.pairs.items()
        ],
        _cells(test.called),
        [
            ChoiceRow(
                choice.year,
                str(choice.decided),
                choice.known,
                choice.pair.amber,
                choice.pair.red,
                {key: number(value) for key, value in choice.scores.items()},
                {key: number(value) for key, value in choice.fixed.items()},
            )
            for choice in test.choices
        ],
        _cells(test.chosen),
        _cells(test.fixed),
        _cells(test.gap),
    )


def _cells(scores: Mapping[str, Interval]) -> dict[str, Cell]:
    return {key: _cell(score) for key, score in scores.items()}


def _cell(interval: Interval) -> Cell:
    return Cell(number(interval.value), number(interval.low), number(interval.high))
