"""The comparison page: one self-contained file, no network request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jinja2

from simulator.metrics import PolicyMetrics

from . import figures
from .comparison import Comparison
from .template import render


class Chart(NamedTuple):
    """A chart on the page."""

    title: str
    note: str
    html: str


def write_page(comparison: Comparison, path: Path) -> None:
    """Write ``index.html``."""
    text = render(
        "page.html.j2",
        one=comparison,
        charts=list(charts(comparison)),
        palette=figures.colours(list(comparison.records)),
        windows=windows(comparison.metrics),
    )
    path.write_text(text, encoding="utf-8")


def charts(comparison: Comparison) -> Iterator[Chart]:
    """The charts, in the order of the page."""
    records = comparison.records
    yield _chart("Growth of 1", "log scale; crises shaded; net of all costs", figures.growth(records))
    yield _chart("Drawdown", "fall below the highest value so far", figures.drawdowns(records))
    yield _chart(
        "Liquidity coverage",
        "cash that could be raised under stress over the stated redemption; below the dotted line it does not reach",
        figures.coverage(records),
    )
    yield _chart("Cost of trading", "basis points of nav a year, by component", figures.costs(comparison.metrics))
    yield _chart("Signals", "shaded while on", figures.signals(comparison.signals))


def _chart(title: str, note: str, figure: Any) -> Chart:
    if figure is None:
        return Chart(title, note, "")
    options = {"responsive": True, "displaylogo": False, "displayModeBar": False}
    identity = "chart-" + title.lower().replace(" ", "-")
    html = figure.to_html(full_html=False, include_plotlyjs=False, config=options, div_id=identity)
    return Chart(title, note, jinja2.filters.do_mark_safe(html))


def windows(metrics: dict[str, PolicyMetrics] | Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Crisis windows with each policy's figures."""
    first = next(iter(metrics.values()))
    return [
        (one.start, one.end, {name: other.windows[number] for name, other in metrics.items()})
        for number, one in enumerate(first.windows)
    ]
