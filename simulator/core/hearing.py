"""What goes wrong between a signal and those that act on it: it comes late, garbled, or upside down."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from .panels import SignalPanel
from .types import BoolArray, FloatArray, IntArray

#: Columns that say yes or no, and are heard the wrong way round where a signal is garbled or upside down ...
FIRE: Final = "fire"
CALLS: Final = ("state", "event", FIRE)
#: ... and the one that turns into 1 less itself.
CHANCE: Final = "probability"


@dataclass(frozen=True)
class Misheard:
    """Sessions ``[start, stop)`` on which some signals do not reach policies as they are.

    Attributes
    ----------
    start, stop
        Sessions of the market.
    signals
        Their names; ``None`` for all of them.
    """

    start: int
    stop: int
    signals: tuple[str, ...] | None = None

    def concerns(self, name: str) -> bool:
        """Whether a signal is among them."""
        return self.signals is None or name in self.signals

    def rows(self, sessions: int) -> slice:
        """Those of its sessions that a panel of so many has."""
        return slice(min(self.start, sessions), min(self.stop, sessions))


@dataclass(frozen=True)
class Delayed(Misheard):
    """What a signal says on these sessions is heard ``sessions`` later; several delays add up."""

    sessions: int = 1


@dataclass(frozen=True)
class Garbled(Misheard):
    """What is heard on these sessions is wrong now and then.

    Attributes
    ----------
    rate
        How probable it is, each session and column apart, that a call is heard the other way round.
    sigma
        Standard deviation of the log by which other columns are heard wrongly.
    seed
        Of its draws, which a session's do not share with any later one's.
    """

    rate: float = 0.0
    sigma: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Inverted(Misheard):
    """What is heard on these sessions is the opposite."""


def heard(faults: Sequence[Misheard], name: str, panel: SignalPanel) -> SignalPanel:
    """A signal's panel as policies get it. In any order faults come to the same: delays, then noise, then inversion.

    Columns ``state``, ``event`` and ``fire`` say yes or no, as the only column of a panel does; a ``probability`` p
    becomes 1 - p where a signal is inverted; other columns are delayed and garbled, and never inverted. ``fire`` is
    not inverted either: the opposite of acting on a day is not acting on every other. NaN stays NaN. A call that is
    late is not made on its own day, and a state that is late leaves the one before standing; until anything has
    arrived, all is NaN.

    Parameters
    ----------
    faults
        Of all signals; those that do not concern this one change nothing.
    name, panel
        The signal, over all sessions of the market.
    """
    own = [fault for fault in faults if fault.concerns(name)]
    late = [fault for fault in own if isinstance(fault, Delayed)]
    if late:
        panel = _late(panel, late)
    for fault in own:
        if isinstance(fault, Garbled):
            panel = _garbled(panel, fault, name)
    for fault in own:
        if isinstance(fault, Inverted):
            panel = _inverted(panel, fault)
    return panel


def _late(panel: SignalPanel, faults: Sequence[Delayed]) -> SignalPanel:
    sessions = panel.sessions.size
    arrival = np.arange(sessions)
    for fault in faults:
        arrival[fault.rows(sessions)] += fault.sessions
    newest = _newest(arrival)
    some = newest >= 0
    rows = np.where(some, newest, 0)
    values = np.where(some[:, None], panel.values[rows], np.nan)
    if FIRE in panel.columns:
        values[:, panel.index_of(FIRE)] = _calls(panel.column(FIRE), arrival)
    known_at = panel.known_at[rows].copy()
    known_at[~some] = panel.sessions[0]
    return replace(panel, values=values, known_at=known_at)


def _newest(arrival: IntArray) -> IntArray:
    """(T,) the last session whose message has arrived by each session; -1 before any has."""
    sessions = arrival.size
    newest = np.full(sessions, -1)
    inside = arrival < sessions
    np.maximum.at(newest, arrival[inside], np.flatnonzero(inside))
    return np.maximum.accumulate(newest)


def _calls(fire: FloatArray, arrival: IntArray) -> FloatArray:
    """(T,) calls on the sessions on which they arrive; NaN where what arrived is, and 0 where nothing did."""
    heard_on = np.full(fire.size, -1.0)
    inside = arrival < fire.size
    np.maximum.at(heard_on, arrival[inside], np.nan_to_num(fire[inside], nan=-1.0))
    arrived = np.zeros(fire.size, np.bool_)
    arrived[arrival[inside]] = True
    return np.where(~arrived, 0.0, np.where(heard_on < 0.0, np.nan, heard_on))


def _is_call(column: str, panel: SignalPanel) -> bool:
    """Whether a column says yes or no: policies read the only column of a panel as a state."""
    return column in CALLS or (len(panel.columns) == 1 and column != CHANCE)


def _garbled(panel: SignalPanel, fault: Garbled, name: str) -> SignalPanel:
    sessions, columns = panel.values.shape
    rows = fault.rows(sessions)
    rng = np.random.default_rng(np.random.SeedSequence([fault.seed, zlib.crc32(name.encode())]))
    drawn = rng.random((rows.stop - rows.start, columns, 2))  # by session, so that a longer market draws the same
    values = panel.values.copy()
    for number, column in enumerate(panel.columns):
        part = values[rows, number]
        if _is_call(column, panel):
            wrong: BoolArray = drawn[:, number, 0] < fault.rate
            values[rows, number] = np.where(wrong, 1.0 - part, part)
        elif fault.sigma > 0.0:
            values[rows, number] = _scaled(part, fault.sigma, drawn[:, number], column)
    return replace(panel, values=values)


def _scaled(values: FloatArray, sigma: float, drawn: FloatArray, column: str) -> FloatArray:
    """(t,) values times a lognormal error; probabilities stay such."""
    normal = np.sqrt(-2.0 * np.log1p(-drawn[:, 0])) * np.cos(2.0 * np.pi * drawn[:, 1])  # Box and Muller (1958)
    noisy = values * np.exp(sigma * normal)
    return np.minimum(noisy, 1.0) if column == CHANCE else noisy


def _inverted(panel: SignalPanel, fault: Inverted) -> SignalPanel:
    rows, values = fault.rows(panel.sessions.size), panel.values.copy()
    for number, column in enumerate(panel.columns):
        if column == CHANCE or (column != FIRE and _is_call(column, panel)):
            values[rows, number] = 1.0 - values[rows, number]
    return replace(panel, values=values)
