"""What a fund sells for cash: everything it can, or the same share of everything."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.core.errors import ParameterError
from simulator.core.types import FloatArray

from .amounts import amount, choice, divided, positions, together

Method = Literal["waterfall", "slicing"]
METHODS: Final[tuple[Method, ...]] = ("waterfall", "slicing")


class Sales(NamedTuple):
    """What is taken from a book.

    Attributes
    ----------
    cash
        (...) cash used, in currency.
    sold
        (..., N) sold of each position, in currency.
    """

    cash: FloatArray
    sold: FloatArray

    @property
    def raised(self) -> FloatArray:
        """(...) all of it, in currency, before what selling costs."""
        total: FloatArray = self.cash + self.sold.sum(axis=-1)
        return total


def cash_raised(
    values: npt.ArrayLike,
    capacity: npt.ArrayLike,
    days: npt.ArrayLike,
    *,
    cash: npt.ArrayLike = 0.0,
    method: Method = "waterfall",
) -> FloatArray:
    """The most cash that a book can raise within some days, in currency, before what selling costs.

    Parameters
    ----------
    values
        (..., N) positions, in currency.
    capacity
        (..., N) what of each can be sold in a day, in currency; 0 for nothing, inf for no limit.
    days
        Sessions of selling, fractions included; a number, or an array that broadcasts against the leading axes.
    cash
        (...) cash held, which counts in full.
    method
        ``"waterfall"`` sells all that can be sold; ``"slicing"`` the same share of everything, cash included, so that
        who leaves and who stays hold the same book: the slowest position sets the share.

    Returns
    -------
    ndarray
        Of the leading axes and ``days``; NaN where a value, or the capacity of something held, is.

    Raises
    ------
    ParameterError
        For an unknown method, or anything below zero: what short positions cost to close is no cash raised.

    Notes
    -----
    ESMA, Guidelines on liquidity stress testing in UCITS and AIFs (2020), paragraphs 45 to 51.
    """
    return sales(values, capacity, days, cash=cash, method=method).raised


def sales(
    values: npt.ArrayLike,
    capacity: npt.ArrayLike,
    days: npt.ArrayLike,
    *,
    cash: npt.ArrayLike = 0.0,
    method: Method = "waterfall",
    need: npt.ArrayLike = np.inf,
    rank: npt.ArrayLike | None = None,
) -> Sales:
    """What is sold of each position within some days, until ``need`` is met.

    Parameters
    ----------
    values, capacity, days, cash, method
        As :func:`cash_raised` has them.
    need
        (...) cash wanted, in currency; without end by default.
    rank
        (N,) order in which a waterfall sells, after cash; positions of one rank sell alike. As they stand by default.
    """
    choice("method", method, METHODS)
    own, most, held = positions("values", values), amount("capacity", capacity), amount("cash", cash)
    wanted, sessions = amount("need", need), amount("days", days)
    both = together({"values": own.shape, "capacity": most.shape})
    leading = {"values": both[:-1], "cash": held.shape, "days": sessions.shape, "need": wanted.shape}
    together(leading)
    span = sessions[..., None]
    limit = np.where(own == 0.0, 0.0, np.minimum(own, _product(most, span)))
    if method == "slicing":
        return _sliced(own, limit, held, wanted)
    return _poured(limit, held, wanted, _order(rank, both[-1]))


def _order(rank: npt.ArrayLike | None, n: int) -> npt.NDArray[np.int64]:
    order = np.arange(n) if rank is None else np.asarray(rank)
    if order.shape != (n,):
        raise ParameterError(f"rank must hold {n} places, one for each position, not have shape {order.shape}")
    return order


def _product(capacity: FloatArray, span: FloatArray) -> FloatArray:
    """Capacity over the span: nothing in no time, and nothing where nothing can be sold."""
    with np.errstate(invalid="ignore"):
        return np.where((span == 0.0) | (capacity == 0.0), 0.0, capacity * span)


def _sliced(own: FloatArray, limit: FloatArray, cash: FloatArray, need: FloatArray) -> Sales:
    least = np.min(divided(limit, own, 1.0), axis=-1, initial=1.0)
    whole = cash + own.sum(axis=-1)
    part = np.minimum(least, divided(need, whole, 0.0))
    return Sales(part * cash, part[..., None] * own)


def _poured(limit: FloatArray, cash: FloatArray, need: FloatArray, rank: npt.NDArray[np.int64]) -> Sales:
    shape = np.broadcast_shapes(limit.shape[:-1], cash.shape, need.shape)
    used = np.minimum(np.broadcast_to(cash, shape), need)
    left, sold = need - used, np.zeros((*shape, limit.shape[-1]))
    for place in np.unique(rank):
        members = limit[..., rank == place]
        available = members.sum(axis=-1)
        part = np.where(available <= left, 1.0, np.minimum(1.0, divided(left, available, 0.0)))
        sold[..., rank == place] = part[..., None] * members
        left = np.maximum(left - part * available, 0.0)
    return Sales(used, sold)
