"""The package behind online learning, which is an extra."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from simulator.core.errors import ParameterError


def river(module: str, what: str) -> Any:
    """A module of river.

    Raises
    ------
    ParameterError
        If river is not installed, naming the extra that brings it.
    """
    try:
        return import_module(f"river.{module}")
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] != "river":
            raise
        text = f"{what} needs river, which is not installed: pip install 'undertow[online]'"
        raise ParameterError(text) from None
