"""Which columns go together when an input fails: those of a family, and those that rest on one published series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from simulator.features import REGISTRY

_OWN_PAST: Final = ("_change_5_zscore", "_change_21_zscore", "_zscore")


def families(columns: Sequence[str]) -> Mapping[str, list[int]]:
    """Positions of the columns of each family of the registry. They are columns of (n, K) rows, a row a session.

    Columns of a series on its own past are ``series``; any other column is a family of its own.
    """
    found: dict[str, list[int]] = {}
    for k, name in enumerate(columns):
        family = REGISTRY[name].family if name in REGISTRY else "series" if _stem(name) else name
        found.setdefault(family, []).append(k)
    return found


def series(columns: Sequence[str]) -> Mapping[str, list[int]]:
    """Positions of the columns that rest on each published series (highs and lows count with their market).

    They are columns of (n, K) rows, a row a session.
    """
    found: dict[str, list[int]] = {}
    for k, name in enumerate(columns):
        keys = REGISTRY[name].series if name in REGISTRY else (_stem(name),)
        for key in dict.fromkeys(key.removesuffix("_HIGH").removesuffix("_LOW") for key in keys if key):
            found.setdefault(key, []).append(k)
    return found


def _stem(name: str) -> str:
    ending = next((suffix for suffix in _OWN_PAST if name.endswith(suffix)), None)
    return "" if ending is None else name.removesuffix(ending)
