"""``--generator KIND:key=value,...``: which paths are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, Protocol

import numpy as np

from scenarios import kinds
from scenarios.configure import checked, parameters
from scenarios.load import parse_value
from scenarios.making import construct, make
from scenarios.plugins import find
from simulator.core.errors import DataError, ParameterError, ScenarioError, nearest, shown
from simulator.core.market import MarketData
from simulator.core.names import quoted
from simulator.core.within import Within

from .blocks import Stationary
from .bootstrap import Bootstrap
from .draw import MEAN_BLOCK
from .generated import Generated
from .lasting import Lasting

#: What paths are drawn by unless another generator is asked for.
DEFAULT: Final = "bootstrap"
_OPTION: Final = "--generator"
_LENGTH: Final = Annotated[int, Within(2, 100_000, unit="sessions")]


class Paths(Protocol):
    """Where paths come from."""

    def path(self, number: int) -> MarketData:
        """Path ``number``; 0 is history. It has the sessions of history, or as many of the last as were asked for."""
        ...

    def notes(self) -> list[str]:
        """What a report must say of the paths."""
        ...


@dataclass(frozen=True)
class Asked:
    """A generator that was asked for.

    Attributes
    ----------
    kind
        Its name.
    generator
        What draws all sessions but those of an event.
    told
        What states the event; ``None`` without one.
    start
        The day on which paths begin; ``None`` makes all sessions.
    sessions
        How many sessions a path has, the last up to the end of the run; ``None`` for all of the market's.
    """

    kind: str
    generator: Any
    told: Any
    start: date | None
    sessions: int | None = None

    def on(self, market: MarketData, seed: int, since: int = 0) -> Generated:
        """Its paths of a market, whatever the kind. ``since`` is the session on which they begin."""
        return Generated(market, seed, self.generator, self.told, self._begin(market), since)

    def paths(self, market: MarketData, seed: int, since: int = 0) -> Paths:
        """Its paths of a market; a bootstrap without an event keeps the gaps, halts and splits of its sessions too.

        Raises
        ------
        UndertowError
            Naming what cannot be drawn from this market.
        """
        self.check_length(market.sessions.size)
        whole = self._whole(market, seed, since)
        return whole if self.sessions is None else Lasting(whole, self.sessions)

    def check_length(self, sessions: int) -> None:
        """Raise unless so many sessions are enough for a path."""
        if self.sessions is not None and self.sessions > sessions:
            raise ScenarioError(
                f"{_OPTION} {self.kind}: sessions = {self.sessions:,}: up to the end of the run the market has "
                f"{sessions:,}; state at most as many"
            )

    def _whole(self, market: MarketData, seed: int, since: int) -> Paths:
        own = self.generator
        if self.told is None and isinstance(own, Stationary):
            return Bootstrap(market, seed, own.block, own.circular, self._begin(market), self.sessions)
        made = self.on(market, seed, since)
        self.prepared(made)
        return made

    def prepared(self, made: Generated) -> None:
        """Fit paths; raise for what cannot be drawn, naming the option."""
        try:
            made.prepare()
        except (DataError, ParameterError) as error:
            raise type(error)(f"{_OPTION} {self.kind}: {str(error).removeprefix(f'{self.kind}: ')}") from None

    def _begin(self, market: MarketData) -> int | None:
        if self.start is None:
            return None
        row = int(np.searchsorted(market.sessions, np.datetime64(self.start, "D")))
        if not 0 < row < market.sessions.size:
            raise ScenarioError(
                f"{_OPTION} {self.kind}: from {self.start}: the sessions of the market are those from "
                f"{market.sessions[0]} to {market.sessions[-1]}; paths begin within them"
            )
        return row


def asked_for(text: str, block: int | None = None) -> Asked:
    """Read ``KIND:key=value,...``.

    Parameters
    ----------
    text
        As on the command line; empty for the default.
    block
        ``--block``: the length of blocks of a bootstrap that states none.

    Raises
    ------
    ScenarioError
        Naming the kind or key that cannot be used, with the nearest known one.
    """
    kind, _, rest = (text or DEFAULT).partition(":")
    table = _table(rest, text)
    start = checked(table.pop("from"), date, f"{_OPTION} {kind}.from") if "from" in table else None
    sessions = checked(table.pop("sessions"), _LENGTH, f"{_OPTION} {kind}.sessions") if "sessions" in table else None
    cls = _class(kind, _OPTION)
    known = parameters(cls)
    if "base" not in known:
        return Asked(kind, _made(cls, table, f"{_OPTION} {kind}", block), None, start, sessions)
    own = {key: value for key, value in table.items() if key in known}
    told = make(cls, own, f"{_OPTION} {kind}")
    base = _class(told.base, f"{_OPTION} {kind}: base")
    if "base" in parameters(base):
        raise ScenarioError(f"{_OPTION} {kind}: base: {quoted(told.base)} stands on another itself; name that one")
    others = {key: value for key, value in table.items() if key not in known}
    names = [*known, *parameters(base), "from", "sessions"]
    for key in others:
        if key not in parameters(base):
            raise ScenarioError(f"{_OPTION} {kind}: unknown key {quoted(key)}{nearest(key, names)}")
    return Asked(kind, _made(base, others, f"{_OPTION} {kind} ({told.base})", block), told, start, sessions)


def _class(kind: str, where: str) -> Any:
    if kind not in kinds.GENERATORS:
        raise ScenarioError(f"{where}: no generator {quoted(kind)}{nearest(kind, kinds.GENERATORS)}")
    return find(kind, kinds.GENERATORS, where)


def _made(cls: Any, table: Mapping[str, Any], where: str, block: int | None) -> Any:
    if "block" in parameters(cls):
        table = {"block": MEAN_BLOCK if block is None else block, **table}
    elif block is not None:
        raise ScenarioError(f"{where}: --block is the length of blocks, and this has none; leave it out")
    return make(cls, table, where) if table else construct(cls, {}, where)


def _table(rest: str, text: str) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for part in filter(None, rest.split(",")):
        key, equals, value = part.partition("=")
        key = key.strip()
        if not equals or not key:
            raise ScenarioError(f"{_OPTION} {shown(text)}: write KIND:key=value,key=value")
        if key in table:
            raise ScenarioError(f"{_OPTION} {shown(text)}: {key} is stated twice")
        table[key] = value.strip().split("+") if key == "assets" else parse_value(value.strip())
    return table
