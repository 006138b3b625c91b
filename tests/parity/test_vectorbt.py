"""Against vectorbt, on real prices, where semantics agree."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import Execution, MarketData, simulate
from strategies import Hold, Periodic, ThresholdBand
from tests.support import FREE, equal

POLICIES = {
    "hold": Hold(equal(20)),
    "periodic": Periodic(equal(20), every=21),
    "band": ThresholdBand(equal(20), 0.02),
}


@pytest.fixture(scope="module")
def close(large_caps):
    return large_caps.frame("close")


def plain_loop(close: np.ndarray, trade_days: np.ndarray | None, band: float | None) -> np.ndarray:
    """Free trading at the close, weights reset to equal: nothing but NumPy."""
    weights, cash = np.full(close.shape[1], 1.0 / close.shape[1]), 1e6
    shares, nav = np.zeros(close.shape[1]), np.empty(len(close))
    for t, price in enumerate(close):
        nav[t] = cash + shares @ price
        strayed = band is not None and np.abs(shares * price / nav[t] - weights).max() > band
        if t == 0 or strayed or (trade_days is not None and trade_days[t]):
            shares, cash = weights * nav[t] / price, 0.0
    return nav


@pytest.mark.parametrize("name", POLICIES)
def test_free_trading_equals_a_plain_loop(close, name):
    ours = simulate(MarketData.from_frames(close), POLICIES[name], costs=FREE, execution=Execution(lag=0))
    days = np.arange(len(close)) % 21 == 0 if name == "periodic" else None
    loop = plain_loop(close.to_numpy(), days, 0.02 if name == "band" else None)
    assert np.abs(ours.out.nav / loop - 1.0).max() < 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("name", POLICIES)
def test_free_trading_equals_from_orders(close, name):
    import vectorbt as vbt

    ours = simulate(MarketData.from_frames(close), POLICIES[name], costs=FREE, execution=Execution(lag=0))
    size = np.full(close.shape, np.nan)
    size[ours.index.get_indexer(ours.decisions["date"])] = 1.0 / 20
    theirs = vbt.Portfolio.from_orders(
        close, size=size, size_type="targetpercent", cash_sharing=True, group_by=True, call_seq="auto", init_cash=1e6
    )
    assert np.abs(theirs.value().to_numpy() / ours.out.nav - 1.0).max() < 1e-9
    assert len(ours.decisions) >= 1


@pytest.mark.slow
def test_recorded_fills_give_the_same_nav_in_vectorbt(large_caps):
    execution = Execution(max_participation=0.10, max_turnover=0.25)
    ours = simulate(
        large_caps, ThresholdBand(equal(20), 0.02), execution=execution, initial_cash=1e7, start="2005-01-01"
    )
    theirs = ours.to_vectorbt()
    assert np.abs(theirs.value().to_numpy() / ours.out.nav - 1.0).max() < 1e-9
    assert ours.daily["interest"].sum() > 0.0
