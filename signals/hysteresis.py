"""From a level to a state that does not flicker."""

from __future__ import annotations

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.types import BoolArray, FloatArray

from .hysteresis_nb import hysteresis_nb


def check_levels(who: str, enter: float, leave: float) -> None:
    """Raise unless a state is entered at or above the level at which it is left."""
    if not enter >= leave:
        raise ParameterError(f"{who}: enter ({enter}) must not lie below exit ({leave})")


def hysteresis(
    values: FloatArray, enter: float | FloatArray, leave: float | FloatArray, min_hold: int = 0
) -> BoolArray:
    """(T,) state: on once ``values`` exceed ``enter``, off once they fall below ``leave``.

    It stays on for at least ``min_hold`` sessions. Levels are the same throughout, or (T,) those of each session. NaN
    changes nothing.
    """
    above, below = np.asarray(values > enter), np.asarray(values < leave)
    state = np.empty(values.size, np.bool_)
    hysteresis_nb(above, below, min_hold, state)
    return state
