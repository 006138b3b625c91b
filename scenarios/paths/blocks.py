"""Block bootstraps as generators: what follows an event of a path, and what a fit page judges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np

from simulator.core.within import Within, check_fields

from .draw import MEAN_BLOCK, draw_rows
from .drawn import Drawn, copied
from .history import History

_BLOCK = Within(1, 10_000, unit="sessions")


@dataclass(frozen=True, kw_only=True)
class Stationary:
    """The stationary bootstrap (Politis and Romano 1994): whole sessions in blocks of geometric length.

    Parameters
    ----------
    block
        Mean length of a block in sessions; that of ``--block`` by default.
    """

    circular: ClassVar[bool] = False

    block: Annotated[int, _BLOCK] = MEAN_BLOCK

    def __post_init__(self) -> None:
        check_fields(self)

    def fit(self, history: History) -> FittedBlocks:
        """Nothing is estimated."""
        return FittedBlocks(history, self.block, self.circular)


@dataclass(frozen=True, kw_only=True)
class Circular(Stationary):
    """The circular block bootstrap (Politis and Romano 1992): whole sessions in blocks of one length.

    Parameters
    ----------
    block
        Length of a block in sessions; that of ``--block`` by default.
    """

    circular: ClassVar[bool] = True


@dataclass(frozen=True, eq=False)
class FittedBlocks:
    """Blocks of a history. It has no state: a new block begins wherever it is asked. ``block`` is in sessions."""

    history: History
    block: int
    circular: bool

    def start(self, rng: np.random.Generator) -> Any:  # noqa: ARG002 - as the protocol has it
        """Nothing to remember."""
        return None

    def after(self, row: int) -> Any:  # noqa: ARG002
        """Nothing to remember."""
        return None

    def draw(self, state: Any, sessions: int, rng: np.random.Generator) -> tuple[Drawn, Any]:  # noqa: ARG002
        """Blocks of sessions."""
        rows = draw_rows(np.arange(self.history.rows.size), sessions, self.block, rng, circular=self.circular)
        return copied(self.history, rows), None

    def notes(self) -> list[str]:
        """What the blocks are."""
        return [
            f"Paths: {block_words(self.block, circular=self.circular)} of {self.history.span}. "
            "A session keeps its returns, volumes, ranges, rates and series together."
        ]

    def figures(self) -> Mapping[str, Any]:
        """The length of blocks."""
        return {"block": self.block}


def block_words(block: int, *, circular: bool) -> str:
    """Which bootstrap it is, and how long its blocks are."""
    if circular:
        return f"circular block bootstrap (Politis and Romano 1992), blocks of {block} sessions,"
    return f"stationary bootstrap (Politis and Romano 1994), blocks of {block} sessions on average,"
