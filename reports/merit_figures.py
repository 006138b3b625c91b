"""The charts of the MERIT page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import plotly.graph_objects as go

from .warning_figures import TIER_COLOURS, layout

if TYPE_CHECKING:
    from .merit import EscalationLog, ThresholdView

_OWN: Final = ("#0072B2", "#56B4E9")
_RULES: Final = ("#000000", "#8A8A8A")
_TIERS: Final = ("green", "amber", "red")
_HEIGHT: Final = 0.72


def pairs_chart(views: Sequence[ThresholdView]) -> go.Figure:
    """Warnings right against stress warned of, one point a pair of thresholds; the paper's pair is ringed."""
    figure = go.Figure()
    for title, rule, number in _numbered(views):
        view = next(one for one in views if one.title == title)
        colour = (_RULES if rule else _OWN)[number % 2]
        points = [
            (row, row.cells["wws"].value, row.cells["alert_precision"].value)
            for row in view.pairs
            if row.cells["wws"].value is not None and row.cells["alert_precision"].value is not None
        ]
        figure.add_scatter(
            x=[round(float(x or 0.0), 4) for _, x, _ in points],
            y=[round(float(y or 0.0), 4) for _, _, y in points],
            mode="markers",
            name=title,
            marker={
                "size": [13 if row.standard else 8 for row, _, _ in points],
                "color": colour,
                "symbol": "square" if rule else "circle",
                "line": {"width": [3 if row.standard else 0 for row, _, _ in points], "color": "#E69F00"},
            },
            customdata=[
                f"amber above {row.amber:.1%}, red above {row.red:.1%}<br>"
                f"{row.cells['false_alarms_a_year'].value or 0.0:.1f} false alarms a year"
                for row, _, _ in points
            ],
            hovertemplate="%{customdata}<br>weighted warning score %{x:.2f}, right %{y:.0%}<extra>"
            + title
            + "</extra>",
        )
    figure.update_layout(**layout(400), hovermode="closest")
    figure.update_xaxes(title="weighted warning score")
    figure.update_yaxes(title="share of warnings that were right", tickformat=".0%")
    return figure


def _numbered(views: Sequence[ThresholdView]) -> list[tuple[str, bool, int]]:
    seen = {True: 0, False: 0}
    out = []
    for one in views:
        out.append((one.title, one.rule, seen[one.rule]))
        seen[one.rule] += 1
    return out


def choices_chart(view: ThresholdView) -> go.Figure:
    """The balance of each year: chosen by the past, and at the paper's pair."""
    figure = go.Figure()
    years = [str(one.year) for one in view.choices]
    for title, values, colour in (
        ("chosen by the past", [one.scores["balance"] for one in view.choices], _OWN[0]),
        ("85% and 95% kept", [one.fixed["balance"] for one in view.choices], "#E69F00"),
    ):
        figure.add_bar(
            x=years,
            y=[None if value is None else round(value, 4) for value in values],
            name=title,
            marker={"color": colour},
            customdata=[f"amber above {one.amber:.1%}, red above {one.red:.1%}" for one in view.choices]
            if colour == _OWN[0]
            else None,
            hovertemplate="%{x}: %{y:.2f}" + ("<br>%{customdata}" if colour == _OWN[0] else "") + "<extra></extra>",
        )
    figure.update_layout(**layout(300), bargap=0.3, hovermode="closest")
    figure.update_xaxes(type="category")
    figure.update_yaxes(title="balance", range=[0.0, 1.0])
    return figure


def colours_chart(logs: Sequence[EscalationLog]) -> go.Figure:
    """A ribbon a model: its colour from change to change."""
    figure = go.Figure()
    for tier, name in enumerate(_TIERS):
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            name=name,
            marker={"size": 10, "symbol": "square", "color": TIER_COLOURS[tier]},
        )
    shapes = []
    for number, log in enumerate(reversed(logs)):
        ends = [*(one.date for one in log.entries[1:]), log.period[-1]]
        shapes += [
            {
                "type": "rect",
                "x0": one.date,
                "x1": end,
                "y0": number - _HEIGHT / 2,
                "y1": number + _HEIGHT / 2,
                "fillcolor": TIER_COLOURS[_TIERS.index(one.after)],
                "line": {"width": 0},
                "layer": "below",
            }
            for one, end in zip(log.entries, ends, strict=True)
        ]
        figure.add_scatter(
            x=[one.date for one in log.entries],
            y=[number] * len(log.entries),
            mode="markers",
            showlegend=False,
            marker={"size": 6, "color": "rgba(0,0,0,0)"},
            customdata=[_words(one.before, one.after, one.verdict) for one in log.entries],
            hovertemplate="%{x|%d %b %Y}: %{customdata}<extra>" + log.title + "</extra>",
        )
    titles = [log.title for log in reversed(logs)]
    figure.update_layout(**layout(110 + 46 * len(logs)), shapes=shapes, hovermode="closest")
    figure.update_layout(margin={"l": 8, "r": 12, "t": 28, "b": 30})
    figure.update_xaxes(type="date", showgrid=False)
    figure.update_yaxes(
        tickvals=list(range(len(titles))),
        ticktext=titles,
        range=[-0.6, len(titles) - 0.4],
        automargin=True,
        showgrid=False,
        zeroline=False,
        tickfont={"size": 11},
    )
    return figure


def _words(before: str, after: str, verdict: str) -> str:
    return f"{before} to {after}, {verdict}" if before else f"begins {after}"
