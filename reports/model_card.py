"""What the card of a fitted signal says, and writing it: a page for people and the same content as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from simulator.core.files import inside, make_folder, write
from simulator.core.names import slug

from . import card_figures as figures
from .files import as_json
from .plain_data import plain_data
from .sides import SIDED, SideScores
from .template import chart_html, render
from .warning_study import Cell


class Statement(NamedTuple):
    """What only the user can say; ``stated`` is false where nobody said it."""

    title: str
    text: str
    stated: bool


class SeriesFact(NamedTuple):
    """One published series within the sessions of the data."""

    name: str
    rule: str  # when a value becomes known
    first: str
    last: str
    values: int
    holes: Sequence[tuple[str, str]]  # last value before, first value after


class AssetFact(NamedTuple):
    """One asset."""

    name: str
    asset_class: str
    assumed: bool  # the class is the default, nobody stated it
    region: str
    first: str
    last: str
    without_price: int  # sessions from its first price on


@dataclass(frozen=True)
class DataFacts:
    """What the model was made from. ``sessions`` is how many the data have."""

    folder: str
    fingerprint: str
    first: str
    last: str
    sessions: int
    assets: Sequence[AssetFact]
    series: Sequence[SeriesFact]
    columns: Sequence[str]
    notes: Sequence[str]
    foreknown: str = ""  # what the card begins with where the data knows the future


@dataclass(frozen=True)
class Coverage:
    """Tickers by asset class and region."""

    classes: Sequence[str]
    regions: Sequence[str]
    tickers: Mapping[str, Mapping[str, Sequence[str]]]


@dataclass(frozen=True)
class LabelFacts:
    """What is forecast, and how much of it there is."""

    text: str
    known: str
    sentence: str
    counts: Mapping[str, float | None]


class Fold(NamedTuple):
    """One refit. ``rows`` and ``stressed`` are sessions it learned from."""

    refit: str
    test_sessions: int
    rows: int
    stressed: int
    newest_label: str | None  # the last publication that it learned from
    withheld: int  # labelled sessions before the refit that it was not shown


@dataclass(frozen=True)
class Folds:
    """How the model was refitted and tested. ``embargo`` is in sessions."""

    text: str
    embargo: int
    rows: Sequence[Fold]


class Score(NamedTuple):
    """One metric, and its paired difference from each naive rule."""

    key: str  # in metrics.json
    title: str
    cell: Cell
    gaps: Mapping[str, Cell]
    higher: bool | None  # whether more is better; None where it is neither

    def verdict(self, rule: str) -> str:
        """``better`` or ``worse`` than a rule beyond chance, or neither."""
        gap = self.gaps.get(rule)
        if gap is None or gap.low is None or gap.high is None or self.higher is None:
            return ""
        above, below = gap.low > 0.0, gap.high < 0.0
        return "better" if (above if self.higher else below) else "worse" if (below if self.higher else above) else ""


@dataclass(frozen=True)
class CalibrationFacts:
    """Ten bins of equally many days."""

    text: str
    probability: Sequence[float]
    frequency: Sequence[float]
    days: Sequence[int]


class Stable(NamedTuple):
    """The stability of one column."""

    column: str
    psi: float | None
    limit: float


class YearFact(NamedTuple):
    """One year of forecasts."""

    year: int
    sessions: int
    stressed: int
    warned: int
    found: float | None
    right: float | None
    brier: float
    skill: Mapping[str, float | None]  # against each naive rule


@dataclass(frozen=True)
class DriftFacts:
    """Whether the model still sees what it learned from, and still earns its keep."""

    text: str
    columns: Sequence[Stable]
    years: Sequence[YearFact]


@dataclass(frozen=True)
class ImportanceFacts:
    """Importance by year of refit and column."""

    kind: str
    signed: bool
    years: Sequence[int]
    columns: Sequence[str]
    values: Sequence[Sequence[float | None]]


class Seen(NamedTuple):
    """What the model saw in one column. ``value`` is in the unit of the column."""

    column: str
    value: float | None
    percentile: float | None  # share of its values up to that day that do not exceed it
    term: float | None  # what it added to the answer


class Failure(NamedTuple):
    """One day on which the model was wrong."""

    date: str
    probability: float
    said: str
    came: str
    known_at: str
    columns: Sequence[Seen]


@dataclass(frozen=True)
class FailureFacts:
    """The worst of them."""

    text: str
    unit: str
    misses: Sequence[Failure]
    false_alarms: Sequence[Failure]


@dataclass(frozen=True)
class Trace:
    """What was said day by day, for the chart only."""

    dates: Sequence[str]
    probability: Sequence[float]
    stressed: Sequence[str]


@dataclass(frozen=True)
class ModelCard:
    """The card."""

    study: str
    name: str
    title: str
    text: str
    period: str
    target: str
    protocol: str
    leaky: bool
    verdicts: Sequence[str]
    statements: Sequence[Statement]
    tested: Sequence[str]
    untested: Sequence[str]
    data: DataFacts
    coverage: Coverage
    label: LabelFacts
    folds: Folds
    rules: Mapping[str, str]
    scores: Sequence[Score]
    interval: str
    calibration: CalibrationFacts
    drift: DriftFacts
    importance: ImportanceFacts
    failures: FailureFacts
    trace: Trace
    metrics: Mapping[str, Any]
    changes: Sequence[str] = ()  # days from which what is forecast is measured by something else, a sentence each
    sides: Sequence[SideScores] = ()  # scores on either side of them


def card_data(card: ModelCard) -> dict[str, Any]:
    """The card as plain data; what is undefined is ``None``."""
    found = plain_data(card)
    assert isinstance(found, dict)  # a dataclass
    del found["trace"]  # it is in predictions.parquet
    return found


def write_card(card: ModelCard, folder: Path, links: Mapping[str, str]) -> None:
    """``NAME.html`` and ``NAME.json``; ``links`` lead from the card to other pages, by their titles."""
    make_folder(folder)
    stem = file_stem(card.name)
    text = render(
        "model-card.html.j2",
        one=card,
        links=links,
        sided=SIDED,
        json=f"{stem}.json",
        charts={
            "trace": chart_html(figures.trace_chart(card), "chart-trace"),
            "calibration": chart_html(figures.calibration_chart(card.calibration), "chart-calibration"),
            "years": chart_html(figures.years_chart(card), "chart-years"),
            "stability": chart_html(figures.stability_chart(card.drift), "chart-stability"),
            "importance": chart_html(figures.importance_chart(card.importance), "chart-importance"),
        },
    )
    write(inside(folder, f"{stem}.html"), text)
    write(inside(folder, f"{stem}.json"), as_json(card_data(card)))


def file_stem(name: str) -> str:
    """The name of a model as that of a file: a user's own is spelled ``module:Class``."""
    return slug(name)
