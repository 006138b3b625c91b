"""Each shock does what its size says, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scenarios.shocks import (
    Contagion,
    CorrelationBreak,
    CreditSpreadShift,
    DataOutage,
    Default,
    DepthCollapse,
    Drift,
    FactorMove,
    FundingSpike,
    Halt,
    MarketClosure,
    MarketFall,
    RangeMultiplier,
    RateShift,
    Redemption,
    Subscription,
    VolumeMultiplier,
    apply_shocks,
)
from scenarios.shocks.correlations import bringing
from scenarios.shocks.market_fall import thrown_back
from scenarios.shocks.reach import check_reach
from simulator import Bounds, Execution, ExogenousSeries, MarketData, ParameterError, simulate
from strategies import Hold
from tests.support import FREE, random_market, same

MARKET = random_market(5, sessions=400, gaps=0.0, silent=0.0, series=True)
START = "2001-03-01"
T0 = int(np.searchsorted(MARKET.sessions, np.datetime64(START)))


def struck(shock, market=MARKET, seed=0):
    return apply_shocks(market, [shock], seed)


def moves(world, market=MARKET):
    """(T, N) closes over those without the shock."""
    return world.market.close / market.close


def test_a_drift_goes_in_equal_steps_and_stays():
    ratio = moves(struck(Drift(start=START, days=10, size=-0.2, severity=2.0)))
    assert (ratio[:T0] == 1.0).all()
    assert ratio[T0] == pytest.approx(0.8 ** (2.0 / 10))
    assert ratio[T0 + 4] == pytest.approx(0.8)
    assert ratio[T0 + 9 :] == pytest.approx(0.64)


def test_the_market_falls_by_its_size_and_assets_by_their_betas():
    ratio = moves(struck(MarketFall(start=START, days=10, size=-0.3, market="A", roughness=0.03)))
    returns = pd.DataFrame(np.log(MARKET.close)).diff().to_numpy()[T0 - 252 : T0]
    beta = np.cov(returns[:, 2], returns[:, 0])[0, 1] / np.var(returns[:, 0], ddof=1)
    assert ratio[T0 + 9 :, 0] == pytest.approx(0.7)
    assert ratio[T0 + 9 :, 2] == pytest.approx(0.7**beta)
    steps = np.diff(np.log(ratio[T0 - 1 : T0 + 10, 0]))
    assert steps.std() > 0.01  # rough, and between the same two ends for every seed
    other = moves(struck(MarketFall(start=START, days=10, size=-0.3, market="A", roughness=0.03), seed=1))
    assert other[T0 + 9, 0] == pytest.approx(0.7)
    assert other[T0 + 4, 0] != pytest.approx(ratio[T0 + 4, 0], rel=1e-6)


@pytest.mark.parametrize("size", [-0.1, 0.1])
def test_no_crisis_begins_with_a_rally_nor_goes_beyond_its_size(size):
    for seed in range(5):  # so rough that a bridge alone leaves the room between its ends at once
        shock = MarketFall(start=START, days=10, size=size, market="A", roughness=0.1, severity=2.0)
        inside = np.log(moves(struck(shock, seed=seed))[T0 : T0 + 10, 0]) / np.log(1.0 + size)
        assert inside[-1] == pytest.approx(2.0)
        assert inside.min() >= 0.0
        assert inside.max() <= 2.0 + 1e-12
        assert np.abs(np.diff(inside)).max() > 0.5


def test_a_path_is_thrown_back_as_by_mirrors():
    thrown = thrown_back(np.array([0.5, -0.25, 1.25, 2.25, 0.0, 1.0]))
    assert thrown == pytest.approx([0.5, 0.25, 0.75, 0.25, 0.0, 1.0])


def test_a_class_may_have_a_move_of_its_own():
    ratio = moves(struck(MarketFall(start=START, days=3, size=-0.3, by_class={"treasury": 0.05}, severity=2.0)))
    assert ratio[T0 + 3, 1] == pytest.approx(1.05**2)  # B is the treasury


def square_market(sessions=120):
    """Three assets whose daily log returns are 1% up or down, each uncorrelated with the others over eight sessions."""
    eight = np.array([[a, b, c] for a in (1, -1) for b in (1, -1) for c in (1, -1)])
    returns = 0.01 * np.tile(eight, (sessions // 8, 1))
    returns = np.vstack([np.zeros((1, 3)), returns])
    days = pd.bdate_range("2024-01-01", periods=len(returns))
    return MarketData.from_frames(pd.DataFrame(np.exp(np.cumsum(returns, axis=0)), days, columns=list("ABC")))


def test_correlations_go_to_those_that_are_stated_by_the_least_change():
    market = square_market()
    shock = CorrelationBreak(
        start=str(market.sessions[81]), days=40, strength=0.5, correlations={"A": {"B": 0.6}}, lookback=80
    )
    after = np.diff(np.log(struck(shock, market).market.close), axis=0)
    own = np.diff(np.log(market.close), axis=0)
    assert np.allclose(after[:80], own[:80])
    # Half of the way from 0 to 0.6 is 0.3: days on which A and B agree grow by sqrt(1.3), the others by sqrt(0.7).
    agree = own[80:, 0] == own[80:, 1]
    for column in (0, 1):
        assert after[80:, column][agree] == pytest.approx(np.sqrt(1.3) * own[80:, column][agree])
        assert after[80:, column][~agree] == pytest.approx(np.sqrt(0.7) * own[80:, column][~agree])
    assert after[:, 2] == pytest.approx(own[:, 2])  # a pair that is left out stays as it was
    found = np.corrcoef(after[80:].T)
    assert found[0, 1] == pytest.approx(0.3)
    assert after[80:].std(axis=0) == pytest.approx(0.01)


def test_measured_correlations_are_left_for_the_stated_ones_whatever_they_were():
    shock = CorrelationBreak(start=START, lookback=390, strength=0.9, correlations={"A": {"B": -0.5, "C": 0.3}})
    # The same map on the past gives nine tenths of the way there, and one tenth of what was measured.
    measured = np.corrcoef(np.diff(np.log(MARKET.total_return()), axis=0)[: T0 - 1].T)
    wanted = measured.copy()
    wanted[0, 1] = wanted[1, 0] = -0.5
    wanted[0, 2] = wanted[2, 0] = 0.3
    map_ = bringing(measured, 0.1 * measured + 0.9 * wanted)
    assert map_ @ measured @ map_ == pytest.approx(0.1 * measured + 0.9 * wanted)
    assert np.allclose(map_, map_.T)
    assert bringing(measured, measured) == pytest.approx(np.eye(len(measured)), abs=1e-9)
    assert not np.array_equal(struck(shock).market.close, MARKET.close)


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ({"A": {"B": 0.9, "C": -0.9}, "B": {"C": 0.9}}, "55.5% of the way still works"),
        ({"A": {"B": 0.5}, "B": {"A": 0.4}}, "is stated as 0.5 and as 0.4"),
        ({"A": {"A": 0.5}}, "is 1 whatever is stated"),
        ({"A": {"Z": 0.5}}, "no asset 'Z'"),
        ({"A": {"B": 1.5}}, r"must lie in \[-1, 1\]"),
    ],
)
def test_correlations_that_cannot_be_are_refused(pairs, said):
    market = square_market()
    with pytest.raises(ParameterError, match=said):
        struck(CorrelationBreak(start=str(market.sessions[81]), days=8, correlations=pairs, lookback=80), market)


def test_correlations_go_to_one_and_volatilities_stay():
    sigma, many = 0.02, random_market(6, sessions=2000, assets=4, gaps=0.0, silent=0.0)
    start = str(many.sessions[400])
    after = struck(CorrelationBreak(start=start, strength=0.5, lookback=390, severity=4.0), many).market
    returns = pd.DataFrame(np.log(after.close)).diff().to_numpy()[400:]
    before = pd.DataFrame(np.log(many.close)).diff().to_numpy()[400:]
    off = ~np.eye(4, dtype=bool)
    assert abs(np.corrcoef(before.T)[off]).max() < 0.1
    assert np.corrcoef(returns.T)[off].min() > 0.98
    assert returns.std(axis=0) == pytest.approx(sigma, rel=0.15)


def test_yields_take_their_points_times_years_off_prices():
    shift = RateShift(start=START, days=5, points=1.5, durations={"treasury": 8.0, "C": 2.0}, shifts={"VIX": 3.0})
    world = struck(shift)
    ratio = np.log(moves(world))
    assert ratio[T0 + 4] == pytest.approx([0.0, -0.12, -0.03, 0.0, 0.0], abs=1e-12)
    assert ratio[T0, 1] == pytest.approx(-0.024)
    vix, was = world.market.series["VIX"], MARKET.series["VIX"]
    inside = (vix.dates >= MARKET.sessions[T0]) & (vix.dates <= MARKET.sessions[T0 + 4])
    assert vix.values[inside] - was.values[inside] == pytest.approx(3.0)
    assert same(vix.values[~inside], was.values[~inside])
    spread = CreditSpreadShift(start=START, days=1, points=5.0, durations={"hy-credit": 4.0})
    assert np.log(moves(struck(spread)))[T0, 2] == pytest.approx(-0.2)


def test_a_duration_is_estimated_from_the_past():
    # Yields that B's returns are minus seven times of: the slope is found to the digit.
    returns = pd.DataFrame(np.log(MARKET.close[:, 1])).diff().to_numpy()[:, 0]
    level = 5.0 + np.cumsum(np.nan_to_num(-returns / 7.0 * 100.0))
    series = ExogenousSeries.from_pandas(pd.Series(level, pd.DatetimeIndex(MARKET.sessions)), "close", "Y")
    market = replace(MARKET, series={**MARKET.series, "Y": series})
    world = struck(RateShift(start=START, days=1, durations={"treasury": 1.0}, estimate="Y"), market)
    assert np.log(moves(world))[T0, 1] == pytest.approx(-0.07, rel=1e-6)


def with_series(name, level=4.0):
    """The market with one more series, the same every day."""
    flat = pd.Series(np.full(MARKET.sessions.size, level), pd.DatetimeIndex(MARKET.sessions))
    return replace(MARKET, series={**MARKET.series, name: ExogenousSeries.from_pandas(flat, "close", name)})


def test_the_yields_that_rise_are_seen_to_rise_and_stay():
    # 1.5 points twice over in 5 steps: 0.6 a session.
    market = with_series("Y")
    how = {"start": START, "days": 5, "points": 1.5, "severity": 2.0, "durations": {"treasury": 8.0}, "estimate": "Y"}
    shift = RateShift(**how)
    seen = struck(shift, market).market.series["Y"].on(market.sessions)[0]
    assert (seen[:T0] == 4.0).all()
    assert seen[T0 : T0 + 5] == pytest.approx([4.6, 5.2, 5.8, 6.4, 7.0])
    assert seen[T0 + 5 :] == pytest.approx(7.0)
    assert shift.moved_series == {"Y"}
    assert "series moved: Y +1.5" in shift.describe()
    stated = RateShift(**how, shifts={"Y": 1.0})  # what is stated of a series counts, in the window alone
    seen = struck(stated, market).market.series["Y"].on(market.sessions)[0]
    assert seen[T0 : T0 + 5] == pytest.approx(6.0)
    assert (seen[T0 + 5 :] == 4.0).all()


def test_the_factors_that_move_are_seen_to_move_with_prices():
    market = with_series("S")
    move = FactorMove(start=START, days=4, size=-0.3, factors={"S": 2.0}, severity=0.5)
    seen = struck(move, market).market.series["S"].on(market.sessions)[0]
    assert (seen[:T0] == 4.0).all()
    assert seen[T0 : T0 + 4] == pytest.approx([4.25, 4.5, 4.75, 5.0])
    assert seen[T0 + 4 :] == pytest.approx(5.0)


def test_falls_are_passed_on_by_the_matrix_once():
    world = struck(Contagion(start=START, days=30, matrix={"A": {"B": 0.5}}, lag=2, severity=2.0))
    own = np.minimum(np.diff(np.log(MARKET.close[:, 0]), prepend=0.0), 0.0)
    ratio = np.log(moves(world))
    assert ratio[T0 + 1, 1] == 0.0
    assert ratio[T0 + 2, 1] == pytest.approx(own[T0])
    assert ratio[-1, 1] == pytest.approx(own[T0 : T0 + 30].sum())
    assert (ratio[:, [0, 2, 3, 4]] == 0.0).all()


def test_depth_goes_and_the_tape_does_not():
    world = struck(DepthCollapse(start=START, days=10, remaining=0.1, severity=2.0))
    assert world.market.depth[T0 : T0 + 10] == pytest.approx(0.01)
    assert (world.market.depth[:T0] == 1.0).all()
    assert same(world.market.volume, MARKET.volume)
    more = struck(VolumeMultiplier(start=START, days=10, multiplier=3.0, severity=2.0)).market.volume
    assert more[T0 : T0 + 10] / MARKET.volume[T0 : T0 + 10] == pytest.approx(9.0)


def test_ranges_widen_around_opens_and_closes_and_the_low_dips():
    wide = struck(RangeMultiplier(start=START, days=1, multiplier=2.0, dip=-0.1)).market
    top, bottom = (f(MARKET.open, MARKET.close)[T0] for f in (np.maximum, np.minimum))
    assert np.log(wide.high[T0] / top) == pytest.approx(2.0 * np.log(MARKET.high[T0] / top))
    assert wide.low[T0] == pytest.approx(bottom * (MARKET.low[T0] / bottom) ** 2 * 0.9)
    assert same(wide.close, MARKET.close)


def test_a_halt_and_a_closure_last_severity_times_as_long():
    halted = struck(Halt(start=START, days=4, assets=["B"], severity=1.5)).market
    assert halted.halted.sum() == 6
    assert not halted.tradable[T0 : T0 + 6, 1].any()
    closed = struck(MarketClosure(start=START, days=4, severity=0.5)).market
    assert np.isnan(closed.close[T0 : T0 + 2]).all()
    assert same(closed.close[T0 + 2 :], MARKET.close[T0 + 2 :])


def test_the_weakest_defaults_and_recovers_in_logs():
    market = replace(
        MARKET, close=MARKET.close * np.where(np.arange(5) == 3, np.exp(np.sin(np.arange(400.0)))[:, None], 1)
    )
    world = struck(Default(start=START, recovery=0.4, severity=2.0), replace(market, open=None, high=None, low=None))
    assert dict(world.market.delistings) == {"D": (MARKET.sessions[T0], pytest.approx(0.16))}


def test_investors_take_their_share_of_what_is_left_each_day():
    world = struck(Redemption(start=START, days=4, share=0.4, severity=2.0))
    assert [flow.date for flow in world.flows] == [str(day) for day in MARKET.sessions[T0 : T0 + 4]]
    left = np.prod([1.0 + flow.share for flow in world.flows])
    assert left == pytest.approx(0.36)
    assert np.prod([1.0 + flow.share for flow in struck(Subscription(start=START, share=0.5)).flows]) == 1.5
    worlds = [apply_shocks(MARKET, [], 0), world]
    check_reach([Redemption(start=START, days=4)], worlds, T0 - 5, T0 + 5, frozenset({"A"}))
    with pytest.raises(ParameterError, match="it changes nothing"):
        check_reach([Redemption(start=START, days=4)], worlds, 5, T0 - 5, None)


def test_flows_survive_other_shocks_in_any_order():
    shocks = [Redemption(start=START, share=0.1), Drift(start=START, days=3)]
    for order in (shocks, shocks[::-1]):
        world = apply_shocks(MARKET, order, 0)
        assert len(world.flows) == 1
        assert moves(world)[-1] == pytest.approx(0.9)


def test_borrowing_pays_and_cash_earns_the_higher_rate_from_close_to_close():
    """Half a million owed at 2% and the usual margin of 1%, ACT/360, and 10 points more from Thursday's close on."""
    world = struck(FundingSpike(start=START, days=3, points=5.0, severity=2.0))
    raised = world.market.cash_rate - MARKET.cash_rate
    assert raised[T0 : T0 + 3] == pytest.approx(0.10)
    assert not np.delete(raised, range(T0, T0 + 3)).any()
    assert same(world.market.close, MARKET.close)
    days = pd.bdate_range("2024-01-01", periods=6)  # Monday to Monday
    flat = MarketData.from_frames(pd.DataFrame({"A": 100.0}, days), cash_rate=0.02)
    dear = apply_shocks(flat, [FundingSpike(start="2024-01-04", days=2, points=10.0)], 0).market
    terms = {"costs": FREE, "execution": Execution(lag=0), "liquidity": False, "initial_cash": 1e6}
    owing = simulate(dear, Hold({"A": 1.5}), bounds=Bounds(max_leverage=1.5), **terms)
    paid = np.diff(owing.out.nav)
    owed = 5e5 + np.concatenate([[0.0], -np.cumsum(paid)[:-1]])
    assert paid == pytest.approx(-owed * np.array([0.03, 0.03, 0.03, 0.13, 3 * 0.13]) / 360.0, rel=1e-9)


