"""The comparison page: one self-contained file, no network request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from simulator.core import abi
from simulator.core.files import write
from simulator.metrics import CRISES, FLOWS, LIMIT, POLICY, SPAN, WINDOW, Measure, PolicyMetrics, RunArrays

from . import figures, history, limits
from .against_index import index_note
from .blotter import blotter
from .chart_part import identity
from .comparison import Comparison
from .decision_worth import WORTH, by_year_decided
from .diagnosis import QUESTIONS, grouped
from .levels import carried, levels
from .look_ahead import NOT_AUDITED
from .luck import how_found
from .over_years import by_asset, by_month, by_year
from .sections import SECTIONS, charts
from .template import chart_html, render
from .text import heading, written
from .verdict_text import short, summary
from .versus import how, in_short

_BY_MONEY: Final = "irr"
_ALIKE: Final = 1e-9
#: Answers that stand open on the page; more of them are folded below what they say in short.
MOST_OPEN: Final = 8


def write_page(comparison: Comparison, path: Path) -> None:
    """Write ``index.html``."""
    records = comparison.records
    verdicts = comparison.verdicts
    palette = figures.colours(list(records), figures.led(comparison.metrics, comparison.benchmark))
    shown = [name for name in SECTIONS if comparison.sections is None or name in comparison.sections]
    text = render(
        "page.html.j2",
        one=comparison,
        shown=shown,
        left_out=[name for name in SECTIONS if name not in shown],
        charts=[chart for chart in charts(comparison, palette, shown) if chart.html or chart.empty],
        periods=periods(comparison),
        diagnostics=grouped(comparison.diagnostics or ()),
        questions=QUESTIONS.values(),
        many=figures.GREY in palette.values(),
        palette=palette,
        windows=windows(comparison.metrics),
        limits=limits.rows(comparison.metrics),
        years=by_year(records) if "years" in shown else None,
        months=[(name, by_month(records[name])) for name in pointed(palette)] if "years" in shown else [],
        assets=by_asset(records) if "assets" in shown else None,
        decided=by_year_decided(records, comparison.decided) if comparison.decided and "assets" in shown else None,
        worth=WORTH,
        not_audited=NOT_AUDITED,
        carried=carried(records, pointed(palette)),
        levels=levels(records, carried(records, pointed(palette))),
        blotter=blotter(comparison.fills, list(records))
        if comparison.fills is not None and "trades" in shown
        else None,
        first=history.first(comparison),
        strip=strip(comparison, palette),
        together=limits.sessions_a_tick(records),
        words=limits.WORDS,
        effect_columns=SPAN.values(),
        columns=columns(comparison.metrics),
        against={answer.policy: answer for answer in comparison.versus},
        flow_columns=FLOWS.values(),
        window_columns=WINDOW.values(),
        limit_columns=LIMIT.values(),
        in_short=in_short([answer for answer in comparison.versus if answer.policy not in comparison.hindsight]),
        folded=len(comparison.versus) > MOST_OPEN,
        versus_note=how(comparison.versus, len(records)),
        index_note=index_note(comparison.against_index, not comparison.versus),
        luck_note=how_found(comparison.luck) if comparison.luck is not None else "",
        verdict_summary=None if verdicts is None else summary(verdicts),
        verdict_lines=[] if verdicts is None else [(verdict, short(verdict)) for verdict in verdicts.verdicts],
    )
    write(path, text)


def pointed(palette: Mapping[str, str]) -> list[str]:
    """The policies that charts point out."""
    return [name for name, colour in palette.items() if colour != figures.GREY]


def strip(comparison: Comparison, palette: Mapping[str, str]) -> Any:
    """When limits bit, over the dates of the page; the table below it says how often and how much."""
    figure = limits.strip(comparison.records, palette)
    if figure is None:
        return ""
    figure.update_xaxes(range=(comparison.start, comparison.end))
    said = "Limits that bit, by session; the table after it has the figures"
    return chart_html(figure, identity("Limits that bit"), said, None, True)


def periods(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Dates that a button shows: crises, and the last five years and one, where they are in the run."""
    first, last = np.datetime64(comparison.start), np.datetime64(comparison.end)
    found = [
        (f"{start[:4]}–{end[2:4]}" if start[:4] != end[:4] else start[:4], start, end)
        for start, end in CRISES
        if np.datetime64(start) >= first and np.datetime64(end) <= last
    ]
    for title, years in (("last 5 years", 5), ("last year", 1)):
        begin = last - np.timedelta64(round(365.25 * years), "D")
        if begin > first:
            found.append((title, str(begin), comparison.end))
    return found


class Column(NamedTuple):
    """A column of the comparison table: a measure, its heading line by line, and the parts of it that are shown."""

    measure: Measure[RunArrays]
    heading: Sequence[str]
    parts: Sequence[str]

    def text(self, metrics: PolicyMetrics) -> str:
        """A policy's figure as people read it."""
        return written(self.measure, metrics[self.measure.name], self.parts)


def columns(metrics: Mapping[str, PolicyMetrics]) -> list[Column]:
    """The columns of the comparison table, in the order of the registry; it has to fit a screen.

    The money-weighted return is not among them where it is the time-weighted one throughout, as it is without flows.
    """
    left_out = () if any(map(_differs_by_money, metrics.values())) else (_BY_MONEY,)
    paid = components(metrics)
    heads = [*(f"{name} ·" for name in paid[:-1]), paid[-1]]
    return [
        Column(measure, heads if measure.parts else heading(measure), paid if measure.parts else ())
        for measure in POLICY.values()
        if measure.paged and measure.name not in left_out
    ]


def _differs_by_money(metrics: PolicyMetrics) -> bool:
    weighted, cagr = metrics[_BY_MONEY], metrics["cagr"]
    return weighted != cagr if weighted is None or cagr is None else abs(weighted - cagr) > _ALIKE


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
