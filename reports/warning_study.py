"""What the page of an early-warning study shows, and writing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from simulator.core.files import write
from simulator.core.types import DateArray, FloatArray

from . import warning_figures as figures
from .template import chart_html, render
from .text import short


class Cell(NamedTuple):
    """A score and its interval; ``None`` where undefined."""

    value: float | None
    low: float | None = None
    high: float | None = None


class Row(NamedTuple):
    """One model of a table."""

    name: str
    title: str
    role: str  # "rule", "control", "paper" or "own"
    cells: Mapping[str, Cell]


class Versus(NamedTuple):
    """A model's distance from the naive rules, by rule and score; positive is better."""

    row: Row
    gaps: Mapping[str, Mapping[str, Cell]]
    beats: bool  # the last-published rule, in both warning scores, beyond chance


class Roc(NamedTuple):
    """A curve: false and true positive rates of red days."""

    title: str
    false_rate: FloatArray
    true_rate: FloatArray


@dataclass(frozen=True)
class ProtocolView:
    """One protocol's results."""

    name: str
    title: str
    text: str
    leaky: bool
    hindsight: bool
    shared: float
    label: str
    period: str
    rows: Sequence[Row]
    confusion: Mapping[str, FloatArray]
    roc: Sequence[Roc]


@dataclass(frozen=True)
class Timeline:
    """What came and what was said, day by day, as statuses 0 to 2."""

    dates: DateArray
    ribbons: Mapping[str, FloatArray]


@dataclass(frozen=True)
class IndexView:
    """The index of stress, its status and its thresholds."""

    name: str
    dates: DateArray
    values: FloatArray
    bounds: FloatArray


class Leak(NamedTuple):
    """A model's scores under two splits of the same days."""

    title: str
    shuffled: Mapping[str, float | None]
    forward: Mapping[str, float | None]


@dataclass(frozen=True)
class WarningStudy:
    """The page."""

    title: str
    period: str
    verdicts: Sequence[str]
    protocols: Sequence[ProtocolView]
    versus: Sequence[Versus]
    rules: Mapping[str, str]
    leaks: Sequence[Leak]
    index: IndexView
    timeline: Timeline | None
    definitions: Sequence[str]
    notes: Sequence[str]
    links: Sequence[tuple[str, str, str]] = ()  # title, address, words
    foreknown: str = ""  # what it begins with where the data knows the future


def write_warning_page(study: WarningStudy, path: Path) -> None:
    """Write ``index.html``."""
    text = render(
        "warning-study.html.j2",
        one=study,
        short=short,
        glance=chart_html(figures.at_a_glance(study.protocols), "chart-glance"),
        index=chart_html(figures.index_chart(study.index), "chart-index"),
        roc=chart_html(figures.roc_chart(study.protocols), "chart-roc"),
        timeline=chart_html(figures.timeline_chart(study.timeline), "chart-timeline") if study.timeline else "",
    )
    write(path, text)
