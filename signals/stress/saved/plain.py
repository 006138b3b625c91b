"""Boosted trees without their trees as JSON: settings and classes, which a cache reads without importing skops."""

from __future__ import annotations

import json
from typing import Any, Final

import numpy as np

_ARRAY: Final = "array"  # the one key of what stands for an array
_KINDS: Final = "bif"


def written(bare: Any) -> bytes | None:
    """A model as JSON that :func:`made` reads again, ``None`` if it is another one or holds more than plain figures.

    Floats come back to the bit; an array is its type and values.
    """
    from signals.stress.models.trees import BoostedTrees

    if type(bare) is not BoostedTrees:
        return None
    try:
        return json.dumps({name: _plain(value) for name, value in vars(bare).items()}).encode()
    except TypeError:
        return None


def made(content: bytes) -> Any:
    """The model that :func:`written` wrote.

    Raises
    ------
    ValueError
        If it wrote nothing of the kind.
    """
    from signals.stress.models.trees import BoostedTrees

    told = json.loads(content)
    if not isinstance(told, dict):
        raise ValueError("settings of boosted trees are a table")
    model = BoostedTrees.__new__(BoostedTrees)
    model.__dict__.update({name: _array(value) if isinstance(value, dict) else value for name, value in told.items()})
    return model


def _plain(value: Any) -> Any:
    """A figure, text or array as JSON has it; raise ``TypeError`` for anything else."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is np.ndarray and value.ndim == 1 and value.dtype.kind in _KINDS:
        return {_ARRAY: [value.dtype.str, value.tolist()]}
    raise TypeError(f"{type(value).__name__} is no plain figure")


def _array(told: dict[str, Any]) -> np.ndarray:
    kind, values = told[_ARRAY]
    return np.array(values, dtype=kind)
