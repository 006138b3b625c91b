"""Falls of a book, warnings of them, and warnings as they might have been: early, late, and with false alarms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from simulator.core.panels import SignalPanel
from simulator.core.types import BoolArray, DateArray, FloatArray

#: Sessions before a peak from which on a warning counts as one of the fall that follows.
AHEAD: Final = 63
#: Sessions that a planted false alarm lasts.
LASTS: Final = 21


class BenchmarkFall(NamedTuple):
    """A fall by its rows: the peak, the first close at or below the depth, and the trough. A row is a session."""

    peak: int
    passed: int
    trough: int


class Warned(NamedTuple):
    """How a signal's warnings and a book's falls meet.

    ``leads`` are sessions from the first warning of each fall that was warned of until it had passed its depth;
    negative where the warning came later.
    """

    falls: int
    leads: Sequence[int]
    false_alarms: int


def falls(levels: FloatArray, depth: float) -> list[BenchmarkFall]:
    """Falls of at least ``depth`` from a peak, each until the book has risen as much again from its trough.

    Parameters
    ----------
    levels
        (T,) what one unit has become.
    depth
        As a fraction; a rise from ``1 - depth`` back to 1 ends a fall.

    Source: turning points by a filter, Lunde & Timmermann (2004), section 2.
    """
    found, peak, passed, trough = [], 0, -1, -1
    for t in range(levels.size):
        if passed < 0:
            if levels[t] > levels[peak]:
                peak = t
            elif levels[t] <= levels[peak] * (1.0 - depth):
                passed = trough = t
        elif levels[t] < levels[trough]:
            trough = t
        elif levels[t] * (1.0 - depth) >= levels[trough]:
            found.append(BenchmarkFall(peak, passed, trough))
            peak, passed = t, -1
    return [*found, BenchmarkFall(peak, passed, trough)] if passed >= 0 else found


def spells(state: BoolArray) -> list[tuple[int, int]]:
    """First and last row of every spell in which a state is on. A row is a session."""
    edges = np.diff(np.concatenate([[False], state, [False]]).astype(np.int8))
    return list(zip(np.flatnonzero(edges == 1).tolist(), (np.flatnonzero(edges == -1) - 1).tolist(), strict=True))


def warned(state: BoolArray, met: Sequence[BenchmarkFall], ahead: int = AHEAD) -> Warned:
    """Which falls a state warned of, how early, and how many of its spells met no fall.

    A spell meets a fall if it is on within ``ahead`` sessions before the peak, or from there to the trough.
    """
    on = spells(state)
    leads, used = [], set()
    for fall in met:
        meeting = [number for number, (a, b) in enumerate(on) if a <= fall.trough and b >= fall.peak - ahead]
        used.update(meeting)
        if meeting:
            leads.append(fall.passed - on[meeting[0]][0])
    return Warned(len(met), leads, len(on) - len(used))


def planted(
    size: int, met: Sequence[BenchmarkFall], lead: int, false_alarms: int, rng: np.random.Generator
) -> BoolArray:
    """(size,) a perfect warning of every fall, from ``lead`` sessions before its peak to its trough, and false alarms.

    ``false_alarms`` spells of :data:`LASTS` sessions begin on days drawn among those from which they meet no fall
    within :data:`AHEAD` sessions; fewer where there are too few such days.
    """
    state, near = np.zeros(size, bool), np.zeros(size, bool)
    for fall in met:
        state[max(0, fall.peak - lead) : fall.trough + 1] = True
        near[max(0, fall.peak - AHEAD - LASTS) : fall.trough + 1] = True
    free = np.flatnonzero(~near)
    for first in rng.choice(free, min(false_alarms, free.size), replace=False):
        state[first : first + LASTS] = True
    return state


def as_panel(sessions: DateArray, first: int, state: BoolArray) -> SignalPanel:
    """A state from row ``first`` on as what a signal says; off elsewhere. It is hindsight, and marked so.

    ``state`` is (n,), one a session.
    """
    values = np.zeros((sessions.size, 1))
    values[first : first + state.size, 0] = state
    return SignalPanel(sessions, ("state",), values, sessions, hindsight=True)
