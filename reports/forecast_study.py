"""What the page of a stress-forecast study shows, and writing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from simulator.core.files import write
from simulator.core.types import DateArray, FloatArray

from . import forecast_figures as figures
from .sides import SIDED, SideScores
from .template import chart_html, render
from .text import short
from .warning_study import Versus


class Curve(NamedTuple):
    """Precision by recall. Fractions, of one length."""

    title: str
    recall: FloatArray
    precision: FloatArray


class Calibration(NamedTuple):
    """Mean probability and frequency of events in ten bins of equally many days."""

    title: str
    probability: FloatArray
    frequency: FloatArray


class Trace(NamedTuple):
    """A model's probability through time, its warnings, and the days of stress."""

    title: str
    horizon: int
    dates: DateArray
    probability: FloatArray
    warned: FloatArray
    stress: DateArray


@dataclass(frozen=True)
class HorizonView:
    """Results of one protocol at one horizon. ``horizon`` is in sessions, ``base_rate`` a fraction of them."""

    protocol: str
    title: str
    text: str
    horizon: int
    leaky: bool
    shared: float
    label: str
    period: str
    base_rate: float
    rules: Mapping[str, str]
    rows: Sequence[Versus]
    curves: Sequence[Curve]
    calibration: Sequence[Calibration]
    sides: Sequence[SideScores] = ()  # where what is forecast changes within the scored days


@dataclass(frozen=True)
class ForecastStudy:
    """The page."""

    title: str
    period: str
    verdicts: Sequence[str]
    views: Sequence[HorizonView]
    trace: Trace | None
    definitions: Sequence[str]
    notes: Sequence[str]
    links: Sequence[tuple[str, str, str]] = ()  # title, address, words
    foreknown: str = ""  # what it begins with where the data knows the future
    changes: Sequence[str] = ()  # days from which what is forecast is measured by something else, a sentence each


def write_forecast_page(study: ForecastStudy, path: Path) -> None:
    """Write ``index.html``."""
    honest = [view for view in study.views if not view.leaky] or list(study.views)
    text = render(
        "forecast-study.html.j2",
        one=study,
        short=short,
        sided=SIDED,
        glance=chart_html(figures.at_a_glance(study.views), "chart-glance"),
        trace=chart_html(figures.trace_chart(study.trace), "chart-trace") if study.trace else "",
        curves=chart_html(figures.precision_chart(honest[-1]), "chart-curves"),
        calibration=chart_html(figures.calibration_chart(honest[-1]), "chart-calibration"),
        shown=honest[-1],
    )
    write(path, text)
