"""Estimators against simulated prices with a known answer, and against values worked by hand."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA

from simulator import ExogenousSeries, MarketData, ParameterError
from simulator.core.panels import FeaturePanel
from simulator.features import (
    abdi_ranaldo,
    abdi_ranaldo_mean,
    absorption_ratio,
    corwin_schultz,
    expected_shortfall,
    garman_klass_variance,
    over_own_median,
    panel,
    parkinson,
    past_percentile,
    past_zscore,
    principal_components,
    roll,
    scaled,
    trend_gap,
)
from simulator.features.families.early_warning import high_low_range, log_return
from simulator.features.largest_nb import ROOM, largest_sum_nb
from simulator.features.spreads import abdi_ranaldo_product
from simulator.features.tridiagonal import tridiagonal
from tests.support import random_market

STEPS = 390


def quoted_days(spread: float, days: int, sigma: float = 0.01, seed: int = 1):
    """(days, 1) high, low and close of trades at bid or ask around a Brownian path that runs through the nights."""
    rng = np.random.default_rng(seed)
    middle = np.cumsum(rng.normal(0.0, sigma / np.sqrt(STEPS), days * STEPS)).reshape(days, STEPS)
    side = np.where(rng.random(middle.shape) < 0.5, 0.5, -0.5)
    traded = np.exp(middle) * (1.0 + side * spread)
    return traded.max(axis=1)[:, None], traded.min(axis=1)[:, None], traded[:, -1:]


@pytest.mark.parametrize(
    ("spread", "corwin_schultz_bias", "single_day_bias"),
    [(0.005, 1.40, 1.0), (0.01, 1.07, 0.80), (0.03, 0.98, 0.96), (0.05, 0.985, 0.985)],
)
def test_spreads_recover_the_one_that_was_planted(spread, corwin_schultz_bias, single_day_bias):
    high, low, close = quoted_days(spread, 4000)
    # Negative estimates set to zero bias Corwin & Schultz up where the spread is half of the daily volatility (here
    # 1%) and no longer where it is several times as large (their table I).
    assert np.nanmean(corwin_schultz(high, low, close)) == pytest.approx(spread * corwin_schultz_bias, rel=0.06)
    # Abdi & Ranaldo: unbiased where the mean is taken before the root, and not where single days are truncated.
    product = abdi_ranaldo_product(high, low, close)
    assert abdi_ranaldo_mean(product, 3999)[-1, 0] == pytest.approx(spread, rel=0.04 if spread > 0.005 else 0.15)
    assert np.nanmean(abdi_ranaldo(high, low, close)) == pytest.approx(spread * single_day_bias, rel=0.05)
    assert np.isnan(product[0, 0])


def test_corwin_schultz_is_biased_up_without_any_spread():
    high, low, close = quoted_days(1e-9, 2000)
    assert 0.001 < np.nanmean(corwin_schultz(high, low, close)) < 0.006


def test_abdi_ranaldo_by_hand():
    high, low, close = (np.array([[a], [b]]) for a, b in ((102.0, 101.0), (98.0, 99.0), (101.0, 100.0)))
    c, m1, m2 = np.log(101), (np.log(102) + np.log(98)) / 2, (np.log(101) + np.log(99)) / 2
    assert abdi_ranaldo_product(high, low, close)[1, 0] == pytest.approx(4 * (c - m1) * (c - m2), rel=1e-12)
    assert abdi_ranaldo(high, low, close)[1, 0] == pytest.approx(2 * np.sqrt((c - m1) * (c - m2)), rel=1e-12)


def test_roll_by_hand_and_from_a_bounce():
    returns = np.array([np.nan, 0.01, -0.01, 0.01, -0.02])[:, None]
    today, before = returns[2:, 0], returns[1:-1, 0]
    covariance = np.cov(today, before, ddof=1)[0, 1]
    assert roll(returns, 3)[4, 0] == pytest.approx(2 * np.sqrt(-covariance), rel=1e-12)
    assert np.isnan(roll(returns, 3)[3, 0])
    assert roll(np.arange(6.0)[:, None], 3)[-1, 0] == 0.0  # trending: the covariance is positive
    rng = np.random.default_rng(2)
    bounce = rng.choice([-0.005, 0.005], 5000)
    log_price = np.cumsum(rng.normal(0.0, 0.002, 5000)) + bounce
    assert roll(np.diff(log_price)[:, None], 4000)[-1, 0] == pytest.approx(0.01, rel=0.05)


def test_ranges_recover_the_volatility_of_brownian_paths():
    rng = np.random.default_rng(0)
    paths = rng.normal(0.0, 0.02 / np.sqrt(2000), (4000, 2000)).cumsum(axis=1)
    high, low = np.exp(np.maximum(paths.max(axis=1), 0.0)), np.exp(np.minimum(paths.min(axis=1), 0.0))
    close, open_ = np.exp(paths[:, -1]), np.ones(4000)
    from_range = parkinson(high, low) ** 2
    garman_klass = garman_klass_variance(open_, high, low, close)
    assert np.sqrt(from_range.mean()) == pytest.approx(0.02, rel=0.03)
    assert np.sqrt(garman_klass.mean()) == pytest.approx(0.02, rel=0.03)
    # Efficiency against the squared close-to-close return: Parkinson (1980) about 5, Garman & Klass (1980) about 7.4.
    squared = np.log(close) ** 2
    assert 4.0 < squared.var() / from_range.var() < 6.0
    assert 6.0 < squared.var() / garman_klass.var() < 8.5


def test_garman_klass_by_hand():
    day = [np.array([[x]]) for x in (100.0, 103.0, 99.0, 102.0)]
    expected = 0.5 * np.log(103 / 99) ** 2 - (2 * np.log(2) - 1) * np.log(102 / 100) ** 2
    assert garman_klass_variance(*day)[0, 0] == pytest.approx(expected, rel=1e-12)


def test_expected_shortfall_is_the_mean_of_the_largest():
    values = np.random.default_rng(3).permutation(np.arange(100.0))
    assert expected_shortfall(values, 100, 0.05)[-1] == np.mean([95, 96, 97, 98, 99])
    assert np.isnan(expected_shortfall(values, 100, 0.05)[48])
    holes = np.where(values < 50.0, np.nan, values)
    assert expected_shortfall(holes, 100, 0.05)[-1] == np.mean([97, 98, 99])  # ceil(5% of 50)


def test_trend_gap_is_the_last_residual_of_a_line():
    values = np.random.default_rng(4).normal(0.0, 1.0, 60).cumsum()
    x = np.arange(30)
    line = np.polyval(np.polyfit(x, values[20:50], 1), x)
    assert trend_gap(values, 30)[49] == pytest.approx(values[49] - line[-1], rel=1e-9)
    assert np.isnan(trend_gap(values, 30)[28])


def test_a_measure_over_its_own_median_leaves_the_recent_days_out_of_the_median():
    values = np.arange(1.0, 41.0)
    assert over_own_median(values, 5, 20)[39] == pytest.approx(values[35:].mean() / np.median(values[15:35]))


def test_absorption_of_one_factor_of_strangers_and_by_hand():
    rng = np.random.default_rng(5)
    factor = rng.normal(0.0, 0.01, (300, 1)) * np.linspace(0.5, 2.0, 10)
    strangers = rng.normal(0.0, 0.01, (300, 10))
    assert absorption_ratio(factor)[-1] == pytest.approx(1.0)
    assert 0.2 < absorption_ratio(strangers)[-1] < 0.3
    variances = np.linalg.eigvalsh(np.cov(strangers[-252:].T))
    assert absorption_ratio(strangers)[-1] == pytest.approx(variances[-2:].sum() / variances.sum(), rel=1e-10)
    wide = rng.normal(0.0, 0.01, (260, 400))
    variances = np.linalg.eigvalsh(np.cov(wide[-252:].T))
    assert absorption_ratio(wide)[-1] == pytest.approx(variances[-80:].sum() / variances.sum(), rel=1e-10)
    born = strangers.copy()
    born[:-100, 3] = np.nan  # known for less than half of the window: left out
    assert absorption_ratio(born)[-1] == pytest.approx(absorption_ratio(np.delete(strangers, 3, 1))[-1], rel=1e-12)


@pytest.mark.parametrize("kind", ["strangers", "one factor", "few factors", "alike", "near nothing"])
def test_the_sum_of_the_largest_eigenvalues_is_that_of_the_eigenvalues(kind):
    rng = np.random.default_rng(11)
    rows = {
        "strangers": rng.normal(size=(60, 90)),
        "one factor": rng.normal(size=(60, 90)) + 20.0 * rng.normal(size=(60, 1)),
        "few factors": rng.normal(size=(60, 4)) @ rng.normal(size=(4, 90)),
        "alike": np.repeat(np.diag([3.0, 1.0, 0.5]), 20, axis=0),
        "near nothing": 1e-30 * rng.normal(size=(60, 90)),
    }[kind]
    matrix = rows @ rows.T
    eigenvalues = np.linalg.eigvalsh(matrix)
    diagonal, beside = tridiagonal(matrix.copy())
    squares = np.append(beside**2, 0.0)
    for count in (1, 2, 4, 19, 20, 21, 40, 59):
        found = largest_sum_nb(diagonal, squares, count, np.empty(ROOM))
        assert found == pytest.approx(eigenvalues[-count:].sum(), rel=1e-9)


def test_absorption_of_a_wide_market_is_the_plain_one_whatever_follows_and_whoever_computes(monkeypatch):
    rng = np.random.default_rng(12)
    wide = rng.standard_t(3, (150, 90)) * rng.lognormal(0.0, 1.0, (150, 1)) + rng.normal(size=(150, 1))
    wide[:, 7] = 0.0  # never moved
    found = absorption_ratio(wide, 60)
    for t in (60, 91, 92, 149):
        variances = np.linalg.eigvalsh(np.cov(wide[t - 59 : t + 1].T))
        assert found[t] == pytest.approx(variances[-18:].sum() / variances.sum(), rel=1e-9)
    assert np.array_equal(absorption_ratio(wide[:100], 60), found[:100], equal_nan=True)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0})
    assert np.array_equal(absorption_ratio(wide, 60), found, equal_nan=True)
    assert np.isnan(absorption_ratio(np.zeros((70, 90)), 60)).all()
    assert absorption_ratio(wide, 60, share=0.7)[-1] == 1.0  # as many as there are


def _columns(market, *names):
    got = panel(market, names)
    return got.values[:, 0] if len(names) == 1 else [got.column(name) for name in names]


def test_zero_returns_and_turnover_of_a_quiet_asset():
    index = pd.bdate_range("2000-01-03", periods=40)
    close = np.repeat([100.0, 101.0], 20)
    volume = np.full(40, 1000.0)
    volume[-5:] = 0.0
    shares = ExogenousSeries.from_pandas(pd.Series(50_000.0, index[:1]), "close", "SHARES:A")
    market = MarketData.from_frames(
        pd.DataFrame({"A": close}, index), volume=pd.DataFrame({"A": volume}, index), series={"SHARES:A": shares}
    )
    still, turnover = _columns(market, "zero_return_share_21", "turnover_21")
    assert still[30] == pytest.approx(20 / 21)  # one change of price, on day 20
    assert turnover[30] == pytest.approx(1000 / 50_000)
    assert turnover[39] == pytest.approx(16 / 21 * 1000 / 50_000)
    moving = replace(market, close=np.cumsum(np.ones((40, 1)), axis=0))
    assert _columns(moving, "zero_return_share_21")[39] == pytest.approx(5 / 21)  # days without volume


def test_volume_to_volatility_and_amihud_by_hand():
    market = random_market(7, 60, assets=1, gaps=0.0, silent=0.0)
    close, notional = market.close[:, 0], market.notional[:, 0]
    returns = np.diff(np.log(close))
    ratio, raw = _columns(market, "volume_to_volatility", "amihud_21")
    assert ratio[50] == pytest.approx(np.log(notional[30:51].mean() / returns[29:50].std(ddof=1)))
    assert raw[50] == pytest.approx((np.abs(returns[29:50]) / notional[30:51]).mean() * 1e6)


def test_quoted_spreads_are_twice_the_half_spread_as_stressed():
    market = random_market(7, 60, assets=1, gaps=0.0)
    market = replace(market, half_spread=np.full((60, 1), 2e-4), spread_scale=np.full((60, 1), 3.0))
    assert _columns(market, "quoted_spread_5")[-1] == pytest.approx(12e-4)
    rising = replace(market, half_spread=1e-4 * np.arange(1.0, 61.0)[:, None], spread_scale=None)
    mean, spread = _columns(rising, "quoted_spread_5", "quoted_spread_volatility_10")
    assert mean[40] == pytest.approx(2e-4 * 39.0)  # of 37 to 41
    assert spread[40] == pytest.approx(2e-4 * np.arange(10.0).std(ddof=1))


# The early-warning paper's Table 4, worked by hand.

INDEX = pd.bdate_range("2020-04-13", periods=12)


def _with(**series):
    held = {name: ExogenousSeries.from_pandas(pd.Series(v, INDEX[: len(v)]), "close") for name, v in series.items()}
    close = pd.DataFrame({"A": 100.0 + np.arange(12.0)}, INDEX)
    return MarketData.from_frames(close, series=held)


def test_the_early_warning_transformations_by_hand():
    vix = [41.0, 37.0, 40.0, 40.5, 38.0, 43.0, 45.0, 42.0, 41.0, 36.0, 33.0, 34.0]
    market = _with(VIX=vix, VIX_HIGH=[x + 2 for x in vix], VIX_LOW=[x - 1 for x in vix], TED=vix, CPFF=vix)
    names = ("ew_vix_return", "ew_vix_stdev_7", "ew_vix_range", "ew_ted_change", "ew_cpff", "ew_cpff_stdev_7")
    returns, deviation, ranges, ted, cpff, cpff_deviation = _columns(market, *names)
    assert returns[1] == pytest.approx(np.log(37 / 41))
    assert deviation[7] == pytest.approx(np.std(vix[:8], ddof=1))  # X(t-7) to X(t)
    assert np.isnan(deviation[6])
    assert ranges[0] == pytest.approx((43 - 40) / 40)
    assert ted[5] == pytest.approx(5.0)
    assert cpff.tolist() == vix
    assert cpff_deviation[-1] == pytest.approx(np.std(vix[-8:], ddof=1))


def test_a_crude_price_below_zero_carries_the_range_of_the_day_before():
    close = np.array([20.0, 18.27, -37.63, 10.01, 13.78])
    high, low = np.array([21.0, 18.3, 17.85, 13.86, 16.18]), np.array([19.0, 17.3, -40.32, -16.74, 10.26])
    usual = (18.3 - 17.3) / 17.3
    assert high_low_range(high, low).tolist() == pytest.approx([2 / 19, usual, usual, usual, (16.18 - 10.26) / 10.26])
    assert log_return(close)[1:].tolist() == pytest.approx(
        [np.log(18.27 / 20), 0.0, np.log(10.01 / 18.27), np.log(13.78 / 10.01)]
    )
    assert np.isnan(log_return(np.array([20.0, np.nan, 21.0]))).tolist() == [True, True, True]


def test_sentiment_momentum_and_flows():
    sentiment = np.array([0.1, 0.2, -0.4, 0.0, 0.5, 0.3, 0.3, 0.1, 0.0, 0.2, 0.1, 0.0])
    market = _with(SENTIMENT=sentiment, REDEMPTIONS=np.abs(sentiment))
    momentum, redemptions = _columns(market, "sentiment_momentum_3", "redemptions_5")
    assert momentum[4] == pytest.approx(0.5 - 0.2)
    assert redemptions[6] == pytest.approx(np.abs(sentiment[2:7]).mean())


# Scaling and components.


def _panel(values):
    sessions = np.arange("2000-01-03", "2010-01-01", dtype="datetime64[D]")[: len(values)]
    return FeaturePanel(sessions, tuple(f"x{k}" for k in range(values.shape[1])), values, sessions)


def test_scales_are_those_of_single_columns():
    values = np.random.default_rng(6).normal(0.0, 1.0, (400, 3)).cumsum(axis=0)
    values[100:110, 1] = np.nan
    values[:, 2] = 5.0
    values[200, 2] = np.nan
    scores, ranks = (scaled(_panel(values), how, 100, 50) for how in ("zscore", "percentile"))
    assert np.allclose(scores.values[:, 0], past_zscore(values[:, 0], 100, 50), equal_nan=True)
    assert np.isnan(scores.values[100:110, 1]).all()
    assert (scores.values[60:200, 2] == 0.0).all()
    assert np.isnan(scores.values[200, 2])
    assert ranks.values[300, 0] == np.mean(values[201:301, 0] <= values[300, 0])
    assert ranks.values[99, 0] == past_percentile(values[:, 0], 50)[99]
    assert scores.warmups.tolist() == [49, 49, 49]
    with pytest.raises(ParameterError, match="not 'rank'"):
        scaled(_panel(values), "rank")


def test_components_are_those_of_the_rows_before():
    rng = np.random.default_rng(7)
    values = rng.normal(0.0, 1.0, (300, 2)) @ rng.normal(0.0, 1.0, (2, 6)) + rng.normal(0.0, 0.1, (300, 6))
    got = principal_components(_panel(values), 2, refit_every=50, min_train=200)
    assert [fit.session for fit in got.fits] == [200, 250]
    train = values[:250]
    standard = (train - train.mean(axis=0)) / train.std(axis=0)
    reference = PCA(2).fit(standard)
    scores = (values[250:] - train.mean(axis=0)) / train.std(axis=0) @ reference.components_.T
    ours = got.panel.values[250:]
    sign = np.sign((scores * ours).sum(axis=0))
    assert np.allclose(ours, scores * sign, atol=1e-10)
    assert np.allclose(got.fits[1].explained, reference.explained_variance_ratio_)
    assert ((got.fits[0].loadings * got.fits[1].loadings).sum(axis=0) > 0.9).all()  # no flip between refits
    assert np.isnan(got.panel.values[:200]).all()


def test_components_keep_their_direction_between_refits():
    rng = np.random.default_rng(9)
    for _ in range(5):
        loadings = rng.normal(0.0, 1.0, (3, 8)) * np.array([[3.0], [2.0], [1.0]])
        values = rng.normal(0.0, 1.0, (400, 3)) @ loadings + rng.normal(0.0, 0.3, (400, 8))
        fits = principal_components(_panel(values), 3, refit_every=20, min_train=100).fits
        assert (fits[0].loadings.sum(axis=0) >= 0.0).all()
        for before, after in itertools.pairwise(fits):
            assert ((before.loadings * after.loadings).sum(axis=0) > 0.0).all()


def test_components_of_holes_and_constants():
    values = np.random.default_rng(8).normal(0.0, 1.0, (300, 4))
    values[:, 3] = 7.0
    values[250, :3] = np.nan
    values[260, 0] = np.nan
    got = principal_components(_panel(values), 2, refit_every=300, min_train=200)
    assert (got.fits[0].loadings[3] == 0.0).all()
    assert np.isnan(got.panel.values[250]).all()
    assert np.isfinite(got.panel.values[260]).all()
    with pytest.raises(ParameterError, match="between 1 and the 4 columns"):
        principal_components(_panel(values), 5)
