"""Weights that never change, but for what is not listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.plan import PlanContext
from simulator.core.types import BoolArray, FloatArray
from strategies.weights import Weights, resolve

from .base import Rows

#: What becomes of the target of an asset that is not listed on a day: the listed ones share it, or it stays in cash.
Unlisted: TypeAlias = Literal["share", "cash"]


@dataclass(frozen=True, eq=False)
class Fixed:
    """The same target weights throughout.

    Parameters
    ----------
    weights
        Target weights of nav by asset; what is left to one is cash.
    unlisted
        What becomes of the target of an asset that is not listed on a day: ``"share"``, the listed ones have it in
        proportion to their own, or ``"cash"``. Where weights are negative it stays in cash.
    """

    weights: Weights
    unlisted: Unlisted = "share"

    def __post_init__(self) -> None:
        if self.unlisted not in ("share", "cash"):
            raise ParameterError(f"unlisted must be 'share' or 'cash', not {self.unlisted!r}")

    def rows(self, context: PlanContext) -> Rows:
        """A row for each set of listed assets. Fractions of nav, (rows, N), and which of them holds each session."""
        targets = resolve(self.weights, context.assets)
        if self.unlisted == "cash" or (targets < 0.0).any():
            return Rows.same(targets, context.sessions.size)
        return Rows.by_listing(context.alive | (targets == 0.0), lambda listed: shared(targets, listed))


def shared(targets: FloatArray, listed: BoolArray) -> FloatArray:
    """(N,) ``targets`` with those of assets not ``listed`` (N,) spread over the others, in proportion to their own.

    Where none that has a target is listed all of it is left in cash.
    """
    if listed.all():
        return targets
    held = np.where(listed, targets, 0.0)
    total = held.sum()
    return held * (targets.sum() / total) if total > 0.0 else held
