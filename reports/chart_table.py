"""What a chart shows, as a table: for whoever reads or hears it."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from simulator.core.types import FloatArray

Format = Callable[[float], str]


class Table(NamedTuple):
    """A table of texts; the first of each row names it."""

    head: list[str]
    rows: list[list[str]]


def over_time(figure: Any, form: Format) -> Table:
    """The lines of a chart over dates: first, lowest, highest and last, and when.

    Lines that are not pointed at (rules, shading) are left out, and so are those without a value.
    """
    head = ["line", "first", "lowest", "on", "highest", "on", "last"]
    return Table(head, [_row(trace, form) for trace in _lines(figure)])


def of_choices(figures: Mapping[str, Any], forms: Mapping[str, Format], of: str) -> Table:
    """The lines of several charts of which one is shown: each with the name of its chart before it."""
    rows = [[name, *_row(trace, forms[name])] for name, figure in figures.items() for trace in _lines(figure)]
    return Table([of, "line", "first", "lowest", "on", "highest", "on", "last"], rows)


def _lines(figure: Any) -> Iterator[Any]:
    for trace in figure.data:
        drawn = trace.mode in ("lines", None) and trace.hoverinfo != "skip"
        if drawn and np.isfinite(_values(trace)).any():
            yield trace


def _values(trace: Any) -> FloatArray:
    return np.asarray(trace.y, dtype=np.float64)


def _row(trace: Any, form: Format) -> list[str]:
    values, days = _values(trace), pd.to_datetime(np.asarray(trace.x, np.float64), unit="ms")
    known = np.flatnonzero(np.isfinite(values))
    low, high = known[values[known].argmin()], known[values[known].argmax()]
    parts = (form(values[known[0]]), form(values[low]), _day(days[low]), form(values[high]), _day(days[high]))
    return [_name(trace.name), *parts, form(values[known[-1]])]


def _day(stamp: Any) -> str:
    return f"{stamp:%Y-%m-%d}"


def _name(text: Any) -> str:
    """A text of a chart, whose signs a label has made inert, as itself: a page escapes it in its own way."""
    return html.unescape(str(text))


def bars(figure: Any, form: Format, unit: str = "policy") -> Table:
    """Horizontal bars: a row for each place, a column for each component."""
    names = list(figure.data[0].y)[::-1]
    columns = [list(trace.x)[::-1] for trace in figure.data]
    rows = [[_name(name), *(form(float(column[place])) for column in columns)] for place, name in enumerate(names)]
    return Table([unit, *(_name(trace.name) for trace in figure.data)], rows)
