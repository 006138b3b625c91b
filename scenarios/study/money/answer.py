"""What a question of a study in money comes to, and the words and figures that all of them share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from reports.findings import Cell, Section
from reports.text import plain
from simulator.metrics import Difference


@dataclass(frozen=True, eq=False)
class Answer:
    """One question, answered.

    Attributes
    ----------
    key
        What ``--ask`` calls it.
    verdicts
        In words, the shortest first.
    sections
        Of the page.
    metrics
        The same for machines.
    notes
        What was assumed, left out or cut, a sentence each.
    """

    key: str
    verdicts: Sequence[str]
    sections: Sequence[Section]
    metrics: Mapping[str, Any]
    notes: Sequence[str] = ()


class Crossing(NamedTuple):
    """Where a curve falls below a level: ``at`` is known where it does so once and for all.

    ``at`` is in units of the curve's x.
    """

    kind: Literal["never", "always", "once", "mixed", "unknown"]
    at: float | None = None


def falls_below(
    xs: Sequence[float], values: Sequence[float | None], level: float = 0.0, logs: bool = False
) -> Crossing:
    """From which ``x`` on a curve lies below a level, straight between points (in logs of ``x``, if so asked).

    ``xs`` and ``values`` are in the units of the axes.

    Points without a value are passed over. ``mixed``: it comes back above the level, and may ring more than once.
    """
    points = [
        (math.log(x) if logs else x, value - level)
        for x, value in zip(xs, values, strict=True)
        if value is not None and not math.isnan(value)
    ]
    if not points:
        return Crossing("unknown")
    below = [gap < 0.0 for _, gap in points]
    if not any(below):
        return Crossing("never")
    if all(below):
        return Crossing("always")
    first = below.index(True)
    if first == 0 or not all(below[first:]):
        return Crossing("mixed")
    (x0, y0), (x1, y1) = points[first - 1], points[first]
    at = x0 + (x1 - x0) * y0 / (y0 - y1)
    return Crossing("once", math.exp(at) if logs else at)


def gap_cell(gap: Difference) -> Cell:
    """A difference with its interval; marked where the whole interval lies on one side of zero."""
    if math.isnan(gap.value):
        return Cell("–")
    if math.isnan(gap.low):
        return Cell(f"{gap.value:+.2f}")
    mark = "good" if gap.low > 0.0 else "bad" if gap.high < 0.0 else ""
    return Cell(f"{gap.value:+.2f}", f"{gap.low:+.2f} to {gap.high:+.2f}", mark)


def gap_text(gap: Difference) -> str:
    """A difference with its interval, within a sentence."""
    if math.isnan(gap.low):
        return f"{gap.value:+.2f}"
    luck = " ≈" if gap.low <= 0.0 <= gap.high else ""
    return f"{gap.value:+.2f} ({gap.low:+.2f} to {gap.high:+.2f}{luck})"


def gap_json(gap: Difference) -> dict[str, float | None]:
    """A difference for machines; ``None`` where undefined. In the unit of the figure."""
    return {key: known(value) for key, value in zip(("value", "low", "high"), gap[:3], strict=True)}


def known(value: float | None) -> float | None:
    """A figure for machines: ``None`` where it is undefined or infinite."""
    return None if value is None or not math.isfinite(value) else float(value)


def figure(value: float | None) -> str:
    """A ratio in a table."""
    return plain(known(value))


def sum_text(value: float) -> str:
    """A sum of currency in words: 950k, 100m, 1.2bn."""
    for least, unit in ((1e12, "tn"), (1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if value >= least * 0.9995:
            return f"{value / least:.3g}{unit}" if value / least < 1000 else f"{value / least:,.0f}{unit}"
    return f"{value:.3g}"
