"""The page of a sweep: one self-contained file, no network request."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from simulator.core.files import write
from simulator.core.types import FloatArray

from .frontier_page import write_frontier_page
from .sweep import METRICS, SHARPE, SHOWN, SweepReport
from .sweep_edges import edges
from .template import render
from .text import TICKS

_BEST: Final = 15
_WORST: Final = 5
_DIGITS: Final = 6


def write_sweep_page(report: SweepReport, path: Path) -> None:
    """Write ``index.html``; where every axis is a severity it is the page of a stress frontier."""
    if report.is_frontier:
        write_frontier_page(report, path)
        return
    by_name = {metric.name: number for number, metric in enumerate(METRICS)}
    text = render(
        "sweep.html.j2",
        one=report,
        rows=table_rows(report),
        shown=[(METRICS[by_name[name]], by_name[name]) for name in SHOWN],
        sharpe=SHARPE,
        edges=edges(report),
        data=page_data(report),
    )
    write(path, text)


def table_rows(report: SweepReport) -> list[int]:
    """The trials of the table: all of them, or the best and the worst where there are many."""
    ranked = report.ranked
    return ranked if len(ranked) <= _BEST + _WORST else [*ranked[:_BEST], *ranked[-_WORST:]]


def page_data(report: SweepReport) -> dict[str, Any]:
    """What the charts draw from: figures by trial, and which trial answers which point and policy."""
    figures = {"history": report.history}
    if report.spread is not None:
        low, middle, high = report.spread
        figures |= {"median": middle, "p05": low, "p95": high}
    places = [{text: number for number, text in enumerate(axis.values)} for axis in report.axes]
    return {
        "axes": [{"key": axis.key, "values": axis.values} for axis in report.axes],
        "policies": list(report.policies),
        "metrics": [
            {"title": metric.title, "unit": metric.unit, "tick": TICKS[metric.unit], "better": metric.better}
            for metric in METRICS
        ],
        "shown": [number for number, metric in enumerate(METRICS) if metric.name in SHOWN],
        "sharpe": SHARPE,
        "paths": report.paths,
        "answers": report.answers.tolist(),
        "trials": [
            {
                "policy": report.policies.index(trial.policy),
                "at": [
                    None if value is None else place[value] for value, place in zip(trial.settings, places, strict=True)
                ],
            }
            for trial in report.trials
        ],
        "ranked": report.ranked,
        "figures": {name: _short(values) for name, values in figures.items()},
    }


def _short(values: FloatArray) -> list[list[float | None]]:
    """Figures with as many digits as a chart can show; ``None`` where undefined."""
    return [[None if np.isnan(value) else float(f"{value:.{_DIGITS}g}") for value in row] for row in values]
