"""Where the episodes of stress lie in a set of training rows."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from signals.stress.labels import episodes
from simulator.core.types import FloatArray, IntArray

#: Rows without stress that end an episode, and rows before it that belong to its run-up.
GAP: Final = 21
RUN_UP: Final = 10


class EpisodeRows(NamedTuple):
    """Consecutive training rows: an episode of stress with its run-up. Rows are sessions, by position."""

    rows: IntArray  # all of them, in the order of time
    stressed: IntArray  # those under stress


def stretches(y: FloatArray, run_up: int = RUN_UP, gap: int = GAP) -> list[EpisodeRows]:
    """Episodes among training rows, which must be in the order of time; a class above 0 is stress.

    ``run_up`` and ``gap`` are in sessions.
    """
    state = (y > 0.0).astype(np.float64)
    return [
        EpisodeRows(
            np.arange(max(0, episode.first - run_up), episode.last + 1),
            episode.first + np.flatnonzero(state[episode.first : episode.last + 1]),
        )
        for episode in episodes(state, gap)
    ]
