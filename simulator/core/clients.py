"""Whose money a book is, where what they take back answers to how the book does."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from .types import DateArray


class BookSeen(NamedTuple):
    """What clients see of a book at a close.

    Attributes
    ----------
    value
        Of a share of the book, in units of the first session's, net of what is owed to leavers.
    liquid_share
        Of nav that is cash within the horizon under the stress of the run; NaN where no liquidity is measured.
    """

    value: float
    liquid_share: float


class Leaving(Protocol):
    """Clients during one run."""

    def after(self, t: int, seen: BookSeen) -> float:
        """Share of what belongs to those who stay that is due at the open of session t + 1, from the close of t."""
        ...


class Clients(Protocol):
    """Clients of a book; every run begins with the same."""

    @property
    def watches_liquidity(self) -> bool:
        """Whether what they ask for depends on liquidity."""
        ...

    def begin(self, sessions: DateArray) -> Leaving:
        """Clients at the first of the sessions (T,) replayed."""
        ...
