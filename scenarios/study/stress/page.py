"""From a study that was run to the page that shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from reports.forecast_study import Calibration, Curve, ForecastStudy, HorizonView, Trace
from reports.warning_study import Cell, Row, Versus
from scenarios.study.numbers import number
from scenarios.study.sides import change_lines, side_scores
from signals.stress.stress_problem import CONTROL
from signals.stress.validation import BUDGET, Interval, Scored, bins
from simulator.core.types import FloatArray, IntArray

from .run import HEADLINE, JudgedHorizon, StressForecastStudy
from .scores import named
from .verdicts import beats, verdicts

_CURVES: Final = (HEADLINE, "xgboost-state", "xgboost", "vix-level")
_POINTS: Final = 300
_DEFINITIONS: Final = (
    "ROC area: the chance that a day with an event ahead is ranked above one without. Average precision: the area "
    "under the precision-recall curve; a forecaster who knows nothing reaches the share of days with an event ahead. "
    "Rules are ranked by the value they look at, models by their probability.",
    "Brier skill: improvement on a forecaster who knows the sample's own share of events. Calibration error: mean gap "
    "between probability and frequency over ten bins of equally many days. A rule's probability is a logistic curve "
    "through its value, learned from the past like any model.",
    f"A warning is a forecast above the {1 - BUDGET:.0%} quantile of all that the same model made before, so that all "
    f"warn about {BUDGET:.0%} of the time in the long run; in calm years less.",
    "Onset: the first day with an event ahead after 21 without. It is warned of if there was a warning from 10 "
    "sessions before it until the day before the event; lead days run from the first such warning to the event. False "
    "alarm: a spell of warnings with no event ahead in it or in the 10 sessions after.",
    "“Last state” ranks days by how long ago the last day of stress was. “Amihud distance” by how near relative "
    "Amihud is to its threshold. Models “on the state” see five columns: these two, the distances of the spread and "
    "of funding costs from theirs, and the percentile of the VIX; the others see a hundred and more.",
    "The five columns of the state, the logit's penalty and the first year of the data were chosen with forward scores "
    "of 2009 to 2018 in view, and the hazard was added after seeing its own, which flatters them on those years. With "
    "penalties from 0.01 to 1 and data from 1996 to 2003 on, the logit's ROC area stays between .87 and .90. Later "
    "years are the test of it.",
    "Intervals: 90%, from 1,000 circular block resamples of 20 sessions; differences are paired on the same "
    "resamples. With half a dozen episodes in the sample they are, if anything, too narrow, and they are not "
    "corrected for the number of models compared.",
)


def page(study: StressForecastStudy, links: Sequence[tuple[str, str, str]] = ()) -> ForecastStudy:
    """The content of the page; ``links`` (title, address, words) lead to the pages beside it."""
    market = study.data.market
    forward = study.of("forward")
    return ForecastStudy(
        title="Stress forecast: an event within days",
        period=(
            f"{market.sessions[0]} to {market.sessions[-1]} · {market.sessions.size:,} sessions · after Singh & Sinha, "
            "Leveraging big data and machine learning to forecast liquidity crises"
        ),
        verdicts=verdicts(study),
        views=[_view(judged) for judged in study.judged.values()],
        trace=_trace(forward[-1]) if forward else None,
        definitions=_DEFINITIONS,
        notes=study.notes,
        links=links,
        foreknown=study.data.foreknown,
        changes=changes(study),
    )


def changes(study: StressForecastStudy) -> list[str]:
    """A sentence for each day within the scored ones from which stress is measured by something else."""
    return list(dict.fromkeys(line for judged in study.judged.values() for line in change_lines(judged.sides)))


def _view(judged: JudgedHorizon) -> HorizonView:
    scored = next(iter(judged.forecasts.values()))
    shown = [name for name in _CURVES if name in judged.forecasts]
    return HorizonView(
        protocol=judged.protocol.name,
        title=judged.title,
        text=judged.protocol.text,
        horizon=judged.horizon,
        leaky=judged.leakage.leaky,
        shared=judged.leakage.shared,
        label=judged.label,
        period=f"{judged.sessions:,} test days, {scored.dates[0]} to {scored.dates[-1]}",
        base_rate=float(scored.actual.mean()),
        rules={name: judged.specs[name].title for name in judged.rules},
        rows=list(_rows(judged)),
        curves=[_curve(judged.specs[name].title, judged.forecasts[name]) for name in shown],
        calibration=[_calibration(judged.specs[name].title, judged.forecasts[name]) for name in shown],
        sides=side_scores(judged.sides, list(judged.cards)),
    )


def _rows(judged: JudgedHorizon) -> Iterator[Versus]:
    """The rules and the control first, then models by average precision."""
    first = [*judged.rules, "base-rate", CONTROL]
    rest = [name for name in judged.cards if name not in first]
    rest.sort(key=lambda name: -judged.cards[name].scores["pr_auc_red"].value)
    for name in [*(key for key in first if key in judged.cards), *rest]:
        card = judged.cards[name]
        role = "control" if name == CONTROL else "rule" if name in first else "own"
        cells = {key: _cell(value) for key, value in named(card.scores).items()}
        gaps = {
            rule: {"pr_auc": _cell(card.versus[rule]["pr_auc_red"])} for rule in judged.rules if rule in card.versus
        }
        yield Versus(Row(name, judged.specs[name].title, role, cells), gaps, beats(card, "vix-level"))


def _cell(interval: Interval) -> Cell:
    return Cell(number(interval.value), number(interval.low), number(interval.high))


def _curve(title: str, scored: Scored) -> Curve:
    """Precision by recall at every distinct rank, thinned for drawing."""
    order = np.argsort(-scored.order, kind="stable")
    hits, ranked = np.cumsum(scored.actual[order]), scored.order[order]
    last = np.flatnonzero(np.append(np.diff(ranked) < 0.0, True))
    recall, precision = hits[last] / max(float(hits[-1]), 1.0), hits[last] / (last + 1.0)
    keep = np.unique(np.linspace(0, last.size - 1, _POINTS).astype(int))
    return Curve(title, recall[keep], precision[keep])


def _calibration(title: str, scored: Scored) -> Calibration:
    chance = scored.probability[:, -1]
    groups = bins(chance)
    return Calibration(title, _means(chance, groups), _means(scored.actual, groups))


def _means(values: FloatArray, groups: list[IntArray]) -> FloatArray:
    return np.array([values[rows].mean() for rows in groups])


def _trace(judged: JudgedHorizon) -> Trace:
    """The headline's probability through time, and the days of stress."""
    name = HEADLINE if HEADLINE in judged.forecasts else next(iter(judged.forecasts))
    scored = judged.forecasts[name]
    days = np.isin(judged.target.event.sessions, scored.dates) & (judged.target.event.values == 1.0)
    return Trace(
        judged.specs[name].title,
        judged.horizon,
        scored.dates,
        scored.probability[:, -1],
        scored.status,
        judged.target.event.sessions[days],
    )
