"""What the MERIT page of an early-warning study shows, and writing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from simulator.core.files import write

from . import merit_figures as figures
from .plain_data import plain_data
from .template import chart_html, render
from .warning_study import Cell


class Point(NamedTuple):
    """One of the five points."""

    title: str
    asks: str
    gives: Sequence[str]  # what the run gives
    remains: Sequence[str]  # what it cannot give


class PairRow(NamedTuple):
    """Scores at one pair of thresholds. Thresholds are quantiles or probabilities, fractions of one."""

    amber: float
    red: float
    standard: bool
    best: bool  # over all years: hindsight
    cells: Mapping[str, Cell]


class ChoiceRow(NamedTuple):
    """What the past alone would have chosen for a year, and how it did there."""

    year: int
    decided: str
    known: int
    amber: float
    red: float
    scores: Mapping[str, float | None]
    fixed: Mapping[str, float | None]


@dataclass(frozen=True)
class ThresholdView:
    """The back-test of one measure.

    Attributes
    ----------
    title, rule
        Whose, and whether it is a rule that needs no model.
    quantiles
        Whether thresholds are quantiles of the past, one pair of which gives the calls as made; else probabilities.
    pairs, called
        Scores at each pair, and of the calls as made.
    choices, chosen, fixed, gap
        What the past alone would have chosen by year, its scores, those of the calls as made, and their difference.
    """

    title: str
    rule: bool
    quantiles: bool
    pairs: Sequence[PairRow]
    called: Mapping[str, Cell]
    choices: Sequence[ChoiceRow]
    chosen: Mapping[str, Cell]
    fixed: Mapping[str, Cell]
    gap: Mapping[str, Cell]


class Drove(NamedTuple):
    """One part of a move. A move is in its ``unit``."""

    name: str
    move: float
    unit: str


class Escalation(NamedTuple):
    """One change of colour."""

    date: str
    before: str  # empty for the first colour
    after: str
    probability: float
    level: float | None
    threshold: float | None
    drivers: Sequence[Drove]
    sessions: int
    published: str
    verdict: str
    off: int
    known_at: str | None


class EscalationLog(NamedTuple):
    """Every change of colour of one model."""

    model: str
    title: str
    entries: Sequence[Escalation]
    period: Sequence[str]


@dataclass(frozen=True)
class Merit:
    """The page."""

    title: str
    period: Sequence[str]
    index: str
    points: Sequence[Point]
    thresholds: Sequence[ThresholdView]
    unmeasured: Sequence[str]  # models whose thresholds cannot be moved, each with the reason
    logs: Sequence[EscalationLog]
    counts: Mapping[str, Mapping[str, int]]
    interval: str
    foreknown: str = ""  # what it begins with where the data knows the future


def merit_data(merit: Merit) -> dict[str, Any]:
    """The page as plain data; what is undefined is ``None``."""
    found = plain_data(merit)
    assert isinstance(found, dict)  # a dataclass
    return found


def _with_choices(views: Sequence[ThresholdView]) -> list[ThresholdView]:
    """Those whose choices by year are shown: the models', or the first rule's where no model has any."""
    made = [view for view in views if view.choices]
    return [view for view in made if not view.rule] or made[:1]


def write_merit(merit: Merit, path: Path, cards: Mapping[str, str], log: str) -> None:
    """Write the page."""
    views = merit.thresholds
    text = render(
        "merit.html.j2",
        one=merit,
        cards=cards,
        log=log,
        pairs=chart_html(figures.pairs_chart(views), "chart-pairs") if views else "",
        chosen=[
            (view, chart_html(figures.choices_chart(view), f"chart-choices{number or ''}"))
            for number, view in enumerate(_with_choices(views))
        ],
        colours=chart_html(figures.colours_chart(merit.logs), "chart-colours"),
    )
    write(path, text)
