"""Prices drift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.market import MarketData
from simulator.core.within import Within

from .dated import DatedShock, Hit, moved_by


@dataclass(frozen=True, kw_only=True)
class Drift(DatedShock):
    """Prices move by (1 + size)^severity in equal log steps over the window, and stay where that leaves them.

    Parameters
    ----------
    size
        Of the whole move, as a fraction: -0.10 is a fall of 10% by the window's last close.
    """

    kind: ClassVar[str] = "drift"

    size: Annotated[float, Within(-1.0, 9.0, above=True, text="write -0.10 for a fall of 10%")] = -0.10

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.ends:
            raise ParameterError(f"{self.kind}: say over how long: days, or to (a date)")

    def log_size(self) -> float:
        """Log of (1 + size)."""
        return float(np.log1p(self.size))

    def detail(self) -> str:
        """The size in words."""
        return f"prices drift by {self.size:+.1%}"

    def shocked(self, market: MarketData, hit: Hit) -> MarketData:
        """Move prices by a share of the size that grows to all of it."""
        sessions = np.arange(market.sessions.size) - hit.window.start + 1
        share = np.clip(sessions / max(self.asked_sessions(market), 1), 0.0, 1.0)
        return moved_by(market, share[:, None] * hit.sizes)
