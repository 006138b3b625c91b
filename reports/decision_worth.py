"""What each decision added against not having traded: a chart over the dates of the page, and a table by year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from simulator.core.types import IntArray
from simulator.ledger import RunRecord
from simulator.metrics import Decided
from simulator.metrics.performance import years

from .chart_part import Chart, choice
from .chart_table import Table
from .comparison import Comparison
from .figures import COLOURS, layout, stamps
from .history import first
from .labels import drawn
from .spacing import rounded
from .text import integer, percent

#: Decisions drawn over all policies; where there are more, the largest of every few of a policy.
_MOST: Final = 12_000
#: What a decision's figure is.
WORTH: Final = (
    "what the shares that it bought or sold brought, against not having traded them, until later decisions took them "
    "back (the latest first) or to the last close; after its own costs, interest on cash left out"
)


def decision_worth(comparison: Comparison) -> Chart:
    """What each decision of a policy added; nothing where no policy decided anything after its first investment."""
    decided, title = comparison.decided, "What each decision added"
    if not any(made.decision.size for made in decided.values()):
        return Chart(title, "", "", "No policy traded after its first investment." if decided else "")
    index, most = comparison.first.index, _MOST // len(decided)
    cut = any(made.decision.size > most for made in decided.values())
    drawn_of = f"; of more than {most:,} decisions the largest of every few are drawn" if cut else ""
    figures = {name: worths(index, made, most) for name, made in decided.items()}
    return choice(
        title,
        f"{WORTH}; in shares of nav, added up by year in the table of contributions{drawn_of}",
        figures,
        "policy",
        (comparison.start, comparison.end),
        worths_table(index, decided),
        first=first(comparison),
    )


@drawn
def worths(index: pd.DatetimeIndex, made: Decided, most: int = _MOST) -> go.Figure:
    """A stem for each decision, from nothing to what it added."""
    rows = largest(made, most)
    x, y = stamps(index[made.session[rows]]), rounded(made.profit[rows])
    gaps = np.full(len(x), np.nan)
    figure = go.Figure()
    figure.add_scatter(
        x=np.column_stack([x, x, gaps]).ravel(),
        y=np.column_stack([np.zeros(len(x)), y, gaps]).ravel().astype(np.float32),
        mode="lines",
        line={"width": 1, "color": COLOURS[1]},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=x,
        y=y,
        name="added",
        mode="markers",
        marker={"size": 4, "color": COLOURS[1]},
        hovertemplate="decided then, added %{y:.2%}<extra></extra>",
    )
    figure.update_layout(**{**layout(260), "showlegend": False})
    figure.update_xaxes(type="date")
    figure.update_yaxes(tickformat=".1%", zeroline=True)
    return figure


def largest(made: Decided, most: int) -> IntArray:
    """Rows of the decisions that are drawn: all, or of every few in a row the one that added or took most."""
    together = -(-made.profit.size // max(most, 1))
    if together <= 1:
        return np.arange(made.profit.size)
    stretch = np.arange(made.profit.size) // together
    return pd.Series(np.abs(made.profit)).groupby(stretch).idxmax().to_numpy()


def worths_table(index: pd.DatetimeIndex, decided: Mapping[str, Decided]) -> Table:
    """The same in figures: how many decisions traded, how many of them added, the best and the worst of them."""
    head = ["policy", "decisions", "that added", "together", "best", "on", "worst", "on"]
    return Table(head, [_row(name, index, made) for name, made in decided.items() if made.decision.size])


def _row(name: str, index: pd.DatetimeIndex, made: Decided) -> list[str]:
    best, worst = int(made.profit.argmax()), int(made.profit.argmin())
    return [
        name,
        integer(made.decision.size),
        percent(float((made.profit > 0.0).mean())),
        percent(float(made.profit.sum()), 2),
        percent(float(made.profit[best]), 2),
        f"{index[made.session[best]]:%Y-%m-%d}",
        percent(float(made.profit[worst]), 2),
        f"{index[made.session[worst]]:%Y-%m-%d}",
    ]


def by_year_decided(records: Mapping[str, RunRecord], decided: Mapping[str, Decided]) -> Table:
    """What the decisions of each calendar year added to the return a year, a column a policy; rows add up to the last.

    The first row is what the first investment would have brought by itself, the last is the total
    of :func:`.over_years.by_asset`.
    """
    record = next(iter(records.values()))
    span, index = years(record.sessions), record.index
    rows = [["first investment", *(_share(made.held, span) for made in decided.values())]]
    rows += [
        [f"decided in {year}", *(_share(_in_year(index, made, year), span) for made in decided.values())]
        for year in sorted({int(year) for made in decided.values() for year in index[made.session].year})
    ]
    if any(made.others for made in decided.values()):
        rows.append(["no decision's", *(_share(made.others, span) for made in decided.values())])
    rows.append(["all of them", *(_share(_whole(made), span) for made in decided.values())])
    return Table(["decisions", *decided], rows)


def _in_year(index: pd.DatetimeIndex, made: Decided, year: int) -> float:
    return float(made.profit[index[made.session].year == year].sum())


def _whole(made: Decided) -> float:
    return made.held + float(made.profit.sum()) + made.others


def _share(value: float, span: float) -> str:
    """A year, of so many years; undefined where a single session makes no span."""
    return percent(value / span if span > 0.0 else float("nan"), 2)
