"""Monitors find planted drift and are quiet without; refits and online models know nothing before its day."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from signals.stress.life import (
    MONITORS,
    ONLINE,
    POLICIES,
    SHIFTED,
    Policy,
    Watch,
    compare_refits,
    live,
    online_forecasts,
    psi,
    stability,
    watch,
    watch_adwin,
    watch_performance,
    watch_stability,
)
from signals.stress.validation import Bootstrap, Scored, at_refits
from simulator.core.errors import ParameterError
from tests.posed import another_future, as_problem, candidate, day, posed
from tests.support import same

AT, TURN = 600, 1000


pytest.importorskip("river")


def watched(problem, at=AT):
    model = candidate(problem)
    return watch(model, problem, at_refits(problem.label, [at], 5)[0], at)


# --- population stability


def test_the_index_by_hand():
    """Two bins, half and half in the reference, one to three later: 0.25 ln 3 for each side (with many values)."""
    reference, recent = np.tile([0.0, 1.0], 50_000), np.tile([0.0, 1.0, 1.0, 1.0], 25_000)
    p, q = np.array([0.5, 0.5]), np.array([0.25, 0.75])
    assert psi(reference, recent, bins=2) == pytest.approx(((q - p) * np.log(q / p)).sum(), rel=1e-3)
    assert psi(reference, reference, bins=2) == pytest.approx(0.0, abs=1e-12)


def test_missing_values_are_a_bin_of_their_own():
    rng = np.random.default_rng(0)
    reference, recent = rng.standard_normal(2000), rng.standard_normal(500)
    calm = psi(reference, recent)
    recent[:250] = np.nan
    assert calm < 0.05
    assert psi(reference, recent) > 1.0


def test_without_change_the_index_is_about_what_sampling_gives():
    rng = np.random.default_rng(1)
    values = [psi(rng.standard_normal(1000), rng.standard_normal(126)) for _ in range(200)]
    assert np.mean(values) == pytest.approx(9 * (1 / 1000 + 1 / 126), rel=0.15)


def walks(n, columns, seed, rho=0.97):
    """Slow series without any drift."""
    rng = np.random.default_rng(seed)
    x = np.zeros((n, columns))
    for t in range(1, n):
        x[t] = rho * x[t - 1] + rng.standard_normal(columns)
    return x


def test_slow_series_exceed_the_convention_and_not_their_own_past():
    x = walks(3000, 20, 0)
    sessions = np.datetime64("2000-01-01", "D") + np.arange(3000)
    found = stability(x, sessions, [str(k) for k in range(20)], np.arange(2000), np.arange(2126, 3000, 10))
    assert (found.values > SHIFTED).mean() > 0.9
    assert found.shifted.mean() < 0.15


def test_shifted_features_are_found_in_weeks_and_sound_ones_raise_few_alarms():
    seen = watched(posed(shifts_at=TURN))
    found = watch_stability(seen)
    first = found.alarms[0].date
    turn = seen.sessions[TURN]
    assert turn <= first <= turn + 60
    calm = [watch_stability(watched(posed(seed=seed))).alarms for seed in range(8)]
    assert sum(len(alarms) for alarms in calm) <= 1


# --- performance and ADWIN


def test_lost_skill_is_found_once_outcomes_are_known_and_not_before():
    problem = posed(turns_at=TURN)
    seen = watched(problem)
    found = watch_performance(seen)
    turn = seen.sessions[TURN]
    before = [alarm for alarm in found.alarms if alarm.date < turn + 10]
    after = [alarm.date for alarm in found.alarms if alarm.date >= turn + 10]
    assert not before
    assert turn + 31 <= after[0] <= turn + 200  # ten sessions until the first is known, 21 in a row
    assert len(after) == 1  # it has not recovered since
    calm = [watch_performance(watched(posed(seed=seed))).alarms for seed in range(8)]
    assert sum(len(alarms) for alarms in calm) == 0


def test_skill_is_that_of_the_last_outcomes_in_the_order_they_became_known():
    rng = np.random.default_rng(0)
    n = 300
    dates = np.datetime64("2010-01-01", "D") + np.arange(n)
    actual = (rng.random(n) < 0.4).astype(float)
    p, q = rng.random(n), rng.random(n)

    def scored(chance):
        return Scored(dates, dates + 7, actual, (chance > 0.5).astype(float), np.column_stack([1 - chance, chance]))

    seen = Watch(dates, np.zeros((n, 1)), ("x",), np.arange(0), 0, scored(p), scored(q))
    found = watch_performance(seen, window=50, least=50)
    loss = [((forecast - actual) ** 2)[151:201].mean() for forecast in (p, q)]
    assert found.values[200] == pytest.approx(1.0 - loss[0] / loss[1])
    assert found.dates[200] == dates[200] + 7
    assert np.isnan(found.values[:49]).all()


@pytest.mark.parametrize("seed", range(3))
def test_adwin_finds_losses_that_rise(seed):
    seen = watched(posed(2000, seed, turns_at=TURN))
    found = watch_adwin(seen)
    turn = seen.sessions[TURN]
    assert found.alarms
    assert turn + 10 <= found.alarms[0].date <= turn + 120
    assert "risen" in found.alarms[0].text


def test_adwin_is_quiet_without_drift():
    alarms = [watch_adwin(watched(posed(2000, seed))).alarms for seed in range(10)]
    assert sum(len(alarm) for alarm in alarms) <= 1


def test_adwin_is_quiet_on_losses_that_overlap():
    """Labels that look ten sessions ahead at events nobody can foresee: alike for days, and no drift."""
    alarms = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        event = rng.random(2000) < 0.012
        y = np.array([event[k + 1 : k + 11].any() for k in range(2000)], float)
        alarms += len(watch_adwin(watched(as_problem(rng.standard_normal((2000, 2)), y)), falls=True).alarms)
    assert alarms <= 1


def test_falling_losses_raise_no_alarm_unless_asked_for():
    seen = watched(posed(2000, 0, turns_at=TURN), at=500)
    flat = watch_adwin(seen)
    turned = Watch(seen.sessions, seen.x, seen.columns, seen.train, seen.start, *(_backwards(seen),) * 2)
    assert flat.alarms
    assert not watch_adwin(turned).alarms
    assert "fallen" in watch_adwin(turned, falls=True).alarms[0].text


def _backwards(seen):
    """The same forecasts and outcomes in the opposite order of time."""
    one = seen.model
    return Scored(one.dates, one.known_at, one.actual[::-1], one.status[::-1], one.probability[::-1])


@pytest.mark.parametrize("name", MONITORS)
@pytest.mark.parametrize("t", [900, 1150, 1300])
def test_no_monitor_sees_tomorrow(name, t):
    """Another future: what was said and which alarms were raised by t stay the same to the bit."""
    problem = posed(turns_at=TURN, shifts_at=TURN)
    other = another_future(problem, t)
    today = problem.label.sessions[t]
    ours, theirs = (MONITORS[name](watched(variant)) for variant in (problem, other))
    count = int((ours.dates <= today).sum())
    assert count > 10
    assert same(ours.dates[:count], theirs.dates[:count])
    assert same(ours.values[:count], theirs.values[:count])
    assert [alarm for alarm in ours.alarms if alarm.date <= today] == [
        alarm for alarm in theirs.alarms if alarm.date <= today
    ]
    assert not same(ours.values[count:], theirs.values[count : len(ours.values)])


@pytest.mark.parametrize("t", [900, 1150])
def test_the_index_of_a_feature_does_not_see_tomorrow(t):
    problem = posed(shifts_at=TURN)
    both = []
    for variant in (problem, another_future(problem, t)):
        x, sessions = variant.panel.values[:, :-1], variant.label.sessions
        both.append(
            stability(x, sessions, variant.panel.columns[:-1], np.arange(AT - 15), np.arange(AT, sessions.size))
        )
    upto = t + 1 - AT
    assert same(both[0].values[:upto], both[1].values[:upto])
    assert same(both[0].limits, both[1].limits)
    assert not same(both[0].values[upto], both[1].values[upto])


# --- online models


@pytest.mark.parametrize("name", ONLINE)
def test_online_models_learn_and_know_nothing_before_its_day(name):
    problem = posed(1200)
    columns = problem.panel.columns[:-1]
    ours = online_forecasts(name, problem, columns, day(problem, AT))
    again = online_forecasts(name, problem, columns, day(problem, AT))
    assert same(ours.probability, again.probability)
    chance = ours.probability[:, 1]
    assert chance[ours.actual > 0].mean() > chance[ours.actual == 0].mean() + 0.1
    t = 900
    theirs = online_forecasts(name, another_future(problem, t), columns, day(problem, AT))
    upto = int((ours.dates <= problem.label.sessions[t]).sum())
    assert same(ours.probability[:upto], theirs.probability[:upto])
    assert not same(ours.probability[upto:], theirs.probability[upto:])


def test_a_label_is_learned_on_the_day_it_becomes_known():
    """The forecast of that day itself does not have it, the next one has."""
    problem = posed(900, base=-1.0)
    columns = problem.panel.columns[:-1]
    label = problem.label
    flipped = label.values.copy()
    flipped[700] = 1.0 - flipped[700]
    from dataclasses import replace

    other = replace(problem, label=replace(label, values=flipped))
    ours, theirs = (
        online_forecasts("online-logistic", variant, columns, day(problem, AT)) for variant in (problem, other)
    )
    changed = np.flatnonzero((ours.probability != theirs.probability).any(axis=1))
    assert ours.dates[changed[0]] == label.known_at[700] + 1


def test_gaps_are_left_out_of_a_row():
    problem = posed(900)
    values = problem.panel.values.copy()
    values[::3, 1] = np.nan
    from dataclasses import replace

    holed = replace(problem, panel=replace(problem.panel, values=values))
    for name in ONLINE:
        said = online_forecasts(name, holed, problem.panel.columns[:-1], day(problem, AT))
        assert np.isfinite(said.probability).all()


def test_without_river_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "river", None)
    for module in ("drift", "linear_model", "preprocessing", "optim", "tree", "forest"):
        monkeypatch.delitem(sys.modules, f"river.{module}", raising=False)
    problem = posed(900)
    with pytest.raises(
        ParameterError, match=r"Hoeffding adaptive tree needs the extra: pip install 'undertow\[online\]'"
    ):
        online_forecasts("online-tree", problem, problem.panel.columns[:-1], day(problem, AT))
    with pytest.raises(ParameterError, match=r"ADWIN needs the extra: pip install 'undertow\[online\]'"):
        watch_adwin(watched(problem))
    policy = Policy("x", "x", every=200)
    assert compare_refits(problem, candidate(problem), (policy,), (), first=day(problem, AT)).lives  # goes without


# --- policies


def lived(problem, policy):
    return live(policy, candidate(problem), problem, first=day(problem, AT), embargo=5)


def test_fixed_and_never():
    problem = posed(1200)
    fixed, never = lived(problem, Policy("f", "f", every=100)), lived(problem, Policy("n", "n"))
    sessions = problem.label.sessions
    assert fixed.refits.tolist() == sessions[600:1200:100].tolist()
    assert never.refits.tolist() == [sessions[600]]
    first = fixed.scored.dates < sessions[700]
    assert same(fixed.scored.probability[first], never.scored.probability[first])
    assert not same(fixed.scored.probability[~first], never.scored.probability[~first])
    assert np.array_equal(fixed.scored.dates, never.scored.dates)


@pytest.mark.parametrize("name", MONITORS)
def test_a_refit_follows_an_alarm_and_the_least_gap(name):
    problem = posed(2000, turns_at=TURN, shifts_at=TURN)
    got = lived(problem, Policy("d", "d", monitor=name, min_gap=40))
    sessions = problem.label.sessions
    assert len(got.alarms) == len(got.refits) - 1 > 0
    gaps = np.diff(np.searchsorted(sessions, got.refits))
    assert gaps.min() >= 40
    for alarm, refit in zip(got.alarms, got.refits[1:], strict=True):
        assert alarm.date <= refit
    assert got.alarms[0].date == got.refits[1]
    assert (np.diff(got.scored.dates.astype(int)) > 0).all()
    never = lived(problem, Policy("n", "n"))
    assert np.array_equal(got.scored.dates, never.scored.dates)
    upto = got.scored.dates < got.refits[1]
    assert same(got.scored.probability[upto], never.scored.probability[upto])


def test_a_refit_on_drift_mends_a_world_that_turned_round():
    problem = posed(3000, turns_at=TURN)
    policies = (Policy("never", "Never"), Policy("drift", "On drift", monitor="performance"))
    found = compare_refits(
        problem, candidate(problem), policies, (), first=day(problem, AT), window=400, how=Bootstrap(draws=100)
    )
    gap = found.lives["drift"].card.versus["never"]["brier_skill_alert"]
    assert gap.low > 0.0
    assert found.lives["drift"].refits.size > 1


@pytest.mark.parametrize("name", MONITORS)
def test_refits_on_drift_do_not_see_tomorrow(name):
    problem, t = posed(1600, turns_at=TURN, shifts_at=TURN), 1250
    policy = Policy("d", "d", monitor=name)
    ours, theirs = lived(problem, policy), lived(another_future(problem, t), policy)
    today = problem.label.sessions[t]
    assert [refit for refit in ours.refits if refit <= today] == [refit for refit in theirs.refits if refit <= today]
    upto = int((ours.scored.dates <= today).sum())
    assert same(ours.scored.probability[:upto], theirs.scored.probability[:upto])
    assert not same(ours.scored.probability[upto:], theirs.scored.probability[upto:])


def test_the_table_sets_all_beside_the_base_and_the_rule():
    problem = posed(1300)
    found = compare_refits(problem, candidate(problem), first=day(problem, AT), how=Bootstrap(draws=50))
    table = found.frame()
    assert list(table.index) == [*(policy.name for policy in POLICIES), *ONLINE, "last-state"]
    assert table.loc["every-21", "refits"] > table.loc["every-63", "refits"] > table.loc["never", "refits"] == 1
    assert np.isnan(table.loc["every-63", "auc_alert_gap"])
    gap = table.loc["never", "auc_alert"] - table.loc["every-63", "auc_alert"]
    assert table.loc["never", "auc_alert_gap"] == pytest.approx(gap)
    assert (table["auc_alert_low"] <= table["auc_alert"]).all()
    assert set(table["kind"]) == {"fixed", "on drift", "never", "online", "rule"}
    days = [life.scored.dates for life in found.lives.values()]
    assert all(np.array_equal(days[0], day) for day in days)


def test_impossible_policies_are_refused():
    with pytest.raises(ParameterError, match="either every so many sessions"):
        Policy("x", "x", every=10, monitor="adwin")
    with pytest.raises(ParameterError, match="did you mean 'adwin'"):
        Policy("x", "x", monitor="adwine")
    with pytest.raises(ParameterError, match="min_gap"):
        Policy("x", "x", min_gap=0)
    problem = posed(900)
    with pytest.raises(ParameterError, match="each named once"):
        compare_refits(problem, candidate(problem), (Policy("a", "a"), Policy("a", "a")), ())
    with pytest.raises(ParameterError, match="no labelled session"):
        live(Policy("a", "a"), candidate(problem), problem, first="2050")
    with pytest.raises(ParameterError, match="ascend"):
        at_refits(problem.label, [5, 5])
    with pytest.raises(ParameterError, match="no online model"):
        online_forecasts("online-forrest", problem, ("x0",))
