"""Falls from the highest point so far."""

from __future__ import annotations

import numpy as np

from simulator.core.types import FloatArray


def drawdown_path(returns: FloatArray) -> FloatArray:
    """(T,) fall of the cumulated return below its highest point so far, the start included; zero or negative."""
    level = np.cumprod(1.0 + returns)
    return level / np.maximum(np.maximum.accumulate(level), 1.0) - 1.0


def deepest(returns: FloatArray) -> float:
    """The largest fall, as a negative fraction (0 if it never fell)."""
    return float(drawdown_path(returns).min())


def recovery_sessions(returns: FloatArray) -> int | None:
    """Sessions from the bottom of the deepest fall until the former high is regained.

    0 if it never fell, ``None`` if it has not recovered by the end.
    """
    path = drawdown_path(returns)
    bottom = int(path.argmin())
    if path[bottom] == 0.0:
        return 0
    recovered = np.flatnonzero(path[bottom:] >= 0.0)
    return int(recovered[0]) if recovered.size else None
