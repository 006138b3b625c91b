"""The comparison page: one self-contained file, no network request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from simulator.core import abi
from simulator.core.files import write
from simulator.metrics import FLOWS, LIMIT, POLICY, SPAN, WINDOW, Measure, PolicyMetrics, RunArrays

from . import figures, limits
from .against_index import index_note
from .comparison import Comparison
from .luck import how_found
from .template import chart_html, render
from .text import heading, written
from .verdict_text import short, summary
from .versus import how


class Chart(NamedTuple):
    """A chart on the page; ``empty`` says why there is none, and nothing stands for it where that is empty too."""

    title: str
    note: str
    html: str
    empty: str = ""


def write_page(comparison: Comparison, path: Path) -> None:
    """Write ``index.html``."""
    records = comparison.records
    verdicts = comparison.verdicts
    palette = figures.colours(list(records), figures.led(comparison.metrics, comparison.benchmark))
    text = render(
        "page.html.j2",
        one=comparison,
        charts=[one for one in charts(comparison, palette) if one.html or one.empty],
        many=figures.GREY in palette.values(),
        palette=palette,
        windows=windows(comparison.metrics),
        limits=limits.rows(comparison.metrics),
        strip=chart("Limits that bit", "", limits.strip(records, palette)),
        words=limits.WORDS,
        effect_columns=SPAN.values(),
        columns=columns(comparison.metrics),
        flow_columns=FLOWS.values(),
        window_columns=WINDOW.values(),
        limit_columns=LIMIT.values(),
        versus_note=how(comparison.versus, len(records)),
        index_note=index_note(comparison.against_index, not comparison.versus),
        luck_note=how_found(comparison.luck) if comparison.luck is not None else "",
        verdict_summary=None if verdicts is None else summary(verdicts),
        verdict_lines=[] if verdicts is None else [(verdict, short(verdict)) for verdict in verdicts.verdicts],
    )
    write(path, text)


def charts(comparison: Comparison, palette: Mapping[str, str]) -> Iterator[Chart]:
    """The charts, in the order of the page."""
    records = comparison.records
    yield chart(
        "Growth of 1",
        "log scale; crises shaded; net of all costs",
        figures.growth(records, comparison.flows, palette),
    )
    yield chart("Drawdown", "fall below the highest value so far", figures.drawdowns(records, palette))
    yield chart(
        "Liquidity coverage",
        "cash that could be raised under stress over the stated redemption; below the dotted line it does not reach",
        figures.coverage(records, palette),
        "Undefined: this market has no volumes and none are assumed.",
    )
    yield chart("Cost of trading", "basis points of nav a year, by component", figures.costs(comparison.metrics))
    yield chart("Signals", "shaded while on", figures.signals(comparison.signals))


def chart(title: str, note: str, figure: Any, empty: str = "") -> Chart:
    """A chart from its figure; where there is none, what is said in its place."""
    if figure is None:
        return Chart(title, note, "", empty)
    identity = "chart-" + "".join(letter if letter.isalnum() else "-" for letter in title.lower())
    return Chart(title, note, chart_html(figure, identity))


class Column(NamedTuple):
    """A column of the comparison table: a measure, its heading line by line, and the parts of it that are shown."""

    measure: Measure[RunArrays]
    heading: Sequence[str]
    parts: Sequence[str]

    def text(self, metrics: PolicyMetrics) -> str:
        """A policy's figure as people read it."""
        return written(self.measure, metrics[self.measure.name], self.parts)


def columns(metrics: Mapping[str, PolicyMetrics]) -> list[Column]:
    """The columns of the comparison table, in the order of the registry."""
    paid = components(metrics)
    heads = [*(f"{name} ·" for name in paid[:-1]), paid[-1]]
    return [
        Column(measure, heads if measure.parts else heading(measure), paid if measure.parts else ())
        for measure in POLICY.values()
        if measure.paged
    ]


def components(metrics: Mapping[str, PolicyMetrics]) -> list[str]:
    """Cost components to show: the three that always are, and those that any policy paid."""
    paid = {
        name: None
        for metric in metrics.values()
        for name, value in metric.cost_components_bps_annual.items()
        if value != 0.0
    }
    return [name for name in abi.COMPONENTS if name in figures.ALWAYS_SHOWN or name in paid]


def windows(metrics: dict[str, PolicyMetrics] | Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Crisis windows with each policy's figures."""
    first = next(iter(metrics.values()))
    return [
        (window.start, window.end, {name: other.windows[number] for name, other in metrics.items()})
        for number, window in enumerate(first.windows)
    ]
