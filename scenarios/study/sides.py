"""From scores on either side of a label's change to what page, card, terminal and metrics.json show of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reports.sides import SIDED, SideScores
from reports.warning_study import Cell
from scenarios.study.numbers import number
from signals.stress.validation import Interval, Side

from .stress.scores import SCORES


def side_scores(found: Sequence[Side], models: Sequence[str]) -> list[SideScores]:
    """What tables show of some models, a side each."""
    return [
        SideScores(
            _title(side),
            f"{side.first} to {side.last}",
            side.days,
            side.events,
            {name: {key: _cell(side.cards[name].scores[SCORES[key]]) for key in SIDED} for name in models},
        )
        for side in found
    ]


def change_lines(found: Sequence[Side]) -> list[str]:
    """A sentence for each change within the scored days."""
    return [
        f"From {side.since} on what is forecast is measured by something else (the rule says by what): scores before "
        "and after that day are not of one kind, and are shown for either side of it."
        for side in found
        if side.since is not None
    ]


def side_metrics(found: Sequence[Side]) -> list[dict[str, Any]]:
    """The sides in ``metrics.json``; undefined scores are null."""
    return [
        {
            "since": None if side.since is None else str(side.since),
            "until": None if side.until is None else str(side.until),
            "first": str(side.first),
            "last": str(side.last),
            "sessions": side.days,
            "events": side.events,
            "models": {
                name: {key: number(card.scores[SCORES[key]].value) for key in SIDED}
                for name, card in side.cards.items()
            },
        }
        for side in found
    ]


def _title(side: Side) -> str:
    parts = [f"from {side.since} on" if side.since is not None else "", f"before {side.until}" if side.until else ""]
    return ", ".join(part for part in parts if part)


def _cell(interval: Interval) -> Cell:
    return Cell(number(interval.value), number(interval.low), number(interval.high))
