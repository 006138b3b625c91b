"""Frozen data: markets, series, release rules, panels, execution terms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import (
    AlmgrenChriss,
    DataError,
    Execution,
    ExogenousSeries,
    Instrument,
    LiquidityStress,
    MarketData,
    ParameterError,
    PluginError,
    ReleaseRule,
    SignalPanel,
    simulate,
)
from simulator.core.types import frozen
from strategies import DeRisk, EqualWeight, Hold, Periodic, ThresholdBand, from_callable
from tests.support import FREE, equal, random_market

INDEX = pd.bdate_range("2024-01-01", periods=4)


def frame(values, columns=("A", "B"), index=INDEX):
    return pd.DataFrame(values, index, list(columns), dtype=float)


GOOD = frame([[1, 2], [1, 2], [1, 2], [1, 2]])


def test_arrays_are_frozen_copies():
    values = np.ones((2, 2))
    kept = frozen(values)
    values[0, 0] = 5.0
    assert kept[0, 0] == 1.0
    assert not kept.flags.writeable
    assert frozen(kept) is kept


def test_close_alone_is_enough():
    market = MarketData.from_frames(GOOD)
    assert market.shape == (4, 2)
    assert market.tradable.all()
    assert market.notional is None
    with pytest.raises(DataError, match="no 'volume'"):
        market.frame("volume")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.assign(A=[1, -1, 1, 1]), "close: A on 2024-01-02 is not positive"),
        (lambda f: f.assign(B=[1, 1, np.inf, 1]), "close: B on 2024-01-03 is infinite"),
        (lambda f: f.assign(A=np.nan), "column 'A' holds no price at all"),
        (lambda f: f.assign(A=["x", "1", "1", "1"]), "column 'A' holds text"),
        (lambda f: f.set_axis(INDEX[[0, 1, 1, 2]]), "date 2024-01-02 appears twice"),
        (lambda f: f.iloc[::-1], "dates go back at 2024-01-03"),
        (lambda f: f.reset_index(drop=True), "must be indexed by dates"),
        (lambda f: f.iloc[:0], "close is empty"),
        (lambda f: f.set_axis(["A", "A"], axis=1), "column 'A' appears twice"),
    ],
)
def test_bad_prices_are_named(change, message):
    with pytest.raises(DataError, match=message):
        MarketData.from_frames(change(GOOD))


def test_frames_must_match_close():
    with pytest.raises(DataError, match="volume: no column 'B'"):
        MarketData.from_frames(GOOD, volume=GOOD[["A"]])
    with pytest.raises(DataError, match="open: its dates differ"):
        MarketData.from_frames(GOOD, open=GOOD.iloc[:-1])
    with pytest.raises(DataError, match="volume: A on 2024-01-01 is negative"):
        MarketData.from_frames(GOOD, volume=-GOOD)


def test_fingerprint_sees_every_cell_and_only_content():
    one, two = MarketData.from_frames(GOOD), MarketData.from_frames(GOOD.copy())
    assert one.fingerprint() == two.fingerprint()
    assert one.fingerprint() != MarketData.from_frames(GOOD.replace(2.0, 2.0000001)).fingerprint()
    assert one.fingerprint() != MarketData.from_frames(GOOD, cash_rate=0.01).fingerprint()
    gone = [MarketData.from_frames(GOOD, delistings={"A": ("2024-01-02", paid)}) for paid in (0.5, 0.5, 0.4)]
    assert gone[0].fingerprint() == gone[1].fingerprint() != gone[2].fingerprint()


def test_notional_uses_raw_prices():
    market = MarketData.from_frames(GOOD, volume=GOOD * 10, adjustment=GOOD * 0 + 0.5)
    assert market.notional[0].tolist() == [1 / 0.5 * 10, 2 / 0.5 * 20]


@pytest.mark.parametrize(
    ("rule", "date", "known"),
    [
        ("close", "2024-01-05", "2024-01-05"),
        ("days:6", "2024-01-05", "2024-01-11"),  # Friday's index, the following Thursday
        ("business-days:1", "2024-01-05", "2024-01-08"),
        ("business-days:2", "2024-01-04", "2024-01-08"),
        ("business-days:1", "2024-01-06", "2024-01-08"),  # Saturday's, with Friday's
        ("business-days:0", "2024-01-06", "2024-01-08"),
        ("business-days:1", "2020-10-09", "2020-10-13"),  # Columbus Day between
        ("business-days:1", "2024-06-18", "2024-06-20"),  # Juneteenth, since 2021
        ("business-days:1", "2018-06-18", "2018-06-19"),
    ],
)
def test_release_rules(rule, date, known):
    assert ReleaseRule.parse(rule).known_at(np.array([date], "datetime64[D]"))[0] == np.datetime64(known)


def test_a_release_rule_must_be_one():
    with pytest.raises(ParameterError, match="unknown release rule 'soon'"):
        ReleaseRule.parse("soon")


def test_a_series_is_seen_only_once_published():
    weekly = pd.Series([1.0, 2.0], pd.DatetimeIndex(["2024-01-05", "2024-01-12"]))
    series = ExogenousSeries.from_pandas(weekly, "days:6", "W")
    sessions = pd.bdate_range("2024-01-08", "2024-01-19").values.astype("datetime64[D]")
    values, known = series.on(sessions)
    assert np.isnan(values[:3]).all()  # Monday to Wednesday
    assert values[3:8].tolist() == [1.0] * 5
    assert values[8:].tolist() == [2.0, 2.0]
    assert known[3] == np.datetime64("2024-01-11")
    aged, _ = series.on(sessions, max_age_days=2)
    assert np.isnan(aged[6])
    assert series.until(np.datetime64("2024-01-17")).values.tolist() == [1.0]


def test_a_panel_may_not_know_the_future():
    sessions = np.array(["2024-01-01", "2024-01-02"], "datetime64[D]")
    with pytest.raises(PluginError, match="only known at 2024-01-03"):
        SignalPanel(sessions, ("x",), np.zeros((2, 1)), sessions + np.timedelta64(1, "D") * np.array([0, 1]))


def test_states_and_fires():
    sessions = pd.bdate_range("2024-01-01", periods=4).values.astype("datetime64[D]")
    panel = SignalPanel(sessions, ("state",), np.array([[0.0], [1.0], [1.0], [0.0]]), sessions)
    assert panel.state().tolist() == [False, True, True, False]
    assert panel.fires().tolist() == [False, True, False, True]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Execution(lag=-1), "lag must be 0 or more"),
        (lambda: Execution(max_participation=10), "must lie in \\(0, 1\\], not 10; write 0.1 for 10%"),
        (lambda: Execution(lag=0, fill="open"), "fill before deciding"),
        (lambda: Execution(fill="noon"), "fill must be one of close, open"),
        (lambda: Execution(max_turnover=0.0), "max_turnover must be positive"),
        (lambda: AlmgrenChriss(eta=-1.0), "eta must be zero or more"),
        (lambda: AlmgrenChriss(delta=0.0), "delta must lie in"),
        (lambda: AlmgrenChriss(half_life_days=0.0), "half_life_days must be positive"),
        (lambda: LiquidityStress(horizon_days=0), "horizon_days must be at least 1"),
        (lambda: LiquidityStress(redemption_stress=0.0), "redemption_stress must lie in"),
        (lambda: Instrument("stock"), "unknown asset class 'stock'"),
        (lambda: Instrument("equity", stressed_haircut=1.0), "stressed_haircut must lie in"),
        (lambda: Periodic([1.0]), "give either every"),
        (lambda: Periodic([1.0], every=0), "every must be at least 1"),
        (lambda: ThresholdBand([1.0], band=0.0), "band must lie in"),
        (lambda: ThresholdBand([1.0], band=0.1, to="middle"), "to must be 'target' or 'edge'"),
        (lambda: DeRisk(Hold([1.0]), "x", share=0.0), "share must lie in"),
        (lambda: EqualWeight(every=1, cash=1.0), "cash must lie in"),
        (lambda: from_callable("no function"), "needs a function"),
    ],
)
def test_parameters_out_of_range_are_named(make, message):
    with pytest.raises(ParameterError, match=message):
        make()


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([0.5, 0.6], "sum to 1.1"),
        ([0.5], "shape"),
        ([0.5, -0.1], "short positions"),
        ({"A": 0.5, "C": 0.1}, "no asset 'C'"),
        ([np.nan, 0.1], "must be a number"),
    ],
)
def test_weights_that_make_no_sense_are_refused(weights, message):
    with pytest.raises(ParameterError, match=message):
        simulate(MarketData.from_frames(GOOD), Hold(weights), costs=FREE)


def test_weights_may_come_in_any_form():
    market = MarketData.from_frames(GOOD)
    forms = [[0.4, 0.5], {"A": 0.4, "B": 0.5, "CASH": 0.1}, pd.Series({"B": 0.5, "A": 0.4}), np.array([0.4, 0.5])]
    navs = {simulate(market, Hold(form), costs=FREE).out.nav[-1] for form in forms}
    assert len(navs) == 1


def test_impact_without_volume_is_refused():
    with pytest.raises(DataError, match="assumed_adv"):
        simulate(MarketData.from_frames(GOOD), Hold([0.5, 0.5]))
    with pytest.raises(DataError, match="max_participation needs volumes"):
        simulate(MarketData.from_frames(GOOD), Hold([0.5, 0.5]), costs=FREE, execution=Execution(max_participation=0.1))
    assert simulate(MarketData.from_frames(GOOD, assumed_adv=1e9), Hold([0.5, 0.5])).total_costs["temporary"] > 0.0


def test_fill_at_the_open_needs_opens():
    with pytest.raises(DataError, match="needs open prices"):
        simulate(MarketData.from_frames(GOOD), Hold([0.5, 0.5]), costs=FREE, execution=Execution(fill="open"))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ([0.5], r"returned shape \(1,\)"),
        ([0.5, float("nan")], "the weight of B is nan"),
        ([0.9, 0.9], "sum to 1.8"),
        ([0.9, -0.9], "short positions"),
        ({"Z": 1.0}, "no asset 'Z'"),
        ({"A": "much"}, "must be a number"),
        (None, "must return weights or HOLD"),
        ("A", "must return weights or HOLD"),
    ],
)
def test_a_policy_that_answers_nonsense_is_named(answer, message):
    class Odd:
        name = "odd"

        def decide(self, day):
            return answer

    with pytest.raises(PluginError, match=f"policy 'odd' on 2024-01-01.*{message}"):
        simulate(MarketData.from_frames(GOOD), Odd(), costs=FREE)


def test_a_missing_signal_is_named():
    with pytest.raises(PluginError, match="reads signal 'vol', which is not given"):
        simulate(MarketData.from_frames(GOOD), DeRisk(Hold([0.5, 0.5]), "vol"), costs=FREE)


def test_the_view_of_the_day():
    seen = {}

    def look(day):
        seen[day.t] = day
        assert day.history().index[-1] == day.date
        assert day.weights.sum() == pytest.approx(1.0)
        with pytest.raises(ValueError, match="read-only"):
            day.shares[0] = 1.0
        return {"A": 0.25}

    market = random_market(seed=1, sessions=20, series=True)
    simulate(market, from_callable(look, every=5), start=market.sessions[3])
    assert sorted(seen) == [0, 5, 10, 15]
    day = seen[10]
    assert len(day.history("volume", sessions=4)) == 4
    assert len(day.history()) == 14
    assert day.series("STLFSI").index.max() <= day.date - pd.Timedelta(days=6)
    assert day.assets == market.assets


def test_save_levels_are_enforced():
    result = simulate(random_market(seed=1), Hold(equal(5)), save="nav")
    assert len(result.nav) == len(result.returns)
    with pytest.raises(ParameterError, match="save='full'"):
        _ = result.trades
    with pytest.raises(ParameterError, match="save='daily'"):
        _ = result.weights


def test_results_as_frames():
    result = simulate(random_market(seed=2), Periodic(equal(5, 0.9), every=10), initial_cash=1e5)
    assert list(result.weights.columns) == ["A", "B", "C", "D", "E", "CASH"]
    assert np.allclose(result.weights.sum(axis=1), 1.0)
    trades = result.trades
    paid = trades[["spread", "temporary", "permanent"]].to_numpy().sum()
    assert paid == pytest.approx(result.costs.to_numpy().sum()) == pytest.approx(sum(result.total_costs.values()))
    assert (trades["notional"] == trades["quantity"] * trades["price"]).all()
    assert set(result.events["kind"]) >= {"flow", "decision", "order", "fill", "cost", "interest", "mark"}
    assert result.liquidity["coverage"].notna().all()
    assert np.prod(1.0 + result.returns) == pytest.approx(result.nav.iloc[-1] / 1e5)


def test_windows_of_a_run():
    market = random_market(seed=2, sessions=50)
    result = simulate(market, Hold(equal(5)), start="2000-01-10", end="2000-02-10")
    assert str(result.sessions[0]) == "2000-01-10"
    assert str(result.sessions[-1]) == "2000-02-10"
    with pytest.raises(DataError, match="no session left"):
        simulate(market, Hold(equal(5)), start="2010-01-01")
    with pytest.raises(ParameterError, match="'soon' is no date"):
        simulate(market, Hold(equal(5)), start="soon")
    with pytest.raises(ParameterError, match="initial_cash must be positive"):
        simulate(market, Hold(equal(5)), initial_cash=0.0)
