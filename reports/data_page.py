"""The page of a look at price files: what they hold over time, and everything odd about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from simulator.core.files import write
from simulator.core.market import MarketData

from .template import render

#: The picture: its width, where bars begin, the height of a row, and the most rows.
_WIDTH: Final = 1000.0
_LEFT: Final = 110.0
_ROW: Final = 22.0
_MOST: Final = 80


class Bar(NamedTuple):
    """A stretch with prices: its left edge and width."""

    x: float
    width: float


class Mark(NamedTuple):
    """Something odd on a day."""

    x: float
    weight: str
    text: str


class Line(NamedTuple):
    """One asset's row of the picture."""

    name: str
    y: float
    bars: list[Bar]
    marks: list[Mark]


def write_data_page(path: str, about: Sequence[str], rows: Sequence[Any], market: MarketData | None, to: Path) -> None:
    """Write the page: one self-contained file without scripts.

    Parameters
    ----------
    path, about
        What was looked at, and what is said of it before the table.
    rows
        With ``weight``, ``subject``, ``day``, ``what``, ``size``, ``effect`` and ``advice``.
    market
        What could be read, for the picture.
    to
        The file.
    """
    lines = [] if market is None else _lines(market, rows)
    years = [] if market is None else _years(market)
    counts = {weight: sum(row.weight == weight for row in rows) for weight in ("refused", "grave", "")}
    height = _ROW * len(lines) + 30.0
    left = 0 if market is None else max(len(market.assets) - len(lines), 0)
    text = render(
        "data.html.j2",
        path=path,
        about=about,
        rows=rows,
        counts=counts,
        lines=lines,
        years=years,
        size=(_WIDTH, height, _LEFT),
        left_out=left,
    )
    write(to, text)


def _lines(market: MarketData, rows: Sequence[Any]) -> list[Line]:
    """Assets with something odd first, where there are too many to draw."""
    odd: Mapping[str, list[Any]] = {name: [row for row in rows if row.subject == name] for name in market.assets}
    chosen = sorted(market.assets, key=lambda name: not odd[name])[:_MOST]
    kept = [name for name in market.assets if name in set(chosen)]
    return [_line(market, name, _ROW * number, odd[name]) for number, name in enumerate(kept)]


def _line(market: MarketData, name: str, y: float, rows: Sequence[Any]) -> Line:
    there = np.isfinite(market.close[:, market.assets.index(name)])
    days = market.sessions[there]
    cuts = np.flatnonzero(np.diff(days).astype(np.int64) > 10) + 1
    bars = [
        Bar(_x(market, part[0]), max(_x(market, part[-1]) - _x(market, part[0]), 1.0)) for part in np.split(days, cuts)
    ]
    marks = [
        Mark(_x(market, np.datetime64(row.day, "D")), row.weight, f"{row.day} {row.what}: {row.size}")
        for row in rows
        if row.day
    ]
    return Line(name, y, bars, marks)


def _x(market: MarketData, day: np.datetime64) -> float:
    """Where a day lies on the axis."""
    first, last = (float(session.astype(np.int64)) for session in market.sessions[[0, -1]])
    share = (float(day.astype(np.int64)) - first) / max(last - first, 1.0)
    return round(_LEFT + min(max(share, 0.0), 1.0) * (_WIDTH - _LEFT - 10.0), 1)


def _years(market: MarketData) -> list[tuple[float, str]]:
    """Marks of the axis: at most some ten first days of years."""
    first, last = (int(str(day)[:4]) for day in market.sessions[[0, -1]])
    step = max((last - first) // 10, 1)
    return [(_x(market, np.datetime64(f"{year}-01-01", "D")), str(year)) for year in range(first + 1, last + 1, step)]
