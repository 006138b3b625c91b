"""What costs are computed from is computed when it is read, and goes with its market."""

from __future__ import annotations

import gc
from weakref import ref

import numpy as np
import pytest

from simulator import AlmgrenChriss, MarketData, prepare
from simulator.engine.arrays import derive
from simulator.engine.stack import _rows_alike
from strategies import Hold
from tests.support import closes, random_market

WEIGHTS = Hold({"A": 0.5, "B": 0.5})
FREE = AlmgrenChriss(half_spread_bps=10.0, eta=0.0, gamma=0.0)


def test_a_market_is_let_go_with_what_follows_from_it():
    market = random_market(1, 40, 2)
    assert derive(market).estimates.sigma.shape == (40, 2)
    gone = ref(market)
    del market
    gc.collect()
    assert gone() is None


def test_volatility_is_neither_computed_nor_kept_where_no_cost_depends_on_it():
    market = random_market(1, 40, 2)
    costs = prepare(market, WEIGHTS, costs=FREE, liquidity=False).costs
    assert costs.sigma.shape == costs.planned_sigma.shape == (1, 2)
    assert "sigma" not in vars(derive(market).estimates)


@pytest.mark.parametrize("impact", [{"eta": 0.142, "gamma": 0.0}, {"eta": 0.0, "gamma": 0.3}])
def test_it_is_where_one_does(impact):
    market = random_market(1, 40, 2)
    costs = prepare(market, WEIGHTS, costs=AlmgrenChriss(half_spread_bps=10.0, **impact), liquidity=False).costs
    assert (
        costs.sigma is derive(market).estimates.sigma_day or (costs.sigma <= derive(market).estimates.sigma_day).all()
    )
    assert (costs.planned_sigma == derive(market).estimates.sigma).all()
    assert costs.sigma.shape == (40, 2)


def test_a_day_wilder_than_the_cap_allows_costs_as_the_cap_does():
    market = random_market(1, 400, 2, crises=True)
    costs = prepare(market, WEIGHTS, costs=AlmgrenChriss(volatility_cap=1.2), liquidity=False).costs
    estimates = derive(market).estimates
    told = np.where(estimates.sigma > 0.0, np.minimum(estimates.sigma_day, 1.2 * estimates.sigma), estimates.sigma_day)
    np.testing.assert_array_equal(costs.sigma, told)
    assert (costs.sigma < estimates.sigma_day).any()


@pytest.mark.parametrize("estimator", ["abdi-ranaldo", "corwin-schultz"])
def test_half_of_an_estimated_spread_is_paid_and_half_of_the_usual_one_planned(estimator):
    market = random_market(1, 400, 2)
    model = AlmgrenChriss(half_spread_bps=20.0, spread_from=estimator)
    costs = prepare(market, WEIGHTS, costs=model, liquidity=False).costs
    for panel, spread in zip(
        (costs.spread, costs.planned_spread), derive(market).estimates.spreads(estimator), strict=True
    ):
        np.testing.assert_array_equal(panel, np.fmax(0.002, spread / 2.0))
        assert (panel > 0.002).any()


def test_volumes_that_nobody_knows_are_endless_on_every_session():
    market = MarketData.from_frames(closes(random_market(1, 40, 2)))
    costs = prepare(market, WEIGHTS, costs=FREE, liquidity=False).costs
    for panel in (costs.volume, costs.planned_volume):
        assert panel.tolist() == [[np.inf, np.inf]]


def test_an_asset_alone_with_impact_costs_the_others_none():
    market = random_market(1, 40, 2)
    mixed = AlmgrenChriss(half_spread_bps=10.0, eta=0.0, gamma=0.0, by_asset={"A": {"eta": 0.142}})
    own, free = (prepare(market, Hold({"B": 0.5}), costs=costs, liquidity=False).run() for costs in (mixed, FREE))
    assert (own.nav == free.nav).all()
    assert own.run.costs.sigma.shape == (40, 2)


def test_a_panel_that_holds_for_all_sessions_stands_beside_one_that_changes():
    still, moving = np.array([[1.0, 2.0]]), np.arange(6.0).reshape(3, 2)
    one, other = _rows_alike([still, moving])
    assert (one == [[1.0, 2.0]] * 3).all()
    assert (other == moving).all()
