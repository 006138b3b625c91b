"""Every rule for cost models catches a model that breaks it."""

from __future__ import annotations

from itertools import count

import numpy as np
import pandas as pd
import pytest

from simulator import AlmgrenChriss
from simulator.core.types import frozen
from simulator.costs import cost_panels
from simulator.testing import ConformanceError, check_cost_model
from simulator.testing import cost_check as rules
from tests.support import random_market


class Spread:
    """A good model: a spread from yesterday's volatility, and impact where there are volumes."""

    def panels(self, market, estimates):
        return self.made(market, estimates)

    def made(self, market, estimates, **terms):
        eta = 0.1 if estimates.adv is not None else 0.0
        given = {"half_spread": 0.01 * estimates.sigma, "eta": eta, "half_life_days": 3.0, **terms}
        return cost_panels(market, estimates, **given)


def test_a_good_model_passes():
    summary = check_cost_model(Spread())
    said = {
        value for name, value in vars(rules).items() if name.isupper() and isinstance(value, str) and name[0] != "_"
    }
    assert set(summary.rules) == said | {"runs, or refuses clearly"}
    assert len(summary.markets) == 7


class NoPanels:
    pass


class ReturnsADict(Spread):
    def panels(self, market, estimates):
        return {"spread": 0.001}


class ByAssetAlone(Spread):
    def panels(self, market, estimates):
        return self.made(market, estimates)._replace(spread=frozen(np.zeros(market.shape[1])))


class Writable(Spread):
    def panels(self, market, estimates):
        return self.made(market, estimates)._replace(spread=np.zeros(market.shape))


class GrowingDisplacement(Spread):
    def panels(self, market, estimates):
        return self.made(market, estimates)._replace(decay=frozen([1.0, 1.1]))


class MissingSpread(Spread):
    """The range of the day, unknown without highs and lows."""

    def panels(self, market, estimates):
        unknown = np.full(market.shape, np.nan)
        quoted = unknown if market.half_spread is None else market.half_spread
        return self.made(market, estimates, half_spread=quoted)


class Rebate(Spread):
    def panels(self, market, estimates):
        return self.made(market, estimates, half_spread=-1e-4)


class NegativeEta(Spread):
    def panels(self, market, estimates):
        made = self.made(market, estimates)
        return made._replace(by_asset=frozen(-np.asarray(made.by_asset)))


class Random(Spread):
    draws = count()

    def panels(self, market, estimates):
        return self.made(market, estimates, half_spread=np.random.default_rng(next(self.draws)).uniform(0.0, 0.01))


class Counts(Spread):
    calls = 0

    def panels(self, market, estimates):
        self.calls += 1
        return self.made(market, estimates, half_spread=1e-4 * self.calls)


class WritesIntoEstimates(Spread):
    def panels(self, market, estimates):
        estimates.sigma[0] = 1.0
        return self.made(market, estimates)


class EmptiesTheSeries(Spread):
    def panels(self, market, estimates):
        market.series.clear()
        return self.made(market, estimates)


class PlansOnTomorrow(Spread):
    def panels(self, market, estimates):
        tomorrow = np.roll(estimates.sigma, -1, axis=0)
        return self.made(market, estimates, planned_half_spread=0.01 * tomorrow)


class PlansOnTheDay(Spread):
    """Calls the volume of the session after the decision its forecast."""

    def panels(self, market, estimates):
        made = self.made(market, estimates)
        if estimates.volume is None:
            return made
        return made._replace(planned_volume=frozen(np.roll(estimates.volume, -1, axis=0)))


class FullSampleSpread(Spread):
    def panels(self, market, estimates):
        return self.made(market, estimates, half_spread=0.01 * estimates.sigma.mean(axis=0), planned_half_spread=1e-3)


class CentredRange(Spread):
    def panels(self, market, estimates):
        smooth = pd.DataFrame(estimates.sigma_day).rolling(3, center=True, min_periods=1).mean().to_numpy()
        return self.made(market, estimates, half_spread=0.01 * smooth, planned_half_spread=1e-3)


class EtaOfTheSample(Spread):
    def panels(self, market, estimates):
        return self.made(market, estimates, eta=self.made(market, estimates).by_asset[0] * estimates.sigma.max(axis=0))


class NegativeDelta(Spread):
    def panels(self, market, estimates):
        return self.made(market, estimates)._replace(delta=-0.5)


class CrowdedSpread(Spread):
    """The more trades, the wider."""

    def panels(self, market, estimates):
        wide = 1e-3 if estimates.volume is None else 1e-9 * estimates.volume
        return self.made(market, estimates, half_spread=wide, eta=0.0)


PLANTED = {
    NoPanels: (rules.PROTOCOL, "no method panels"),
    ReturnsADict: (rules.PANELS, "returned dict"),
    ByAssetAlone: (rules.PANELS, "spread is no array of floats of shape (1, 5) or (320, 5)"),
    Writable: (rules.PANELS, "read-only"),
    GrowingDisplacement: (rules.PANELS, "decay"),
    MissingSpread: (rules.NUMBERS, "planned_spread of A on 2000-01-03 is nan"),
    Rebate: (rules.NUMBERS, "is -0.0001"),
    NegativeEta: (rules.NUMBERS, "eta is"),
    Random: (rules.REPEATS, "planned_spread differs between two calls"),
    Counts: (rules.STATELESS, "called before"),
    WritesIntoEstimates: (rules.ALONE, "read-only"),
    EmptiesTheSeries: (rules.ALONE, "on market 'gaps': the market or the estimates"),
    PlansOnTomorrow: (rules.PLANNED, "planned_spread of A on"),
    PlansOnTheDay: (rules.PLANNED, "planned_volume of A on"),
    FullSampleSpread: (rules.REALISED, "spread of A on 2000-01-03"),
    CentredRange: (rules.REALISED, "spread of A on"),
    EtaOfTheSample: (rules.STANDING, "by_asset changes"),
    NegativeDelta: (rules.SIZE, "delta is -0.5"),
    CrowdedSpread: (rules.ADV, "rises with ten times the volume"),
}


@pytest.mark.parametrize("planted", PLANTED, ids=lambda one: one.__name__)
def test_a_broken_model_is_caught(planted):
    rule, says = PLANTED[planted]
    with pytest.raises(ConformanceError) as caught:
        check_cost_model(planted())
    assert caught.value.rule == rule, str(caught.value)
    assert says in str(caught.value)


def test_a_market_of_the_authors_own():
    assert check_cost_model(AlmgrenChriss(), market=random_market(1)).markets == ("given",)
