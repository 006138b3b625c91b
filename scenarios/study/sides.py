"""From scores on either side of a label's change to what page, card, terminal and metrics.json show of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reports.sides import SIDED, SideScores
from reports.warning_study import Cell
from scenarios.study.files import number
from signals.stress.validation import Interval, Side

from .stress.scores import SCORES


def side_scores(found: Sequence[Side], models: Sequence[str]) -> list[SideScores]:
    """What tables show of some models, a side each."""
    return [
        SideScores(
            _title(one),
            f"{one.first} to {one.last}",
            one.days,
            one.events,
            {name: {key: _cell(one.cards[name].scores[SCORES[key]]) for key in SIDED} for name in models},
        )
        for one in found
    ]


def change_lines(found: Sequence[Side]) -> list[str]:
    """A sentence for each change within the scored days."""
    return [
        f"From {one.since} on what is forecast is measured by something else (the rule says by what): scores before "
        "and after that day are not of one kind, and are shown for either side of it."
        for one in found
        if one.since is not None
    ]


def side_metrics(found: Sequence[Side]) -> list[dict[str, Any]]:
    """The sides in ``metrics.json``; undefined scores are null."""
    return [
        {
            "since": None if one.since is None else str(one.since),
            "until": None if one.until is None else str(one.until),
            "first": str(one.first),
            "last": str(one.last),
            "sessions": one.days,
            "events": one.events,
            "models": {
                name: {key: number(card.scores[SCORES[key]].value) for key in SIDED} for name, card in one.cards.items()
            },
        }
        for one in found
    ]


def _title(one: Side) -> str:
    parts = [f"from {one.since} on" if one.since is not None else "", f"before {one.until}" if one.until else ""]
    return ", ".join(part for part in parts if part)


def _cell(one: Interval) -> Cell:
    return Cell(number(one.value), number(one.low), number(one.high))
