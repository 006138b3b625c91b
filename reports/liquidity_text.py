"""Figures of liquidity as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .text import bps, percent, plain

Known = float | None | str


def days(value: Known) -> str:
    """Sessions, with as many digits as mean something."""
    if not isinstance(value, float | int):
        return value or "–"
    if value == 0.0:
        return "at once"
    if value < 0.01:
        return "under 0.01"
    return f"{value:.2f}" if value < 10.0 else f"{value:,.0f}" if value >= 100.0 else f"{value:.1f}"


def horizon(sessions: int) -> str:
    """A number of sessions in words."""
    return "1 session" if sessions == 1 else f"{sessions} sessions"


def settles(sessions: Iterable[float]) -> str:
    """Sessions until sales settle, over positions; empty where all settle at once."""
    found = list(sessions)
    return horizon_of(found) if any(found) else ""


def horizon_of(sessions: Sequence[float]) -> str:
    """A number of sessions in words, or the least and the most of several."""
    least, most = int(min(sessions)), int(max(sessions))
    return horizon(most) if least == most else f"{least} to {horizon(most)}"


def span_of(days: Sequence[float]) -> str:
    """Business days in words, the least and the most of several; empty for none."""
    return horizon_of(days).replace("session", "business day") if days else ""


def times(value: Known) -> str:
    """A coverage ratio."""
    return value or "–" if not isinstance(value, float | int) else plain(float(value))


def basis_points(value: Known) -> str:
    """Basis points, or that it cannot be sold."""
    return value or "–" if not isinstance(value, float | int) else bps(float(value))


def share(value: Known) -> str:
    """A share of net assets."""
    return value or "–" if not isinstance(value, float | int) else percent(float(value))
