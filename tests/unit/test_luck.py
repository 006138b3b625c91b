"""What luck explains: published figures, closed forms, arch, and policies that differ by luck alone."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from arch.bootstrap import MCS, SPA, StationaryBootstrap

from simulator.metrics import (
    Books,
    Moments,
    confidence_set,
    deflated_sharpe,
    expected_best,
    luckiest,
    moments,
    overfitting,
    probabilistic_sharpe,
    sharpe_rows,
    superiority,
)
from simulator.metrics.books import sharpes
from simulator.metrics.overfitting import _by_part, _sharpes
from simulator.metrics.redrawn import redrawn
from tests.covering import covered


def test_the_deflated_ratio_of_the_paper():
    """Bailey & López de Prado (2014), the numerical example: 2.5 a year over five years of 250 days, 100 trials."""
    shown, spread = Moments(1250, 2.5 / np.sqrt(250.0), -3.0, 10.0), np.sqrt(0.5 / 250.0)
    assert luckiest(spread, 100) == pytest.approx(0.1132, abs=5e-5)
    assert deflated_sharpe(shown, spread, 100) == pytest.approx(0.9004, abs=5e-5)
    assert deflated_sharpe(shown, spread, 46) == pytest.approx(0.9505, abs=5e-5)
    normal = shown._replace(skew=0.0, kurtosis=3.0)
    assert deflated_sharpe(normal, spread, 88) == pytest.approx(0.9505, abs=5e-4)


def test_a_single_trial_is_not_deflated():
    shown = Moments(500, 0.05, -0.4, 6.0)
    assert deflated_sharpe(shown, 0.03, 1) == probabilistic_sharpe(shown)
    assert probabilistic_sharpe(shown, 0.05) == 0.5


def test_the_probabilistic_ratio_is_how_often_the_ratio_comes_out_above():
    rng = np.random.default_rng(5)
    drawn = 0.05 + 0.5 * rng.standard_t(6, (4000, 500))
    ratios = drawn.mean(axis=1) / drawn.std(axis=1, ddof=1)
    true = Moments(500, 0.05 / (0.5 * np.sqrt(1.5)), 0.0, 6.0)
    assert probabilistic_sharpe(true) == pytest.approx((ratios > 0.0).mean(), abs=0.015)


def test_moments_by_hand():
    found = moments(np.array([1.0, 1.0, 1.0, -3.0]))
    assert found is not None
    assert found.observations == 4
    assert found.sharpe == 0.0
    assert found.skew == pytest.approx(-6.0 / 3.0**1.5)
    assert found.kurtosis == pytest.approx(21.0 / 9.0)
    assert moments(np.zeros(50)) is None
    assert moments(np.array([0.1, 0.2])) is None


def test_overfitting_by_brute_force():
    excess = np.random.default_rng(2).normal(0.0005, 0.01, (5, 240))
    found = overfitting(excess, parts=6)
    assert found is not None
    parts = np.split(np.arange(240), 6)
    below = lost = 0.0
    for taken in itertools.combinations(range(6), 3):
        inside = np.concatenate([parts[part] for part in taken])
        outside = np.setdiff1d(np.arange(240), inside)
        ratio = [excess[:, rows].mean(axis=1) / excess[:, rows].std(axis=1, ddof=1) for rows in (inside, outside)]
        chosen = ratio[0].argmax()
        share = (ratio[1] <= ratio[1][chosen]).sum() / 6.0
        below += 1.0 if share < 0.5 else 0.5 if share == 0.5 else 0.0
        lost += ratio[1][chosen] < 0.0
    assert (found.splits, found.parts) == (20, 6)
    assert found.probability == pytest.approx(below / 20.0)
    assert found.loss == pytest.approx(lost / 20.0)


def test_overfitting_of_what_is_surely_better_and_of_what_is_the_same():
    rng = np.random.default_rng(3)
    one = rng.normal(0.0, 0.01, 640)
    better = np.stack([one, one + 0.01, one - 0.01])
    found = overfitting(better)
    assert found is not None
    assert (found.probability, found.splits) == (0.0, 12870)
    same = overfitting(np.stack([one, one, one]))
    assert same is not None
    assert same.probability == 0.5
    still = overfitting(np.stack([np.zeros(640), one - 0.02]))
    assert still is not None
    assert (still.probability, still.loss) == (0.0, 0.0)
    assert overfitting(one[None]) is None
    assert overfitting(better[:, :70]) is None


def test_unobserved_sessions_count_for_nothing():
    rng = np.random.default_rng(4)
    excess, seen = rng.normal(0.0, 0.01, (4, 320)), np.ones((4, 640), bool)
    spread_out = np.zeros((4, 640))
    spread_out[:, ::2], seen[:, 1::2] = excess, False
    assert overfitting(spread_out, seen) == overfitting(excess, parts=16)


def test_overfitting_of_random_policies_is_about_one_half():
    rng = np.random.default_rng(7)
    found = [overfitting(rng.normal(0.0, 0.01, (100, 1000)), parts=10).probability for _ in range(60)]
    assert np.mean(found) == pytest.approx(0.5, abs=3.0 * np.std(found) / np.sqrt(60.0))
    assert np.std(found) < 0.25


def test_the_best_of_a_hundred_random_policies_is_not_significant():
    """Acceptance: deflated, the luckiest of 100 passes in no more than the one history of 20 that a test may."""
    deflated, plain = [], []
    for number in range(60):
        excess = np.random.default_rng([11, number]).normal(0.0, 0.01, (100, 1250))
        ratios = excess.mean(axis=1) / excess.std(axis=1, ddof=1)
        best = moments(excess[ratios.argmax()])
        deflated.append(deflated_sharpe(best, ratios.std(ddof=1), 100))
        plain.append(probabilistic_sharpe(best))
    assert np.mean(np.array(deflated) >= 0.95) <= 0.05
    assert np.mean(np.array(plain) >= 0.95) > 0.95  # undeflated, nearly every one would pass
    assert 0.3 < np.median(deflated) < 0.7


def test_rows_have_the_ratio_as_mean_and_its_error_as_spread():
    rng = np.random.default_rng(8)
    returns = rng.normal(0.002, 0.01, (3, 2000))
    seen = np.ones((3, 2000), bool)
    seen[1, ::3] = False
    returns[~seen] = 0.0
    books = Books(
        ("a", "b", "c"), returns, np.zeros((3, 2000)), np.zeros(2000), 8.0, np.array([252.0, 168.0, 252.0]), seen
    )
    rows = sharpe_rows(books)
    assert rows.mean(axis=1) == pytest.approx(sharpes(books), rel=1e-12)
    ratio = sharpes(books)[0] / np.sqrt(252.0)
    lo = np.sqrt((1.0 + ratio**2 / 2.0) * 252.0 / 2000.0)  # Lo (2002), normal returns
    assert rows[0].std() / np.sqrt(2000.0) == pytest.approx(lo, rel=0.02)
    still = Books(("a", "b"), np.stack([returns[0], np.zeros(2000)]), np.zeros((2, 2000)), np.zeros(2000), 8.0)
    assert np.isnan(sharpe_rows(still)[1]).all()


def test_sharpe_ratios_of_parts_are_those_of_their_sessions():
    rng = np.random.default_rng(3)
    excess = rng.normal(0.01, 0.02, (3, 25))
    excess[1], excess[2, :7] = 0.003, 0.0  # the second never moves; the third is first seen on session 7
    seen = np.ones(excess.shape, bool)
    seen[2, :7] = False
    taken = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])  # of 9, 8 and 8 sessions
    found = _sharpes(taken, *_by_part(excess, seen, 3))
    for row, sessions in zip(found, (np.r_[:9, 17:25], np.r_[9:25]), strict=True):
        own = [values[sessions][known[sessions]] for values, known in zip(excess, seen, strict=True)]
        told = [own[0].mean() / own[0].std(ddof=1), 0.0, own[2].mean() / own[2].std(ddof=1)]
        assert row == pytest.approx(told, rel=1e-9)


def test_superiority_is_that_of_arch_where_errors_are_alike():
    rng = np.random.default_rng(9)
    rows = rng.normal(0.0, 1.0, (8, 1500))
    rows[3] += 0.05
    rows[4] -= 0.10
    ours = superiority(rows[1:], rows[0], 2000, 10, 1)
    theirs = SPA(-rows[0], -rows[1:].T, 10, 2000, seed=np.random.default_rng(2), nested=True)
    theirs.compute()
    assert ours is not None
    assert ours.lower <= ours.chance <= ours.upper
    for own, name in zip(ours, ("lower", "consistent", "upper"), strict=True):
        assert own == pytest.approx(theirs.pvalues[name], abs=0.05)


def test_superiority_is_uniform_under_no_advantage_and_small_under_one():
    rng = np.random.default_rng(10)
    chances = [
        superiority(rng.normal(0.0, 1.0, (5, 400)), rng.normal(0.0, 1.0, 400), 200, 5, n).chance for n in range(150)
    ]
    assert 0.01 <= np.mean(np.array(chances) <= 0.10) <= 0.18
    base = rng.normal(0.0, 1.0, 400)
    assert superiority(np.stack([base + 0.3 + rng.normal(0, 0.5, 400), base - 1.0]), base, 200, 5, 1).chance <= 0.01
    assert superiority(np.stack([base, base]), base, 200, 5, 1) is None


def test_the_set_holds_the_best_and_leaves_out_the_surely_worse():
    rng = np.random.default_rng(12)
    rows = rng.normal(0.0, 1.0, (6, 1000))
    rows[2] -= 0.4
    rows[5] = rows[0]
    rows[4] = np.nan
    chances = confidence_set(rows, 500, 10, 1)
    assert np.isnan(chances[4])
    assert chances[2] <= 0.01
    assert chances[5] == chances[0]
    best = int(np.nanargmax(rows.mean(axis=1)))
    assert chances[best] == 1.0
    assert confidence_set(rows[:1], 50, 10, 1) == [1.0]


@pytest.mark.parametrize(("sessions", "block"), [(1, 1), (2, 5), (40, 20), (300, 1), (1500, 20)])
def test_redrawn_histories_are_those_of_arch(sessions, block):
    theirs = StationaryBootstrap(min(block, sessions), np.arange(sessions), seed=np.random.default_rng(3)).bootstrap(9)
    for rows, (drawn, _) in zip(redrawn(sessions, 9, block, seed=3), theirs, strict=True):
        assert rows.tolist() == drawn[0].tolist()


@pytest.mark.parametrize("seed", range(8))
def test_the_set_is_that_of_arch(seed):
    rng = np.random.default_rng(seed)
    count, sessions = int(rng.integers(2, 9)), int(rng.integers(40, 500))
    rows = rng.normal(size=(count, sessions)) * rng.uniform(0.5, 3.0, (count, 1)) + rng.normal(0.0, 0.1, (count, 1))
    theirs = MCS(-rows.T, 0.1, 200, 20, "max", seed=np.random.default_rng(seed))
    theirs.compute()
    found = confidence_set(rows, 200, 20, seed)
    assert found.tolist() == theirs.pvalues["Pvalue"].sort_index().tolist()


def test_the_best_of_equals_is_as_before():
    figures = np.array([0.5, 0.7, np.nan, 0.9])
    assert expected_best(figures) == pytest.approx(0.7 + luckiest(0.2, 3), rel=1e-15)


def test_intervals_cover_the_true_difference():
    assert 0.86 <= covered(60, 200) <= 1.0


@pytest.mark.slow
def test_intervals_cover_the_true_difference_93_to_97_percent_of_the_time(request):
    if not request.config.getoption("--coverage"):
        pytest.skip("a minute: pytest --coverage")
    assert 0.93 <= covered(500, 500) <= 0.97
