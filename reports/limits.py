"""The section on limits that bit: a table for each policy and limit, a strip that shows when, and unmet redemptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from simulator.core.types import FloatArray, IntArray
from simulator.ledger import Kind, RunRecord
from simulator.ledger.events import COMPONENT_NAMES
from simulator.metrics import LimitMetrics, PolicyMetrics, limit_days

from .figures import GREY, colours, layout, short, stamps
from .labels import drawn

_LANE: Final = 13
_THIN_LANE: Final = 8  # where there are more than a dozen policies
_MANY: Final = 12
_TITLE: Final = 26  # pixels of a block that are its title's
#: Share of nav from which on a mark is at full strength; marks fade with the square root below it.
_STRONG: Final = 0.05
#: Ticks of the whole strip, above which each stands for several sessions: a browser draws every one by itself.
_MOST_TICKS: Final = 12_000
#: What each limit is, in words.
WORDS: Final[Mapping[str, str]] = {
    "max_turnover": "turnover of a session",
    "annual_turnover": "turnover of a year",
    "max_cost_bps": "planned cost of a decision",
    "annual_cost_bps": "cost of a year",
    "max_participation": "share of the day's volume",
    "cash": "buys that cash did not reach for",
    "untradable": "no price, no volume, or a halt",
    "no_trade": "no-trade list",
    "min_trade": "smallest trade",
    "lot": "round lots",
    "min_liquid_share": "least liquid share of nav",
    "min_coverage": "least coverage of redemptions",
    "max_days_to_cash": "share that is cash in time",
    "max_illiquid": "most illiquid (22e-4)",
    "min_highly_liquid": "least highly liquid (22e-4)",
    "min_lcr": "least liquidity coverage ratio",
    "held": "sales of more than was held",
    "cost above proceeds": "sales that cost more than they bring",
    "max_weight": "largest weight of an asset",
    "groups": "largest weight of a group",
    "max_leverage": "leverage",
    "min_cash": "least cash",
    "ruin": "worth nothing or less: the run ended",
}


def rows(metrics: Mapping[str, PolicyMetrics]) -> list[tuple[str, list[LimitMetrics]]]:
    """By policy, the limits that bit and the breaches; policies without any are left out."""
    return [(name, list(metric.limits)) for name, metric in metrics.items() if metric.limits]


def lanes(records: Mapping[str, RunRecord]) -> list[tuple[str, Kind, int | None]]:
    """What the strip shows, from the top: unmet redemptions, then each limit, then each breach."""
    found: dict[tuple[str, Kind, int | None], None] = {}
    for kind, word in ((Kind.SHORTFALL, ""), (Kind.LIMIT, ""), (Kind.BREACH, "drift beyond ")):
        codes = sorted({int(code) for record in records.values() for code in _codes(record, kind)})
        for code in codes:
            name = COMPONENT_NAMES.get(code, "")
            label = "redemptions not paid" if kind == Kind.SHORTFALL else _label(word, name)
            found[label, kind, None if kind == Kind.SHORTFALL else code] = None
    return list(found)


def _label(word: str, name: str) -> str:
    return f"{'' if name == 'ruin' else word}{name}: {WORDS.get(name, name)}"


def _codes(record: RunRecord, kind: Kind) -> Any:
    return np.unique(record.stream["component"][record.stream["kind"] == kind])


@drawn
def strip(records: Mapping[str, RunRecord], palette: Mapping[str, str] | None = None) -> go.Figure | None:
    """When each limit bit: a block of lanes a limit, a lane a policy in its colour, a tick a session.

    A tick is the stronger the more of nav was held back. Where there are more than a dozen policies, only those that
    a limit held back have a lane in its block. Beyond :data:`_MOST_TICKS` ticks each is the strongest of
    :func:`sessions_a_tick`. ``None`` where no limit bit.
    """
    blocks, palette = lanes(records), palette or colours(list(records))
    if not blocks:
        return None
    together = sessions_a_tick(records)
    figure, top, tall = go.Figure(), 0.0, _LANE if len(records) <= _MANY else _THIN_LANE
    first = next(iter(records.values())).index
    titles, levels = [], []
    for label, kind, code in blocks:
        titles.append(_title(label, top - 0.4))
        for name, record in records.items():
            days, cut = _strongest(*limit_days(record, kind, code), together)
            if days.size or len(records) <= _MANY:
                top -= 1.0
                levels.append(top)
                _ticks(figure, name, record, days, cut, top, palette[name], tall)
        top -= max(2.0, _TITLE / tall)
    figure.add_trace(_rules(levels, first[0], first[-1]))
    figure.data = (figure.data[-1], *figure.data[:-1])  # the rules lie below the ticks
    _legend(figure, {name: colour for name, colour in palette.items() if colour != GREY})
    figure.update_layout(
        **{**layout(80 + int(-top * tall)), "hovermode": "closest", "annotations": titles},
        xaxis={"range": [first[0], first[-1]], "type": "date"},
        yaxis={"visible": False, "range": [top + 0.5, max(1.2, _TITLE / tall - 0.4)], "fixedrange": True},
    )
    return figure


def sessions_a_tick(records: Mapping[str, RunRecord]) -> int:
    """How many sessions a tick of the strip stands for, that of the largest cut; 1 but where ticks are many."""
    ticks = sum(
        limit_days(record, kind, code)[0].size for _, kind, code in lanes(records) for record in records.values()
    )
    return max(1, -(-ticks // _MOST_TICKS))


def _strongest(days: IntArray, cut: FloatArray, together: int) -> tuple[IntArray, FloatArray]:
    """Of every so many sessions, the one with the largest cut."""
    order = np.lexsort((-cut, days // together))
    first = np.unique(days[order] // together, return_index=True)[1]
    chosen = np.sort(order[first])
    return days[chosen], cut[chosen]


def _title(label: str, level: float) -> dict[str, Any]:
    """A limit's name, which stands above the first of its lanes."""
    place = {"x": 0.0, "xref": "paper", "y": level, "yanchor": "bottom", "xanchor": "left"}
    return {**place, "text": label, "showarrow": False, "font": {"size": 12}}


