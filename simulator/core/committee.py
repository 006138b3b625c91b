"""Who decides on what a policy proposes: nobody by default, a committee as simulated, or one whose rulings are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, NamedTuple, Protocol

import numpy as np

from .day import Day
from .errors import ParameterError
from .types import FloatArray
from .within import SHARE, check_fields

_ALMOST_ONE = 1e-9
_LONGEST = 250  # sessions a committee may take
_STREAM = 0x60F  # of the draws, apart from all others of a seed


class Ruling(NamedTuple):
    """What is decided on a proposal.

    Attributes
    ----------
    weights
        (N,) target weights that are approved; ``None`` where the proposal is rejected.
    wait
        Sessions until the ruling is known; 0 by the close of the proposal itself.
    why
        What the run says of it; nothing where that is empty.
    """

    weights: FloatArray | None
    wait: int = 0
    why: str = ""


class Committee(Protocol):
    """Rules on what a policy proposes, on what is known at that close."""

    @property
    def slow(self) -> bool:
        """Whether a ruling may come later than the close of the proposal."""
        ...

    def rule(self, weights: FloatArray, day: Day, first: bool) -> Ruling:
        """Rule on target weights (N,) that a policy proposes at the close of a day.

        ``first`` is whether they are the first investment of a book that began in cash.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Governance:
    """A committee as simulated: how long it takes, and how often it says yes.

    What is approved is the proposal's target weights, sized at the close of the approval and filled after the lag of
    the execution. Proposals are taken in order. One that equals the last still before the committee is not put again;
    one that was rejected is put again when its policy asks for it again. On a day all policies meet the same committee.
    The first investment of a book that begins in cash is not put before it.

    Parameters
    ----------
    delay
        Sessions from a proposal to the ruling; or a list of shares, [0.2, 0.5, 0.3] for 20% at once, 50% after one
        session and 30% after two.
    approval
        Share of proposals that are approved.
    seed
        Of the draws; each rests on the seed and the day alone.

    Raises
    ------
    ParameterError
        If a delay is no number of sessions, or shares do not sum to one.
    """

    delay: int | list[float] = 0
    approval: Annotated[float, SHARE] = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        check_fields(self)
        if isinstance(self.delay, list):
            shares = np.asarray(self.delay, np.float64)
            if not 0 < len(shares) <= _LONGEST + 1 or (shares < 0.0).any() or not abs(shares.sum() - 1.0) < _ALMOST_ONE:
                raise ParameterError(f"delay must be shares of zero or more that sum to one, not {self.delay}")
        elif not 0 <= self.delay <= _LONGEST:
            raise ParameterError(f"delay must be a number of sessions from 0 to {_LONGEST}, not {self.delay!r}")

    @property
    def slow(self) -> bool:
        """Whether a ruling may come later than the close of the proposal."""
        return isinstance(self.delay, list) or self.delay > 0

    def rule(self, weights: FloatArray, day: Day, first: bool) -> Ruling:
        """The ruling that the seed holds for this day."""
        if first:
            return Ruling(weights)
        number = int(np.datetime64(day.date, "D").astype(np.int64)) & 0xFFFFFFFF
        waits, says = np.random.default_rng([self.seed, _STREAM, number]).random(2)
        wait = self._wait(float(waits))
        if says < self.approval:
            return Ruling(weights, wait, f"approved after {wait} sessions" if wait else "")
        return Ruling(None, wait, "rejected by the committee")

    def _wait(self, drawn: float) -> int:
        if not isinstance(self.delay, list):
            return int(self.delay)
        return min(int(np.searchsorted(np.cumsum(self.delay), drawn, side="right")), len(self.delay) - 1)
