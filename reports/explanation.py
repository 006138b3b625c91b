"""The page of one day's explanation, from its plain data: what made the forecast, column by column."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulator.core.files import write

from . import explanation_figures as figures
from .chart_part import Chart, chart
from .template import render


def write_explanation(told: Mapping[str, Any], path: Path) -> None:
    """Write the page of an explanation: one self-contained file."""
    text = render(
        "explanation.html.j2",
        one=told,
        sum=_sum(told),
        around=chart(
            "The days around it",
            "the forecast of each session by the model of its time; shaded while the signal was on. Dots: days with an "
            "event, as known later",
            figures.around(told),
        ),
        families=_families(told),
        heat=_heat(told),
    )
    write(path, text)


def _sum(told: Mapping[str, Any]) -> Chart:
    note = (
        "from what the model says of no day in particular, bars move the forecast; red towards an event, blue away "
        "from it. Lengths are log-odds, which add up; the axis is marked with the chances they stand for"
    )
    return chart("What made the forecast", note, figures.waterfall(told) if told["reasons"] else None)


def _families(told: Mapping[str, Any]) -> Chart:
    importance = told["importance"]
    note = (
        "how much worse all forecasts on test days are (Brier score) when these columns come from other days, moved in "
        "blocks of 20 sessions; bars hold 90% of 20 draws. Left of the line the forecasts are better without. Series "
        "that say the same share what it is worth"
    )
    return chart(
        "What families of columns are worth", note, None if "absent" in importance else figures.importance(importance)
    )


def _heat(told: Mapping[str, Any]) -> Chart:
    stability = told["stability"]
    note = (
        "mean absolute contribution of the twelve most important columns on the sessions each model forecast; white "
        "gaps are refits that had learned of one class only"
    )
    return chart("Reasons over time", note, None if stability is None else figures.over_time(stability))
