"""The sections of a run's page, in its order: what each shows, and its charts. A scenario may choose among them.

**A section that is a chart is an entry of** :data:`SECTIONS` **and its function here**; one of tables has its block in
``templates/page.html.j2``. A scenario file is checked against the names: what draws is imported when it is asked to.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from .chart_part import Chart
    from .comparison import Comparison


class Shown(NamedTuple):
    """What charts are made of: the comparison, and the colours of its policies by name."""

    comparison: Comparison
    palette: Mapping[str, str]


class Section(NamedTuple):
    """What a section shows, in words, and what makes its charts."""

    shows: str
    charts: tuple[Callable[[Shown], Chart], ...] = ()


def charts(comparison: Comparison, palette: Mapping[str, str], shown: Container[str] | None = None) -> Iterator[Chart]:
    """The charts of the sections that are shown (all by default), in the order of the page."""
    for name, section in SECTIONS.items():
        if shown is None or name in shown:
            for make in section.charts:
                yield make(Shown(comparison, palette))._replace(section=name)


def _over_time(shown: Shown, title: str, note: str, figure: Any, form: Any, empty: str = "") -> Chart:
    from .chart_part import over_time

    return over_time(title, note, figure, form, (shown.comparison.start, shown.comparison.end), empty)


def _growth(shown: Shown) -> Chart:
    from .figures import growth
    from .text import plain

    drawn = growth(shown.comparison.records, shown.comparison.flows, shown.palette, shown.comparison.index)
    note = "log scale; crises shaded; net of all costs"
    return _over_time(shown, "Growth of 1", note, drawn, partial(plain, digits=3))


def _drawdown(shown: Shown) -> Chart:
    from .figures import drawdowns
    from .text import percent

    drawn = drawdowns(shown.comparison.records, shown.palette)
    return _over_time(shown, "Drawdown", "fall below the highest value so far", drawn, percent)


def _rolling(shown: Shown) -> Chart:
    from .history import of_the_year_before

    return of_the_year_before(shown.comparison, shown.palette)


def _coverage(shown: Shown) -> Chart:
    from .figures import coverage
    from .text import plain

    note = "cash that could be raised under stress over the stated redemption; below the dotted line it does not reach"
    empty = "Undefined: this market has no volumes and none are assumed."
    return _over_time(
        shown, "Liquidity coverage", note, coverage(shown.comparison.records, shown.palette), plain, empty
    )


def _days_to_cash(shown: Shown) -> Chart:
    from .liquidity_lines import days_to_cash

    return days_to_cash(shown.comparison, shown.palette)


def _weights(shown: Shown) -> Chart:
    from .history import weights

    return weights(shown.comparison)


def _turnover(shown: Shown) -> Chart:
    from .history import turnover

    return turnover(shown.comparison, shown.palette)


def _costs_by_component(shown: Shown) -> Chart:
    from .chart_part import Chart, identity
    from .chart_table import bars
    from .figures import costs
    from .template import chart_html
    from .text import plain

    title, figure = "Cost of trading", costs(shown.comparison.metrics)
    drawn = chart_html(figure, identity(title), title, bars(figure, plain))
    return Chart(title, "basis points of nav a year, by component", drawn)


def _costs(shown: Shown) -> Chart:
    from .history import costs

    return costs(shown.comparison)


def _signals(shown: Shown) -> Chart:
    from .figures import signals
    from .text import plain

    return _over_time(shown, "Signals", "shaded while on", signals(shown.comparison.signals), partial(plain, digits=3))


def _decisions(shown: Shown) -> Chart:
    from .history import decisions

    return decisions(shown.comparison)


def _decision_worth(shown: Shown) -> Chart:
    from .decision_worth import decision_worth

    return decision_worth(shown.comparison)


#: By name in a scenario file. Warnings, assumptions and notes on the data are always there.
SECTIONS: Final[Mapping[str, Section]] = {
    "answer": Section("each policy against the benchmark, in a sentence"),
    "comparison": Section("the table of figures"),
    "diagnostics": Section("what a colleague would ask of the results"),
    "verdicts": Section("what the signals were worth, where they are judged"),
    "shocks": Section("what shocks did, where there are any"),
    "growth": Section("value of one unit over time", (_growth,)),
    "drawdown": Section("falls below the highest value so far", (_drawdown,)),
    "rolling": Section("return, volatility and Sharpe ratio of the year before each session", (_rolling,)),
    "coverage": Section("liquidity coverage and days to cash over time", (_coverage, _days_to_cash)),
    "weights": Section("what each policy held over time", (_weights,)),
    "turnover": Section("what each policy turned over in the year before each session", (_turnover,)),
    "costs": Section("what trading cost, by component, and over time", (_costs_by_component, _costs)),
    "signals": Section("levels of the signals, and when they were on", (_signals,)),
    "decisions": Section(
        "share invested, decisions, the signals that each policy follows, and what each decision added",
        (_decisions, _decision_worth),
    ),
    "years": Section("returns by calendar year and month"),
    "assets": Section("what each asset and each decision contributed"),
    "limits": Section("limits that held something back"),
    "flows": Section("investors' money, where there is any"),
    "crises": Section("figures of each crisis, and between any two dates"),
    "trades": Section("fills in raw shares, to be searched"),
}
