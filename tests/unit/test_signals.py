"""Calendars, hysteresis, the volatility trigger, the stress forecast."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from signals import Calendar, PastVolatility, PublishedStatus, StressForecast, Threshold, VolatilityTrigger, hysteresis
from signals.stress.forecast import FrozenStress
from signals.stress.walk_forward import fit, folds, predict
from simulator import Features, MarketData, ParameterError, PluginError
from tests.support import random_market


def fired(calendar, start="2024-01-01", periods=400):
    index = pd.bdate_range(start, periods=periods)
    market = MarketData.from_frames(pd.DataFrame({"A": np.ones(periods)}, index))
    fires = calendar.compute(Features(market)).fires()
    return index[fires]


def test_a_quarter_fires_on_its_first_session():
    assert [f"{day:%Y-%m-%d}" for day in fired(Calendar("quarter"))[:4]] == [
        "2024-04-01",
        "2024-07-01",
        "2024-10-01",
        "2025-01-01",
    ]


@pytest.mark.parametrize(("every", "count"), [("week", 79), ("month", 18), ("year", 1), (100, 3)])
def test_every_period_fires_once(every, count):
    assert len(fired(Calendar(every))) == count


def test_dates_fire_on_the_next_session():
    days = fired(Calendar(dates=["2024-03-02", "2024-03-04", "1999-01-01", "2030-01-01"]))
    assert [f"{day:%Y-%m-%d}" for day in days] == ["2024-03-04"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Calendar, "give either every or dates"),
        (lambda: Calendar("fortnight"), "every must be one of"),
        (lambda: Calendar(0), "at least 1 session"),
        (lambda: fired(Calendar(dates=["soon"])), "written YYYY-MM-DD"),
        (lambda: VolatilityTrigger(enter=0.1, exit=0.2), "must not lie below exit"),
        (lambda: VolatilityTrigger(lookback=1), "at least 2 sessions"),
        (lambda: StressForecast(horizon=0), "horizon must be at least 1"),
        (lambda: StressForecast(min_train=10), "min_train must be at least 252"),
        (lambda: StressForecast(window=10), "window must be"),
        (lambda: StressForecast(scale="odds"), "scale must be"),
        (lambda: StressForecast(model="xgbost"), "did you mean 'xgboost'"),
    ],
)
def test_bad_parameters_are_named(make, message):
    with pytest.raises(ParameterError, match=message):
        make()


def test_hysteresis_enters_above_leaves_below_and_holds():
    values = np.array([0, 3, 1.5, 0.5, 0.5, 0.5, 3, np.nan, 0.5])
    assert hysteresis(values, 2.0, 1.0).astype(int).tolist() == [0, 1, 1, 0, 0, 0, 1, 1, 0]
    assert hysteresis(values, 2.0, 1.0, min_hold=4).astype(int).tolist() == [0, 1, 1, 1, 1, 0, 1, 1, 1]


def test_volatility_is_annual_and_of_the_book():
    market = random_market(1, sessions=60, gaps=0.0)
    returns = market.frame("close").pct_change()
    panel = VolatilityTrigger(lookback=21, enter=0.3, exit=0.2).compute(Features(market))
    assert panel.column("volatility")[50] == pytest.approx(returns.mean(axis=1)[30:51].std() * np.sqrt(252))
    book = VolatilityTrigger(lookback=21, enter=0.3, exit=0.2, weights={"A": 0.5, "CASH": 0.5})
    assert book.compute(Features(market)).column("volatility")[50] == pytest.approx(
        0.5 * returns["A"][30:51].std() * np.sqrt(252)
    )


def test_a_model_learns_only_from_labels_already_known():
    labels = np.zeros(200)
    plan = list(folds(labels, start=100, refit_every=30, horizon=7, embargo=4, window=None))
    assert [int(fold.test[0]) for fold in plan] == [100, 130, 160, 190]
    for fold in plan:
        assert fold.train.max() + 7 + 4 <= fold.test[0]
        assert fold.train.min() == 0
    rolling = list(folds(labels, start=100, refit_every=30, horizon=7, embargo=4, window=50))
    assert all(fold.train.size == 50 for fold in rolling)
    assert np.concatenate([fold.test for fold in plan]).tolist() == list(range(100, 200))


def test_a_fold_of_one_class_forecasts_that_class():
    def never():
        raise AssertionError("no model is needed")

    labels = np.zeros(200)
    plan = list(folds(labels, start=100, refit_every=50, horizon=5, embargo=0, window=None))
    probability = predict(fit(never, np.zeros((200, 1)), labels, plan), np.zeros((200, 1)))
    assert np.isnan(probability[:100]).all()
    assert (probability[100:] == 0.0).all()


@pytest.fixture(scope="module")
def stressed():
    return random_market(11, sessions=900, series=True, crises=True)


def small(**options):
    settings = {"min_train": 504, "refit_every": 63, "horizon": 5, "enter": 0.5, "exit": 0.2, **options}
    return StressForecast(options={"n_estimators": 30}, **settings)


def test_the_forecast_is_deterministic(stressed):
    one, two = (small(seed=3).compute(Features(stressed)).values for _ in range(2))
    assert np.array_equal(one, two, equal_nan=True)
    other = small(seed=4).compute(Features(stressed)).values
    assert not np.array_equal(one, other, equal_nan=True)


def test_the_forecast_knows_stress_when_it_comes(stressed):
    panel = small().compute(Features(stressed))
    probability, event = panel.column("probability"), panel.column("event")
    known = ~np.isnan(probability)
    assert np.isnan(probability[:504]).all()
    assert probability[known & (event == 1)].mean() > probability[known & (event == 0)].mean()
    assert panel.columns == ("probability", "event", "state")


def test_a_frozen_forecast_says_the_same_on_its_own_market_and_learns_nothing_on_another(stressed):
    signal = small()
    frozen = signal.frozen(Features(stressed))
    signal.make = None  # nothing can be fitted any more
    other = frozen.compute(Features(random_market(6, sessions=1200, series=True, crises=True)))
    again = frozen.compute(Features(stressed)).values
    assert np.array_equal(again, small().compute(Features(stressed)).values, equal_nan=True)
    assert not np.array_equal(other.values[: len(again)], again[: len(other.values)], equal_nan=True)
    assert np.isfinite(other.column("probability")[504:900]).all()


def test_frozen_models_want_the_features_they_were_fitted_on(stressed):
    frozen = small().frozen(Features(stressed))
    without = replace(stressed, series={"VIX": stressed.series["VIX"]})
    with pytest.raises(PluginError, match="fitted on other features than this market offers: STLFSI_change_21_zscore"):
        frozen.compute(Features(without))


def test_a_model_is_used_from_its_refit_on_and_not_before(stressed):
    """Changing what a model has learnt changes nothing before the session it was fitted at."""
    frozen = small().frozen(Features(stressed))
    before = frozen.compute(Features(stressed)).column("probability")
    third = frozen.fitted[2]
    changed = FrozenStress(frozen.rule, [*frozen.fitted[:2], third._replace(model=0.5)], frozen.columns)
    after = changed.compute(Features(stressed)).column("probability")
    start = int(third.test[0])
    assert np.array_equal(before[:start], after[:start], equal_nan=True)
    assert (after[third.test] == 0.5).all()


def test_the_rule_is_said_in_words(stressed):
    signal = small()
    assert signal.notes() == []
    signal.compute(Features(stressed))
    assert "relative Amihud" in signal.notes()[0]
    prices_only = MarketData.from_frames(stressed.frame("close").ffill())
    signal.compute(Features(prices_only))
    assert "a day on which 5-day volatility" in signal.notes()[0]
    assert "a price event: this market has no volumes" in signal.notes()[0]


def test_a_history_too_short_to_learn_from_is_named():
    with pytest.raises(ParameterError, match="shorter than the first training window"):
        StressForecast().compute(Features(random_market(1, sessions=300)))


def test_rules_say_when_what_they_are_held_against_was_known():
    """Quantiles of earlier values as of the latest publication among them, a level as of its calibration."""
    features = Features(random_market(5, 760, 2, series=True))
    sessions = features.sessions
    _, published = features.market.series["STLFSI"].on(sessions)
    looked_at, thresholds = Threshold("STLFSI").evidence(features)
    heard = ~np.isnat(published)
    assert (looked_at.known_at[heard] == published[heard]).all()
    later = np.flatnonzero(heard)[1:]
    assert (thresholds.known_at[later] == published[later - 1]).all()
    assert np.isfinite(thresholds.values[300:]).all()
    looked_at, thresholds = PublishedStatus("STLFSI").evidence(features)
    assert (thresholds.known_at[heard] == published[heard]).all()
    signal = PastVolatility(lookback=10, min_history=100, recalibrate=40)
    volatility, level = signal.evidence(features)
    assert (level.known_at[200:] == sessions[109 + (np.arange(200, 760) - 109) // 40 * 40]).all()
    assert np.flatnonzero(np.isfinite(level.values[:, 0]))[0] == signal.min_train == 109
    assert (np.isfinite(volatility.values[:, 0]) == (np.arange(760) >= 10)).all()
    for output in (looked_at, thresholds, volatility, level):
        assert not output.early.any()


@pytest.mark.parametrize("every", ["week", "month", "quarter", "year"])
def test_periods_are_those_of_pandas(every):
    days = pd.bdate_range("1968-12-20", "1975-01-10").append(pd.date_range("2019-12-25", "2021-01-10"))
    market = MarketData.from_frames(pd.DataFrame({"A": 1.0}, days), zone="UTC")
    fire = Calendar(every).compute(Features(market)).column("fire") == 1.0
    period = days.to_period({"week": "W", "month": "M", "quarter": "Q", "year": "Y"}[every])
    np.testing.assert_array_equal(fire, np.append(False, period[1:] != period[:-1]))
