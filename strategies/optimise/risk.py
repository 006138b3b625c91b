"""Covariances and expected returns from the past: how each is estimated, a session at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from simulator.core.types import FloatArray

Risk: TypeAlias = Literal["sample", "ledoit-wolf", "ewma", "factor"]
Expected: TypeAlias = Literal["none", "sample", "shrunk"]


@dataclass(frozen=True, slots=True)
class RiskTerms:
    """How a covariance is estimated.

    Parameters
    ----------
    kind
        ``"sample"``; ``"ledoit-wolf"``, shrunk towards a multiple of the identity; ``"ewma"``; ``"factor"``, principal
        components and what is each asset's own.
    half_life
        Of ``"ewma"``, sessions.
    factors
        Of ``"factor"``: components kept.
    """

    kind: Risk = "ledoit-wolf"
    half_life: float = 63.0
    factors: int = 5

    def covariance(self, returns: FloatArray) -> FloatArray:
        """(n, n) of daily returns (sessions, n), without NaN."""
        return _RISKS[self.kind](returns, self)


def expected_returns(kind: Expected, returns: FloatArray, covariance: FloatArray) -> FloatArray:
    """(n,) daily: zero, the means of the sample, or these shrunk towards the return of the minimum-variance portfolio.

    Fractions a session; ``returns`` are (T, n).

    Source: Jorion (1986), Bayes-Stein Estimation for Portfolio Analysis, equations 14 and 17, the covariance given.
    """
    sessions, assets = returns.shape
    if kind == "none":
        return np.zeros(assets)
    means = returns.mean(axis=0)
    if kind == "sample":
        return np.asarray(means)
    ridge = covariance + np.eye(assets) * (1e-8 * np.trace(covariance) / assets + 1e-300)
    inverse_ones = np.linalg.solve(ridge, np.ones(assets))
    least = float(inverse_ones @ means / inverse_ones.sum())
    away = means - least
    distance = float(away @ np.linalg.solve(ridge, away))
    share = (assets + 2.0) / (assets + 2.0 + sessions * distance)
    return np.asarray(share * least + (1.0 - share) * means)


def _sample(returns: FloatArray, _: RiskTerms) -> FloatArray:
    return np.atleast_2d(np.cov(returns, rowvar=False))


def _ledoit_wolf(returns: FloatArray, _: RiskTerms) -> FloatArray:
    """``sklearn.covariance.ledoit_wolf`` to a rounding, without its checks of what is asked: most of its time.

    Source: Ledoit & Wolf (2004), A well-conditioned estimator for large-dimensional covariance matrices.
    """
    from sklearn import config_context
    from sklearn.covariance import ledoit_wolf_shrinkage

    centred = returns - returns.mean(axis=0)
    with config_context(assume_finite=True, skip_parameter_validation=True):
        share = ledoit_wolf_shrinkage(centred, assume_centered=True)
    sample = centred.T @ centred / len(centred)
    found = (1.0 - share) * sample
    found.flat[:: len(found) + 1] += share * np.trace(sample) / len(found)
    return np.asarray(found)


def _ewma(returns: FloatArray, terms: RiskTerms) -> FloatArray:
    """Weights halve every ``half_life`` sessions; about a mean of zero, as RiskMetrics (1996), section 5.2."""
    ages = np.arange(len(returns))[::-1]
    weights = 0.5 ** (ages / terms.half_life)
    scaled = returns * np.sqrt(weights / weights.sum())[:, None]
    return np.asarray(scaled.T @ scaled)


def _factor(returns: FloatArray, terms: RiskTerms) -> FloatArray:
    """The largest principal components of the sample, and the variances they leave on the diagonal.

    Source: Connor & Korajczyk (1986), asymptotic principal components.
    """
    sample = _sample(returns, terms)
    values, vectors = np.linalg.eigh(sample)
    kept = vectors[:, -terms.factors :] * np.sqrt(np.clip(values[-terms.factors :], 0.0, None))
    common = kept @ kept.T
    return np.asarray(common + np.diag(np.clip(np.diag(sample) - np.diag(common), 0.0, None)))


_RISKS: Final[Mapping[Risk, Callable[[FloatArray, RiskTerms], FloatArray]]] = {
    "sample": _sample,
    "ledoit-wolf": _ledoit_wolf,
    "ewma": _ewma,
    "factor": _factor,
}
