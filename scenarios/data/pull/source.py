"""What a place on the net that data are pulled from offers, and what it may answer instead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from simulator.core.errors import DataError


class NotThereError(DataError):
    """The source does not have what was asked for; others of it may still be had."""


class BusyError(DataError):
    """The source asks to wait: ``seconds``, or ``None`` where it does not say how long."""

    def __init__(self, text: str, seconds: float | None = None) -> None:
        super().__init__(text)
        self.seconds = seconds


@dataclass(frozen=True)
class Days:
    """What days are asked for, both ends included; ``first`` is ``None`` for all that there are up to ``last``."""

    first: date | None
    last: date


@dataclass(frozen=True)
class Fetched:
    """One file as it is to be written.

    Attributes
    ----------
    content
        Its bytes.
    rows
        Days that it holds.
    first, last
        The first and last of them.
    currency
        What prices are quoted in, as the source writes it (``"USD"``, ``"GBp"`` for pence); empty where it is silent.
    """

    content: bytes
    rows: int
    first: date
    last: date
    currency: str = ""


class PullSource(Protocol):
    """A place to pull from."""

    @property
    def name(self) -> str:
        """As the command line names it."""
        ...

    def file_of(self, ticker: str) -> str:
        """The file of a ticker within the folder, parts divided by ``/``; raise ``ScenarioError`` if it can be none."""
        ...

    def fetch(self, ticker: str, days: Days) -> Fetched:
        """What there is of a ticker on these days.

        Raises
        ------
        NotThereError
            If the source has nothing of the name, or nothing on these days.
        BusyError
            If it asks to wait.
        DataError
            If it cannot be reached, or what came is not what it should be.
        """
        ...
