"""Features against closed forms and hand-worked values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import Features, PluginError
from simulator.features import (
    amihud,
    any_within,
    average_correlation,
    corwin_schultz,
    day_volatility,
    drawdown,
    ewma_volatility,
    forecast_adv,
    forecast_sigma,
    log_returns,
    market_illiquidity,
    parkinson,
    past_percentile,
    past_quantile,
    past_zscore,
    realised_volatility,
    relative_amihud,
)
from simulator.features.volatility import PRIOR_SIGMA_DAILY
from tests.support import random_market


def test_log_returns_carry_prices_over_gaps():
    close = np.array([[100.0], [np.nan], [121.0]])
    assert np.allclose(log_returns(close)[:, 0], [np.nan, 0.0, np.log(1.21)], equal_nan=True)


def test_realised_volatility_is_the_sample_deviation():
    returns = np.array([0.01, -0.02, 0.03, 0.00])
    assert realised_volatility(returns, 3)[2:].tolist() == pytest.approx(
        [np.std(returns[:3], ddof=1), np.std(returns[1:], ddof=1)]
    )


def test_ewma_halves_a_shock_in_its_half_life():
    returns = np.zeros(200)
    returns[0] = 1.0
    path = ewma_volatility(returns, half_life=10.0, min_periods=1) ** 2
    weight = 0.5 ** (np.arange(200) / 10.0)
    assert np.allclose(path, weight / np.cumsum(weight))


def test_parkinson_recovers_the_volatility_of_a_brownian_path():
    rng = np.random.default_rng(0)
    steps = rng.normal(0.0, 0.02 / np.sqrt(2000), (4000, 2000)).cumsum(axis=1)
    high, low = np.exp(np.maximum(steps.max(axis=1), 0.0)), np.exp(np.minimum(steps.min(axis=1), 0.0))
    # The root mean square of single-day estimates; discrete steps miss a little of the range.
    assert np.sqrt(np.mean(parkinson(high, low) ** 2)) == pytest.approx(0.02, rel=0.03)


def test_corwin_schultz_recovers_a_known_spread():
    rng = np.random.default_rng(1)
    spread, steps = 0.01, 390
    path = np.cumsum(rng.normal(0.0, 0.01 / np.sqrt(steps), 2000 * steps)).reshape(2000, steps)
    bounce = np.where(rng.random(path.shape) < 0.5, spread / 2, -spread / 2)
    traded = np.exp(path) * (1.0 + bounce)
    estimate = corwin_schultz(traded.max(axis=1)[:, None], traded.min(axis=1)[:, None], traded[:, -1:])
    # Known bias (Corwin & Schultz 2012, table I): close to the truth when quotes are seen all day.
    assert np.nanmean(estimate) == pytest.approx(spread, rel=0.10)
    assert np.nanmin(estimate) >= 0.0


def test_corwin_schultz_by_hand():
    # Two identical days, high 101 and low 99: beta = 2 ln(101/99)^2, gamma = ln(101/99)^2, S = 2 (e^a - 1)/(1 + e^a).
    high, low, close = (np.full((2, 1), x) for x in (101.0, 99.0, 100.0))
    r = np.log(101 / 99) ** 2
    k = 3 - 2 * np.sqrt(2)
    a = (np.sqrt(4 * r) - np.sqrt(2 * r)) / k - np.sqrt(r / k)
    assert corwin_schultz(high, low, close)[1, 0] == pytest.approx(2 * (np.exp(a) - 1) / (1 + np.exp(a)), rel=1e-12)


def test_corwin_schultz_takes_an_overnight_gap_out():
    high, low = np.array([[101.0], [111.0]]), np.array([[99.0], [109.0]])
    close = np.array([[100.0], [110.0]])
    shifted = corwin_schultz(np.array([[101.0], [102.0]]), np.array([[99.0], [100.0]]), close)
    assert corwin_schultz(high, low, close)[1, 0] == pytest.approx(shifted[1, 0])


def test_relative_amihud_compares_with_its_own_past():
    market = random_market(3, sessions=400, gaps=0.0, silent=0.0)
    raw, relative = pd.DataFrame(amihud(market)), relative_amihud(market)
    t = 350
    expected = raw[0][t - 4 : t + 1].mean() / raw[0][t - 256 : t - 4].median()
    assert relative[t, 0] == pytest.approx(expected)
    risky = [i for i, instrument in enumerate(market.instruments) if instrument.level != "1"]
    assert market_illiquidity(market)[t] == pytest.approx(np.exp(np.log(relative[t, risky]).mean()))


def test_average_correlation_of_equal_assets_is_one_and_of_strangers_zero():
    rng = np.random.default_rng(2)
    common = pd.DataFrame(np.repeat(rng.normal(0, 0.01, (300, 1)), 4, axis=1))
    strangers = pd.DataFrame(rng.normal(0, 0.01, (3000, 8)))
    assert average_correlation(common)[-1] == pytest.approx(1.0, abs=0.02)
    assert np.nanmean(average_correlation(strangers)) == pytest.approx(0.0, abs=0.03)


def test_drawdown_of_a_fall_and_a_recovery():
    assert drawdown(np.array([0.0, -0.5, 1.0]), 10).tolist() == [0.0, -0.5, 0.0]


def test_past_quantile_never_counts_today():
    values = np.arange(300.0)
    assert past_quantile(values, 1.0, min_periods=10)[100] == 99.0
    assert past_percentile(values, min_periods=10)[100] == 1.0


def test_past_zscore_of_a_constant_is_zero():
    assert past_zscore(np.ones(300))[-1] == 0.0
    assert np.isnan(past_zscore(np.ones(300))[50])


def test_labels_look_ahead_and_are_missing_at_the_end():
    events = np.array([0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
    assert any_within(events, 2).tolist()[:4] == [1.0, 1.0, 0.0, 0.0]
    assert np.isnan(any_within(events, 2)[-2:]).all()


def test_forecasts_for_costs():
    market = random_market(4, sessions=100, gaps=0.0)
    adv, sigma = forecast_adv(market), forecast_sigma(market)
    assert adv[50, 0] == pytest.approx(market.notional[30:51, 0].mean())
    assert (sigma[:21] == PRIOR_SIGMA_DAILY).all()
    assert sigma[80, 1] == pytest.approx(np.std(log_returns(market.close)[18:81, 1], ddof=1))
    own = day_volatility(market, sigma)
    assert own[10, 0] == pytest.approx(np.log(market.high[10, 0] / market.low[10, 0]) / (2 * np.sqrt(np.log(2))))


def test_features_of_a_market_without_series():
    with pytest.raises(PluginError, match="no exogenous series 'VIX'"):
        Features(random_market(1, sessions=10)).series("VIX")
