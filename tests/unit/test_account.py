"""Giving account of a signal: changes of colour, failures, years, thresholds, models fitted once more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from signals.stress.account import (
    CHANCES,
    PAIRS,
    STANDARD,
    Chances,
    Measured,
    Pair,
    by_year,
    changes,
    first_of_years,
    in_use,
    replay,
    threshold_test,
    worst,
)
from signals.stress.validation import Bootstrap, Scored, Split
from simulator.core.errors import ParameterError, PluginError
from simulator.data import KNOWN_CLASSES, KNOWN_REGIONS, region_of

WAIT = np.timedelta64(7, "D")


def scored(actual, status, start="2010-01-01", chance=None):
    actual, status = np.array(actual, float), np.array(status, float)
    dates = np.datetime64(start, "D") + np.arange(actual.size)
    stressed = 0.2 + 0.5 * (status > 0) if chance is None else np.array(chance, float)
    probability = np.column_stack([1.0 - stressed, stressed / 2, stressed / 2])
    return Scored(dates, dates + WAIT, actual, status, probability)


# --- changes of colour


def test_a_change_is_judged_by_what_was_published_later():
    calm = [0] * 12
    #                           right          late 1         early 2          false
    actual = [*calm, 1, 1, 1, 0, *calm, 1, 1, 0, *calm, 0, 0, 1, 0, *calm, 0, 0, *calm]
    status = [*calm, 1, 1, 1, 0, *calm, 0, 1, 0, *calm, 1, 1, 1, 0, *calm, 1, 0, *calm]
    found = changes(scored(actual, status))
    up = [(change.verdict, change.off) for change in found if change.upward and change.before >= 0]
    down = [(change.verdict, change.off) for change in found if not change.upward]
    assert up == [("right", 0), ("late", 1), ("early", -2), ("false", 0)]
    assert down == [("right", 0), ("right", 0), ("right", 0), ("late", 1)]
    assert found[0].before == -1
    assert found[0].verdict == "right"


def test_a_lapse_is_late_by_the_lapse_and_no_more():
    actual = [0] * 5 + [1] * 50
    status = [0] * 5 + [1] * 30 + [0] * 2 + [1] * 18
    found = changes(scored(actual, status))
    assert [(change.verdict, change.off) for change in found[1:]] == [("right", 0), ("false", 0), ("late", 2)]


def test_red_is_judged_as_red_and_amber_as_amber_or_worse():
    actual = [0] * 15 + [2] * 5 + [1] * 20
    status = [0] * 15 + [1] * 2 + [2] * 10 + [1] * 13
    found = changes(scored(actual, status))[1:]
    assert [(change.before, change.after, change.verdict, change.off) for change in found] == [
        (0, 1, "right", 0),
        (1, 2, "late", 2),
        (2, 1, "late", 7),
    ]


def test_a_verdict_waits_for_what_it_rests_on():
    actual, status = [0] * 40, [0] * 20 + [1] * 15 + [0] * 5
    one = scored(actual, status)
    up, down = changes(one)[1:]
    assert up.verdict == "false"
    assert up.known_at == one.known_at[20 + 10]
    assert down.verdict == "late"
    last = changes(scored([0] * 40, [0] * 35 + [1] * 5))[-1]
    assert last.verdict == "open"
    assert np.isnat(last.known_at)


def test_the_verdict_owes_nothing_to_later_publications():
    rng = np.random.default_rng(0)
    one = scored(np.repeat(rng.integers(0, 3, 40), 5), np.repeat(rng.integers(0, 3, 50), 4))
    for change in changes(one)[:-1]:
        if np.isnat(change.known_at):
            continue
        later = one.known_at > change.known_at
        other = replace(one, actual=np.where(later, 2.0 - one.actual, one.actual))
        again = next(same for same in changes(other) if same.row == change.row)
        assert (again.verdict, again.off, again.known_at) == (change.verdict, change.off, change.known_at)


def test_the_log_replays_to_the_statuses():
    rng = np.random.default_rng(1)
    one = scored(rng.integers(0, 3, 300), np.repeat(rng.integers(0, 3, 100), 3))
    found = changes(one)
    assert np.array_equal(replay(one.dates, [(change.date, change.after) for change in found]), one.status)
    assert sum(change.sessions for change in found) == 300
    for wrong in ([], [(one.dates[3], 1)], [(one.dates[0], 1), (np.datetime64("2030-01-01"), 0)]):
        with pytest.raises(ParameterError):
            replay(one.dates, wrong)


# --- failures and years


def test_the_worst_failures_are_the_worst_and_far_apart():
    actual, chance = np.zeros(200), np.full(200, 0.5)
    actual[[10, 12, 60, 120]] = 1.0
    chance[[10, 12, 60, 120]] = [0.3, 0.1, 0.2, 0.4]
    status = np.zeros(200)
    status[[5, 100, 180]], chance[[5, 100, 180]] = 1.0, [0.9, 0.8, 0.95]
    one = scored(actual, status, chance=chance)
    assert worst(one, "miss").tolist() == [12, 60, 120]
    assert worst(one, "miss", count=2).tolist() == [12, 60]
    assert worst(one, "false alarm", count=2).tolist() == [5, 180]


def test_years_are_added_up_by_hand():
    one = scored([0, 1, 1, 0, 1], [0, 1, 0, 1, 1], start="2010-12-29", chance=[0.1, 0.6, 0.2, 0.7, 0.5])
    rule = scored([0, 1, 1, 0, 1], [0, 0, 0, 0, 0], start="2010-12-29", chance=[0.5] * 5)
    first, second = by_year(one, {"rule": rule})
    assert (first.year, first.sessions, first.stressed, first.warned, first.found, first.right) == (
        *(2010, 3, 2, 1, 0.5, 1.0),
    )
    assert first.brier == pytest.approx((0.01 + 0.16 + 0.64) / 3)
    assert first.skill("rule") == pytest.approx(1.0 - (0.81 / 3) / 0.25)
    assert (second.year, second.found, second.right) == (2011, 1.0, 0.5)


# --- thresholds


def measured(seed=0, years=4):
    rng = np.random.default_rng(seed)
    level = np.repeat(np.abs(rng.normal(size=52 * years)), 5) + 0.05 * rng.normal(size=260 * years)
    dates = np.busday_offset("2010-01-04", np.arange(level.size), roll="forward").astype("datetime64[D]")
    truth = level + 0.1 * rng.normal(size=level.size)
    actual = (truth > np.quantile(level, 0.85)).astype(float) + (truth > np.quantile(level, 0.95))

    def thresholds(pair):
        return np.tile(np.quantile(level, pair), (level.size, 1))

    status = (level[:, None] > thresholds(STANDARD)).sum(axis=1).astype(float)
    return Measured(Scored(dates, dates + WAIT, actual, status, np.full((level.size, 3), 1.0 / 3.0)), level, thresholds)


def test_the_papers_pair_calls_what_was_called():
    one = measured()
    assert STANDARD in PAIRS
    assert np.array_equal(one.at(STANDARD).status, one.scored.status)
    found = threshold_test(one, Bootstrap(draws=50))
    assert set(found.pairs) == set(PAIRS)
    assert found.pairs[STANDARD]["ws"].value == pytest.approx(
        ((one.scored.actual > 0) & (one.scored.status > 0)).sum() / (one.scored.actual > 0).sum()
    )
    hits = np.where(one.scored.actual == one.scored.status, 1.0, 0.5)
    hits = hits[(one.scored.actual > 0) & (one.scored.status > 0)].sum()
    days = (one.scored.actual > 0).sum() + (one.scored.status > 0).sum()
    assert found.pairs[STANDARD]["balance"].value == pytest.approx(2.0 * hits / days)
    for scores in found.pairs.values():
        assert scores["wws"].low <= scores["wws"].value <= scores["wws"].high


@pytest.mark.parametrize("made", ["measured", "classified"])
def test_the_pair_of_a_year_is_chosen_by_what_was_published_before_it(made):
    one = {"measured": measured, "classified": classified}[made]()
    choices = threshold_test(one, Bootstrap(draws=20)).choices
    assert [choice.year for choice in choices] == [2011, 2012, 2013]
    for choice in choices:
        later = one.scored.known_at > choice.decided
        assert choice.known == (~later).sum()
        assert not later[one.scored.dates <= choice.decided - np.timedelta64(10, "D")].any()
        changed = replace(one.scored, actual=np.where(later, 2.0 - one.scored.actual, one.scored.actual))
        again = threshold_test(replace(one, scored=changed), Bootstrap(draws=20)).choices
        same = next(other for other in again if other.year == choice.year)
        assert same.pair == choice.pair
        assert same.scores != choice.scores


def test_a_year_chooses_once_any_stress_is_known_amber_too():
    one = measured()
    first = one.scored.dates < np.datetime64("2011-01-01")

    def years(worst):
        scored = replace(one.scored, actual=np.where(first, np.minimum(one.scored.actual, worst), one.scored.actual))
        return [choice.year for choice in threshold_test(replace(one, scored=scored), Bootstrap(draws=20)).choices]

    assert years(1.0) == [2011, 2012, 2013]
    assert years(0.0) == [2012, 2013]


def test_a_past_that_wants_other_thresholds_gets_them():
    one = measured()
    actual = (one.values > np.quantile(one.values, 0.75)).astype(float)
    actual += one.values > np.quantile(one.values, 0.925)
    found = threshold_test(replace(one, scored=replace(one.scored, actual=actual)), Bootstrap(draws=20))
    assert {choice.pair for choice in found.choices} == {(0.75, 0.925)}
    assert found.best == (0.75, 0.925)
    assert found.gap["balance"].low > 0.0


def test_a_measure_without_a_value_is_refused():
    one = measured()
    with pytest.raises(PluginError, match="every session"):
        replace(one, values=np.full(one.values.size, np.nan)).at(STANDARD)


def classified(seed=0):
    """The same days, with probabilities of amber and red that rise with the level."""
    one = measured(seed)
    red = 1.0 / (1.0 + np.exp(-6.0 * (one.values - np.quantile(one.values, 0.95))))
    worse = 1.0 / (1.0 + np.exp(-6.0 * (one.values - np.quantile(one.values, 0.85))))
    chance = np.column_stack([1.0 - worse, worse - red, red])
    return Chances(replace(one.scored, probability=chance, status=chance.argmax(axis=1).astype(float)))


def test_a_classifier_calls_by_the_probabilities_of_worse_and_of_red():
    chance = np.array([[0.75, 0.2, 0.05], [0.55, 0.4, 0.05], [0.2, 0.45, 0.35], [0.45, 0.25, 0.3], [0.0, 0.2, 0.8]])
    dates = np.arange("2010-01-04", "2010-01-09", dtype="datetime64[D]")
    one = Chances(Scored(dates, dates, np.zeros(5), chance.argmax(axis=1).astype(float), chance))
    assert one.at(Pair(0.3, 0.3)).status.tolist() == [0, 1, 2, 1, 2], "a level must be exceeded"
    assert one.at(Pair(0.5, 0.5)).status.tolist() == [0, 0, 1, 1, 2]
    assert one.at(Pair(0.6, 0.7)).status.tolist() == [0, 0, 1, 0, 2]
    assert one.scored.status.tolist() == [0, 0, 1, 0, 2], "its own calls are the likeliest class"
    assert one.moves
    certain = np.eye(3)[[0, 1, 2, 0, 2]]
    assert not Chances(replace(one.scored, probability=certain)).moves
    assert not Chances(replace(one.scored, probability=0.8 * certain + 0.2 / 3.0)).moves


def test_a_classifier_is_compared_with_its_own_calls():
    one = classified()
    found = threshold_test(one, Bootstrap(draws=50))
    assert set(found.pairs) == set(CHANCES)
    assert found.standard is None
    scored = one.scored
    right = ((scored.actual > 0) & (scored.status > 0)).sum()
    assert found.called["ws"].value == pytest.approx(right / (scored.actual > 0).sum())
    assert found.called["alert_share"].value == pytest.approx((scored.status > 0).mean())
    later = scored.dates >= found.choices[0].decided
    own = ((scored.actual > 0) & (scored.status > 0) & later).sum() / ((scored.actual > 0) & later).sum()
    assert found.fixed["ws"].value == pytest.approx(own)
    for key, gap in found.gap.items():
        assert gap.value == pytest.approx(found.chosen[key].value - found.fixed[key].value, nan_ok=True)


def test_ties_go_to_one_half():
    calm = classified()
    sure = np.tile([1.0, 0.0, 0.0], (calm.scored.dates.size, 1))
    found = threshold_test(replace(calm, scored=replace(calm.scored, probability=sure)), Bootstrap(draws=20))
    assert {choice.pair for choice in found.choices} == {(0.5, 0.5)}


# --- splits, regions


def test_the_model_in_use_is_that_of_the_last_refit():
    splits = [Split(np.arange(5), np.arange(10, 20)), Split(np.arange(9), np.arange(20, 30))]
    assert [in_use(splits, row) for row in (10, 19, 20, 29)] == [0, 0, 1, 1]
    years = np.array([2009] * 15 + [2010] * 15)
    assert first_of_years(splits, years) == [(2009, 0), (2010, 1)]


def test_regions_are_known_or_not_stated():
    assert set(KNOWN_REGIONS) == set(KNOWN_CLASSES)
    assert [region_of(ticker) for ticker in ("EWJ", "EEM", "SPY", "XYZ")] == ["Japan", "emerging", "US", "not stated"]
