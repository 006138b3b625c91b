"""Paired differences of figures: against the metrics, a closed form, and simulations whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import ParameterError
from simulator.metrics import (
    PAIRED,
    Books,
    cagr,
    deepest,
    difference,
    paired_figures,
    resampled,
    resampled_sharpes,
    sharpe,
)
from tests.support import some

YEAR = 252


def books(returns: np.ndarray, cash: float = 0.0, cost: np.ndarray | None = None) -> Books:
    names = tuple("ABCDEFGH"[: len(returns)])
    costs = np.zeros(returns.shape) if cost is None else cost
    sessions = returns.shape[1]
    return Books(names, returns, costs, np.full(sessions, cash), sessions / YEAR)


def correlated(rng, means, sd, correlation, sessions, persistence=0.0):
    """Two books with normal returns; ``persistence`` makes both autocorrelated, with the same mean and spread."""
    common, own = rng.normal(size=sessions), rng.normal(size=(2, sessions))
    shocks = np.sqrt(correlation) * common + np.sqrt(1.0 - correlation) * own
    for t in range(1, sessions):
        shocks[:, t] = persistence * shocks[:, t - 1] + np.sqrt(1.0 - persistence**2) * shocks[:, t]
    return np.asarray(means)[:, None] + sd * shocks


def test_figures_are_those_of_the_metrics():
    rng = np.random.default_rng(1)
    returns = rng.normal(3e-4, 0.01, (3, 2520))
    sessions = np.datetime64("2000-01-03") + np.round(np.arange(2520) * 365.25 / YEAR).astype("timedelta64[D]")
    cash = np.full(2520, 1e-4)
    span = float((sessions[-1] - sessions[0]).astype(int)) / 365.25
    cost = rng.random((3, 2520))
    plain = paired_figures(Books(("a", "b", "c"), returns, cost, cash, span))
    assert list(PAIRED) == ["sharpe", "cagr", "max_drawdown", "cost_bps_annual"]
    for row, own, paid in zip(plain, returns, cost, strict=True):
        expected = [sharpe(own, cash), cagr(own, sessions), deepest(own), paid.sum() / span]
        assert row == pytest.approx(expected, rel=1e-12)


def test_the_interval_of_independent_days_is_that_of_jobson_korkie_and_memmel():
    """With independent normal days the difference of Sharpe ratios has a known standard error."""
    sessions, correlation, sd = 4000, 0.6, 0.01
    rng = np.random.default_rng(5)
    returns = correlated(rng, (6e-4, 2e-4), sd, correlation, sessions)
    one = books(returns)
    gap = difference(paired_figures(one), resampled(one, 1500, 1, seed=3), 0, 1)["sharpe"]
    a, b = returns.mean(axis=1) / returns.std(axis=1, ddof=1)
    rho = np.corrcoef(returns)[0, 1]
    variance = (2 - 2 * rho + 0.5 * (a**2 + b**2 - 2 * a * b * rho**2)) / sessions
    expected = 2 * 1.6449 * np.sqrt(variance * YEAR)
    assert gap.value == pytest.approx((a - b) * np.sqrt(YEAR))
    assert gap.high - gap.low == pytest.approx(expected, rel=0.06)
    assert 0.5 * (gap.high + gap.low) == pytest.approx(gap.value, abs=0.1 * expected)


@pytest.mark.parametrize(("persistence", "block"), some([(0.3, 20), (0.0, 20)], 2))
def test_intervals_cover_the_truth_as_often_as_they_say(persistence, block):
    """Over many simulated pairs of books whose true difference is known, nine of ten 90% intervals hold it."""
    rng, trials, sessions = np.random.default_rng(17), 240, 700
    means, sd = (5e-4, 1e-4), 0.01
    truth = (means[0] - means[1]) / sd * np.sqrt(YEAR)
    held = 0
    for trial in range(trials):
        one = books(correlated(rng, means, sd, 0.5, sessions, persistence))
        gap = difference(paired_figures(one), resampled(one, 200, block, seed=trial), 0, 1)["sharpe"]
        held += gap.low <= truth <= gap.high
    assert 0.83 <= held / trials <= 0.95


def test_blocks_widen_the_interval_of_persistent_returns():
    returns = correlated(np.random.default_rng(2), (3e-4, 3e-4), 0.01, 0.2, 2000, persistence=0.6)
    one = books(returns)
    days = difference(paired_figures(one), resampled(one, 600, 1), 0, 1)["sharpe"]
    blocks = difference(paired_figures(one), resampled(one, 600, 20), 0, 1)["sharpe"]
    assert blocks.high - blocks.low > 1.4 * (days.high - days.low)


def test_what_clusters_stays_together():
    """Days of a block keep their order: falls that persist are deeper than where single days are redrawn."""
    returns = correlated(np.random.default_rng(2), (0.0, 0.0), 0.01, 0.2, 2000, persistence=0.8)
    one = books(returns)
    fall = list(PAIRED).index("max_drawdown")
    days, blocks = (resampled(one, 200, block)[:, 0, fall].mean() for block in (1, 20))
    assert blocks < 1.3 * days


def test_a_day_keeps_its_cash_and_its_cost():
    rng = np.random.default_rng(3)
    cash = rng.random(1000) * 1e-2
    excess = rng.normal(1e-4, 1e-5, (1, 1000))
    one = Books(("a",), cash + excess, cash[None] * 1e4, cash, 1000 / YEAR)
    assert (resampled(one, 50, 20)[:, 0, 0] > 100.0).all()  # any other day's cash would drown the excess


def test_pairs_share_their_days():
    """A book against itself plus a constant: every resample shows the same difference, however wild the days."""
    rng = np.random.default_rng(8)
    returns = rng.standard_t(3, 1000) * 0.01
    cost = np.full((3, 1000), 1.0)
    cost[1] = 3.0
    one = books(np.stack([returns, returns, returns + 1e-4]), cost=cost)
    drawn, plain = resampled(one, 300, 20, seed=1), paired_figures(one)
    same, better = difference(plain, drawn, 0, 1), difference(plain, drawn, 2, 0)
    for name in ("sharpe", "cagr", "max_drawdown"):
        assert same[name] == (0.0, 0.0, 0.0, 0.5)
        assert better[name].low > 0.0
        assert better[name].better == 1.0
    assert same["cost_bps_annual"].value == pytest.approx(-2 * YEAR)
    assert same["cost_bps_annual"].better == 1.0  # less is better
    assert same["cost_bps_annual"].low == pytest.approx(same["cost_bps_annual"].high)


def test_the_seed_decides():
    one = books(np.random.default_rng(1).normal(0.0, 0.01, (2, 500)))
    first = resampled(one, 50, 20, seed=4)
    assert np.array_equal(first, resampled(one, 50, 20, seed=4))
    assert not np.array_equal(first, resampled(one, 50, 20, seed=5))


def test_a_flat_or_ruined_book_has_no_figure_and_says_so():
    flat = np.zeros(100)
    ruined = np.concatenate([[-1.0], np.zeros(99)])
    moving = np.random.default_rng(0).normal(0.0, 0.01, 100)
    one = books(np.stack([flat, ruined, moving]))
    plain = paired_figures(one)
    assert np.isnan(plain[0, 0])
    assert np.isnan(plain[1, 1])
    gap = difference(plain, resampled(one, 20, 5), 0, 2)["sharpe"]
    assert np.isnan(gap.value)
    assert np.isnan(gap.low)


def test_impossible_terms_are_named():
    one = books(np.random.default_rng(0).normal(0.0, 0.01, (2, 50)))
    with pytest.raises(ParameterError, match="0 draws of blocks"):
        resampled(one, 0)
    with pytest.raises(ParameterError, match="level of an interval"):
        difference(paired_figures(one), resampled(one, 5), 0, 1, level=1.0)
    with pytest.raises(ParameterError, match="cost_bps must have shape"):
        Books(("a",), np.zeros((1, 5)), np.zeros((2, 5)), np.zeros(5), 1.0)
    with pytest.raises(ParameterError, match="two sessions"):
        Books(("a",), np.zeros((1, 1)), np.zeros((1, 1)), np.zeros(1), 0.0)


def test_ratios_from_sums_are_those_of_redrawn_histories():
    """Two books over cash, one that never moves, one that is observed every other session."""
    rng = np.random.default_rng(12)
    returns, seen = rng.normal(3e-4, 0.01, (4, 300)), np.ones((4, 300), bool)
    returns[2], seen[3, ::2] = 1e-4, False
    returns[3, ::2] = 0.0
    cash = np.where(seen, 1e-4, 0.0)
    one = Books(
        tuple("abcd"), returns, np.zeros((4, 300)), cash, 300 / YEAR, np.array([252.0, 240.0, 252.0, 126.0]), seen
    )
    found = resampled_sharpes(one, 40, 20, seed=5)
    whole = resampled(one, 40, 20, seed=5)[:, :, list(PAIRED).index("sharpe")]
    assert found == pytest.approx(whole, rel=1e-9, nan_ok=True)
    assert np.isnan(found[:, 2]).all()
