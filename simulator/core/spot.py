"""Indices that nobody can hold, and why."""

from __future__ import annotations

from typing import Final

#: Indices of implied volatility.
_SPOT: Final = ("VIX", "VXN", "VVIX", "VXO", "VSTOXX", "MOVE", "OVX", "GVZ", "VIXCLS")


def not_held(name: str) -> str:
    """Why an index cannot be held, and what can; empty where the name is none of these."""
    if name.lstrip("^").upper() not in _SPOT:
        return ""
    return (
        f"{name} is an index of implied volatility, which nobody can hold: its futures roll along a "
        "curve, and that is what holding it costs; name a fund that holds them, VIXY for example"
    )
