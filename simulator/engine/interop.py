"""Hand-over to vectorbt: its portfolio from our recorded fills and fees.

Nothing is simulated again: what was filled of an asset in a session becomes one order of that size at that price, with
its costs as a fixed fee. Everything else that moved cash (interest, dividends, subscriptions and redemptions, fees on
borrowed shares), of which vectorbt has no notion, is a fee of the opposite sign on an order of a worthless carrier
column, named ``CASH``. Shares and prices before a split are stated in those after none: a position that splits does
not trade. vectorbt's *value* is our nav; its returns count flows, ours do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from simulator.core import abi
from simulator.core.errors import ParameterError
from simulator.core.names import CASH
from simulator.core.types import FloatArray
from simulator.ledger import Kind

if TYPE_CHECKING:
    import vectorbt as vbt

    from .result import RunResult

#: Price of the carrier as a share of the initial cash: thousands of units are worth nothing.
_WORTHLESS = 1e-15
_ROUNDING = 1e-9


class _Orders(NamedTuple):
    """(T, N + 1) orders, the last column the carrier's; NaN sizes for none."""

    size: FloatArray
    price: FloatArray
    fees: FloatArray


def to_vectorbt(result: RunResult) -> vbt.Portfolio:
    """A ``vectorbt.Portfolio`` (one group, shared cash) whose value is our nav.

    Raises
    ------
    ParameterError
        If the events were not kept, if cash was negative (vectorbt lends none), or if nav was marked at impacted
        prices.
    """
    _check_expressible(result)
    import vectorbt as vbt

    names, factor = [*result.assets, CASH], _split_factor(result)
    close = _carried(result.marks * factor)
    orders = _orders(result, factor, close)
    carrier = np.full((len(close), 1), _WORTHLESS * result.initial_cash)

    def wide(values: FloatArray) -> pd.DataFrame:
        return pd.DataFrame(values, result.index, names)

    return vbt.Portfolio.from_orders(
        close=wide(np.hstack([close, carrier])),
        size=wide(orders.size),
        size_type="amount",
        direction="both",
        price=wide(orders.price),
        fixed_fees=wide(orders.fees),
        init_cash=result.initial_cash,
        cash_sharing=True,
        group_by=np.zeros(len(names), int),
        call_seq=_sequence(orders.size),
        freq="1D",
    )


def _check_expressible(result: RunResult) -> None:
    if result.save != "full":
        raise ParameterError(f"to_vectorbt needs the fills: run with save='full', not {result.save!r}")
    if result.impacted_marks:
        raise ParameterError(
            "to_vectorbt: vectorbt marks at market prices and this run at impacted ones; run with marks='market'"
        )
    if result.fees.any():
        raise ParameterError("to_vectorbt: vectorbt knows no fees of a manager; run without fees")
    negative = result.daily["cash"] < -_ROUNDING * np.abs(result.daily["nav"])
    if negative.any():
        day = result.sessions[negative][0]
        raise ParameterError(f"to_vectorbt: vectorbt lends no cash, and this book borrows on {day}")


def _split_factor(result: RunResult) -> FloatArray:
    """(T, N) shares that one share held from the start has become."""
    ratio = np.ones(result.marks.shape)
    table = result.run.actions.table
    splits = table[table[:, abi.ACTION_KIND] == abi.SPLIT]
    ratio[splits[:, abi.ACTION_SESSION].astype(int), splits[:, abi.ACTION_ASSET].astype(int)] = splits[
        :, abi.ACTION_VALUE
    ]
    return np.cumprod(ratio, axis=0, dtype=np.float64)


def _carried(marks: FloatArray) -> FloatArray:
    """Marks without gaps: vectorbt multiplies a position of zero by its price, and zero times NaN is NaN."""
    return pd.DataFrame(np.where(marks > 0.0, marks, np.nan)).ffill().bfill().fillna(1.0).to_numpy()


def _orders(result: RunResult, factor: FloatArray, close: FloatArray) -> _Orders:
    """One order an asset and session; what an order cannot express goes to the carrier."""
    records, shape = result.stream, result.marks.shape
    traded = np.isin(records["kind"], (Kind.FILL, Kind.DELISTING))
    size = _daily(records[traded], "quantity", shape) / factor
    proceeds = _daily(records[traded], "amount", shape)
    costs = -_daily(records[records["kind"] == Kind.COST], "amount", shape)

    least = _WORTHLESS * result.initial_cash
    with np.errstate(divide="ignore", invalid="ignore"):
        price = -proceeds / size
    price = np.where(
        price > least, price, close
    )  # paid nothing, or fills of both signs: the carrier has the difference
    ordered = size != 0.0
    payable = ordered & (
        (size > 0.0) | (costs <= -size * price)
    )  # vectorbt fills no sale that costs more than it brings
    fees = np.where(payable, costs, 0.0)
    expressed = np.where(ordered, -size * price, 0.0) - fees

    moved = np.zeros(shape[0])
    other = records[np.isin(records["kind"], (Kind.INTEREST, Kind.FLOW, Kind.DIVIDEND))]
    np.add.at(moved, other["session"], other["amount"])
    moved[0] -= result.initial_cash
    moved += (proceeds - costs - expressed).sum(axis=1)
    size[~ordered] = np.nan
    return _with_carrier(_Orders(size, price, fees), moved, least)


def _daily(records: Any, field: str, shape: tuple[int, int]) -> FloatArray:
    """(T, N) totals of a field by session and asset."""
    totals = np.zeros(shape)
    np.add.at(totals, (records["session"], records["asset"]), records[field])
    return totals


def _with_carrier(orders: _Orders, moved: FloatArray, price: float) -> _Orders:
    """The orders with the carrier's column: sold to bring cash (which needs none), bought to take it."""
    carrier = np.where(moved > 0.0, -1.0, np.where(moved < 0.0, 1.0, np.nan))
    columns = (carrier, np.full(moved.size, price), -moved)
    return _Orders(*(np.column_stack(pair) for pair in zip(orders, columns, strict=True)))


def _sequence(size: FloatArray) -> Any:
    """(T, N + 1) order of execution: cash that comes, sells, cash that goes, buys."""
    rank = np.where(np.nan_to_num(size) < 0.0, 1, 3)
    rank[:, -1] = np.where(np.nan_to_num(size[:, -1]) < 0.0, 0, 2)
    return np.argsort(rank, axis=1, kind="stable")
