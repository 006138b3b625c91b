"""Out of risk, into what is liquid."""

from __future__ import annotations

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.types import CASH, FloatArray
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

    def __init__(self, signal: SignalRef, share: float = 0.75, into: Weights | None = None) -> None:
        super().__init__(signal)
        if not 0.0 < share <= 1.0:
            raise ParameterError(f"share must lie in (0, 1], not {share}")
        self.share = float(share)
        self.into = {CASH: 1.0} if into is None else into

    def apply(self, weights: FloatArray, assets: tuple[str, ...]) -> FloatArray:
        """(N,) ``weights`` with ``share`` of the risky ones moved into the liquid assets."""
        into = resolve(self.into, assets, "into")
        named = set(self.into) if hasattr(self.into, "keys") else {a for a, w in zip(assets, into, strict=True) if w}
        risky = np.array([asset not in named for asset in assets])
        moved = self.share * weights * risky
        return weights - moved + moved.sum() * into
