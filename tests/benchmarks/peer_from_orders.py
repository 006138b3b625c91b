"""vectorbt's from_orders, numba or Rust: targets in percent on the rebalancing sessions, sells first.

Only a policy whose sessions are known beforehand can be put so: W2.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from vectorbt.portfolio import dispatch
from vectorbt.portfolio.enums import SizeType

from .peer_vectorbt import default_sequence

#: Its engines that are installed.
ENGINES = ("numba", "rust") if find_spec("vectorbt_rust") else ("numba",)


def from_orders(
    close: np.ndarray, weights: np.ndarray, every: int, cost: float, cash: float, engine: str
) -> Callable[[], np.ndarray]:
    """A call that simulates the calendar policy and returns vectorbt's order records."""
    size = np.full(close.shape, np.nan)
    size[::every] = weights
    sequence = default_sequence(close.shape)
    room = int(np.isfinite(size).sum()) + 1

    def run() -> np.ndarray:
        orders, _ = dispatch.simulate_from_orders(
            close.shape,
            np.array([close.shape[1]]),
            np.array([cash]),
            sequence.copy(),  # sorted in place
            size=size,
            price=close,
            size_type=np.asarray(SizeType.TargetPercent),
            fees=np.asarray(cost),
            close=close,
            val_price=close,
            auto_call_seq=True,
            max_orders=room,
            engine=engine,
        )
        return orders

    return run
