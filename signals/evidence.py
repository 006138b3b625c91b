"""What a rule looks at and what it is held against, laid open for the look-ahead audit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.core.evidence import Evidence
from simulator.core.types import DateArray, FloatArray


def by_session(
    name: str, columns: Sequence[str], sessions: DateArray, values: FloatArray, known_at: DateArray
) -> Evidence:
    """Rows used at the close of their own session; ``values`` (T,) or (T, K), ``known_at`` (T,), NaT for that close."""
    known = np.where(np.isnat(known_at), sessions, known_at)
    return Evidence(name, tuple(columns), sessions, values.reshape(sessions.size, -1), known, sessions)


def newest(known_at: DateArray) -> DateArray:
    """(T,) the date by which everything up to and including a session was known."""
    latest: DateArray = np.fmax.accumulate(known_at)
    return latest


def newest_before(known_at: DateArray) -> DateArray:
    """(T,) the date by which everything before a session was known; NaT on the first."""
    return np.concatenate([np.array(["NaT"], "datetime64[D]"), newest(known_at)[:-1]])
