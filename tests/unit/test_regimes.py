"""Markov regimes: the recursions against brute force, recovery of what was made, moments by closed form."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from scenarios.paths.history import History
from scenarios.paths.markov import smoothed, stationary, walked
from scenarios.paths.regimes import FittedRegimes, RegimeLaw, Regimes, _moments, movers
from scenarios.paths.response import Response, Responses
from scenarios.paths.student import log_density, standard_t
from simulator import DataError
from tests.support import random_market

MOVES = np.array([[0.98, 0.02, 0.0], [0.02, 0.95, 0.03], [0.0, 0.06, 0.94]])


def correlated(sizes, rho):
    sizes = np.asarray(sizes)
    return np.outer(sizes, sizes) * (rho + (1.0 - rho) * np.eye(sizes.size))


def made(sessions, seed=0):
    """A history whose regimes are known: three assets, volume that answers to the regime and the size of returns."""
    market = random_market(3, 300, 3)
    whole = History.of(market)
    law = RegimeLaw(
        MOVES,
        np.array([[8e-4, 6e-4, 2e-4], [0.0, 0.0, 2e-4], [-4e-3, -4e-3, 1e-3]]),
        np.array([correlated([0.006, 0.007, 0.003], 0.2), correlated([0.012, 0.015, 0.004], 0.5),
                  correlated([0.035, 0.045, 0.008], 0.8)]),
        np.array([9.0, 9.0, 9.0]),
    )  # fmt: skip
    weights = np.tile([-0.1, 0.2, 0.9, 0.15, 0.05], (3, 1))
    answer = Response(weights, np.array([0.5, 0.4, 0.3]), 0.2 * np.linalg.cholesky(correlated([1, 1, 1], 0.5)),
                      np.zeros((1, 3)))  # fmt: skip
    fitted = FittedRegimes(whole, law, np.zeros((1, 3)), Responses(answer, None, 3))
    rng = np.random.default_rng(seed)
    drawn, _, path = fitted.told(fitted.start(rng), sessions, rng)
    history = History(market, 300, np.arange(sessions), drawn.returns, drawn.volume, None)
    return law, weights, path, history


def test_smoothing_equals_the_sum_over_all_paths():
    rng = np.random.default_rng(1)
    density, first = rng.normal(size=(6, 3)), np.array([0.2, 0.5, 0.3])
    found = smoothed(density, MOVES, first)
    total, shares, moves = 0.0, np.zeros((6, 3)), np.zeros((3, 3))
    for path in itertools.product(range(3), repeat=6):
        weight = first[path[0]] * np.prod([MOVES[a, b] for a, b in itertools.pairwise(path)])
        weight *= np.exp(sum(density[t, k] for t, k in enumerate(path)))
        total += weight
        for t, k in enumerate(path):
            shares[t, k] += weight
        for a, b in itertools.pairwise(path):
            moves[a, b] += weight
    assert found.likelihood == pytest.approx(np.log(total), rel=1e-12)
    assert np.allclose(found.probabilities, shares / total, atol=1e-12)
    assert np.allclose(found.moves, moves / total, atol=1e-12)


def test_a_chain_walks_as_its_matrix_says():
    path = walked(MOVES, 0, 400_000, np.random.default_rng(2))
    counts = np.zeros((3, 3))
    np.add.at(counts, (path[:-1], path[1:]), 1.0)
    assert np.allclose(counts / counts.sum(axis=1, keepdims=True), MOVES, atol=2e-3)
    share = stationary(MOVES)
    assert np.allclose(share @ MOVES, share, atol=1e-12)
    assert np.allclose(np.bincount(path) / path.size, share, atol=0.02)
    assert walked(np.eye(2), 1, 5, np.random.default_rng(0)).tolist() == [1] * 5


def test_the_t_is_that_of_scipy_and_has_its_moments():
    from scipy.stats import multivariate_t

    rng = np.random.default_rng(3)
    x, scatter = rng.normal(size=(20, 3)), correlated([1.0, 2.0, 0.5], 0.3)
    density, squares = log_density(x, np.ones(3), scatter, 5.0)
    assert np.allclose(density, multivariate_t(np.ones(3), scatter, 5.0).logpdf(x))
    assert np.allclose(squares, np.einsum("ti,ij,tj->t", x - 1.0, np.linalg.inv(scatter), x - 1.0))
    z = standard_t((400_000, 2), 12.0, rng)
    assert np.allclose(np.cov(z.T), np.eye(2), atol=0.01)
    assert (z**4).mean(axis=0) / (z**2).mean(axis=0) ** 2 - 3.0 == pytest.approx(6.0 / 8.0, abs=0.12)


def test_regimes_that_made_a_history_are_recovered():
    law, weights, path, history = made(8_000)
    fitted = Regimes().fit(history)
    assert np.mean(fitted.probabilities.argmax(axis=1) == path) > 0.92
    assert np.allclose(fitted.law.moves, law.moves, atol=0.012)
    assert np.allclose(np.sqrt(np.einsum("kii->ki", fitted.law.covs)), law.sizes, rtol=0.06)
    for now, was in zip(fitted.law.covs, law.covs, strict=True):
        assert now[0, 1] / np.sqrt(now[0, 0] * now[1, 1]) == pytest.approx(
            was[0, 1] / np.sqrt(was[0, 0] * was[1, 1]), abs=0.05
        )
    error = law.sizes / np.sqrt(np.bincount(path))[:, None]
    assert (np.abs(fitted.law.means - law.means) < 4.0 * error).all()
    assert 1.0 / fitted.law.dof == pytest.approx(1.0 / law.dof, abs=0.05)
    assert np.allclose(fitted.responses.volume.weights, weights, atol=0.06)
    assert np.allclose(fitted.responses.volume.lasting, [0.5, 0.4, 0.3], atol=0.05)


def test_paths_keep_the_mean_and_the_covariance_of_history():
    """Weighted by smoothed probabilities, regimes add up to history: law of total mean and covariance."""
    _, _, _, history = made(3_000)
    fitted = Regimes().fit(history)
    share = fitted.probabilities.mean(axis=0)
    mean = share @ fitted.law.means
    assert np.allclose(mean, history.returns.mean(axis=0), rtol=1e-9)
    within = np.einsum("k,kij->ij", share, fitted.law.covs)
    between = np.einsum("k,ki,kj->ij", share, fitted.law.means - mean, fitted.law.means - mean)
    assert np.allclose(within + between, np.cov(history.returns.T, bias=True), rtol=0.02)


def test_moments_of_a_regime_are_those_of_its_sessions():
    returns = np.random.default_rng(5).normal(size=(50, 2))
    sure = np.where(np.arange(50) < 20, 0.0, -800.0)
    density = np.stack([sure, -800.0 - sure], axis=1)
    found = smoothed(density, np.full((2, 2), 0.5), np.full(2, 0.5))
    law = _moments(returns, found, np.eye(2))
    assert np.allclose(law.means[0], returns[:20].mean(axis=0))
    assert np.allclose(law.means[1], returns[20:].mean(axis=0))


def test_assets_that_are_the_same_or_still_can_be_fitted():
    _, _, _, history = made(1_500)
    columns = [history.returns, history.returns[:, :1], np.zeros((1_500, 1))]
    fitted = Regimes(states=2).fit(replace(history, returns=np.hstack(columns), volume=None))
    drawn, _ = fitted.draw((1, (np.zeros(5), np.zeros(5))), 500, np.random.default_rng(0))
    assert np.corrcoef(drawn.returns[:, 0], drawn.returns[:, 3])[0, 1] > 0.999
    assert np.abs(drawn.returns[:, 4]).max() < 1e-6


def test_what_befalls_single_shares_is_no_regime():
    """Twelve assets that follow one chain, with wild days of their own: regimes last as long as the chain's do."""
    rng = np.random.default_rng(11)
    path = walked(np.array([[0.99, 0.01], [0.02, 0.98]]), 0, 2_000, rng)
    common = rng.normal(0.0, 1.0, (2_000, 1)) * np.where(path == 1, 0.03, 0.008)[:, None]
    own = rng.standard_t(2.5, (2_000, 12)) * 0.006
    _, _, _, history = made(60)
    many = replace(history, returns=common + own, rows=np.arange(2_000), volume=None)
    fitted = Regimes(states=2).fit(many)
    assert np.diag(fitted.law.moves).min() > 0.95
    assert np.mean(fitted.probabilities.argmax(axis=1) == path) > 0.93
    assert movers(np.ones((5, 8))).shape == (5, 8)
    assert movers(rng.normal(size=(50, 9))).std(axis=0) == pytest.approx(np.ones(5))


def test_the_state_after_a_session_is_that_of_history():
    _, _, _, history = made(3_000)
    fitted = Regimes().fit(history)
    regime, (volume, _) = fitted.after(2_000)
    assert regime == fitted.probabilities[2_000].argmax()
    assert (volume == fitted.responses.volume.residuals[2_000]).all()
    drawn, _, regimes = fitted.told((2, (volume, np.zeros(3))), 4_000, np.random.default_rng(0))
    assert drawn.volume.shape == (4_000, 3)
    assert (regimes[0] == 2) or fitted.law.moves[2, regimes[0]] > 0.0


def test_too_little_history_is_refused():
    with pytest.raises(DataError, match="paths need 252 sessions on which every asset was listed; this market has 1"):
        History.of(random_market(1, 150, 2))
    _, _, _, history = made(60)
    noise = np.random.default_rng(0).normal(size=(24, 8))
    few = replace(history, returns=noise, rows=np.arange(24))
    with pytest.raises(
        DataError, match=r"regimes: only \d+ sessions would be of the \w+ regime, too few to say how it moves"
    ):
        Regimes(states=4).fit(few)
