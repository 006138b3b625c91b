"""The market under a herd: the same history, answering to what the funds trade."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from scenarios.shocks.dated import scaled
from simulator.core.abi import GAMMA, CostPanels
from simulator.core.market import MarketData
from simulator.core.protocols import CostModel, Estimates
from simulator.core.types import FloatArray
from simulator.engine.ground import Ground
from simulator.herding import Answer, answer

#: Logs that a price may be displaced by: a hundredfold. A herd that settles there is none.
FURTHEST: Final = float(np.log(100.0))


@dataclass(frozen=True, eq=False)
class WithoutPermanent:
    """A cost model without its permanent impact: that of a herd is in its prices, for all funds alike."""

    model: CostModel

    def panels(self, market: MarketData, estimates: Estimates) -> CostPanels:
        """Those of the model, gamma 0."""
        panels = self.model.panels(market, estimates)
        rows = panels.by_asset.copy()
        rows[GAMMA] = 0.0
        rows.flags.writeable = False
        return panels._replace(by_asset=rows)


@dataclass(frozen=True, eq=False)
class Law:
    """How prices, volume and depth answer, by session and asset of the whole market.

    Attributes
    ----------
    volume
        (T, N) currency that others trade and that can be traded into.
    push
        (T, N) log move for a net flow of a day's volume.
    retained
        Share of a displacement left after a session.
    thinning
        Of depth, for a net flow of a day's volume.
    at_open
        Whether funds trade at the open.
    """

    volume: FloatArray
    push: FloatArray
    retained: float
    thinning: float
    at_open: bool

    @classmethod
    def of(cls, ground: Ground, thinning: float) -> Law:
        """The law of the scenario's own costs, on its history.

        Panels are (T, N) over all sessions, 0 outside the run.
        """
        market, costs = ground.market, ground.costs
        volume, push = np.zeros(market.shape), np.zeros(market.shape)
        volume[ground.start : ground.stop] = np.where(np.isfinite(costs.volume), costs.volume, 0.0)
        push[ground.start : ground.stop] = costs.by_asset[GAMMA] * costs.sigma
        retained = float(costs.decay[1]) if costs.decay.size > 1 else 0.0
        return cls(volume, push, retained, thinning, ground.execution.fill == "open")

    def answer(self, bought: FloatArray, sold: FloatArray) -> Answer:
        """To what is bought and sold, (T, N) currency; no price moves further than :data:`FURTHEST`."""
        told = answer(bought, sold, self.volume, self.push, self.retained, self.thinning)
        moved, before = (np.clip(panel, -FURTHEST, FURTHEST) for panel in (told.displacement, told.before))
        return told._replace(displacement=moved, before=before)

    def applied(self, market: MarketData, told: Answer) -> MarketData:
        """A market with the answer in it. Opens know nothing of what trades at the close."""
        after = told.displacement
        before = after if self.at_open else told.before
        moved: dict[str, Any] = {
            "open": scaled(market.open, np.exp(before)),
            "high": scaled(market.high, np.exp(np.maximum(before, after))),
            "low": scaled(market.low, np.exp(np.minimum(before, after))),
            "close": market.close * np.exp(after),
            "depth": told.depth if market.depth is None else market.depth * told.depth,
        }
        if market.volume is not None:
            moved["volume"] = market.volume * told.volume
        elif market.assumed_adv is not None:
            moved["assumed_adv"] = market.assumed_adv * told.volume
        return replace(market, **moved)
