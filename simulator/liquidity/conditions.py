"""What a seller meets: volumes, spreads and volatility as known at a close, as usual or under stress."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from simulator.core.abi import ETA, GAMMA, CostPanels
from simulator.core.instruments import Instrument
from simulator.core.types import FloatArray, IntArray

from .coverage import LiquidityStress
from .liquidation import SaleTerms

#: Share of market value that counts at a level (BCBS 238, paragraphs 49 to 54; 2B at its lowest).
_COUNTS: Final = {"1": 1.0, "2A": 0.85, "2B": 0.50, "other": 0.0}


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
        (N,) business days from a sale to its cash, of the instrument or else of the stress.
    """

    terms: SaleTerms
    participation: float
    counted: FloatArray
    rank: IntArray
    settlement: IntArray

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
        return replace(self, terms=own)

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
) -> Conditions | None:
    """What a seller meets on each session, from what is known at its close; ``None`` without volumes."""
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
    levels = [instrument.level for instrument in instruments]
    counted = [[_COUNTS[level] if own == level else 0.0 for own in levels] for level in ("1", "2A", "2B")]
    waits = [stress.settlement if own.settlement is None else own.settlement for own in instruments]
    share = stress.share_of_volume(max_participation)
    return Conditions(terms, share, np.array(counted), rank, np.array(waits, np.int64))
