"""Many runs in one call are the runs themselves, whatever the number of workers."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import (
    HOLD,
    AlmgrenChriss,
    Bounds,
    DataError,
    Execution,
    Flow,
    ParameterError,
    PluginError,
    SignalPanel,
    simulate,
    simulate_many,
)
from simulator.core.types import frozen
from simulator.engine.many_runs import METRICS
from simulator.metrics import policy_metrics
from strategies import Hold, ThresholdBand, from_callable
from tests.support import random_market

WEIGHTS = {"A": 0.3, "B": 0.25, "C": 0.2, "D": 0.15}
TERMS = {
    "plain": {},
    "lag 0": {"execution": Execution(lag=0)},
    "everything": {
        "execution": Execution(
            lag=2, schedule="twap", sessions=3, max_participation=0.1, max_turnover=0.2, annual_turnover=0.9,
            marks="impacted",
        ),
        "costs": AlmgrenChriss(commission_bps=1.0, min_commission=5.0),
        "bounds": Bounds(min_cash=0.02, max_weight=0.28),
        "initial_cash": 3e7,
    },
    "flows": {
        "flows": [
            *(Flow(date="2000-06-01", share=-0.3), Flow(date="2000-11-01", share=-0.9)),
            Flow(date="2000-09-01", amount=5e5),
        ],
        "execution": Execution(max_participation=0.05),
    },
}  # fmt: skip


def policies():
    return {
        "tight": ThresholdBand(WEIGHTS, 0.01),
        "edge": ThresholdBand(WEIGHTS, 0.03, to="edge"),
        "monthly": ThresholdBand(WEIGHTS, 0.01, review=21),
        "asked": from_callable(lambda day: WEIGHTS if day.t % 40 == 0 else HOLD),
        "held": Hold(WEIGHTS),
    }


def figures_of(result):
    one = policy_metrics(result)
    values = [
        *(one.final_nav, one.cagr, one.volatility, one.sharpe, one.sortino, one.max_drawdown, one.recovery_sessions),
        *(one.turnover_annual, one.cost_bps_annual, one.liquid_share_min, one.coverage_min),
        *(one.flows.largest_shortfall_of_nav, one.flows.owed_at_end + one.flows.never_paid),
    ]
    return np.array([np.nan if value is None else value for value in values], float)


@pytest.mark.parametrize("terms", TERMS.values(), ids=TERMS.keys())
def test_every_run_is_the_run_itself(terms):
    markets = [random_market(seed, 300, 4) for seed in range(3)]
    many = simulate_many(markets, policies(), keep="nav", **terms)
    for p, market in enumerate(markets):
        for k, (name, policy) in enumerate(policies().items()):
            alone = simulate(market, policy, **terms)
            assert (many.nav[k, p] == alone.nav.to_numpy()).all(), name
            np.testing.assert_allclose(many.metrics.loc[(name, p)], figures_of(alone), rtol=1e-10, atol=1e-12)


def test_workers_change_nothing():
    markets = [random_market(seed, 200, 3) for seed in range(40)]
    given = {f"{band:.3f}": ThresholdBand({"A": 0.5, "B": 0.3}, band) for band in np.linspace(0.01, 0.1, 7)}
    one, two = (simulate_many(iter(markets), given, workers=workers) for workers in (1, 3))
    assert one.figures.tobytes() == two.figures.tobytes()
    assert one.metrics.index.names == ["policy", "path"]
    assert list(one.metrics.columns) == list(METRICS)
    assert one.nav is None


def test_assets_that_differ_are_refused():
    with pytest.raises(DataError, match="same sessions and assets"):
        simulate_many([random_market(0, 100, 3), random_market(0, 90, 3)], {"held": Hold({"A": 1.0})})


def test_inputs_are_checked():
    market = random_market(0, 100, 3)
    with pytest.raises(ParameterError, match="no policy"):
        simulate_many(market, {})
    with pytest.raises(DataError, match="no market"):
        simulate_many([], {"held": Hold({"A": 1.0})})
    panel = SignalPanel(market.sessions, ("state",), frozen(np.zeros((100, 1))), market.sessions)
    with pytest.raises(PluginError, match="computed on one market"):
        simulate_many([market, market], {"held": Hold({"A": 1.0})}, signals={"s": panel})
    with pytest.raises(PluginError, match="signal 's' is of type int; give a signal"):
        simulate_many(market, {"held": Hold({"A": 1.0})}, signals={"s": 3})
