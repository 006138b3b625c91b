"""Figures of a fit by hand and by other libraries, history among paths, and the regimes of a real book."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reports.fit import Compared
from scenarios.build import build
from scenarios.fit.compare import book_returns, compared
from scenarios.fit.figures import (
    FIGURES,
    LOSSES,
    ReturnStretch,
    autocorrelation,
    by_decile,
    drawdown,
    fallen,
    hill,
    kurtosis,
    mean_correlation,
    mean_correlation_in_falls,
    shortfall_1,
    skewness,
    tail,
    volatility,
    volume_and_size,
    volume_and_volatility,
)
from scenarios.fit.run import Options, fit, is_far, warnings
from scenarios.load import load
from scenarios.paths import asked_for
from scenarios.progress import Silent
from tests.support import random_market
from tests.sweeping import write_small

RNG = np.random.default_rng(0)
RETURNS = RNG.standard_t(5, 2_000) * 0.01
VOLUME = 0.3 * np.abs(RETURNS) / 0.01 + RNG.normal(size=2_000)
ONE = ReturnStretch(RETURNS, VOLUME, 252)


def test_moments_are_those_of_scipy():
    assert volatility(ONE) == pytest.approx(RETURNS.std() * np.sqrt(252))
    assert skewness(ONE) == pytest.approx(stats.skew(RETURNS))
    assert kurtosis(ONE) == pytest.approx(stats.kurtosis(RETURNS))
    assert shortfall_1(ONE) == pytest.approx(np.expm1(np.sort(RETURNS)[:20]).mean())


def test_a_drawdown_by_hand():
    """100, 120, 60, 90, 150, 75: halved twice."""
    path = np.log([100.0, 120.0, 60.0, 90.0, 150.0, 75.0])
    assert drawdown(ReturnStretch(np.diff(path), None, 252)) == pytest.approx(-0.5)
    assert fallen(np.diff(path)) == pytest.approx([0.0, 0.0, -0.5, -0.25, 0.0, -0.5])
    assert drawdown(ReturnStretch(np.full(5, 0.01), None, 252)) == 0.0


def test_autocorrelation_is_that_of_statsmodels():
    from statsmodels.tsa.stattools import acf

    assert autocorrelation(RETURNS**2, 10) == pytest.approx(acf(RETURNS**2, nlags=10)[1:])
    assert autocorrelation(np.ones(50), 3).tolist() == [0.0, 0.0, 0.0]


def test_the_tail_index_of_a_pareto_is_its_own():
    losses = np.random.default_rng(1).pareto(3.0, 200_000) + 1.0
    assert hill(ReturnStretch(-losses, None, 252)) == pytest.approx(3.0, rel=0.03)
    assert tail(RETURNS)[0] == pytest.approx(np.mean(-(RETURNS - RETURNS.mean()) / RETURNS.std() > LOSSES[0]))


def test_volumes_are_compared_where_there_are_any():
    assert volume_and_size(ONE) == pytest.approx(stats.pearsonr(np.abs(RETURNS), VOLUME)[0])
    size = pd.Series(RETURNS).rolling(21).std(ddof=0)
    level = pd.Series(VOLUME).rolling(21).mean()
    assert volume_and_volatility(ONE) == pytest.approx(np.log(size).corr(level))
    holes = np.where(np.arange(2_000) % 7 == 0, np.nan, VOLUME)
    kept = np.isfinite(holes)
    assert volume_and_size(ReturnStretch(RETURNS, holes, 252)) == pytest.approx(
        stats.pearsonr(np.abs(RETURNS)[kept], VOLUME[kept])[0]
    )
    assert np.isnan(volume_and_size(ReturnStretch(RETURNS, None, 252)))
    rising = by_decile(ONE)
    assert rising[-1] > rising[0] + 0.3
    ordered = VOLUME[np.argsort(np.abs(RETURNS), kind="stable")]
    assert rising[0] == pytest.approx(ordered[:200].mean())


def test_correlations_of_assets():
    panel = RNG.normal(size=(400, 3)) + RNG.normal(size=(400, 1))
    assert mean_correlation(panel) == pytest.approx(np.corrcoef(panel.T)[np.triu_indices(3, 1)].mean())
    worst = np.argsort(panel[:, 0], kind="stable")[:20]
    assert mean_correlation_in_falls(panel, panel[:, 0]) == pytest.approx(mean_correlation(panel[worst]))
    assert np.isnan(mean_correlation(panel[:, :1]))


def test_a_book_is_brought_back_to_its_weights():
    returns = np.log(np.array([[1.10, 0.90], [0.95, 1.02]]))
    assert np.exp(book_returns(returns, np.array([0.6, 0.3]))) == pytest.approx([1.03, 0.976])


def test_history_outside_nine_in_ten_paths_is_a_warning():
    low, fine = (Compared("a", "Kurtosis", "plain", value, 2.0, 3.0, 4.0) for value in (1.5, 2.5))
    share = Compared("b", "Drawdown", "percent", -0.4, -0.3, -0.2, -0.1)
    unknown = Compared("c", "Volume", "plain", float("nan"), 1.0, 2.0, 3.0)
    assert [compared.outside for compared in (low, fine, share, unknown)] == [True, False, True, False]
    said = list(warnings([low, fine, share, unknown], {"A": [low], "B": [fine], "C": [low]}))
    assert said == [
        "Kurtosis: history has 1.50, outside the 90% interval of paths, 2.00 to 4.00.",
        "Drawdown: history has -40.0%, outside the 90% interval of paths, -30.0% to -10.0%.",
        "Kurtosis of single assets: history lies outside the 90% interval for 2 of 3 (A, C).",
    ]
    assert low.off == pytest.approx(1.0)
    assert unknown.off is None


def test_a_median_path_far_from_history_is_a_warning_although_history_lies_within():
    calm = Compared("volatility", "Volatility a year", "percent", 0.131, 0.087, 0.106, 0.170)
    said = list(warnings([calm], {"A": [calm]}))
    assert said == [
        "Volatility a year: the median path has 10.6% where history has 13.1%; that lies within the 90% interval only "
        "because paths differ widely, 8.7% to 17.0%."
    ]
    assert not is_far(calm._replace(median=0.119))
    volume = Compared("volume_volatility", "Volume against volatility, months", "plain", 0.68, 0.5, 0.57, 0.8)
    assert is_far(volume)
    assert not is_far(volume._replace(median=0.59))
    assert not is_far(volume._replace(history=float("nan")))
    assert not is_far(calm._replace(name="skewness"))


def test_paths_of_blocks_as_long_as_history_are_history_turned():
    """A circular bootstrap in one block: moments of every path are those of history, to rounding."""
    market = random_market(5, 600, 3, gaps=0.0)
    sessions = 599
    made = asked_for(f"circular:block={sessions}").on(market, 7)
    found = compared(made, np.array([0.5, 0.3, 0.2]), 20, Silent())
    by_name = {compared.name: compared for compared in found.book}
    for name in ("mean", "volatility", "skewness", "excess_kurtosis", "worst_session", "volume_size", "correlation"):
        one = by_name[name]
        assert [one.low, one.median, one.high] == pytest.approx([one.history] * 3, rel=1e-9), name
    assert by_name["max_drawdown"].low < by_name["max_drawdown"].high
    assert len(found.book) == len(FIGURES) + 2


def test_a_market_without_volume_is_compared_without(tmp_path):
    write_small(tmp_path)
    for path in (tmp_path / "data/prices").iterdir():
        pd.read_csv(path).drop(columns="Volume").to_csv(path, index=False)
    file = load(str(tmp_path / "small.toml"), ["market.assumed_adv=1e9"])
    report = fit(file, tmp_path / "out", Options("jumps", 20), tmp_path / "data")
    told = json.loads((tmp_path / "out/metrics.json").read_text())
    assert report.volumes is None
    assert told["book"]["volume_size"] == dict.fromkeys(("history", "p05", "median", "p95")) | {"outside": False}
    assert "chart-volumes" not in (tmp_path / "out/index.html").read_text()


def test_regimes_of_a_real_book_fit(data):
    """Volatility within 10%, kurtosis within 30%, median drawdown within 20%, volume-volatility within 0.1."""
    scenario = build(load("etf-core"), data)
    market = scenario.market
    weights = np.array([scenario.weights[name] for name in market.assets])
    made = asked_for("regimes").on(market, 7)

    def figures(returns, volume):
        one = ReturnStretch(book_returns(returns, weights), volume.mean(axis=1), 252)
        return [of(one) for of in (volatility, kurtosis, drawdown, volume_and_size, volume_and_volatility)]

    drawn = [made.like_history(number)[0] for number in range(1, 601)]
    median = np.median([figures(path.returns, path.volume) for path in drawn], axis=0)
    history = np.array(figures(made.history.returns, made.history.volume))
    off = median / history - 1.0
    assert abs(off[0]) < 0.10
    assert abs(off[1]) < 0.30
    assert abs(off[2]) < 0.20
    assert np.abs(median[3:] - history[3:]).max() < 0.1
