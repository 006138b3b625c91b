"""Rivals of a stress forecast: thresholds, status, volatility calibrated on the past; placebos and hindsight."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from signals import (
    Foresight,
    HindsightVolatility,
    PastVolatility,
    PublishedStatus,
    Shifted,
    StressForecast,
    Threshold,
    VolatilityTrigger,
    hysteresis,
)
from signals.placebo import draw_shifts, shifted
from signals.share_of_time import level_for_share, past_levels
from signals.stress.labels import TIERS, label, stress_days, tier, within
from signals.stress.targets import as_known, event_label, waits
from simulator import DataError, ExogenousSeries, Features, ParameterError, PluginError, SignalPanel
from tests.support import random_market


def lively_index(market):
    """The market with a weekly index that comes back to its mean."""
    old = market.series["STLFSI"]
    index = old.with_values(np.random.default_rng(6).normal(0.0, 1.0, old.values.size))
    return replace(market, series={**market.series, "STLFSI": index})


MARKET = lively_index(random_market(4, sessions=800, gaps=0.0, silent=0.0, series=True, crises=True))
FEATURES = Features(MARKET)


def with_series(values: np.ndarray, rule: str = "close"):
    series = ExogenousSeries.from_pandas(pd.Series(values, pd.DatetimeIndex(MARKET.sessions[: values.size])), rule, "X")
    return Features(replace(MARKET, series={"X": series}))


def test_levels_may_change_by_session():
    values = np.array([1.0, 1.0, 1.0, 1.0, 1.0])
    enter = np.array([2.0, 0.5, 2.0, 2.0, np.nan])
    leave = np.array([0.0, 0.0, 0.0, 1.5, np.nan])
    assert hysteresis(values, enter, leave).astype(int).tolist() == [0, 1, 1, 0, 0]


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5, 0.9])
def test_a_level_is_on_for_the_share_asked(share):
    rng = np.random.default_rng(3)
    noise = np.convolve(rng.normal(size=3020), np.ones(21) / 21, "valid")
    values = np.exp(noise * 3)
    level = level_for_share(values, share, 0.8, 5)
    on = hysteresis(values, level, level * 0.8, 5).mean()
    assert share - 0.04 <= on <= share
    window = slice(1000, 2000)
    inside = level_for_share(values, share, 0.8, 5, window)
    assert hysteresis(values, inside, inside * 0.8, 5)[window].mean() <= share
    assert np.isnan(level_for_share(np.full(5, np.nan), share, 0.8, 5))


def test_no_share_of_time_is_never_on_and_all_of_it_nearly_always():
    values = np.random.default_rng(1).random(500)
    never, always = (level_for_share(values, share, 0.5, 0) for share in (0.0, 1.0))
    assert not hysteresis(values, never, never * 0.5).any()
    assert hysteresis(values, always, always * 0.5).mean() > 0.95


def test_past_levels_know_only_what_was():
    values = np.random.default_rng(2).random(400)
    values[:30] = np.nan
    levels = past_levels(values, 0.3, 0.8, 0, recalibrate=50, least=100)
    assert np.isnan(levels[:129]).all()
    for t in (129, 179, 229):
        assert levels[t] == level_for_share(values[: t + 1], 0.3, 0.8, 0)
        assert (levels[t : t + 50] == levels[t]).all()


def test_volatility_calibrated_on_the_past_is_on_about_as_long():
    panel = PastVolatility(share=0.25, lookback=10, recalibrate=21, min_history=120).compute(FEATURES)
    assert panel.columns == ("volatility", "level", "state")
    assert not panel.hindsight
    assert 0.1 < panel.state()[200:].mean() < 0.4


def test_volatility_in_hindsight_is_marked_and_known_at_the_end():
    panel = HindsightVolatility(share=0.25, lookback=10).compute(FEATURES)
    assert panel.hindsight
    assert (panel.known_at == MARKET.sessions[-1]).all()
    assert panel.state()[10:].mean() == pytest.approx(0.25, abs=0.03)
    with pytest.raises(PluginError, match="it would see the future"):
        SignalPanel(panel.sessions, panel.columns, panel.values, panel.known_at)


def test_percentiles_of_volatility():
    level = VolatilityTrigger(lookback=10, enter=0.3, exit=0.2).compute(FEATURES).column("volatility")
    panel = VolatilityTrigger(lookback=10, enter=0.9, exit=0.7, min_hold=0, scale="percentile").compute(FEATURES)
    on = panel.state()
    entered = np.flatnonzero(on & ~np.concatenate([[False], on[:-1]]))
    assert entered.size > 2
    for t in entered:
        past = level[: t + 1]
        assert (past[~np.isnan(past)] <= level[t]).mean() > 0.9


def test_a_threshold_on_a_series_against_quantiles_of_its_past():
    rng = np.random.default_rng(5)
    values = rng.random(800)
    panel = Threshold("X", 0.95, 0.85, min_hold=0).compute(with_series(values))
    assert panel.columns == ("X", "state")
    assert np.array_equal(panel.column("X"), values)
    assert not panel.state()[:252].any()
    on = False
    for t in range(253, 800):
        high, low = np.quantile(values[:t], [0.95, 0.85])
        on = not values[t] < low if on else values[t] > high
        assert panel.state()[t] == on, t


def test_a_state_ends_when_its_measure_has():
    values = np.full(500, 5.0)
    panel = Threshold("X", 4.0, 1.0, scale="level").compute(with_series(values))
    gone = np.isnan(panel.column("X"))
    first = int(gone.argmax())
    assert first > 500  # a value is carried for three weeks
    assert panel.state()[first]
    assert not panel.state()[first + 21 :].any()


def test_a_threshold_on_a_feature_knows_when_it_was_known():
    panel = Threshold("vix_zscore", 1.0, 0.5, scale="level").compute(FEATURES)
    assert panel.state().any()
    assert (panel.known_at <= MARKET.sessions).all()
    late = Threshold("X", 0.9, 0.8, scale="level").compute(with_series(np.random.default_rng(0).random(800), "days:3"))
    assert (late.known_at[5:] <= MARKET.sessions[5:]).all()
    assert late.column("X")[3] == pytest.approx(np.random.default_rng(0).random(800)[0])


def test_the_last_published_status():
    panel = PublishedStatus("STLFSI", quantiles=(0.5, 0.8), min_hold=0).compute(FEATURES)
    red = PublishedStatus("STLFSI", tier="red", quantiles=(0.5, 0.8), min_hold=0).compute(FEATURES)
    status = panel.column("status")
    assert set(np.unique(status[~np.isnan(status)])) == {0.0, 1.0, 2.0}
    assert np.array_equal(panel.state(), status >= TIERS.index("amber"))
    assert np.array_equal(red.state(), status >= TIERS.index("red"))
    series = MARKET.series["STLFSI"]
    t = 790
    published = series.values[series.known_at <= MARKET.sessions[t]]
    assert status[t] == (published[-1] > np.quantile(published, [0.5, 0.8])).sum()
    assert panel.known_at[t] == series.known_at[series.known_at <= MARKET.sessions[t]][-1]


def test_foresight_is_the_label_itself():
    panel = Foresight("stress_within_5").compute(FEATURES)
    target = label(MARKET, "stress_within_5")
    assert panel.hindsight
    assert np.array_equal(panel.state(), np.nan_to_num(target.values) == 1.0)
    assert panel.state().any()
    score = Foresight("stress_score").compute(FEATURES)
    assert np.array_equal(score.state(), np.nan_to_num(score.column("label")) > 0.5)


@pytest.mark.parametrize("by", [1, 63, 400, -100])
def test_placebos_are_shifts(by):
    """The same states in the same order, later: on as long, and as often but for the seam."""
    panel = VolatilityTrigger(lookback=10, enter=0.32, exit=0.30).compute(FEATURES)
    rows = slice(200, 700)
    placebo = shifted(panel, by, rows)
    own, other = panel.state(), placebo.state()
    assert placebo.hindsight
    assert np.array_equal(other[:200], own[:200])
    assert np.array_equal(other[700:], own[700:])
    for t in range(500):
        assert other[200 + (t + by) % 500] == own[200 + t]
    assert other[rows].sum() == own[rows].sum()
    assert not np.array_equal(other, own)


def test_a_shifted_signal_turns_round_after_its_warm_up():
    signal = VolatilityTrigger(lookback=10, enter=0.32, exit=0.30)
    own, other = signal.compute(FEATURES).state(), Shifted(signal, 50).compute(FEATURES).state()
    assert np.array_equal(np.roll(own[10:], 50), other[10:])


def test_shifts_are_drawn_apart_from_the_signal_and_each_other():
    rng = np.random.default_rng(9)
    drawn = draw_shifts(1000, 300, 63, rng)
    assert np.unique(drawn).size == 300
    assert drawn.min() >= 63
    assert drawn.max() <= 937
    assert draw_shifts(1000, 300, 63, np.random.default_rng(9)).tolist() == drawn.tolist()
    assert draw_shifts(130, 300, 63, rng).tolist() == [63, 64, 65, 66, 67]
    with pytest.raises(ParameterError, match="cannot be shifted by at least 63"):
        draw_shifts(120, 10, 63, rng)


def test_events_of_a_forecast_are_those_of_the_labels():
    assert np.array_equal(event_label(FEATURES, "stress").values, stress_days(FEATURES).values, equal_nan=True)
    weeks, tiers = event_label(FEATURES, "tier", index="STLFSI"), tier(FEATURES, "STLFSI")
    assert set(np.unique(tiers.values[~np.isnan(tiers.values)])) == {0.0, 1.0, 2.0}
    assert np.array_equal(weeks.values, np.minimum(tiers.values, 1.0), equal_nan=True)
    assert np.isnan(as_known(weeks)).all()  # a week's index is published after it
    onset = event_label(FEATURES, "onset").values
    assert np.nansum(onset) < np.nansum(stress_days(FEATURES).values)


def test_a_forecast_waits_for_each_label_until_it_is_published():
    target = within(event_label(FEATURES, "tier", index="STLFSI"), 5)
    wait = waits(target)
    for s in range(600, 700):
        t = s + int(wait[s])
        assert target.known_at[s] <= MARKET.sessions[t]
        assert target.known_at[s] > MARKET.sessions[t - 1]
    assert (wait[-1], waits(within(stress_days(FEATURES), 5))[600]) == (800, 5)


def test_a_forecast_learns_from_the_columns_and_the_event_stated():
    settings = {"min_train": 504, "horizon": 5, "options": {"n_estimators": 5}}
    plain = StressForecast(**settings).compute(FEATURES).values
    few = StressForecast(columns=["volatility_21", "series"], **settings).compute(FEATURES).values
    assert not np.array_equal(plain, few, equal_nan=True)
    alert = StressForecast(event="tier", index="STLFSI", **settings)
    alert.compute(FEATURES)
    assert "STLFSI of that week" in alert.notes()[0]
    with pytest.raises(DataError, match="which this market does not have"):
        StressForecast(columns=["ted"], **settings).compute(FEATURES)


def test_a_forecast_of_several_seeds_is_the_mean_of_theirs():
    settings = {"min_train": 504, "horizon": 5, "options": {"n_estimators": 5, "subsample": 0.5}}
    each = [StressForecast(seed=seed, **settings).compute(FEATURES).column("probability") for seed in (3, 4, 5)]
    mean = StressForecast(seed=3, seeds=3, **settings)
    assert mean.compute(FEATURES).column("probability") == pytest.approx(np.mean(each, axis=0), nan_ok=True, rel=1e-12)
    assert not np.array_equal(each[0], each[1], equal_nan=True)
    assert "the mean of 3 fits" in mean.notes()[-1]


def test_the_perfect_forecast_is_the_target_known_in_advance():
    forecast = StressForecast(min_train=504, horizon=5)
    panel = forecast.foresight().compute(FEATURES)
    days = stress_days(FEATURES).values
    for t in range(600, 640):
        assert panel.state()[t] == (days[t + 1 : t + 6] == 1.0).any()
    assert panel.hindsight
    assert forecast.foresight().target == "stress within 5"
    assert StressForecast(legs=["impact"]).foresight().target == "stress (impact) within 10"


def test_volatility_above_its_own_years_mean():
    trigger = VolatilityTrigger(scale="own-year", enter=1.0, exit=1.0, min_hold=0)
    panel = trigger.compute(FEATURES)
    volatility = pd.Series(panel.column("volatility"))
    above = (volatility > volatility.rolling(252).mean()).to_numpy()
    assert np.array_equal(panel.state()[trigger.warmup :], above[trigger.warmup :])
    assert 0.1 < panel.state().mean() < 0.9
    assert trigger.warmup == 273


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: StressForecast(seeds=0), "seeds must be at least 1"),
        (lambda: StressForecast("var", event="tier", seeds=2), "for models that need columns alone, not 'var'"),
        (lambda: VolatilityTrigger(scale="odds"), "scale must be 'level', 'percentile' or 'own-year'"),
        (lambda: PastVolatility(share=0.0), r"share must lie in \(0, 1\)"),
        (lambda: PastVolatility(exit_ratio=1.2), "exit_ratio must lie in"),
        (lambda: PastVolatility(recalibrate=0), "recalibrate must be at least 1"),
        (lambda: HindsightVolatility(share=1.0), r"share must lie in \(0, 1\)"),
        (lambda: HindsightVolatility(lookback=1), "at least 2 sessions"),
        (lambda: Threshold("VIX", enter=1.5, exit=0.5), "a quantile lies between 0 and 1"),
        (lambda: Threshold("VIX", scale="rank"), "scale must be"),
        (lambda: PublishedStatus(tier="green"), "'amber' or 'red'"),
        (lambda: PublishedStatus(quantiles=(0.9, 0.8)), "two ascending quantiles"),
        (lambda: Foresight("stress_within_11"), "did you mean 'stress_within_10'"),
        (lambda: StressForecast(event="crash"), "no event 'crash'"),
        (lambda: StressForecast(legs=["impact", "price"]), "legs must be some of impact, spread, funding"),
        (lambda: StressForecast(legs=[]), "legs must be some of"),
    ],
)
def test_bad_parameters_are_named(make, message):
    with pytest.raises(ParameterError, match=message):
        make()


@pytest.mark.parametrize("signal", [Threshold("VXI"), PublishedStatus("NFCI")])
def test_what_the_market_lacks_is_named(signal):
    with pytest.raises(DataError, match=r"(VXI|NFCI).*here|does not have"):
        signal.compute(FEATURES)
