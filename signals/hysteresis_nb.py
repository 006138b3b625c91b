"""From a level to a state that does not flicker, as a kernel."""

from __future__ import annotations

from simulator.core.jit import kernel
from simulator.core.types import BoolArray


@kernel
def hysteresis_nb(above: BoolArray, below: BoolArray, min_hold: int, state: BoolArray) -> None:
    """(T,) on from where ``above`` is, off from where ``below`` is, but not within ``min_hold`` sessions."""
    on, since = False, 0
    for t in range(above.size):
        if on:
            since += 1
            on = not (below[t] and since >= min_hold)
        elif above[t]:
            on, since = True, 0
        state[t] = on
