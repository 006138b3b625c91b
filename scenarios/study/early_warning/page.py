"""From a study that was run to the page that shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from reports.warning_study import Cell, IndexView, Leak, ProtocolView, Roc, Row, Timeline, Versus, WarningStudy
from scenarios.study.numbers import number
from scenarios.study.protocols import LIKE_FOR_LIKE
from signals.stress.early_warning import CONTROL
from signals.stress.labels import TIERS
from signals.stress.validation import Interval, Scored

from .run import EarlyWarningStudy, JudgedProtocol
from .verdicts import beats, verdicts

_SHOWN: Final = ("rusboost", "ridge-nowcast", CONTROL)
_ROC_POINTS: Final = 300
_DEFINITIONS: Final = (
    "Warning score (WS): share of the amber and red days that were called amber or red. Weighted (WWS): a warning of "
    "the wrong one of the two counts one half. True red accuracy (TRA): share of the red days that were called red.",
    "Alert precision: share of the amber and red calls that came on amber or red days.",
    "Onset: the first amber or red session after 21 green ones. It is warned of if amber or red was called at a close "
    "from 10 sessions before it until the last before its status was published; lead days run from the first such call "
    "to publication. The last published status can by its nature never do that.",
    "False alarm: a spell of amber or red calls with no amber or red day in it or in the 10 sessions after.",
    "Brier skill: improvement on a forecaster who knows the sample's own share of amber and red days. Calibration "
    "error: mean gap between probability and frequency over ten bins of equally many days.",
    "Intervals: 90%, from 1,000 circular block resamples of 20 sessions; differences are paired on the same resamples. "
    "With two or three episodes of stress in the sample they are, if anything, too narrow, and they are not corrected "
    "for the number of models compared.",
    "The ridge nowcast's penalty was chosen after seeing forward scores of 2009 to 2018, which flatters it on those "
    "years; a penalty chosen by leave-one-out error hardly beat the last published status there. Later years are the "
    "test of it.",
)


def page(study: EarlyWarningStudy, links: Sequence[tuple[str, str, str]] = ()) -> WarningStudy:
    """The content of the page; ``links`` (title, address, words) lead to the pages beside it."""
    market = study.data.market
    forward = study.judged.get("forward")
    shown = [judged for name, judged in study.judged.items() if name != LIKE_FOR_LIKE]
    return WarningStudy(
        title="Early warning: green, amber or red today",
        period=(
            f"{market.sessions[0]} to {market.sessions[-1]} · {market.sessions.size:,} sessions · status of "
            f"{study.target.index.name} · after Tarkocin & Donduran, Constructing early warning indicators for banks"
        ),
        verdicts=verdicts(study.judged),
        protocols=[_view(judged) for judged in shown],
        versus=list(_versus(forward)) if forward is not None else [],
        rules={name: forward.specs[name].title for name in forward.rules} if forward is not None else {},
        leaks=list(_leaks(study)),
        index=_index(study),
        timeline=None if forward is None else _timeline(forward),
        definitions=_DEFINITIONS,
        notes=study.notes,
        links=links,
        foreknown=study.data.foreknown,
    )


def _view(judged: JudgedProtocol) -> ProtocolView:
    scored = next(iter(judged.forecasts.values()))
    shown = [name for name in _SHOWN if name in judged.forecasts]
    return ProtocolView(
        name=judged.protocol.name,
        title=judged.protocol.title,
        text=judged.protocol.text,
        leaky=judged.leakage.leaky,
        hindsight=judged.hindsight,
        shared=judged.leakage.shared,
        label=judged.label,
        period=f"{judged.sessions:,} test days, {scored.dates[0]} to {scored.dates[-1]}",
        rows=list(_rows(judged)),
        confusion={judged.specs[name].title: judged.cards[name].counts for name in shown},
        roc=[_roc(judged.specs[name].title, judged.forecasts[name]) for name in shown],
    )


def _rows(judged: JudgedProtocol) -> Iterator[Row]:
    """The rules and the control first, then the paper's best, then the rest as registered."""
    first = [*judged.rules, CONTROL, "rusboost"]
    for name in [*(key for key in first if key in judged.cards), *(key for key in judged.cards if key not in first)]:
        yield _row(judged, name)


def _row(judged: JudgedProtocol, name: str) -> Row:
    spec = judged.specs[name]
    role = "rule" if name in judged.rules else "control" if name == CONTROL else "paper" if spec.preset else "own"
    return Row(name, spec.title, role, {key: _cell(value) for key, value in judged.cards[name].scores.items()})


def _cell(interval: Interval) -> Cell:
    return Cell(number(interval.value), number(interval.low), number(interval.high))


def _versus(judged: JudgedProtocol) -> Iterator[Versus]:
    rows = list(_rows(judged))
    rows.sort(key=lambda row: (row.role not in ("rule", "control"), -(row.cells["wws"].value or 0.0)))
    for row in rows:
        card = judged.cards[row.name]
        gaps = {rule: {key: _cell(table[key]) for key in ("ws", "wws")} for rule, table in card.versus.items()}
        yield Versus(row, gaps, beats(card, "last-published"))


def _leaks(study: EarlyWarningStudy) -> Iterator[Leak]:
    if LIKE_FOR_LIKE not in study.judged:
        return
    shuffled, forward = study.judged[LIKE_FOR_LIKE], study.judged["forward"]
    for name, card in shuffled.cards.items():
        if name in forward.cards:
            both = (card.scores, forward.cards[name].scores)
            values = [{key: number(card[key].value) for key in ("wws", "tra", "accuracy")} for card in both]
            yield Leak(forward.specs[name].title, values[0], values[1])


def _index(study: EarlyWarningStudy) -> IndexView:
    target = study.target
    return IndexView(target.index.name, study.data.market.sessions, target.level, target.bounds)


def _timeline(judged: JudgedProtocol) -> Timeline:
    shown = [name for name in (*_SHOWN[:2], *judged.rules) if name in judged.forecasts]
    scored = next(iter(judged.forecasts.values()))
    said = {judged.specs[name].title: judged.forecasts[name].status for name in shown}
    return Timeline(scored.dates, {"What came": scored.actual, **said})


def _roc(title: str, scored: Scored) -> Roc:
    """False and true positive rates at every distinct probability of red, thinned for drawing."""
    red = scored.actual == len(TIERS) - 1
    order = np.argsort(-scored.probability[:, -1], kind="stable")
    chance = scored.probability[order, -1]
    last = np.flatnonzero(np.append(np.diff(chance) < 0.0, True))
    true, false = np.cumsum(red[order])[last], np.cumsum(~red[order])[last]
    rates = [np.concatenate([[0.0], part / max(int(part[-1]), 1)]) for part in (false, true)]
    keep = np.unique(np.linspace(0, rates[0].size - 1, _ROC_POINTS).astype(int))
    return Roc(title, rates[0][keep], rates[1][keep])
