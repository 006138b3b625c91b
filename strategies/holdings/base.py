"""What holdings offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from simulator.core.plan import PlanContext
from simulator.core.types import BoolArray, FloatArray


@dataclass(frozen=True, eq=False)
class Rows:
    """Target weights by session, each set of them stored once.

    Attributes
    ----------
    row
        (T,) the row of ``targets`` that holds that session.
    targets
        (rows, N) weights of nav; what is left to one is cash.
    failed
        Why no weights could be found on a session, by session: the row before holds on.
    """

    row: npt.NDArray[np.int32]
    targets: FloatArray
    failed: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def same(cls, targets: FloatArray, sessions: int) -> Rows:
        """The same targets (N,) on every session."""
        return cls(np.zeros(sessions, np.int32), targets[None, :])

    @classmethod
    def by_listing(cls, alive: BoolArray, weights_of: WeightsOf) -> Rows:
        """Targets that depend on what is listed alone: a row for each set of listed assets in ``alive`` (T, N)."""
        if alive.all():
            return cls.same(weights_of(alive[0]), len(alive))
        sets, row = np.unique(alive, axis=0, return_inverse=True)
        return cls(row.ravel().astype(np.int32), np.stack([weights_of(listed) for listed in sets]))


class WeightsOf(Protocol):
    """Weights (N,) of what is listed (N,)."""

    def __call__(self, listed: BoolArray, /) -> FloatArray:
        """The weights."""
        ...


@runtime_checkable
class Holdings(Protocol):
    """What to hold on each session."""

    def rows(self, context: PlanContext) -> Rows:
        """Target weights by session; row t from what was known at the close of t alone."""
        ...


@runtime_checkable
class OnTrades(Protocol):
    """Holdings that are worked out on the sessions alone on which the policy trades."""

    def rows_on(self, context: PlanContext, trade: BoolArray) -> Rows:
        """Target weights by session, those of ``trade`` (T,) and the first worked out anew."""
        ...
