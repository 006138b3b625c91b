"""GARCH and jump diffusion: recovery of what was made, moments by closed form, recursions against plain loops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import skew

from scenarios.paths.garch import FittedGarch, Garch, _recursion, driven, filtered
from scenarios.paths.history import History
from scenarios.paths.jumps import FittedJumps, JumpLaw, Jumps, _step
from scenarios.paths.response import Response, Responses, drivers
from simulator import ParameterError
from tests.support import random_market

MARKET = random_market(3, 300, 3)
BASE = History.of(MARKET)
SILENT = Responses(None, None, 3)
TARGET = np.array([[1.0, 0.6, -0.2], [0.6, 1.0, 0.1], [-0.2, 0.1, 1.0]])
LAW = np.array([[0.08, 0.90, 0.0], [0.05, 0.93, 0.0], [0.12, 0.80, 0.0]])
HALF = np.full(3, 0.5)


def history(returns, volume=None):
    return History(MARKET, 300, np.arange(len(returns)), returns, volume, None)


def garch(pace=(0.0, 0.0)):
    usual = np.array([0.01, 0.015, 0.005]) ** 2
    one = np.broadcast_to(TARGET, (2, 3, 3))
    return FittedGarch(BASE, np.full(3, 3e-4), usual, LAW, pace, TARGET, 7.0, np.stack([usual] * 2), one, SILENT, HALF)


def drawn(fitted, sessions, seed):
    return fitted.draw(fitted.after(0), sessions, np.random.default_rng(seed))[0].returns


def test_recursions_are_those_of_a_plain_loop():
    rng = np.random.default_rng(0)
    surprises, usual = rng.normal(size=(40, 3)), np.array([1.0, 2.0, 0.5])
    variance, variances = usual.copy(), [usual]
    for row in surprises:
        variance = usual * (1 - LAW.sum(axis=1)) + LAW[:, 0] * row**2 + LAW[:, 1] * variance
        variances.append(variance)
    assert np.allclose(filtered(surprises, LAW, usual, HALF), variances, rtol=1e-12)
    shocks = surprises / np.sqrt(np.array(variances)[:-1])
    again, expected, last = _recursion(shocks, usual, LAW, usual, HALF)
    assert np.allclose(again, surprises)
    assert np.allclose(expected, variances[:-1])
    assert np.allclose(last, variances[-1])
    matrix, matrices = TARGET, [TARGET]
    for row in surprises:
        matrix = 0.05 * TARGET + 0.04 * np.outer(row, row) + 0.91 * matrix
        matrices.append(matrix)
    assert np.allclose(driven(np.einsum("ti,tj->tij", surprises, surprises), TARGET, (0.04, 0.91)), matrices)


def test_garch_that_made_a_history_is_recovered():
    made = garch()
    found = Garch().fit(history(drawn(made, 12_000, 1)))
    assert np.allclose(found.law[:, 0], LAW[:, 0], atol=0.025)
    assert np.allclose(found.law.sum(axis=1), LAW.sum(axis=1), atol=0.03)
    assert np.allclose(np.sqrt(found.usual), np.sqrt(made.usual), rtol=0.08)
    assert np.allclose(found.target, TARGET, atol=0.03)
    assert 1.0 / found.dof == pytest.approx(1.0 / 7.0, abs=0.02)
    assert found.is_constant


def test_dynamic_correlations_are_recovered_and_constant_ones_are_found_constant():
    made = replace(garch((0.04, 0.93)))
    returns = drawn(made, 4_000, 2)
    found = Garch(correlation="dcc").fit(history(returns))
    assert found.pace[0] == pytest.approx(0.04, abs=0.02)
    assert found.pace[1] == pytest.approx(0.93, abs=0.05)
    _, matrix, _ = found.after(3_999)
    assert (matrix == found.matrices[-1]).all()
    still = Garch(correlation="dcc").fit(history(drawn(garch(), 4_000, 3)))
    assert still.pace[0] < 0.015


def test_moments_of_garch_are_those_of_theory():
    """Variance as targeted; excess kurtosis of GARCH(1,1) with innovations of kurtosis k (He and Terasvirta 1999)."""
    law = np.array([[0.10, 0.70, 0.0]])
    alone = replace(garch(), law=law, usual=np.array([1e-4]), mean=np.zeros(1), target=np.eye(1), dof=30.0,
                    variances=np.full((2, 1), 1e-4), responses=Responses(None, None, 1), falls=HALF[:1])  # fmt: skip
    returns = alone.draw(alone.after(0), 400_000, np.random.default_rng(4))[0].returns[:, 0]
    a, b, _ = law[0]
    k = 3.0 + 6.0 / 26.0
    kurtosis = k * (1 - (a + b) ** 2) / (1 - (b * b + 2 * a * b + k * a * a))
    assert returns.var() == pytest.approx(1e-4, rel=0.03)
    assert (returns**4).mean() / returns.var() ** 2 == pytest.approx(kurtosis, rel=0.06)
    squares = returns**2 - (returns**2).mean()
    first = (squares[1:] * squares[:-1]).mean() / squares.var()
    assert first == pytest.approx(a * (1 - a * b - b * b) / (1 - 2 * a * b - b * b), abs=0.04)


def test_a_fall_moves_the_variance_more_by_hand():
    """Usual variance 4, alpha 0.1, beta 0.8, gamma 0.1 of which half lasts, after a fall and a rise of 2."""
    law, usual = np.array([[0.1, 0.8, 0.1]]), np.array([4.0])
    found = filtered(np.array([[-2.0], [2.0]]), law, usual, HALF[:1])
    assert found[:, 0] == pytest.approx([4.0, 0.2 + 0.2 * 4.0 + 3.2, 0.2 + 0.1 * 4.0 + 0.8 * 4.2])
    surprises, expected, last = _recursion(np.array([[-1.0], [2.0 / np.sqrt(4.2)]]), usual, law, usual, HALF[:1])
    assert surprises[:, 0] == pytest.approx([-2.0, 2.0])
    assert expected[:, 0] == pytest.approx([4.0, 4.2])
    assert last == pytest.approx(3.96)


def test_leverage_that_made_a_history_is_recovered_and_none_is_found_to_be_none():
    law = np.array([[0.02, 0.88, 0.14], [0.05, 0.90, 0.06], [0.03, 0.90, 0.08]])
    made = replace(garch(), law=law)
    found = Garch(leverage=True).fit(history(drawn(made, 12_000, 1)))
    assert np.allclose(found.law[:, 2], law[:, 2], atol=0.03)
    assert np.allclose(found.law[:, 0], law[:, 0], atol=0.02)
    assert np.allclose(found.lasting, made.lasting, atol=0.02)
    still = Garch(leverage=True).fit(history(drawn(garch(), 12_000, 3)))
    assert still.law[:, 2].max() < 0.03


def test_innovations_of_history_are_drawn_whole():
    """Their skew, their tails and their correlations are those of history; so is the variance, falls or not."""
    rng = np.random.default_rng(3)
    rows = (
        np.where(rng.random((6_000, 1)) < 0.02, -4.0, 0.08) + rng.normal(size=(6_000, 3)) @ np.linalg.cholesky(TARGET).T
    )
    one = history(0.01 * rows)
    for leverage in (False, True):
        found = Garch(innovations="history", leverage=leverage).fit(one)
        made = drawn(found, 60_000, 4)
        assert made.var(axis=0) == pytest.approx(one.returns.var(axis=0), rel=0.08)
        assert np.corrcoef(made.T)[0] == pytest.approx(np.corrcoef(one.returns.T)[0], abs=0.04)
        assert skew(made) == pytest.approx(skew(one.returns), rel=0.2)
        assert found.dof is None
        assert found.figures()["dof"] is None
        assert "filtered historical simulation" in replace(found, history=BASE).notes()[0]
    pool = Garch(innovations="history", correlation="dcc").fit(history(0.01 * rows[:1_500])).pool
    assert np.allclose(np.cov(pool.T), np.eye(3), atol=0.05)
    assert abs(skew(drawn(Garch().fit(one), 60_000, 4))).max() < 0.5  # t innovations have none


def test_many_assets_have_constant_correlations():
    wide = history(np.random.default_rng(0).normal(size=(300, 41)))
    with pytest.raises(ParameterError, match="for 40 assets at most; this market has 41: take correlation=constant"):
        Garch(correlation="dcc").fit(wide)


def merton(rate=0.08):
    cov, jump = np.diag([1e-4, 4e-5, 2.5e-5]), 4e-4 * (0.5 + 0.5 * np.eye(3))
    return FittedJumps(
        BASE, JumpLaw(np.array([1e-3, 5e-4, 0.0]), cov, rate, np.array([-0.02, -0.01, 0.005]), jump), SILENT
    )


def test_a_jump_diffusion_that_made_a_history_is_recovered():
    made = merton()
    returns, count = made.told(20_000, np.random.default_rng(5))
    found = Jumps().fit(history(returns)).law
    assert found.rate == pytest.approx(0.08, rel=0.1)
    assert count.mean() == pytest.approx(0.08, rel=0.06)
    assert np.allclose(found.mean, made.law.mean, atol=2.5e-4)
    assert np.allclose(found.jump_mean, made.law.jump_mean, atol=2.5e-3)
    assert np.allclose(np.diag(found.cov), np.diag(made.law.cov), rtol=0.05)
    assert np.allclose(found.jump_cov, made.law.jump_cov, rtol=0.25)


def test_a_round_of_the_search_stays_at_what_made_a_history():
    """With many jumps in a session, each still has its own mean and covariance."""
    made = merton(1.2)
    returns, _ = made.told(60_000, np.random.default_rng(10))
    law, _ = _step(returns, made.law, np.zeros((3, 3)))
    assert law.rate == pytest.approx(1.2, rel=0.03)
    assert np.allclose(law.jump_mean, made.law.jump_mean, atol=6e-4)
    assert np.allclose(law.jump_cov, made.law.jump_cov, rtol=0.05)
    assert np.allclose(np.diag(law.cov), np.diag(made.law.cov), rtol=0.05)


def test_moments_of_a_jump_diffusion_are_those_of_theory():
    """Cumulants of a compound Poisson sum are the rate times the moments of a jump."""
    made = merton()
    returns, _ = made.told(600_000, np.random.default_rng(6))
    mean, cov = made.law.moments
    assert np.allclose(returns.mean(axis=0), mean, atol=6e-5)
    assert np.allclose(np.cov(returns.T), cov, rtol=0.05, atol=2e-6)
    m, s = made.law.jump_mean[0], np.sqrt(made.law.jump_cov[0, 0])
    third, fourth = m**3 + 3 * m * s * s, m**4 + 6 * m * m * s * s + 3 * s**4
    rest = returns[:, 0] - returns[:, 0].mean()
    assert (rest**3).mean() == pytest.approx(0.08 * third, rel=0.1)
    assert (rest**4).mean() - 3 * (rest**2).mean() ** 2 == pytest.approx(0.08 * fourth, rel=0.1)


def test_the_fit_keeps_the_mean_and_the_covariance_of_history():
    returns = drawn(garch(), 3_000, 7)
    mean, cov = Jumps().fit(history(returns)).law.moments
    assert np.allclose(mean, returns.mean(axis=0), rtol=1e-6, atol=1e-9)
    whole = np.cov(returns.T, bias=True)
    assert np.allclose(np.diag(cov), np.diag(whole), rtol=0.04)
    assert cov[0, 1] == pytest.approx(whole[0, 1], rel=0.04)


def test_volumes_follow_what_drives_them_and_residuals_last():
    rng = np.random.default_rng(8)
    shocks, level = rng.normal(size=(20_000, 2)), rng.normal(size=20_000).cumsum() * 0.01
    x = drivers(np.stack([np.ones(20_000), level], axis=1), shocks)
    assert np.allclose(x[:, 0, 2], np.abs(shocks[:, 0]))
    assert np.allclose(x[:, 1, 3], np.abs(shocks).mean(axis=1))
    made = Response(np.array([[0.1, 0.5, 0.2, 0.1]] * 2), np.array([0.6, 0.3]), 0.1 * np.eye(2), np.zeros((1, 2)))
    panel, _ = made.draw(x, np.zeros(2), rng)
    panel[::50, 0] = np.nan
    found = Response.fit(panel, x)
    assert np.allclose(found.weights, made.weights, atol=0.03)
    assert np.allclose(found.lasting, [0.6, 0.3], atol=0.03)
    assert np.allclose(found.root @ found.root.T, 0.01 * np.eye(2), atol=5e-4)
    usual = np.array([made.usual(rng) for _ in range(4_000)])
    assert np.allclose(usual.std(axis=0), 0.1 / np.sqrt(1 - np.array([0.6, 0.3]) ** 2), rtol=0.05)


def test_what_is_estimated_is_what_arch_estimates():
    """With the usual variance held, where ``arch`` leaves it free: near it on a long history that has one."""
    from arch import arch_model

    returns = drawn(garch(), 6_000, 9)
    found = Garch().fit(history(returns)).law
    x = (returns - returns.mean(axis=0)) / returns.std(axis=0)
    for asset in range(3):
        theirs = arch_model(x[:, asset], mean="Zero", vol="GARCH", p=1, q=1, dist="t", rescale=False).fit(disp="off")
        assert found[asset, 0] == pytest.approx(theirs.params["alpha[1]"], abs=0.01)
        assert found[asset, 1] == pytest.approx(theirs.params["beta[1]"], abs=0.02)
