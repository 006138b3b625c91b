"""Charts of the comparison page over time: the year before, what books held and decided, what trading came to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from . import book_figures, year_figures
from .chart_part import Chart, choice, over_time
from .chart_table import Format, of_choices
from .comparison import Comparison
from .rolling import MEASURES, rolling, window
from .rolling import turnover as turned_over
from .spacing import Spacing, spaced
from .text import percent, plain

_POLICY: Final = "policy"
_PARTS: Final = 6  # of what trading cost: at most so many lines a policy


def of_the_year_before(comparison: Comparison, palette: Mapping[str, str]) -> Chart:
    """Return, volatility and Sharpe ratio of the year before each session."""
    records = comparison.records
    at = _spaced(comparison, len(records) * len(MEASURES))
    index = comparison.first.index
    found = {
        name: series
        for name, series in rolling(records, comparison.benchmark, index[at.rows]).items()
        if any(values.notna().any() for values in series.values())
    }
    figures = {
        name: year_figures.of_years(series, index, palette, share=MEASURES[name]) for name, series in found.items()
    }
    forms: dict[str, Format] = {name: percent if MEASURES[name] else plain for name in found}
    return choice(
        "The year before",
        f"figures of the {_year(comparison)} up to each date, net of all costs; drawn at {at.said}",
        figures,
        "figure",
        _dates(comparison),
        of_choices(figures, forms, "figure"),
        "This run is shorter than a year.",
    )


def weights(comparison: Comparison) -> Chart:
    """What a policy held."""
    records = comparison.records
    at = _spaced(comparison, len(records) * (book_figures.MOST_ASSETS + 2))
    named = book_figures.largest(records, at.rows)
    figures = {name: book_figures.weights(record, at.rows, named) for name, record in records.items()}
    others = (
        " Named are those of which any policy held most on average."
        if named.size < len(comparison.first.assets)
        else ""
    )
    return choice(
        "Weights",
        f"shares of nav at the close, after the day's trades; what is sold short lies below zero; drawn at "
        f"{at.said}.{others}",
        figures,
        _POLICY,
        _dates(comparison),
        of_choices(figures, dict.fromkeys(figures, percent), _POLICY),
        first=first(comparison),
    )


def turnover(comparison: Comparison, palette: Mapping[str, str]) -> Chart:
    """What policies turned over in the year before each session."""
    records, index = comparison.records, comparison.first.index
    at = _spaced(comparison, len(records))
    series = turned_over(records, index[at.rows])
    return over_time(
        "Turnover",
        f"larger of buys and sells, of nav, over the {_year(comparison)} up to each date; the first investment and "
        f"sales for redemptions left out; drawn at {at.said}",
        year_figures.of_years(series, index, palette, share=True) if series else None,
        percent,
        _dates(comparison),
        "This run is shorter than a year.",
    )


def costs(comparison: Comparison) -> Chart:
    """What trading had cost by each session, by component."""
    records = comparison.records
    at = _spaced(comparison, len(records) * _PARTS)
    figures = {name: year_figures.costs_over_time(record, at.rows) for name, record in records.items()}
    return choice(
        "Cost of trading over time",
        f"basis points of nav added up from the first session on, by component; drawn at {at.said}",
        figures,
        _POLICY,
        _dates(comparison),
        of_choices(figures, dict.fromkeys(figures, partial(plain, digits=1)), _POLICY),
        first=first(comparison),
    )


def decisions(comparison: Comparison) -> Chart:
    """What policies did, and the signals that they follow."""
    records = comparison.records
    follows = {
        name: {signal: comparison.signals[signal] for signal in comparison.follows.get(name, ())} for name in records
    }
    lanes = max(map(len, follows.values()))
    most = book_figures.MOST_DECISIONS // len(records)
    cut = any(len(record.decisions) > most for record in records.values())
    figures = {name: book_figures.decided(record, follows[name], lanes, most) for name, record in records.items()}
    drawn = f"; of more than {most:,} decisions the largest of every few are drawn" if cut else ""
    lit = "; at the foot the signals that the policy follows, filled while on" if lanes else ""
    return choice(
        "What the policy did",
        f"share of nav invested, and the turnover that each decision planned{lit}{drawn}",
        figures,
        _POLICY,
        _dates(comparison),
        book_figures.decisions_table(records, follows),
        first=first(comparison),
    )


def first(comparison: Comparison) -> str:
    """The policy that is shown until another is chosen: the first that is not the benchmark, if any."""
    return next((name for name in comparison.records if name != comparison.benchmark), comparison.benchmark)


def _spaced(comparison: Comparison, lines: int) -> Spacing:
    return spaced(comparison.first.index, lines)


def _year(comparison: Comparison) -> str:
    """The year before in sessions: of every policy, or from the least to the most."""
    wide = {window(record) for record in comparison.records.values()}
    return f"{min(wide)} sessions" if len(wide) == 1 else f"year ({min(wide)} to {max(wide)} sessions)"


def _dates(comparison: Comparison) -> tuple[str, str]:
    return comparison.start, comparison.end