def _rules(levels: list[float], start: Any, end: Any) -> go.Scatter:
    """A faint line under each lane, all in one trace."""
    return go.Scatter(
        x=[date for _ in levels for date in (start, end, None)],
        y=[value for level in levels for value in (level, level, None)],
        mode="lines",
        line={"color": "#EDF0F3", "width": 1},
        showlegend=False,
        hoverinfo="skip",
    )


def _legend(figure: go.Figure, palette: Mapping[str, str]) -> None:
    """One entry a policy, whichever lanes it has ticks in; a click hides them all."""
    for name, colour in palette.items():
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            name=name,
            legendgroup=name,
            marker={"symbol": "square", "size": 9, "color": colour},
        )


def _ticks(
    figure: go.Figure,
    name: str,
    record: RunRecord,
    days: IntArray,
    cut: FloatArray,
    lane: float,
    colour: str,
    tall: int,
) -> None:
    if not days.size:
        return
    nav = record.out.nav[days]
    share = np.divide(cut, nav, out=np.ones(days.size), where=nav > 0.0)
    figure.add_scatter(
        x=stamps(record.index[days]),
        y=np.full(days.size, lane, np.float32),
        mode="markers",
        name=name,
        legendgroup=name,
        showlegend=False,
        marker={
            "symbol": "line-ns",
            "size": tall - 3,
            "line": {"width": 1.6, "color": colour},
            "opacity": np.round(np.clip(np.sqrt(share / _STRONG), 0.15, 1.0), 2).astype(np.float32),
        },
        customdata=short(share),
        hovertemplate=f"%{{x|%Y-%m-%d}}: %{{customdata:.2%}} of nav<extra>{name}</extra>",
    )
