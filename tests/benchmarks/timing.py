"""Best of several, contestants taking turns: on a noisy machine the fastest run is the one least disturbed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

#: A turn of a short call repeats it for about so long, seconds: one disturbance then spoils one call of many.
_TURN = 0.05


def race(calls: Mapping[str, Callable[[], object]], rounds: int = 5) -> dict[str, float]:
    """Seconds of the fastest call of each contestant.

    Each is called once beforehand, uncounted; then in every round each has a turn, so that a slow spell of the
    machine meets all of them.
    """
    for call in calls.values():
        call()
    fastest = dict.fromkeys(calls, float("inf"))
    for _ in range(rounds):
        for name, call in calls.items():
            fastest[name] = min(fastest[name], _turn(call))
    return fastest


def best(call: Callable[[], object], rounds: int = 5) -> float:
    """Seconds of the fastest of several calls."""
    return race({"": call}, rounds)[""]


def _turn(call: Callable[[], object]) -> float:
    fastest, end = float("inf"), time.perf_counter() + _TURN
    while True:
        start = time.perf_counter()
        call()
        now = time.perf_counter()
        fastest = min(fastest, now - start)
        if now >= end:
            return fastest
