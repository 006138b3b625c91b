"""Placebos: a signal's own states at times that are not its own.

A signal shifted in time is on as long and switches as often as the signal itself, but knows nothing. What acting on
it was worth is what the same amount of stepping aside is worth by chance.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.panels import SignalPanel
from simulator.core.protocols import FeatureSource, Signal
from simulator.core.types import IntArray


class Shifted:
    """PLACEBO: another signal, later by a number of sessions, its end moved to the front. In hindsight.

    Parameters
    ----------
    signal
        The signal.
    sessions
        How much later; negative for earlier.
    """

    def __init__(self, signal: Signal, sessions: int) -> None:
        self.signal, self.sessions = signal, sessions
        self.name = f"{signal.name}-shifted-{sessions}"

    @property
    def warmup(self) -> int:
        """That of the signal. In sessions."""
        return int(self.signal.warmup)

    def compute(self, features: FeatureSource) -> SignalPanel:
        """The signal's columns, turned round within the sessions after its warm-up; in hindsight."""
        return shifted(self.signal.compute(features), self.sessions, slice(self.warmup, None))


def shifted(panel: SignalPanel, sessions: int, rows: slice = slice(None)) -> SignalPanel:
    """A panel whose ``rows`` are turned round by a number of sessions; rows before and after stay. In hindsight."""
    values, known_at = panel.values.copy(), panel.known_at.copy()
    values[rows] = np.roll(values[rows], sessions, axis=0)
    known_at[rows] = np.roll(known_at[rows], sessions, axis=0)
    return replace(panel, values=values, known_at=known_at, hindsight=True)


def draw_shifts(sessions: int, count: int, least: int, rng: np.random.Generator) -> IntArray:
    """At most ``count`` different shifts of ``sessions`` sessions, none within ``least`` of leaving all as it was.

    There are fewer where the history allows no more.

    Raises
    ------
    ParameterError
        If it allows none.
    """
    possible = np.arange(least, sessions - least + 1)
    if possible.size == 0:
        raise ParameterError(f"placebos: {sessions} sessions cannot be shifted by at least {least} either way")
    return np.sort(rng.choice(possible, min(count, possible.size), replace=False))
