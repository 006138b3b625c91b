"""The package behind online learning, which is an extra."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from signals.stress.models.extras import need


def river(module: str, who: str) -> Any:
    """A module of river.

    Raises
    ------
    ParameterError
        If river is not installed, naming the extra that brings it.
    """
    need("online", who)
    return import_module(f"river.{module}")
