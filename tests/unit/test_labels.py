"""Stress labels against definitions worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from signals.stress.labels import (
    LABELS,
    Episode,
    Label,
    StressRule,
    degree,
    degree_ahead,
    effective_number,
    episodes,
    highest_ahead,
    label,
    onsets,
    past_thresholds,
    published_tiers,
    regime,
    regimes,
    report,
    status_of,
    stress_days,
    stress_events,
    stress_onsets,
    table,
    tier,
    tiers,
    whole_thresholds,
    within,
)
from simulator import DataError, ExogenousSeries, Features, ParameterError, PluginError
from simulator.features import Workspace, amihud, corwin_schultz
from tests.feature_markets import full_market
from tests.support import same

MARKET = full_market(21, 800, late=True)
FEATURES = Features(MARKET)


def by_hand(market):
    """The three legs from the definitions, with pandas and nothing of ours but the daily estimates."""
    risky = [i for i, instrument in enumerate(market.instruments) if instrument.level != "1"]
    raw = pd.DataFrame(amihud(market)[:, risky])
    relative = raw.rolling(5, min_periods=4).mean() / raw.rolling(252, min_periods=126).median().shift(5)
    impact = np.exp(np.log(relative).mean(axis=1))
    first = impact > impact.expanding(252).quantile(0.95).shift(1)
    ranges = [getattr(market, name)[:, risky] for name in ("high", "low", "close")]
    spread = pd.DataFrame(corwin_schultz(*ranges)).mean(axis=1).rolling(5, min_periods=4).mean()
    window = spread.rolling(60, min_periods=40)
    second = spread > window.mean() + window.std()
    ted = pd.Series(Features(market).series("TED", 21).to_numpy())
    rise = ted.diff(5)
    third = rise > rise.expanding(252).quantile(0.90).shift(1)
    return first, second, third, impact.expanding(252).quantile(0.95).shift(1).notna()


def test_the_event_is_that_of_its_definition():
    first, second, third, known = by_hand(MARKET)
    events = stress_events(FEATURES)
    expected = (first & (second | third)).astype(float).where(known)
    assert same(events.days, expected.to_numpy())
    assert 5 < np.nansum(events.days) < 200
    assert "relative Amihud" in events.rule
    assert "TED" in events.rule
    assert "Corwin–Schultz" in events.rule
    for name, leg in zip(("impact", "spread", "funding"), (first, second, third), strict=True):
        assert same(np.nan_to_num(events.legs[name]), leg.astype(float).to_numpy())


@pytest.mark.parametrize("impact", [True, False])
@pytest.mark.parametrize("spread", [True, False])
@pytest.mark.parametrize("funding", [True, False])
def test_each_leg_can_be_switched_off(impact, spread, funding):
    if not (impact or spread or funding):
        with pytest.raises(ParameterError, match="at least one of its legs"):
            StressRule(impact, spread, funding)
        return
    first, second, third, _ = by_hand(MARKET)
    either = (second & spread) | (third & funding)
    expected = (first & either) if impact and (spread or funding) else first if impact else either
    events = stress_events(FEATURES, StressRule(impact, spread, funding))
    assert same(np.nan_to_num(events.days), expected.astype(float).to_numpy())
    assert set(events.legs) == {
        name for name, on in (("impact", impact), ("spread", spread), ("funding", funding)) if on
    }


def test_a_day_of_high_impact_with_no_second_leg_known_is_unknown():
    ended = MARKET.series["TED"].until(MARKET.sessions[400])
    market = replace(MARKET, series={"TED": ended})
    events = stress_events(Features(market), StressRule(spread=False))
    late = events.days[450:]
    assert np.isnan(late[events.legs["impact"][450:] == 1.0]).all()
    assert (late[events.legs["impact"][450:] == 0.0] == 0.0).all()


def test_the_funding_leg_hands_over_when_its_series_ends():
    rng = np.random.default_rng(8)
    paper = pd.Series(np.abs(np.cumsum(rng.normal(0.0, 0.1, MARKET.sessions.size))), pd.DatetimeIndex(MARKET.sessions))
    ted = MARKET.series["TED"].until(MARKET.sessions[400])
    both = replace(MARKET, series={"TED": ted, "CPFF": ExogenousSeries.from_pandas(paper, "close", "CPFF")})
    first = int(np.flatnonzero(np.isnan(Workspace(both).series("TED")[400:]))[0]) + 400  # past its age limit of 21 days
    events = stress_events(Features(both))
    (handover,) = events.handovers
    assert handover[:2] == (MARKET.sessions[first], "TED")
    assert f"TED (of CPFF from {handover.date} on, TED having ended)" in events.rule
    # each leg against the past of its own series, on either side of the day
    rises = {name: Features(both).series(name, 21 if name == "TED" else 90).diff(5) for name in ("TED", "CPFF")}
    met = {name: (rise > rise.expanding(252).quantile(0.9).shift(1)).to_numpy() for name, rise in rises.items()}
    whole = stress_events(Features(MARKET)).legs["funding"]
    assert same(np.nan_to_num(events.legs["funding"][:380]), np.nan_to_num(whole[:380]))
    assert same(np.nan_to_num(events.legs["funding"][first:]), met["CPFF"][first:].astype(float))
    assert stress_days(Features(both)).changed.tolist() == [handover.date.item()]
    assert within(stress_days(Features(both)), 5).changed.size == 1
    # known that day: what comes later does not move it
    assert stress_events(Features(both.between(0, first + 3))).handovers == events.handovers
    assert not stress_events(Features(both.between(0, first))).handovers
    assert not stress_events(Features(MARKET)).handovers


def test_a_market_without_anything_to_measure_says_so():
    market = replace(MARKET, high=None, low=None, series={})
    with pytest.raises(ParameterError, match="nothing to measure spread or funding by"):
        stress_events(Features(market), StressRule(impact=False))
    assert "no volumes" in stress_events(Features(replace(MARKET, volume=None))).rule
    with pytest.raises(ParameterError, match="neither volumes"):
        degree(Features(replace(market, volume=None)))
    with pytest.raises(DataError, match="tiers need the series STLFSI2"):
        tier(Features(market))


DAYS = np.array([np.nan, 1, 1, 0, 1, 0, 0, 0, 1, np.nan, 1, 0])


def test_onsets_and_episodes_by_hand():
    unknown = np.isnan(DAYS)
    assert same(onsets(DAYS), np.where(unknown, np.nan, [0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0]))
    assert same(onsets(DAYS, quiet=3), np.where(unknown, np.nan, [0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]))
    assert episodes(DAYS, gap=0) == [Episode(1, 2, 2), Episode(4, 4, 1), Episode(8, 8, 1), Episode(10, 10, 1)]
    assert episodes(DAYS, gap=2) == [Episode(1, 4, 3), Episode(8, 10, 2)]
    assert episodes(np.zeros(5)) == []
    assert effective_number([Episode(0, 9, 10), Episode(20, 29, 10)]) == 2.0
    assert effective_number([Episode(0, 98, 99), Episode(200, 200, 1)]) == pytest.approx(1.02, abs=0.001)
    assert effective_number([]) == 0.0


@pytest.mark.parametrize("horizon", [5, 10, 30])
def test_an_event_within_h_days_is_known_h_sessions_later(horizon):
    days = stress_days(FEATURES)
    ahead = within(days, horizon)
    for t in (450, 600, 720):
        future = days.values[t + 1 : t + 1 + horizon]
        assert ahead.values[t] == float((future == 1.0).any())
        assert ahead.known_at[t] == MARKET.sessions[t + horizon]
    assert np.isnan(ahead.values[-horizon:]).all()
    assert np.isnat(ahead.known_at[-horizon:]).all()
    assert same(ahead.values, label(MARKET, f"stress_within_{horizon}").values)
    with pytest.raises(ParameterError, match="at least 1 session"):
        within(days, 0)


def test_onset_days_are_state_days_after_calm_ones():
    days, starts = stress_days(FEATURES), stress_onsets(FEATURES)
    assert (days.values[starts.values == 1.0] == 1.0).all()
    assert 0 < np.nansum(starts.values) < np.nansum(days.values)


def test_the_score_rises_with_the_legs_and_its_future_is_a_maximum():
    score, events = degree(FEATURES), stress_events(FEATURES)
    known = ~np.isnan(score.values)
    assert ((score.values[known] > 0.0) & (score.values[known] <= 1.0)).all()
    assert np.nanmean(score.values[events.days == 1.0]) > np.nanmean(score.values[events.days == 0.0]) + 0.2
    ahead = degree_ahead(FEATURES, 5)
    assert ahead.values[600] == score.values[601:606].max()
    assert ahead.known_at[600] == MARKET.sessions[605]
    assert highest_ahead(np.array([1.0, 3.0, np.nan, 2.0, 1.0]), 2).tolist()[3:] != [2.0, 1.0]
    assert np.isnan(highest_ahead(np.array([1.0, 3.0, np.nan, 2.0, 1.0]), 2)).tolist() == [
        True,
        True,
        False,
        True,
        True,
    ]


def test_regimes_by_levels_and_by_the_past():
    index = np.array([0.0, 1.5, 2.5, np.nan, 1.0])
    assert same(regimes(index, levels=(1.0, 2.0)), np.array([0, 1, 2, np.nan, 0]))
    rising = np.arange(400.0)
    assert np.isnan(regimes(rising)[:252]).all()
    assert (regimes(rising)[252:] == 2.0).all()
    falling = rising[::-1]
    assert (regimes(falling)[252:] == 0.0).all()
    with pytest.raises(ParameterError, match="must ascend"):
        regimes(index, levels=(2.0, 1.0))
    assert regime(FEATURES).classes == ("normal", "stressed", "crisis")


# Tiers: a weekly index for weeks ending Friday, published on the Thursday after.

WEEKS = pd.date_range("2000-01-07", periods=10, freq="W-FRI")
INDEX = ExogenousSeries.from_pandas(pd.Series(np.arange(10.0), WEEKS), "days:6", "STLFSI2")
SESSIONS = pd.bdate_range("2000-01-03", "2000-03-17").values.astype("datetime64[D]")


def test_every_day_of_a_week_has_the_value_of_that_week_known_when_published():
    status = status_of(INDEX, SESSIONS)
    assert status.values[:12].tolist() == [0] * 5 + [1] * 5 + [2] * 2
    assert (status.known_at[:5] == np.datetime64("2000-01-13")).all()
    assert status.observation[:6].tolist() == [0] * 5 + [1]
    assert np.isnan(status.values[-5:]).all()  # the index ends on 10 March
    holed = INDEX.with_values(np.where(np.arange(10) == 1, np.nan, INDEX.values))
    assert np.isnan(status_of(holed, SESSIONS).values[5:10]).all()
    assert (status_of(holed, SESSIONS).observation[5:10] == -1).all()


def test_thresholds_come_from_what_was_published():
    bounds = past_thresholds(INDEX, SESSIONS, (0.5, 0.9), min_values=3)
    third = int(np.searchsorted(SESSIONS, np.datetime64("2000-01-27")))  # week 3, of 21 January, is out
    assert np.isnan(bounds[:third]).all()
    assert bounds[third].tolist() == pytest.approx(np.quantile([0, 1, 2], [0.5, 0.9]))
    since = past_thresholds(INDEX, SESSIONS, (0.5, 0.9), since="2000-01-10", min_values=3)
    assert since[third + 5].tolist() == pytest.approx(np.quantile([1, 2, 3], [0.5, 0.9]))
    assert whole_thresholds(np.array([0.0, 1.0, np.nan, 2.0]), (0.5, 0.9)).tolist() == pytest.approx([1.0, 1.8])
    for wrong in ((0.9, 0.5), (0.5, 1.0)):
        with pytest.raises(ParameterError, match="ascending quantiles"):
            whole_thresholds(np.zeros(3), wrong)


def test_tiers_and_the_status_published_by_a_day():
    assert same(tiers(np.array([0.0, 1.0, 1.1, 9.0, np.nan]), np.array([1.0, 2.0])), np.array([0, 0, 1, 2, np.nan]))
    known = published_tiers(INDEX, SESSIONS, np.array([3.5, 5.5]))
    own = tiers(status_of(INDEX, SESSIONS).values, np.array([3.5, 5.5]))
    turns_red = int(np.flatnonzero(own == 2.0)[0])
    assert np.flatnonzero(known == 2.0)[0] == turns_red + 8  # Monday of the week, Thursday of the next
    assert np.isnan(known[:8]).all()


def test_a_status_is_published_for_28_days_and_no_longer():
    index = ExogenousSeries.from_pandas(pd.Series([9.0], pd.DatetimeIndex(["2024-01-05"])), "days:6", "X")
    days = np.arange("2024-01-05", "2024-02-10", dtype="datetime64[D]")
    found = published_tiers(index, days, np.array([1.0, 2.0]))
    told = days[found == 2.0]
    assert (str(told[0]), str(told[-1]), told.size) == ("2024-01-11", "2024-02-08", 29)
    assert np.isnan(found).sum() == days.size - 29


def test_tiers_of_the_whole_sample_are_marked_as_hindsight():
    whole, past = label(MARKET, "tier_whole"), label(MARKET, "tier_past")
    known = ~np.isnan(whole.values)
    assert whole.hindsight
    assert not past.hindsight
    assert np.unique(whole.known_at[known]).size == 1
    assert whole.known_at[known][0] >= MARKET.sessions[np.flatnonzero(known)[-1]]
    shares = np.bincount(whole.values[known].astype(int)) / known.sum()
    assert shares == pytest.approx([0.85, 0.10, 0.05], abs=0.01)
    assert (past.known_at >= past.sessions)[~np.isnan(past.values)].all()
    with pytest.raises(ParameterError, match="'past' or 'whole'"):
        tier(FEATURES, sample="all")


def _label(values, **fields):
    sessions = np.arange("2000-01-03", "2001-01-01", dtype="datetime64[D]")[: len(values)]
    return Label("x", "x", sessions, np.asarray(values, float), sessions, **fields)


def test_the_report_counts_overlap_and_episodes():
    values = np.zeros(100)
    values[10:20] = values[60:62] = values[65:67] = 1.0
    got = report(_label(values, horizon=5))
    assert (got.stressed, got.onsets, got.episodes, got.longest) == (14, 3, 2, 10)
    assert got.effective_episodes == pytest.approx(14**2 / (10**2 + 4**2))
    assert got.overlap == pytest.approx(5.0, abs=0.2)
    assert got.effective_labels == pytest.approx(20.0, abs=2.0)
    alone = report(_label(values))
    assert (alone.overlap, alone.effective_labels) == (1.0, 100.0)
    weekly = report(_label(values, observation=np.arange(100) // 5))
    assert (weekly.overlap, weekly.effective_labels) == (5.0, 20.0)
    assert "in 3 onsets and 2 episodes, worth 1.7 of equal length" in got.sentence()
    nothing = report(_label(np.full(30, np.nan)))
    assert (nothing.known, nothing.episodes, nothing.effective_labels) == (0, 0, 0.0)
    side = table([label(MARKET, "stress"), label(MARKET, "tier_whole")])
    assert side.loc["tier_whole", "hindsight"]
    assert side.loc["tier_whole", "overlap"] > 4.5


def test_uniqueness_against_counting_one_by_one():
    rng = np.random.default_rng(0)
    values = np.where(rng.random(60) < 0.3, np.nan, 0.0)
    values[-7:] = np.nan
    got = report(_label(values, horizon=7))
    users = np.zeros(60)
    labelled = np.flatnonzero(~np.isnan(values))
    for t in labelled:
        users[t + 1 : t + 8] += 1
    assert got.effective_labels == pytest.approx(sum((1 / users[t + 1 : t + 8]).mean() for t in labelled))
    assert got.overlap == pytest.approx(users[users > 0].mean())


def test_a_label_must_say_when_it_is_known():
    sessions = MARKET.sessions[:3]
    with pytest.raises(PluginError, match="cannot be known before it"):
        Label("x", "x", sessions, np.ones(3), sessions[[0, 1, 1]])
    with pytest.raises(PluginError, match="needs the date"):
        Label("x", "x", sessions, np.ones(3), np.full(3, np.datetime64("NaT", "D")))
    with pytest.raises(PluginError, match="one value a session"):
        Label("x", "x", sessions, np.ones(2), sessions[:2])
    with pytest.raises(ParameterError, match="no label 'stres'; did you mean 'stress'"):
        label(MARKET, "stres")
    one = _label([1.0, np.nan, 0.0])
    assert one.known_by(one.sessions[1]).tolist() == [True, False, False]
    assert one.series().isna().tolist() == [False, True, False]


@pytest.mark.parametrize("name", LABELS)
def test_every_label_is_named_and_defined(name):
    one = label(MARKET, name)
    assert one.name == name
    assert len(one.text) > 10
    known = ~np.isnan(one.values)
    assert known.any()
    if one.classes:
        assert set(np.unique(one.values[known])) <= set(range(len(one.classes)))
