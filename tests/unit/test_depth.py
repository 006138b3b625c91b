"""Depth apart from volume, and a day's volatility that a bad print has made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenarios.bad_prints import bad_prints
from scenarios.schema_market import DepthSpec
from scenarios.universe import with_depth as stated_depth
from simulator import AlmgrenChriss, DataError, Execution, LiquidityStress, MarketData, simulate
from simulator.core.errors import UndertowError
from simulator.costs import beyond_cap
from simulator.engine.arrays import estimates
from simulator.features import daily_notional, forecast_adv
from simulator.liquidity import days_to_sell
from strategies import Periodic
from tests.support import random_market

MARKET = random_market(11, 160, 3, gaps=0.0, silent=0.0)


def with_depth(share, rows=slice(None), column=slice(None)):
    depth = np.ones(MARKET.shape)
    depth[rows, column] = share
    return replace(MARKET, depth=depth)


def run(market, **execution):
    policy = Periodic({"A": 0.4, "B": 0.3, "C": 0.3}, 5)
    return simulate(market, policy, costs=AlmgrenChriss(), execution=Execution(**execution), initial_cash=1e6)


def test_depth_one_changes_nothing_to_the_bit():
    plain, ones = run(MARKET, max_participation=0.1), run(with_depth(1.0), max_participation=0.1)
    assert np.array_equal(plain.stream, ones.stream)
    assert plain.out.nav.tobytes() == ones.out.nav.tobytes()
    assert plain.liquidity.equals(ones.liquidity)


def test_no_depth_leaves_the_fingerprint_of_a_market_as_it_was():
    assert replace(MARKET, depth=None).fingerprint() == MARKET.fingerprint()
    assert with_depth(0.5).fingerprint() != MARKET.fingerprint()


def test_what_one_can_trade_into_is_the_share_of_volume_that_is_there():
    assert MARKET.tradable_notional is MARKET.notional
    thin = with_depth(0.25, slice(40, 60), 1)
    told = MARKET.notional.copy()
    told[40:60, 1] /= 4.0
    assert np.array_equal(thin.tradable_notional, told, equal_nan=True)
    assert np.array_equal(thin.notional, MARKET.notional, equal_nan=True)


def test_the_tape_stays_as_it_is():
    thin = with_depth(0.1)
    assert np.array_equal(daily_notional(thin), daily_notional(MARKET))
    np.testing.assert_allclose(forecast_adv(thin), 0.1 * forecast_adv(MARKET), rtol=1e-12)


def test_a_tenth_of_the_depth_for_a_quarter_takes_ten_times_as_long():
    thin = with_depth(0.1, slice(60, 123))
    t = 100  # the window of 21 sessions lies within the quarter
    values = np.array([3e5, 2e5, 1e5])
    usual, stressed = (days_to_sell(values, 0.1 * forecast_adv(market)[t], cash=5e4) for market in (MARKET, thin))
    np.testing.assert_allclose(stressed, 10.0 * usual, rtol=1e-9)
    assert np.array_equal(forecast_adv(thin)[:60], forecast_adv(MARKET)[:60])  # nothing before it is known


def test_caps_coverage_and_impact_all_see_the_depth():
    plain, thin = run(MARKET, max_participation=0.02), run(with_depth(0.1), max_participation=0.02)
    cap = 0.02 * 0.1 * daily_notional(MARKET)
    fills = thin.trades
    rows = np.searchsorted(MARKET.sessions, fills["date"].to_numpy().astype("datetime64[D]"))
    columns = [MARKET.assets.index(name) for name in fills["asset"]]
    assert (np.abs(fills["notional"]) <= cap[rows, columns] * (1 + 1e-9)).all()
    assert (np.abs(plain.trades["notional"]).max()) > np.abs(fills["notional"]).max()
    stress = LiquidityStress(horizon_days=1)
    full, shallow = (
        stress.panels(m.instruments, len(m.sessions), r.run.costs, 0.02)
        for m, r in ((MARKET, plain), (with_depth(0.1), thin))
    )
    np.testing.assert_allclose(shallow.capacity, 0.1 * full.capacity, rtol=1e-12)
    np.testing.assert_allclose(shallow.slope, 10.0 * full.slope, rtol=1e-12)


def test_impact_rises_as_the_law_says():
    costs = [AlmgrenChriss(half_spread_bps=0, gamma=0).panels(m, estimates(m)) for m in (MARKET, with_depth(0.1))]
    x = 1e4
    temporary = [panel.by_asset[0] * panel.sigma * (x / panel.volume) ** 0.6 for panel in costs]
    np.testing.assert_allclose(temporary[1], 10**0.6 * temporary[0], rtol=1e-9)


@pytest.mark.parametrize("share", [0.0, -1.0, np.nan, np.inf])
def test_a_depth_that_is_none_is_refused_with_its_place(share):
    with pytest.raises(DataError, match=r"depth: B on 2000-01-05 is .* must be above 0"):
        with_depth(share, 2, 1)


def test_a_market_of_frames_takes_a_depth():
    frames = {name: MARKET.frame(name) for name in ("close", "volume")}
    depth = 0.5 + 0.0 * frames["close"]
    market = MarketData.from_frames(**frames, depth=depth)
    np.testing.assert_array_equal(market.tradable_notional, 0.5 * market.notional)
    assert market.between(10, 20).depth.shape == (10, 3)


def printed(low=0.5, t=90):
    """A market in which A printed a low of half its price on one session."""
    lows = MARKET.low.copy()
    lows[t, 0] = low * MARKET.close[t, 0]
    return replace(MARKET, low=lows)


def test_a_bad_print_does_not_price_a_trade():
    market, t = printed(), 90
    known = estimates(market)
    assert beyond_cap(known, 5.0)[t, 0]
    assert beyond_cap(known, 5.0).sum() == beyond_cap(estimates(MARKET), 5.0).sum() + 1
    capped = AlmgrenChriss().panels(market, known).sigma
    assert capped[t, 0] == 5.0 * known.sigma[t, 0]
    others = ~beyond_cap(known, 5.0)
    assert np.array_equal(capped[others], known.sigma_day[others])
    free = AlmgrenChriss(volatility_cap=float("inf")).panels(market, known).sigma
    assert np.array_equal(free, known.sigma_day)


def test_days_traded_on_a_bad_print_are_named_and_others_are_not():
    t = 90
    market = printed(t=t)
    result = run(market)
    fills = result.trades
    days = fills.loc[fills["asset"] == "A", "date"]
    traded = int(np.searchsorted(market.sessions, days.iloc[3].to_datetime64().astype("datetime64[D]")))
    found = [*bad_prints({"weekly": run(printed(t=traded))}, 5.0)]
    assert len(found) == 1
    assert f"A {market.sessions[traded]} (" in found[0]
    assert "at 5 times the 63-session one" in found[0]
    assert not [*bad_prints({"weekly": run(printed(t=traded + 1))}, 5.0)]
    assert not [*bad_prints({"weekly": run(printed(t=traded))}, float("inf"))]


def test_a_range_that_only_shocks_make_is_no_bad_print():
    fills = run(printed(t=90)).trades
    days = fills.loc[fills["asset"] == "A", "date"]
    traded = int(np.searchsorted(MARKET.sessions, days.iloc[3].to_datetime64().astype("datetime64[D]")))
    struck = {"weekly": run(printed(t=traded))}
    (said,) = bad_prints(struck, 5.0, MARKET)
    assert said.startswith("under the shocks the day's own volatility is taken at 5 times the 63-session one")
    assert f"trades of A, at worst A {MARKET.sessions[traded]} (" in said
    (said,) = bad_prints(struck, 5.0, printed(t=traded))
    assert "a bad print is no price" in said


def test_days_the_wrong_way_round_are_refused():
    stated = DepthSpec(
        share=0.5, **{"from": MARKET.sessions[9].astype(object), "to": MARKET.sessions[5].astype(object)}
    )
    with pytest.raises(UndertowError, match=r"market.depth\[0\]: from .* is after to "):
        stated_depth(MARKET, [stated])
