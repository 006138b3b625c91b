"""What one unit was worth at every close, as the page of a run carries it to work out figures between any two dates."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from simulator.core.types import FloatArray
from simulator.ledger import RunRecord

from .figures import growth_path

#: Closes over all policies that a page carries.
_MOST: Final = 600_000
_STEPS: Final = 1e5  # steps of a logarithm that stand for 1: a level is exact to five millionths
_LEAST: Final = 1e-12  # level of a book that lost everything


def carried(records: Mapping[str, RunRecord], pointed: Sequence[str], most: int = _MOST) -> list[str]:
    """The policies of which a page has every close: all, or where those are too many the ones it points out."""
    sessions = next(iter(records.values())).sessions.size
    return list(records) if sessions * len(records) <= most else [name for name in records if name in pointed]


def levels(records: Mapping[str, RunRecord], names: Sequence[str]) -> str:
    """Days since 1970 of the sessions, and by policy the logarithm of its level in steps: differences, as JSON."""
    days = next(iter(records.values())).sessions.astype("datetime64[D]").astype(np.int64)
    steps = {name: _steps(growth_path(records[name].returns)) for name in names}
    return json.dumps({"days": _differences(days), "steps": _STEPS, "lines": steps}, separators=(",", ":"))


def _steps(path: FloatArray) -> list[int]:
    return _differences(np.round(np.log(np.maximum(path, _LEAST)) * _STEPS).astype(np.int64))


def _differences(whole: np.ndarray) -> list[int]:
    """The first of some integers, and what each adds to the one before it."""
    return [int(step) for step in np.diff(whole, prepend=0)]
