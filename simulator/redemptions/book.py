"""What a fund holds, and what raising cash from it costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.types import BoolArray, FloatArray, frozen

#: Which assets are sold first: the cheapest to sell, or all alike, so that the mix stays.
Waterfall: TypeAlias = Literal["most-liquid", "pro-rata"]


@dataclass(frozen=True, eq=False)
class Book:
    """Cash and assets of a fund.

    Attributes
    ----------
    cash
        In currency, zero or more.
    values
        (A,) currency, zero or more.
    half_spread
        (A,) cost of selling, a fraction of what is sold.
    impact
        (A,) further fraction, times what is sold in a day (currency) to the power of ``delta``.
    capacity
        (A,) most that can be sold a day, in currency; inf for no limit.
    delta
        Of impact; 1 is linear.
    permanent
        (A,) further fraction for each unit of currency sold, half of the lasting move of the price.
    """

    cash: float
    values: FloatArray
    half_spread: FloatArray
    impact: FloatArray
    capacity: FloatArray
    delta: float = 1.0
    permanent: FloatArray | float = 0.0

    def __post_init__(self) -> None:
        if not self.cash >= 0.0:
            raise ParameterError(f"cash of a fund must be zero or more, not {self.cash}")
        shape = np.shape(self.values)
        for name in ("values", "half_spread", "impact", "capacity", "permanent"):
            given = np.asarray(getattr(self, name), np.float64)
            given = given if given.shape == shape else np.broadcast_to(given, shape)
            if len(shape) != 1 or not (given >= 0.0).all():
                raise ParameterError(f"{name} of a fund must be zero or more, one an asset")
            object.__setattr__(self, name, frozen(given))

    @property
    def worth(self) -> float:
        """Cash and assets, in currency."""
        return self.cash + float(self.values.sum())

    def cost_of(self, sold: FloatArray) -> float:
        """Cost of selling (A,) currency in a day."""
        return float((sold * self.rate_of(sold)).sum())

    def rate_of(self, sold: FloatArray) -> FloatArray:
        """(A,) cost of selling (A,) currency of each asset in a day, as a fraction of what is sold."""
        rate: FloatArray = self.half_spread + self.impact * sold**self.delta + self.permanent * sold
        return rate

    def liquid_share(self, days: int = 5) -> float:
        """Share of the fund that is cash within some days."""
        within = np.minimum(self.values, self.capacity * days) if days else np.zeros_like(self.values)
        return (self.cash + float(within.sum())) / self.worth if self.worth > 0.0 else 0.0

    def moved(self, returns: FloatArray) -> Book:
        """The book after returns (A,). They are fractions over a session."""
        return replace(self, values=self.values * (1.0 + returns))

    def only(self, chosen: BoolArray, cash: float) -> Book:
        """Some of the assets, and an amount of cash. In currency; ``chosen`` is (A,)."""
        return replace(self, cash=cash, values=np.where(chosen, self.values, 0.0))

    def part(self, share: float) -> Book:
        """The same mix, smaller. ``share`` is a fraction."""
        return replace(self, cash=self.cash * share, values=self.values * share)


class Sale(NamedTuple):
    """Cash raised for those who leave, and what is left. In currency throughout."""

    paid: float  # currency paid out, at most what was asked for
    sold: FloatArray  # (A,) currency
    cost: float  # currency
    left: Book


def raised(book: Book, amount: float, waterfall: Waterfall = "most-liquid") -> Sale:
    """Pay an amount: from cash, then from sales, up to what can be sold in a day.

    What is sold is what is paid beyond cash; its cost comes out of what is left, cash first. ``"most-liquid"`` sells
    first what is cheapest to sell for what is needed beyond cash, spread and impact together; ``"pro-rata"`` pays from
    cash and all assets alike, as far as their capacity reaches.
    """
    if waterfall not in get_args(Waterfall):
        raise ParameterError(f"waterfall must be {' or '.join(get_args(Waterfall))}, not {waterfall!r}")
    most = np.minimum(book.values, book.capacity)
    wanted = min(amount, book.cash + float(most.sum()))
    sold = _in_turn(book, wanted, most) if waterfall == "most-liquid" else _alike(book, wanted, most)
    cost = book.cost_of(sold)
    cash, values = book.cash - (wanted - float(sold.sum())), book.values - sold
    cost = min(cost, cash + float(values.sum()))
    short = max(cost - cash, 0.0)
    if short > 0.0:
        values = values * (1.0 - short / float(values.sum()))
    return Sale(wanted, sold, cost, replace(book, cash=max(cash - cost, 0.0), values=np.maximum(values, 0.0)))


def _in_turn(book: Book, wanted: float, most: FloatArray) -> FloatArray:
    """(A,) cash first, then the cheapest assets."""
    sold, need = np.zeros_like(most), max(wanted - book.cash, 0.0)
    for asset in np.argsort(book.rate_of(np.minimum(need, most)), kind="stable"):
        sold[asset] = min(need, most[asset])
        need -= sold[asset]
    return sold


def _alike(book: Book, wanted: float, most: FloatArray) -> FloatArray:
    """(A,) every asset by its weight; what one cannot give the others do, by theirs, and cash at last."""
    if book.worth <= 0.0:
        return np.zeros_like(most)
    from_cash = wanted * book.cash / book.worth
    sold, need = np.zeros_like(most), wanted - from_cash
    for _ in range(most.size):
        room = most - sold
        open_to = np.where(room > 0.0, book.values, 0.0)
        if need <= 0.0 or open_to.sum() <= 0.0:
            break
        more = np.minimum(need * open_to / open_to.sum(), room)
        sold += more
        need -= float(more.sum())
    return np.minimum(sold, most)
