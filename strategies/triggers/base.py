"""What a trigger offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from simulator.core.plan import PlanContext
from simulator.core.types import BoolArray


@dataclass(frozen=True, eq=False)
class When:
    """When a policy trades, as far as the market alone decides it.

    Attributes
    ----------
    trade
        (T,) True on sessions on which it trades, whatever the book.
    test
        (T,) True on sessions on which it trades if a weight has strayed beyond ``band``; only the book can tell.
    band
        Largest deviation of a weight tolerated, cash included; inf where nothing is tested.
    relative
        Largest deviation as a share of an asset's own target; inf where there is no such band. The narrower holds.
    to_edge
        A trade that a test led to goes to the nearest edge of the band, not to the target.
    """

    trade: BoolArray
    test: BoolArray
    band: float = np.inf
    to_edge: bool = False
    relative: float = np.inf

    @classmethod
    def on(cls, trade: BoolArray) -> When:
        """On some sessions (T,), without any test."""
        return cls(trade, np.zeros_like(trade))


@runtime_checkable
class TradeTrigger(Protocol):
    """Says when to trade again after the first session. Optional: ``signals`` it carries and ``reads``, names."""

    def when(self, context: PlanContext) -> When:
        """The sessions; entry t from what was known at the close of t alone."""
        ...
