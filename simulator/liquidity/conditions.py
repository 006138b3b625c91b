"""What a seller meets: volumes, spreads and volatility as known at a close, as usual or under stress."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.core.abi import ETA, GAMMA, CostPanels
from simulator.core.instruments import Instrument
from simulator.core.types import FloatArray, IntArray

from .book import Book
from .coverage import LiquidityStress
from .liquidation import SaleTerms

#: Share of market value that counts at a level (BCBS 238, paragraphs 49 to 54; 2B at its lowest).
_COUNTS: Final = {"1": 1.0, "2A": 0.85, "2B": 0.50, "other": 0.0}


class Sellable(NamedTuple):
    """Positions, cash that is still to come among them, as what takes its time is measured.

    In currency, ``volume`` and ``capacity`` a session, ``settlement`` in sessions.

    ``values``, ``volume``, ``capacity`` and ``settlement`` are (..., M) by position, ``cash`` (...) is there at once.
    """

    values: FloatArray
    volume: FloatArray
    capacity: FloatArray
    settlement: FloatArray
    cash: FloatArray


@dataclass(frozen=True, eq=False)
class Conditions:
    """What a seller meets.

    Attributes
    ----------
    terms
        Coefficients of the cost law; panels are (T, N), or (1, N) where nothing changes.
    participation
        Share of volume that is taken.
    counted
        (3, N) share of each position that counts at levels 1, 2A and 2B after haircut.
    rank
        (N,) order in which a waterfall sells: level, then stressed haircut.
    settlement
        (T, N), or (1, N), sessions from a sale to its cash.
    """

    terms: SaleTerms
    participation: float
    counted: FloatArray
    rank: IntArray
    settlement: FloatArray = field(default_factory=lambda: np.zeros((1, 1)))

    @property
    def capacity(self) -> FloatArray:
        """What can be sold in a session, in currency."""
        return self.participation * self.terms.volume

    def at(self, row: int | IntArray) -> Conditions:
        """Those of one session, or of several."""
        terms = self.terms

        def of(panel: FloatArray) -> FloatArray:
            return panel[row if len(panel) > 1 else 0]

        own = replace(terms, half_spread=of(terms.half_spread), volume=of(terms.volume), sigma=of(terms.sigma))
        return replace(self, terms=own, settlement=of(self.settlement))

    def sold_within(self, days: float) -> FloatArray:
        """What can be sold in time to be cash within some sessions, in currency."""
        return self.capacity * np.maximum(days - self.settlement, 0.0)

    def capacity_within(self, days: float) -> FloatArray:
        """What can be sold in a session on average over some, if all of it is to be cash at their end."""
        return self.sold_within(days) / days if self.settlement.any() and days > 0.0 else self.capacity

    def with_cash_to_come(self, book: Book) -> Sellable:
        """A book in which cash that has not settled is one more position for each session it comes on."""
        volume = self.terms.volume
        if book.settled is None:
            return Sellable(book.values, volume, self.capacity, self.settlement, book.cash)
        come = np.diff(np.concatenate([book.settled, book.cash[None]]), axis=0)
        later = np.moveaxis(np.maximum(come, 0.0), 0, -1)
        waits = np.broadcast_to(np.arange(1.0, later.shape[-1] + 1.0), later.shape)

        def beside(panel: FloatArray, more: FloatArray) -> FloatArray:
            return np.concatenate([np.broadcast_to(panel, book.values.shape), more], axis=-1)

        endless = np.full(later.shape, np.inf)
        return Sellable(
            values=beside(book.values, later),
            volume=beside(volume, endless),
            capacity=beside(self.capacity, endless),
            settlement=beside(self.settlement, waits),
            cash=book.settled[0],
        )

    def correlated(self, correlation: FloatArray) -> Conditions:
        """The same with a correlation of returns (N, N)."""
        return replace(self, terms=replace(self.terms, correlation=correlation))


def conditions(
    costs: CostPanels,
    instruments: Sequence[Instrument],
    rank: IntArray,
    stress: LiquidityStress,
    max_participation: float | None,
    *,
    stressed: bool,
    settlement: npt.NDArray[np.uint8] | None = None,
) -> Conditions | None:
    """What a seller meets on each session, from what is known at its close; ``None`` without volumes.

    ``settlement`` are (T, N), or (1, N), sessions from a sale to its cash; none, or (0, 0), for at once.
    """
    if not np.isfinite(costs.planned_volume).all():
        return None
    volume = costs.planned_volume * (stress.stressed_volume if stressed else 1.0)
    spread = costs.planned_spread * (stress.stressed_spread if stressed else 1.0)
    terms = SaleTerms(
        half_spread=np.minimum(spread, 1.0),
        volume=volume,
        sigma=costs.planned_sigma,
        eta=costs.by_asset[ETA],
        gamma=costs.by_asset[GAMMA],
        delta=costs.delta,
    )
    days = np.zeros((1, 1)) if settlement is None or not settlement.size else settlement.astype(np.float64)
    return Conditions(terms, stress.share_of_volume(max_participation), counted_levels(instruments), rank, days)


def counted_levels(instruments: Sequence[Instrument]) -> FloatArray:
    """(3, N) share of each position that counts at levels 1, 2A and 2B after haircut."""
    levels = [instrument.level for instrument in instruments]
    return np.array([[_COUNTS[level] if own == level else 0.0 for own in levels] for level in ("1", "2A", "2B")])
