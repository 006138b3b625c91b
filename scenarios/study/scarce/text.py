"""Intervals and scores as cells, dots and numbers of these studies."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from reports.findings import Cell
from reports.findings_figures import Dot
from scenarios.study.numbers import number
from signals.stress.validation import Interval, Scorecard, Scored

#: Scores that are better when lower.
_LOWER: Final = ("brier", "brier_alert", "calibration_error_alert")

DEFINITIONS: Final = (
    "ROC-AUC: the chance that a day before an event is ranked above another; PR-AUC: mean precision over all levels of "
    "warning, to be read against the share of such days. Brier skill: improvement on a forecaster who knows the test "
    "period's own share of events. Calibration error: mean gap between probability and frequency over ten bins of "
    "equally many days.",
    "Intervals: 90%, from circular block resamples of 20 sessions; differences are paired on the same resamples. "
    "Green and red: beyond chance, better and worse. They are not corrected for the number of comparisons.",
    "Last state: a rule that knows the sessions since the last day of stress, and how often events followed in "
    "training (a logistic curve).",
)


def score(interval: Interval, digits: int = 2) -> Cell:
    """A score with its interval."""
    return Cell(plain(interval.value, digits), _between(interval, digits, ""))


def gap(interval: Interval | None, key: str, digits: int = 2) -> Cell:
    """A paired difference, marked where it is beyond chance."""
    if interval is None:
        return Cell("–")
    up, down = ("bad", "good") if key in _LOWER else ("good", "bad")
    mark = up if interval.low > 0.0 else down if interval.high < 0.0 else ""
    return Cell(plain(interval.value, digits, "+"), _between(interval, digits, "+"), mark)


def plain(value: float, digits: int = 2, sign: str = "") -> str:
    """A number; a dash where undefined."""
    return f"{round(value, digits) + 0.0:{sign}.{digits}f}" if math.isfinite(value) else "–"  # no minus before 0.00


def _between(interval: Interval, digits: int, sign: str) -> str:
    if not math.isfinite(interval.low):
        return ""
    return f"{plain(interval.low, digits, sign)} to {plain(interval.high, digits, sign)}"


def dot(title: str, interval: Interval) -> Dot:
    """A score on a chart."""
    return Dot(title, number(interval.value), number(interval.low), number(interval.high))


def triple(interval: Interval) -> dict[str, float | None]:
    """An interval in metrics.json."""
    return {"value": number(interval.value), "low": number(interval.low), "high": number(interval.high)}


def card(scores: Scorecard, keys: Mapping[str, str]) -> dict[str, Any]:
    """Scores and paired differences in metrics.json."""
    return {
        "scores": {key: triple(scores.scores[key]) for key in keys},
        "versus": {rule: {key: triple(table[key]) for key in keys} for rule, table in scores.versus.items()},
    }


def predictions(scored: Mapping[tuple[str, ...], Scored], names: tuple[str, ...]) -> pd.DataFrame:
    """One row a session and forecaster: ``names`` say who, ``known_at`` when ``actual`` was known.

    Sessions are ranked by ``rank``: the probability, or what a rule looks at.
    """
    parts = [
        pd.DataFrame(
            {
                "date": column.dates.astype("datetime64[s]"),
                **dict(zip(names, key, strict=True)),
                "probability": column.probability[:, 1:].sum(axis=1),
                "rank": column.order,
                "actual": column.actual.astype("int8"),
                "known_at": column.known_at.astype("datetime64[s]"),
            }
        )
        for key, column in scored.items()
    ]
    return pd.concat(parts, ignore_index=True)
