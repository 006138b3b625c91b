"""The charts of a stress frontier."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import plotly.graph_objects as go

from .figures import colours
from .findings_figures import SYMBOLS
from .frontier import Frontier, Profile
from .labels import drawn
from .text import TICKS

_DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


class _Line(NamedTuple):
    """A policy at the same severities on all axes but the one across."""

    policy: int
    others: str
    dash: str
    places: list[int]


@drawn
def against_severity(frontier: Frontier, profile: Profile) -> go.Figure:
    """A figure against severity, a line a policy; with several axes, one for each setting of the others as well."""
    figure, across = go.Figure(), _longest(frontier)
    names = frontier.report.policies
    palette = colours(names)
    for line in _lines(frontier, across):
        name = names[line.policy]
        texts = [profile.text(line.policy, place) for place in line.places]
        figure.add_scatter(
            x=[float(frontier.severities[place][across]) for place in line.places],
            y=[float(profile.values[line.policy, place]) for place in line.places],
            mode="lines+markers",
            name=f"{name} ({line.others})" if line.others else name,
            line={"color": palette[name], "width": 1.6, "dash": line.dash},
            marker={"size": 7, "symbol": SYMBOLS[line.policy % len(SYMBOLS)]},
            text=texts,
            hovertemplate="severity %{x}: %{text}<extra>%{fullData.name}</extra>",
        )
    if profile.metric.name == "coverage_min":
        figure.add_hline(y=1.0, line={"color": "#B00020", "width": 1, "dash": "dot"})
    figure.update_layout(
        template="plotly_white",
        height=360,
        margin={"l": 56, "r": 12, "t": 28, "b": 48},
        font={"family": "system-ui, sans-serif", "size": 12},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "font": {"size": 11}},
        showlegend=True,
    )
    figure.update_xaxes(title={"text": frontier.report.axes[across].key, "standoff": 8}, automargin=True)
    figure.update_yaxes(tickformat=TICKS[profile.metric.unit], automargin=True)
    return figure


def _longest(frontier: Frontier) -> int:
    sizes = [len(axis.values) for axis in frontier.report.axes]
    return sizes.index(max(sizes))


def _lines(frontier: Frontier, across: int) -> Iterator[_Line]:
    groups: dict[tuple[str, ...], list[int]] = {}
    for place, severity in enumerate(frontier.severities):
        groups.setdefault((*severity[:across], *severity[across + 1 :]), []).append(place)
    keys = [axis.key for number, axis in enumerate(frontier.report.axes) if number != across]
    for policy in range(len(frontier.report.policies)):
        for number, (others, places) in enumerate(groups.items()):
            said = ", ".join(f"{key} {value}" for key, value in zip(keys, others, strict=True))
            yield _Line(policy, said, _DASHES[number % len(_DASHES)], places)
