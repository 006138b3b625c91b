"""The market as a policy may look at it when it lays out its plan: nothing is computed before it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from . import abi
from .instruments import Instrument
from .market import MarketData
from .types import FloatArray, frozen


class Seen:
    """The observed market and what is planned with on it, once for all policies and days.

    Parameters
    ----------
    market
        The market as observed.
    planned
        Gives the coefficients of the cost law over all of its sessions; called once, if at all.
    sigma
        Gives (T, N) the daily volatility forecast of every session, likewise.
    """

    def __init__(
        self, market: MarketData, planned: Callable[[], abi.CostPanels], sigma: Callable[[], FloatArray]
    ) -> None:
        self.market, self._planned, self._sigma = market, planned, sigma

    @cached_property
    def costs(self) -> abi.CostPanels:
        """Coefficients of the cost law; only what is planned with is for a policy to see.

        Panels of (T, N), or of a row where sessions do not differ.
        """
        return self._planned()

    @cached_property
    def volatility(self) -> FloatArray:
        """(T, N) forecast daily volatility."""
        return self._sigma()

    @cached_property
    def prices(self) -> FloatArray:
        """(T, N) total-return closes, the last one carried over gaps; NaN before an asset's first."""
        return frozen(pd.DataFrame(self.market.total_return()).ffill().to_numpy())

    @cached_property
    def returns(self) -> FloatArray:
        """(T, N) simple returns of :attr:`prices`; NaN on the first session and before an asset's second."""
        out = np.full(self.prices.shape, np.nan)
        out[1:] = self.prices[1:] / self.prices[:-1] - 1.0
        return frozen(out)


@dataclass(frozen=True, eq=False)
class MarketView:
    """What had been seen of the market by the close of each session that is replayed, and before it.

    Row ``before + t`` of every panel is session t of the replay; the rows before are history. Nothing later than the
    last session of the context is here.

    Attributes
    ----------
    seen
        The market, and what is cached of it.
    before, stop
        The session of the market on which the replay begins, and the one before which this view ends.
    """

    seen: Seen
    before: int
    stop: int

    def until(self, t: int) -> MarketView:
        """What is known of it at the close of session t."""
        return MarketView(self.seen, self.before, self.before + t + 1)

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """One an asset."""
        return self.seen.market.instruments

    @property
    def prices(self) -> FloatArray:
        """(before + T, N) total-return closes, carried over gaps; NaN before an asset's first.

        The last row is that of the last session seen.
        """
        return self.seen.prices[: self.stop]

    @property
    def returns(self) -> FloatArray:
        """(before + T, N) simple returns of the closes; NaN where there is none yet. They are fractions a session."""
        return self.seen.returns[: self.stop]

    @property
    def volumes(self) -> FloatArray | None:
        """(before + T, N) currency traded on each session; ``None`` where the market has no volumes."""
        notional = self.seen.market.notional
        return None if notional is None else notional[: self.stop]

    @property
    def adv(self) -> FloatArray:
        """(before + T, N) forecast daily notional that can be traded into; NaN or inf where there are no volumes.

        In currency a session.
        """
        return self._panel(self.seen.costs.planned_volume)

    @property
    def volatility(self) -> FloatArray:
        """(before + T, N) forecast daily volatility. A fraction a session."""
        return self.seen.volatility[: self.stop]

    @property
    def half_spread(self) -> FloatArray:
        """(before + T, N) half-spread planned with, as a fraction of price."""
        return self._panel(self.seen.costs.planned_spread)

    @property
    def eta(self) -> FloatArray:
        """(N,) coefficient of temporary impact."""
        return self.seen.costs.by_asset[abi.ETA]

    @property
    def delta(self) -> float:
        """Power of temporary impact. Without unit: of the share of volume that is traded."""
        return float(self.seen.costs.delta)

    def window(self, t: int, sessions: int) -> FloatArray:
        """(at most ``sessions``, N) the last simple returns up to the close of session t."""
        last = self.before + t + 1
        return self.returns[max(last - sessions, 0) : last]

    def _panel(self, panel: FloatArray) -> FloatArray:
        whole = np.broadcast_to(panel, self.seen.market.shape) if len(panel) == 1 else panel
        return whole[: self.stop]
