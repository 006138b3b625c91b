"""A chart as a part of a page: its title, its note, and where there is none, what is said in its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .chart_table import Format, Table
from .chart_table import over_time as table_over_time
from .template import chart_html, choice_html


class Chart(NamedTuple):
    """A chart on the page; ``empty`` says why there is none, and nothing stands for it where that is empty too."""

    title: str
    note: str
    html: str
    empty: str = ""
    section: str = ""


def chart(title: str, note: str, figure: Any, empty: str = "") -> Chart:
    """A chart from its figure; where there is none, what is said in its place."""
    return Chart(title, note, "" if figure is None else chart_html(figure, identity(title), title), empty)


def over_time(title: str, note: str, figure: Any, form: Format, dates: tuple[str, str], empty: str = "") -> Chart:
    """A chart over the dates of the page, which all such charts share, with its figures as a table below it."""
    if figure is None:
        return Chart(title, note, "", empty)
    _dated(figure, dates)
    return Chart(title, note, chart_html(figure, identity(title), title, table_over_time(figure, form), True))


def choice(
    title: str,
    note: str,
    figures: Mapping[str, Any],
    of: str,
    dates: tuple[str, str],
    table: Table,
    empty: str = "",
    first: str = "",
) -> Chart:
    """A chart over those dates of which a list beside it chooses one of several; the table has all of them."""
    if not figures:
        return Chart(title, note, "", empty)
    for figure in figures.values():
        _dated(figure, dates)
    return Chart(title, note, choice_html(figures, of, identity(title), title, table, True, first))


def _dated(figure: Any, dates: tuple[str, str]) -> None:
    figure.update_xaxes(range=dates)
    figure.update_yaxes(fixedrange=True)


def identity(title: str) -> str:
    """Of a chart, once on a page."""
    return "chart-" + "".join(letter if letter.isalnum() else "-" for letter in title.lower())