def test_what_is_seen_fails_and_what_happens_does_not():
    missing = struck(DataOutage(start=START, days=3))
    assert missing.market is MARKET
    assert np.isnan(missing.observed.close[T0 : T0 + 3]).all()
    assert same(missing.observed.close[T0 + 3 :], MARKET.close[T0 + 3 :])
    stale = struck(DataOutage(start=START, days=3, how="stale"))
    assert same(stale.observed.close[T0 : T0 + 3], np.tile(MARKET.close[T0 - 1], (3, 1)))
    vix = stale.observed.series["VIX"]
    inside = (vix.dates >= MARKET.sessions[T0]) & (vix.dates <= MARKET.sessions[T0 + 2])
    before = MARKET.series["VIX"].values[np.flatnonzero(inside)[0] - 1]
    assert (vix.values[inside] == before).all()
    pence = struck(DataOutage(start=START, days=3, how="unit", severity=2.0))
    assert pence.market is MARKET
    assert same(pence.observed.close[T0 : T0 + 6], 100.0 * MARKET.close[T0 : T0 + 6])
    assert same(pence.observed.close[T0 + 6 :], MARKET.close[T0 + 6 :])
    assert same(pence.observed.volume, MARKET.volume)
    inside = (vix.dates >= MARKET.sessions[T0]) & (vix.dates <= MARKET.sessions[T0 + 5])
    wrong, right = pence.observed.series["VIX"].values, MARKET.series["VIX"].values
    assert same(wrong[inside], 100.0 * right[inside])
    assert same(wrong[~inside], right[~inside])
    assert same(struck(DataOutage(start=START, days=3, how="unit", of="series")).observed.close, MARKET.close)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Drift(start=START), "say over how long"),
        (lambda: MarketFall(start=START), "say over how long"),
        (lambda: MarketFall(start=START, days=3, by_class={"treasry": -0.1}), "did you mean 'treasury'"),
        (lambda: struck(RateShift(start=START, days=1)), "state durations"),
        (lambda: Contagion(start=START), "it has no weight"),
        (lambda: struck(Contagion(start=START, matrix={"Z": {"A": 1.0}})), "no asset 'Z'"),
        (lambda: struck(RateShift(start=START, durations={"treasry": 1.0})), "no asset or class 'treasry'"),
        (lambda: struck(Drift(start=START, days=3, shifts={"VIXX": 1.0})), "no series 'VIXX'"),
    ],
)
def test_what_means_nothing_is_refused(make, said):
    with pytest.raises(ParameterError, match=said):
        make()
