"""The charts of the MERIT page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import plotly.graph_objects as go

from .labels import drawn
from .warning_figures import TIER_COLOURS, layout

if TYPE_CHECKING:
    from .merit import ChoiceRow, EscalationLog, PairRow, ThresholdView
    from .warning_study import Cell

_OWN: Final = ("#0072B2", "#1F97DE")
_RULES: Final = ("#000000", "#8A8A8A")
_TIERS: Final = ("green", "amber", "red")
_HEIGHT: Final = 0.72


@drawn
def pairs_chart(views: Sequence[ThresholdView]) -> go.Figure:
    """Warnings right against stress warned of, one point a pair of thresholds; the calls as made are ringed."""
    figure = go.Figure()
    for title, rule, number in _numbered(views):
        view = next(view for view in views if view.title == title)
        colour = (_RULES if rule else _OWN)[number % 2]
        points = [
            (words, ringed, cells["wws"].value, cells["alert_precision"].value)
            for words, ringed, cells in _points(view)
            if cells["wws"].value is not None and cells["alert_precision"].value is not None
        ]
        figure.add_scatter(
            x=[round(float(x or 0.0), 4) for _, _, x, _ in points],
            y=[round(float(y or 0.0), 4) for _, _, _, y in points],
            mode="markers",
            name=title,
            marker={
                "size": [13 if ringed else 8 for _, ringed, _, _ in points],
                "color": colour,
                "symbol": "square" if rule else "circle",
                "line": {"width": [3 if ringed else 0 for _, ringed, _, _ in points], "color": "#E69F00"},
            },
            customdata=[words for words, _, _, _ in points],
            hovertemplate="%{customdata}<br>weighted warning score %{x:.2f}, right %{y:.0%}<extra>"
            + title
            + "</extra>",
        )
    figure.update_layout(**layout(400), hovermode="closest")
    figure.update_xaxes(title="weighted warning score")
    figure.update_yaxes(title="share of warnings that were right", tickformat=".0%")
    return figure


def _points(view: ThresholdView) -> Iterator[tuple[str, bool, Mapping[str, Cell]]]:
    """What is said of each point, whether it is ringed, and its scores."""
    for row in view.pairs:
        yield f"{_pair_words(view, row)}<br>{_alarms(row.cells)}", row.standard, row.cells
    if not view.quantiles:
        yield f"as called: the likeliest class<br>{_alarms(view.called)}", True, view.called


def _pair_words(view: ThresholdView, row: PairRow | ChoiceRow) -> str:
    """A pair in words: thresholds are quantiles, or probabilities."""
    what = "" if view.quantiles else "probability "
    return f"amber above {what}{row.amber:.1%}, red above {what}{row.red:.1%}"


def _alarms(cells: Mapping[str, Cell]) -> str:
    return f"{cells['false_alarms_a_year'].value or 0.0:.1f} false alarms a year"


def _numbered(views: Sequence[ThresholdView]) -> list[tuple[str, bool, int]]:
    seen = {True: 0, False: 0}
    out = []
    for view in views:
        out.append((view.title, view.rule, seen[view.rule]))
        seen[view.rule] += 1
    return out


@drawn
def choices_chart(view: ThresholdView) -> go.Figure:
    """The balance of each year: chosen by the past, and as called."""
    figure = go.Figure()
    years = [str(choice.year) for choice in view.choices]
    for title, values, colour in (
        ("chosen by the past", [choice.scores["balance"] for choice in view.choices], _OWN[0]),
        (
            "85% and 95% kept" if view.quantiles else "the likeliest class, as called",
            [choice.fixed["balance"] for choice in view.choices],
            "#C98100",
        ),
    ):
        figure.add_bar(
            x=years,
            y=[None if value is None else round(value, 4) for value in values],
            name=title,
            marker={"color": colour},
            customdata=[_pair_words(view, choice) for choice in view.choices] if colour == _OWN[0] else None,
            hovertemplate="%{x}: %{y:.2f}" + ("<br>%{customdata}" if colour == _OWN[0] else "") + "<extra></extra>",
        )
    figure.update_layout(**layout(300), bargap=0.3, hovermode="closest")
    figure.update_xaxes(type="category")
    figure.update_yaxes(title="balance", range=[0.0, 1.0])
    return figure


@drawn
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
        ends = [*(entry.date for entry in log.entries[1:]), log.period[-1]]
        shapes += [
            {
                "type": "rect",
                "x0": entry.date,
                "x1": end,
                "y0": number - _HEIGHT / 2,
                "y1": number + _HEIGHT / 2,
                "fillcolor": TIER_COLOURS[_TIERS.index(entry.after)],
                "line": {"width": 0},
                "layer": "below",
            }
            for entry, end in zip(log.entries, ends, strict=True)
        ]
        figure.add_scatter(
            x=[entry.date for entry in log.entries],
            y=[number] * len(log.entries),
            mode="markers",
            showlegend=False,
            marker={"size": 6, "color": "rgba(0,0,0,0)"},
            customdata=[_words(entry.before, entry.after, entry.verdict) for entry in log.entries],
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
