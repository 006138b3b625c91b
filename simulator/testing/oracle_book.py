"""The oracle's book, and what it writes down of each day."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simulator.core.types import FloatArray


@dataclass
class OracleRun:
    """Daily books: ``nav``, ``cash``... (T,), ``shares`` (T, N), ``costs`` (T, components).

    ``owed`` is what waits at each close, ``unpaid`` what was given up on that day, ``due`` what investors brought less
    what they asked for, ``late`` what was paid to them from sales, ``settled`` the cash that could be.
    ``ruined`` is the session that ended the run.
    """

    nav: FloatArray
    cash: FloatArray
    shares: FloatArray
    costs: FloatArray
    interest: FloatArray
    price_pnl: FloatArray
    impact_pnl: FloatArray
    dividends: FloatArray
    flows: FloatArray
    raised: FloatArray
    bought: FloatArray
    sold: FloatArray
    owed: FloatArray
    unpaid: FloatArray
    due: FloatArray
    late: FloatArray
    fees: FloatArray
    settled: FloatArray
    decisions: list[int]
    ruined: int | None = None


@dataclass
class OracleBook:
    """The book between two steps of the day."""

    cash: float
    shares: FloatArray
    displacement: FloatArray
    due: FloatArray
    slices: dict[int, FloatArray] = field(default_factory=dict)
    queue: dict[int, Any] = field(default_factory=dict)
    decisions: int = 0
    nav: float = 0.0
    close: float = 0.0
    premium: float = 0.0
    owed: float = 0.0
    high: float = 0.0  # what performance fees are measured against
    aside: float = 0.0  # and what of them is set aside
    pending: dict[int, float] = field(default_factory=dict)  # cash of trades by the session they settle on
    working: int = 0  # the decision whose shares are due

    def payable(self, t: int, within: int = 0) -> float:
        """Cash for investors within some sessions: the least balance on any of the settlements from then on."""
        last = max([t + within, *self.pending])
        return min(
            self.cash - sum(cash for later, cash in self.pending.items() if later > day)
            for day in range(t + within, last + 1)
        )

    taken: FloatArray = field(default_factory=lambda: np.zeros(0))
    yearly: list[tuple[float, float]] = field(default_factory=list)  # turnover and cost of each day so far
