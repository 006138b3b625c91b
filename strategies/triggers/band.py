"""A weight has strayed too far: the one trigger that needs the book."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.plan import PlanContext
from simulator.core.within import PART, SESSIONS, Within, check_fields

from .base import When
from .sessions import Every

#: A band as a share of a target: beyond the target itself only from above.
OF_TARGET: Final = Within(0.0, 100.0, above=True, text="write 0.25 for a quarter of the target")


@dataclass(frozen=True)
class Band:
    """When a weight has strayed too far from its target: by so much of nav, by such a share of the target, or either.

    Weights are of nav, cash included. ``Band(0.05, relative=0.25)`` is the 5/25 rule: five points or a quarter of the
    target, whichever is left first. An asset, or cash, without a target has no relative band.

    Parameters
    ----------
    band
        Largest deviation tolerated, in weight (0.05 is five percentage points).
    to
        ``"target"``, or ``"edge"``: trade strayed assets back only to the nearest edge of their band.
    review
        Sessions between tests.
    relative
        Largest deviation tolerated as a share of the target (0.25 is a quarter of it); ``true``: ``band`` is meant so.
    """

    band: Annotated[float | None, PART] = None
    to: Literal["target", "edge"] = "target"
    review: Annotated[int, SESSIONS] = 1
    relative: Annotated[float | bool | None, OF_TARGET] = None

    def __post_init__(self) -> None:
        check_fields(self)
        if self.to not in ("target", "edge"):
            raise ParameterError(f"to must be 'target' or 'edge', not {self.to!r}")
        if self.relative is True:
            object.__setattr__(self, "relative", self.band)
            object.__setattr__(self, "band", None)
        if self.band is None and not self.relative:
            raise ParameterError("band: give band (of nav), relative (of the target), or both")

    def when(self, context: PlanContext) -> When:
        """A test on every ``review``-th session."""
        tested = Every(self.review).when(context).trade
        band = np.inf if self.band is None else float(self.band)
        relative = float(self.relative) if self.relative else np.inf
        return When(np.zeros_like(tested), tested, band, self.to == "edge", relative)
