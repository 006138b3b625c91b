"""Hand-over to vectorbt: its portfolio from our recorded fills and fees.

Nothing is simulated again: each fill becomes an order of that size at that price with its costs as a fixed fee.
Interest on cash, which vectorbt has no notion of, is a fee of the opposite sign on an order of a worthless
carrier column, named ``CASH``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.core.types import CASH, FloatArray
from simulator.ledger import Kind

if TYPE_CHECKING:
    import vectorbt as vbt

    from .result import RunResult

_WORTHLESS = 1e-9


def to_vectorbt(result: RunResult) -> vbt.Portfolio:
    """A ``vectorbt.Portfolio`` (one group, shared cash) whose value is our nav at market marks."""
    import vectorbt as vbt

    names = [*result.assets, CASH]
    size, price, fees = _orders(result)
    close = np.where(result.marks > 0.0, result.marks, np.nan)
    frame = pd.DataFrame(np.column_stack([close, np.full(len(close), _WORTHLESS)]), result.index, names)

    def wide(values: FloatArray) -> pd.DataFrame:
        return pd.DataFrame(values, result.index, names)

    return vbt.Portfolio.from_orders(
        close=frame,
        size=wide(size),
        size_type="amount",
        direction="both",
        price=wide(price),
        fixed_fees=wide(fees),
        init_cash=result.initial_cash,
        cash_sharing=True,
        group_by=np.zeros(len(names), int),
        call_seq=_sequence(size),
        freq="1D",
    )


def _orders(result: RunResult) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(T, N + 1) sizes, prices and fees; fills of an asset on one day are put together."""
    records, assets = result.records, len(result.assets)
    shape = (result.sessions.size, assets + 1)
    size, value, fees = np.zeros(shape), np.zeros(shape), np.zeros(shape)

    def add(panel: FloatArray, kind: Kind, field: str, sign: float) -> None:
        chosen: Any = records[records["kind"] == kind]
        np.add.at(panel, (chosen["session"], chosen["asset"]), sign * chosen[field])

    add(size, Kind.FILL, "quantity", 1.0)
    add(value, Kind.FILL, "amount", -1.0)
    add(fees, Kind.COST, "amount", -1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        price = np.where(size != 0.0, value / size, np.nan)
    interest = result.daily["interest"]
    size[:, assets] = np.where(interest != 0.0, 1.0, np.nan)
    price[:, assets] = _WORTHLESS
    fees[:, assets] = -interest
    size[size == 0.0] = np.nan
    return size, price, fees


def _sequence(size: FloatArray) -> Any:
    """(T, N + 1) order of execution: interest, sells, buys."""
    rank = np.where(np.nan_to_num(size) < 0.0, 1, 2)
    rank[:, -1] = 0
    return np.argsort(rank, axis=1, kind="stable")
