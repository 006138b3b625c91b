"""From a level to a state that does not flicker."""

from __future__ import annotations

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.types import BoolArray, FloatArray


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
    above = (values > enter).tolist()
    below = (values < leave).tolist()
    state = np.zeros(values.size, bool)
    on, since = False, 0
    for t in range(values.size):
        if on:
            since += 1
            on = not (below[t] and since >= min_hold)
        elif above[t]:
            on, since = True, 0
        state[t] = on
    return state
