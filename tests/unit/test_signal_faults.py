"""Signals that reach policies late, garbled or upside down: every row by hand, nothing early, any order the same."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from scenarios.build import build
from scenarios.load import load
from scenarios.runner import replay
from scenarios.shocks import PriceGap, SignalDelay, SignalInversion, SignalNoise, apply_shocks
from simulator import ParameterError, ScenarioError
from simulator.core.panels import SignalPanel
from tests.support import random_market
from tests.sweeping import write_small

MARKET = random_market(1, sessions=40, gaps=0.0, silent=0.0)
T0 = 10
START = str(MARKET.sessions[T0])
NAN = np.nan


def panel(market=MARKET, **columns):
    values = np.column_stack([np.asarray(values, float) for values in columns.values()])
    return SignalPanel(market.sessions, tuple(columns), values, market.sessions)


def by_day(ones, sessions=40):
    return np.isin(np.arange(sessions), list(ones)).astype(float)


def heard(shocks, said, name="stress", market=MARKET, seed=0):
    return apply_shocks(market, shocks, seed).heard(name, said)


def test_late_states_leave_the_one_before_standing_and_calls_are_made_when_they_arrive():
    said = panel(state=by_day(range(11, 13)), fire=by_day([9, 11, 12]))
    got = heard([SignalDelay(start=START, days=10, sessions=3)], said)
    # On from session 11 to 12, heard from 14 to 15; what was said on 9, before the fault, is heard on 9 and not again.
    assert np.flatnonzero(got.column("state")).tolist() == [14, 15]
    assert np.flatnonzero(got.column("fire")).tolist() == [9, 14, 15]
    assert got.known_at[14] == MARKET.sessions[11]


def test_what_is_said_after_the_fault_overtakes_what_is_still_on_its_way():
    said = panel(state=by_day([11]), fire=by_day([11, 12]))
    got = heard([SignalDelay(start=START, days=2, sessions=4)], said)
    # Sessions 10 and 11 are late by 4 and 12 is not: its "off" is heard at once, and the call of 11 on 15.
    assert not got.column("state").any()
    assert np.flatnonzero(got.column("fire")).tolist() == [12, 15]


def test_until_anything_has_arrived_nothing_is_known():
    got = heard([SignalDelay(start=str(MARKET.sessions[0]), sessions=2)], panel(state=np.ones(40)))
    assert np.isnan(got.column("state")[:2]).all()
    assert (got.column("state")[2:] == 1.0).all()
    assert got.state()[:3].tolist() == [False, False, True]


@pytest.mark.parametrize(("severity", "late"), [(0.0, 0), (0.2, 1), (1.0, 2), (1.1, 3), (5.0, 10)])
def test_severity_is_the_number_of_sessions_rounded_up(severity, late):
    got = heard([SignalDelay(start=START, sessions=2, severity=severity)], panel(fire=by_day([15])))
    assert np.flatnonzero(got.column("fire")).tolist() == [15 + late]


def test_inverted_is_on_for_off_and_a_chance_the_other_while_calendars_and_levels_stay():
    said = panel(state=by_day([9, 11]), probability=np.full(40, 0.2), volatility=np.full(40, 0.3), fire=by_day([11]))
    got = heard([SignalInversion(start=START, days=3, severity=0.5)], said)  # half of three sessions: two
    assert np.flatnonzero(got.column("state")).tolist() == [9, 10]
    assert got.column("probability")[[9, 10, 11, 12]] == pytest.approx([0.2, 0.8, 0.8, 0.2])
    assert (got.column("volatility") == 0.3).all()
    assert np.flatnonzero(got.column("fire")).tolist() == [11]


def test_the_only_column_of_a_panel_is_a_call_whatever_its_name():
    got = heard([SignalInversion(start=START, days=1)], panel(alarm=np.zeros(40)))
    assert np.flatnonzero(got.state()).tolist() == [T0]


def test_noise_is_as_frequent_as_stated_and_what_is_wrong_stays_wrong_when_it_grows():
    market = random_market(1, sessions=4_000, gaps=0.0, silent=0.0)
    said = panel(market, state=np.zeros(4_000), probability=np.full(4_000, 0.5), level=np.full(4_000, NAN))
    start = str(market.sessions[0])

    def at(severity):
        shock = SignalNoise(start=start, rate=0.1, sigma=0.2, severity=severity)
        return heard([shock], said, market=market)

    mild, hard = at(1.0), at(2.0)
    assert mild.column("state").mean() == pytest.approx(0.1, abs=0.015)  # three standard errors of 4,000 draws
    assert hard.column("state").mean() == pytest.approx(0.19, abs=0.019)
    assert (hard.column("state") >= mild.column("state")).all()
    errors = np.log(mild.column("probability") / 0.5)
    assert errors.std() == pytest.approx(0.2, abs=0.007)
    assert np.log(hard.column("probability") / 0.5).max() <= np.log(2.0)  # no probability above one
    assert np.isnan(mild.column("level")).all()


def test_each_signal_is_wrong_on_days_of_its_own_and_only_those_that_are_named():
    said = panel(state=np.zeros(40))
    shock = SignalNoise(start=START, rate=0.5)
    one, other = (heard([shock], said, name).column("state") for name in ("one", "other"))
    assert one.any()
    assert other.any()
    assert (one != other).any()
    named = SignalNoise(start=START, rate=0.5, signals=["one"])
    assert heard([named], said, "other") is said
    assert np.array_equal(heard([named], said, "one").column("state"), one)


def test_any_order_is_heard_the_same():
    said = panel(state=by_day([4, 5, 11, 12, 13, 20, 21]), fire=by_day([3, 11, 14, 20]))
    shocks = [
        SignalDelay(start=START, days=6, sessions=2),
        SignalDelay(start=str(MARKET.sessions[T0 + 2]), sessions=1),
        SignalInversion(start=START, days=12),
        PriceGap(start=START, size=-0.1),
    ]
    first = heard(shocks, said).values
    for order in itertools.permutations(shocks):
        assert np.array_equal(heard(order, said).values, first, equal_nan=True)


@pytest.mark.parametrize("shock", [SignalDelay, SignalNoise, SignalInversion])
def test_severity_0_gives_the_very_panel_and_a_longer_market_the_same_days(shock):
    said = panel(state=by_day([4, 11, 12]), fire=by_day([3, 11]))
    assert heard([shock(start=START, severity=0.0)], said) is said
    fault = shock(start=START, **({"rate": 0.4} if shock is SignalNoise else {}))
    whole = heard([fault], said).values
    short = MARKET.between(0, 25)
    cut = panel(short, state=by_day([4, 11, 12], 25), fire=by_day([3, 11], 25))
    assert np.array_equal(heard([fault], cut, market=short).values, whole[:25], equal_nan=True)
    assert np.array_equal(whole[:T0], said.values[:T0])


def test_what_cannot_be_meant_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="signals names what this one strikes"):
        SignalDelay(start=START, assets=["A"])
    with pytest.raises(ParameterError, match="a rate, or a sigma, above 0"):
        SignalNoise(start=START, rate=0.0)
    path = str(write_small(tmp_path))
    for said, shock in (("no signal 'volt'; did you mean 'vol'", "signals=['volt']"), ("", "signals=['vol']")):
        file = load(path, (), [f"signal-delay:from=2001-09-03,{shock}"])
        if said:
            with pytest.raises(ScenarioError, match=said):
                build(file, tmp_path / "data")
        else:
            assert build(file, tmp_path / "data").shocks[0].late == 1


def test_only_policies_that_follow_the_signal_are_other_and_they_trade_as_late_as_it_is(tmp_path):
    path, data = str(write_small(tmp_path)), tmp_path / "data"
    plain = replay(build(load(path), data))
    late = replay(build(load(path, (), ["signal-delay:from=2001-03-01,sessions=4"]), data))
    run = plain.results["volatility"].run
    begin = int(np.searchsorted(plain.world.market.sessions, np.datetime64("2001-03-01")))
    changes = np.flatnonzero(plain.signals["vol"].fires())
    moved = np.flatnonzero(late.signals["vol"].fires())
    assert changes[changes > begin].size > 2
    assert np.array_equal(moved[moved > begin + 4], (changes + 4)[(changes > begin) & (changes + 4 < moved.max() + 1)])
    for name in ("passive", "threshold"):
        assert np.array_equal(plain.results[name].nav, late.results[name].nav)
    first = int(changes[changes > begin][0]) - run.start + 1  # decided at the close, filled the session after
    assert np.array_equal(plain.results["volatility"].nav[:first], late.results["volatility"].nav[:first])
    assert not np.array_equal(plain.results["volatility"].nav, late.results["volatility"].nav)
