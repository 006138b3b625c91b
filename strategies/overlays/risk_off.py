"""Out of risk, into what is liquid."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from simulator.core.names import CASH
from simulator.core.types import FloatArray
from simulator.core.within import SOME, bounded
from strategies.signals import SignalRef
from strategies.weights import Weights, resolve

from .base import StateOverlay


class RiskOff(StateOverlay):
    """While a signal is on, a share of the risky weights is held in liquid ones.

    Parameters
    ----------
    signal
        The signal, or its name.
    share
        Share of every risky weight that moves.
    into
        Where to, as fractions of what moves, summing to one; ``CASH`` allowed. Assets named here are the liquid
        ones and keep their own weight. ``None`` moves it all into cash.
    """

    @bounded
    def __init__(self, signal: SignalRef, share: Annotated[float, SOME] = 0.75, into: Weights | None = None) -> None:
        super().__init__(signal)
        self.share = float(share)
        self.into = {CASH: 1.0} if into is None else into

    def apply(self, weights: FloatArray, assets: tuple[str, ...]) -> FloatArray:
        """(N,) ``weights`` with ``share`` of the risky ones moved into the liquid assets."""
        into = resolve(self.into, assets, "into")
        named = set(self.into) if hasattr(self.into, "keys") else {a for a, w in zip(assets, into, strict=True) if w}
        risky = np.array([asset not in named for asset in assets])
        moved = self.share * weights * risky
        return weights - moved + moved.sum() * into
