"""Charts of one book at a time: what it held, what it decided, and the signals it follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from simulator.core.names import CASH
from simulator.core.panels import SignalPanel
from simulator.core.types import FloatArray, IntArray
from simulator.ledger import RunRecord
from simulator.ledger.record import ratio

from .chart_table import Table
from .figures import COLOURS, GREY, kept, layout, short, spells, stamps
from .labels import drawn, label
from .spacing import rounded
from .text import integer, percent

#: Assets that have an area of their own; the others are added up.
MOST_ASSETS: Final = 10
_AREAS: Final = COLOURS[1 : MOST_ASSETS + 1]
_OTHERS: Final = COLOURS[-1]
_SHORT: Final = -1e-6  # weight below which an asset is shown as sold short: less is rounding
#: Decisions drawn over all policies; where there are more, the largest of every few of a policy.
MOST_DECISIONS: Final = 12_000
_INVESTED: Final = 200  # pixels
_TURNED: Final = 110
_LANE: Final = 22
_BETWEEN: Final = 16
_MARGINS: Final = 64


class Book(NamedTuple):
    """A book after the trades of some sessions: shares of nav by asset (rows, N), and cash (rows,)."""

    held: FloatArray
    cash: FloatArray


def book(record: RunRecord, rows: IntArray) -> Book:
    """Rows of ``record.weights``, without the others: 10,000 assets over 30 years are more than memory has."""
    daily = record.daily
    nav = (daily["nav"] - daily["premium"])[rows]
    held = ratio(daily["shares"][rows] * record.marks[rows], nav[:, None], 0.0)
    return Book(held, ratio(daily["cash"][rows], nav, 0.0))


def largest(records: Mapping[str, RunRecord], rows: IntArray) -> IntArray:
    """Assets that have an area of their own: those of which any policy held most on average, in their own order.

    They are columns; ``rows`` are the sessions that are drawn.
    """
    mean: FloatArray = np.stack([np.abs(book(record, rows).held).mean(axis=0) for record in records.values()])
    most = mean.max(axis=0)
    first = np.argsort(-most, kind="stable")[:MOST_ASSETS]
    return np.sort(first[most[first] > 0.0])


@drawn
def weights(record: RunRecord, rows: IntArray, named: IntArray) -> go.Figure:
    """Shares of nav over time, stacked: the assets ``named``, the others together, cash; sold short below zero."""
    held, cash = book(record, rows)
    rest = np.delete(held, named, axis=1)
    figure, x = go.Figure(), stamps(record.index[rows])
    for column, shade in zip(named, _AREAS, strict=False):
        _area(figure, label(record.assets[column]), x, held[:, column], shade)
    if rest.any():
        _area(figure, f"{np.count_nonzero(rest.any(axis=0))} others", x, rest.sum(axis=1), _OTHERS)
    _area(figure, CASH, x, cash, GREY)
    figure.update_layout(**layout(380))
    figure.update_xaxes(type="date")
    figure.update_yaxes(tickformat=".0%")
    return figure


def _area(figure: go.Figure, name: str, x: FloatArray, share: FloatArray, shade: str) -> None:
    """An area above zero, and one below it where the share ever is."""
    parts = [("held", np.maximum(share, 0.0))]
    if share.min() < _SHORT:
        parts.append(("short", np.minimum(share, 0.0)))
    for number, (group, values) in enumerate(parts):
        figure.add_scatter(
            x=x,
            y=rounded(values),
            name=name if group == "held" else f"{name} below zero",
            legendgroup=name,
            showlegend=number == 0,
            mode="lines",
            line={"width": 0.5, "color": shade},
            stackgroup=group,
            hovertemplate=f"%{{y:.1%}}<extra>{name}</extra>",
        )


@drawn
def decided(
    record: RunRecord, followed: Mapping[str, SignalPanel], lanes: int, most: int = MOST_DECISIONS
) -> go.Figure:
    """What a policy did: the share of nav invested, the turnover each decision planned, the signals that it follows.

    ``lanes`` is how many signals there is room for, ``most`` how many decisions :func:`drawn_decisions` keeps.
    """
    heights = [_INVESTED, _TURNED, *([lanes * _LANE] if lanes else [])]
    inner = sum(heights) + _BETWEEN * (len(heights) - 1)
    figure = make_subplots(
        len(heights),
        1,
        shared_xaxes=True,
        vertical_spacing=_BETWEEN / inner,
        row_heights=[height / inner for height in heights],
    )
    invested = 1.0 - ratio(record.daily["cash"], record.daily["nav"] - record.daily["premium"], 1.0)
    rows = kept(invested)
    line = {"x": stamps(record.index[rows]), "y": short(invested[rows]), "name": "invested", "mode": "lines"}
    style = {"width": 1.2, "color": COLOURS[1]}
    figure.add_scatter(**line, line=style, hovertemplate="%{y:.1%} invested<extra></extra>", row=1, col=1)
    _planned(figure, drawn_decisions(record, most))
    _on(figure, followed, lanes)
    figure.update_layout(**{**layout(inner + _MARGINS), "showlegend": False})
    figure.update_xaxes(type="date")
    figure.update_yaxes(tickformat=".0%", title_text="invested", row=1, col=1)
    figure.update_yaxes(tickformat=".0%", title_text="planned", rangemode="tozero", row=2, col=1)
    return figure


def drawn_decisions(record: RunRecord, most: int = MOST_DECISIONS) -> pd.DataFrame:
    """Decisions as ``record.decisions`` has them; where there are more than ``most``, the largest of every few.

    A row a decision, with its session.
    """
    found = record.decisions
    together = -(-len(found) // max(most, 1))
    if together <= 1:
        return found
    stretch = np.arange(len(found)) // together
    largest_of = found["planned_turnover"].abs().groupby(stretch).idxmax()
    return found.loc[largest_of]


def _planned(figure: go.Figure, decisions: pd.DataFrame) -> None:
    """A stem for each decision, from nothing to what it planned to turn over."""
    x, y = stamps(pd.DatetimeIndex(decisions["date"])), rounded(decisions["planned_turnover"].to_numpy(np.float64))
    gaps = np.full(len(x), np.nan)
    figure.add_scatter(
        x=np.column_stack([x, x, x]).ravel(),
        y=np.column_stack([np.zeros(len(x)), y, gaps]).ravel().astype(np.float32),
        mode="lines",
        line={"width": 1, "color": COLOURS[2]},
        hoverinfo="skip",
        row=2,
        col=1,
    )
    figure.add_scatter(
        x=x,
        y=y,
        name="planned turnover",
        mode="markers",
        marker={"size": 4, "color": COLOURS[2]},
        hovertemplate="a decision planned to turn over %{y:.1%}<extra></extra>",
        row=2,
        col=1,
    )


def _on(figure: go.Figure, followed: Mapping[str, SignalPanel], lanes: int) -> None:
    """A lane for each signal, filled while it is on."""
    for lane, (name, panel) in enumerate(followed.items()):
        figure.add_trace(_lane(name, panel, -lane), row=3, col=1)
    if not lanes:
        return
    named = list(followed) or ["follows no signal"]
    figure.update_yaxes(
        tickvals=[-lane for lane in range(len(named))],
        ticktext=[text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…" for text in named],
        range=[0.5 - max(lanes, 1), 0.5],
        showgrid=False,
        zeroline=False,
        automargin=True,
        row=3,
        col=1,
    )


_LONGEST: Final = 24  # signs of a signal's name beside its lane


def _lane(name: str, panel: SignalPanel, level: float) -> go.Scatter:
    index = pd.DatetimeIndex(panel.sessions)
    starts, stops = spells(panel.state())
    begins, ends = stamps(index[starts]), stamps(index[np.minimum(stops, len(index) - 1)])
    gaps = np.full(len(begins), np.nan)
    top, foot = np.full(len(begins), level + 0.35), np.full(len(begins), level - 0.35)
    return go.Scatter(
        x=np.column_stack([begins, begins, ends, ends, ends]).ravel(),
        y=np.column_stack([foot, top, top, foot, gaps]).ravel().astype(np.float32),
        fill="toself",
        fillcolor=COLOURS[2],
        mode="lines",
        line={"width": 0.5, "color": COLOURS[2]},
        name=f"{name} on",
        hoverinfo="skip",
    )


def decisions_table(records: Mapping[str, RunRecord], follows: Mapping[str, Mapping[str, Any]]) -> Table:
    """The same in figures: decisions and what they planned, the share invested, and how long each signal was on."""
    head = ["policy", "decisions", "mean planned turnover", "mean invested", "least", "on", "signals, and time on"]
    return Table(head, [_row(name, record, follows[name]) for name, record in records.items()])


def _row(name: str, record: RunRecord, followed: Mapping[str, SignalPanel]) -> list[str]:
    invested = 1.0 - ratio(record.daily["cash"], record.daily["nav"] - record.daily["premium"], 1.0)
    planned, low = record.decisions["planned_turnover"], int(invested.argmin())
    on = [f"{signal} {percent(float(panel.state().mean()))}" for signal, panel in followed.items()]
    return [
        name,
        integer(len(planned)),
        percent(float(planned.mean())) if len(planned) else percent(None),
        percent(float(invested.mean())),
        percent(float(invested[low])),
        str(record.sessions[low]),
        ", ".join(on) or "none",
    ]
