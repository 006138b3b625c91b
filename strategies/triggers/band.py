"""A weight has strayed too far: the one trigger that needs the book."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.plan import PlanContext
from simulator.core.within import PART, SESSIONS, check_fields

from .base import When
from .sessions import Every


@dataclass(frozen=True)
class Band:
    """When the largest absolute deviation of a weight from its target exceeds the band.

    Weights are of nav, cash included.

    Parameters
    ----------
    band
        Largest deviation tolerated, in weight (0.05 is five percentage points).
    to
        ``"target"``, or ``"edge"``: trade strayed assets back only to the nearest edge of their band.
    review
        Sessions between tests.
    """

    band: Annotated[float, PART]
    to: Literal["target", "edge"] = "target"
    review: Annotated[int, SESSIONS] = 1

    def __post_init__(self) -> None:
        check_fields(self)
        if self.to not in ("target", "edge"):
            raise ParameterError(f"to must be 'target' or 'edge', not {self.to!r}")

    def when(self, context: PlanContext) -> When:
        """A test on every ``review``-th session."""
        tested = Every(self.review).when(context).trade
        return When(np.zeros_like(tested), tested, float(self.band), self.to == "edge")
