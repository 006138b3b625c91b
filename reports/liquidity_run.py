"""The page on the liquidity of every policy of a run: worst and last figures, two small pictures, no scripts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from simulator.core.files import write

from .figures import colours
from .liquidity_text import basis_points, days, horizon, share, times
from .template import render

_WIDTH: Final = 1000.0
_HEIGHT: Final = 220.0
_LEAST: Final = 0.01  # of a session, on the axis of logs


class Picture(NamedTuple):
    """Lines by policy as points of an SVG, with what stands beside its axis."""

    title: str
    note: str
    lines: Mapping[str, Sequence[str]]  # runs of points: a gap parts two of them
    marks: Sequence[tuple[float, str]]  # height and text


def write_liquidity_of_run(told: Mapping[str, Any], path: Path) -> None:
    """Write the page: one self-contained file."""
    policies = told["policies"]
    slow = {name: policy["lines"]["days_to_90"] for name, policy in policies.items()}
    sliced = {name: policy["lines"]["slicing"] for name, policy in policies.items()}
    pictures = [
        _picture(
            "Sessions until 90% of the book is cash, under stress",
            "log scale; a line ends where the rest can never be sold",
            slow,
            logs=True,
        ),
        _picture(
            f"Coverage of the redemption by slicing within {horizon(told['horizon'])}, under stress",
            "below 1 the redemption cannot be paid without changing the book of those who stay",
            sliced,
            logs=False,
        ),
    ]
    text = render(
        "liquidity-run.html.j2",
        one=told,
        palette=colours(list(policies)),
        pictures=pictures,
        width=_WIDTH,
        height=_HEIGHT,
        days=days,
        times=times,
        basis=basis_points,
        share=share,
        horizon=horizon,
    )
    write(path, text)


def _picture(title: str, note: str, values: Mapping[str, Sequence[Any]], *, logs: bool) -> Picture:
    scaled = {name: [_scaled(value, logs) for value in line] for name, line in values.items()}
    there = [value for line in scaled.values() for value in line if value is not None]
    low, high = (min(there), max(there)) if there else (0.0, 1.0)
    low, high = (low, high if high > low else low + 1.0) if logs else (0.0, max(high, 1.0) * 1.05)
    lines = {name: _runs(line, low, high) for name, line in scaled.items()}
    levels = [low, 0.5 * (low + high), high] if logs else [0.0, 1.0, high]
    return Picture(title, note, lines, [(_y(level, low, high), _said(level, logs)) for level in levels])


def _scaled(value: Any, logs: bool) -> float | None:
    if not isinstance(value, float | int):
        return None
    return math.log10(max(value, _LEAST)) if logs else float(value)


def _said(level: float, logs: bool) -> str:
    return days(10.0**level) if logs else times(level)


def _y(value: float, low: float, high: float) -> float:
    return round(_HEIGHT * (1.0 - (value - low) / (high - low)), 1)


def _runs(line: Sequence[float | None], low: float, high: float) -> list[str]:
    """Points of a line, in runs without gaps."""
    runs: list[list[str]] = [[]]
    for k, value in enumerate(line):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{_WIDTH * k / max(len(line) - 1, 1):.1f},{_y(value, low, high)}")
    return [" ".join(run) for run in runs if run]
