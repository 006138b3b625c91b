"""Paths that a generator draws: markets with the calendar of history and everything else drawn or borrowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.market import MarketData

from .bootstrap import begun_on
from .draw import path_rng
from .drawn import Drawn, Fitted, joined
from .history import History
from .made import Making

_BORROWED = 1  # the stream that chooses what is borrowed, apart from that of what is drawn


class Generator(Protocol):
    """How to fit a generator; a class whose parameters are what the command line may state."""

    def fit(self, history: History) -> Fitted:
        """Fit it on what is known before paths begin."""
        ...


class Event(Protocol):
    """Some sessions that every path has, on a market."""

    @property
    def sessions(self) -> int:
        """How many sessions they are."""
        ...

    @property
    def at(self) -> date | None:
        """The first day; ``None`` where it is drawn for each path."""
        ...

    def drawn(self, base: Fitted, state: Any, rng: np.random.Generator) -> tuple[Drawn, Any, dict[str, Any]]:
        """Those sessions after a state, the state that they leave, and what to tell of them."""
        ...

    def notes(self) -> list[str]:
        """What they are, a sentence each."""
        ...


class Told(Protocol):
    """What states an event."""

    def on(self, history: History) -> Event:
        """The event on a market."""
        ...


@dataclass(frozen=True, eq=False)
class Generated:
    """Paths of a generator. Path 0 is the market itself.

    Parameters
    ----------
    market
        History; cut it at the last session of the run, or generators are fitted on later ones.
    seed
        Of the scenario. Path k depends on the market, the seed, the generator and k.
    generator
        Fitted on the market before paths begin.
    told
        What happens on every path besides; ``None`` for nothing.
    begin
        First row that is made; those before are history's own, and the generator is fitted on them alone. ``None``
        makes all rows, of a generator fitted on all sessions.
    since
        First row of the run: an event whose day is not stated falls on it or later.
    """

    market: MarketData
    seed: int
    generator: Generator
    told: Told | None = None
    begin: int | None = None
    since: int = 0

    def path(self, number: int) -> MarketData:
        """Path ``number``. It has the sessions of history."""
        if number == 0:
            return self.market
        drawn, _ = self.drawn(number)
        return self._making.made(drawn, path_rng(self.seed, number, _BORROWED))

    def drawn(self, number: int) -> tuple[Drawn, Mapping[str, Any]]:
        """The sessions of a path from ``begin`` on, and what is to be told of its event."""
        rng = path_rng(self.seed, number)
        state = self.fitted.start(rng) if self.begin is None else self.fitted.after(self.history.rows.size - 1)
        first = self.begin or 0
        at = None if self.event is None or self.event.at is None else self._row_of(self.event.at) - first
        since = max(self.since - first, 0)
        return self._told(state, self.market.sessions.size - first, (since, at), rng)

    def like_history(self, number: int) -> tuple[Drawn, Mapping[str, Any]]:
        """As many sessions as the generator was fitted on, to be compared with them."""
        rng = path_rng(self.seed, number)
        return self._told(self.fitted.start(rng), self.history.rows.size, (0, None), rng)

    def prepare(self) -> None:
        """Fit, and raise for what cannot be drawn."""
        assert self.fitted is not None
        if self.event is None:
            return
        last = self.market.sessions.size - self.event.sessions
        first = max(self.begin or 0, self.since if self.event.at is None else 0)
        row = first if self.event.at is None else self._row_of(self.event.at)
        if not first <= row <= last:
            day = self.market.sessions[min(row, self.market.sessions.size - 1)]
            raise ParameterError(
                f"{self.event.sessions} sessions from {day} do not lie between the first session made, "
                f"{self.market.sessions[first]}, and the last, {self.market.sessions[-1]}; move or shorten them"
            )

    @cached_property
    def history(self) -> History:
        """What is known before paths begin."""
        return History.of(self.market, self.begin)

    @cached_property
    def fitted(self) -> Fitted:
        """The generator with its parameters."""
        return self.generator.fit(self.history)

    @cached_property
    def event(self) -> Event | None:
        """What happens on every path."""
        return None if self.told is None else self.told.on(self.history)

    @cached_property
    def _making(self) -> Making:
        return Making(self.history, self.begin or 0)

    def _row_of(self, day: date) -> int:
        return int(np.searchsorted(self.market.sessions, np.datetime64(day, "D")))

    def _told(
        self, state: Any, sessions: int, where: tuple[int, int | None], rng: np.random.Generator
    ) -> tuple[Drawn, Mapping[str, Any]]:
        """Sessions with the event among them: at a row, or anywhere from another on."""
        if self.event is None:
            return self.fitted.draw(state, sessions, rng)[0], {}
        since, at = where
        room = self.event.sessions
        first = int(rng.integers(since, max(sessions - room, since) + 1)) if at is None else at
        parts = []
        if first:
            before, state = self.fitted.draw(state, first, rng)
            parts.append(before)
        window, state, said = self.event.drawn(self.fitted, state, rng)
        parts.append(window)
        if first + room < sessions:
            parts.append(self.fitted.draw(state, sessions - first - room, rng)[0])
        return joined(parts).part(0, sessions), said

    def notes(self) -> list[str]:
        """What a report must say of the paths."""
        begun = [self._whole()] if self.begin is None else [begun_on(self.market, self.begin)]
        event = [] if self.event is None else self.event.notes()
        return [*self.fitted.notes(), *event, *begun, *self._making.notes()]

    def _whole(self) -> str:
        return (
            f"Paths have the dates of history, and are made of all of it (seed {self.seed}): other histories, not "
            "forecasts; from=DATE lets them begin on a date, with nothing later in them. Path 0 is history."
        )
