"""Equal weights of what is listed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.plan import PlanContext
from simulator.core.types import BoolArray, FloatArray
from strategies.weights import resolve, some_assets

from .base import Rows


@dataclass(frozen=True)
class Equal:
    """Equal weights of every asset listed that day (or of those named), with a share left in cash.

    An asset not yet born or already delisted has no weight; the others share what it would have had.

    Parameters
    ----------
    assets
        The assets to hold; all of the market's by default.
    cash
        Share of nav left in cash.
    """

    assets: tuple[str, ...] | None = None
    cash: float = 0.0

    def __post_init__(self) -> None:
        some_assets(self.assets)
        if not 0.0 <= self.cash < 1.0:
            raise ParameterError(f"cash must lie in [0, 1), not {self.cash}")

    def rows(self, context: PlanContext) -> Rows:
        """A row for each set of listed assets. Fractions of nav, (rows, N), and which of them holds each session."""
        named = resolve(dict.fromkeys(self.assets or context.assets, 1.0), context.assets, "assets") > 0.0

        def weights_of(listed: BoolArray) -> FloatArray:
            chosen = named & listed
            return np.where(chosen, (1.0 - self.cash) / max(int(chosen.sum()), 1), 0.0)

        return Rows.by_listing(context.alive, weights_of)
