"""Figures of liquidity as people read them."""

from __future__ import annotations

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


def times(value: Known) -> str:
    """A coverage ratio."""
    return value or "–" if not isinstance(value, float | int) else plain(float(value))


def basis_points(value: Known) -> str:
    """Basis points, or that it cannot be sold."""
    return value or "–" if not isinstance(value, float | int) else bps(float(value))


def share(value: Known) -> str:
    """A share of net assets."""
    return value or "–" if not isinstance(value, float | int) else percent(float(value))
