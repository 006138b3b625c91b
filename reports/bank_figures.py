"""Charts of the study of banks: the probability of stress over time, its codes behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from simulator.core.types import DateArray, FloatArray, IntArray

from .findings_figures import COLOURS
from .labels import drawn
from .spacing import HELD
from .warning_figures import layout

#: Behind code 2, 3 and 4: light, so that lines stand out, and told apart in grey as well.
_BEHIND: Final = {2: "rgba(230, 159, 0, 0.22)", 3: "rgba(213, 94, 0, 0.45)", 4: "rgba(120, 120, 120, 0.18)"}


@drawn
def stress_path(
    bank: str,
    dates: DateArray,
    paths: Mapping[str, FloatArray],
    codes: IntArray,
    names: Mapping[int, str],
    alarm: float,
) -> go.Figure:
    """(D,) probabilities of stress in percent, the stress codes as background, a dotted line at the alarm."""
    index = pd.DatetimeIndex(dates)
    figure = go.Figure()
    for code, colour in _BEHIND.items():
        x, y = _spells(index, codes == code)
        if x:
            figure.add_scatter(
                x=x,
                y=y,
                fill="toself",
                fillcolor=colour,
                mode="lines",
                line={"width": 0},
                name=f"{code} {names[code]}",
                hoverinfo="skip",
            )
    for number, (name, values) in enumerate(paths.items()):
        figure.add_scatter(
            x=index,
            y=np.round(100.0 * values, 1),
            mode="lines",
            name=name,
            line={"width": 1.2, "color": COLOURS[(0, 2)[number % 2]], "shape": HELD},
            hovertemplate="%{x|%d %b %Y}: %{y:.0f}%<extra>" + name + "</extra>",
        )
    figure.add_hline(y=100.0 * alarm, line={"color": "#000000", "width": 1, "dash": "dot"})
    figure.update_layout(**layout(230), hovermode="closest")
    figure.update_yaxes(title=f"{bank}, %", range=[0, 103])
    return figure


def _spells(index: pd.DatetimeIndex, here: np.ndarray) -> tuple[list[str | None], list[float | None]]:
    """Corners of the stretches in which something holds, each parted from the next."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], here, [False]]).astype(int)))
    x: list[str | None] = []
    y: list[float | None] = []
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        first, last = (f"{index[min(place, len(index) - 1)]:%Y-%m-%d}" for place in (start, stop))
        x += [first, first, last, last, None]
        y += [0.0, 100.0, 100.0, 0.0, None]
    return x, y
