"""What a generator draws, and what it must offer to draw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Protocol

import numpy as np

from simulator.core.types import FloatArray, IntArray

from .history import History

#: Stands for a session that is like no single one of history.
NONE: Final = -1


@dataclass(frozen=True, eq=False)
class Drawn:
    """L consecutive sessions of N assets.

    Attributes
    ----------
    returns
        (L, N) log total returns.
    volume
        (L, N) log of notional volume over the usual one; ``None`` where history has no volume.
    spread
        (L, N) log half-spread; ``None`` where history quotes none.
    rows
        (L,) the session of history (an index of its S sessions) that this session is, or ``NONE`` where it was made.
    """

    returns: FloatArray
    volume: FloatArray | None
    spread: FloatArray | None
    rows: IntArray

    def part(self, start: int, stop: int) -> Drawn:
        """Some of its sessions."""
        return Drawn(*(_cut(getattr(self, item.name), start, stop) for item in fields(self)))


def joined(parts: Sequence[Drawn]) -> Drawn:
    """Sessions one after the other."""
    return Drawn(*(_joined([getattr(part, item.name) for part in parts]) for item in fields(Drawn)))


def copied(history: History, rows: IntArray) -> Drawn:
    """Sessions of history, by index of its S sessions."""
    return Drawn(
        history.returns[rows],
        None if history.volume is None else history.volume[rows],
        None if history.spread is None else history.spread[rows],
        rows,
    )


def _cut(values: Any, start: int, stop: int) -> Any:
    return None if values is None else values[start:stop]


def _joined(values: Sequence[Any]) -> Any:
    return None if values[0] is None else np.concatenate(values)


class Fitted(Protocol):
    """A generator with its parameters. It draws from the generator given alone, and keeps no state of its own."""

    def start(self, rng: np.random.Generator) -> Any:
        """A state to begin in that is as usual as any."""
        ...

    def after(self, row: int) -> Any:
        """The state in which a session of history (an index of its S sessions) left the market."""
        ...

    def draw(self, state: Any, sessions: int, rng: np.random.Generator) -> tuple[Drawn, Any]:
        """Sessions that follow a state, and the state that they leave."""
        ...

    def notes(self) -> list[str]:
        """What it is and what it assumes, a sentence each."""
        ...

    def figures(self) -> Mapping[str, Any]:
        """Its parameters as plain data, annual where that is how people read them."""
        ...
