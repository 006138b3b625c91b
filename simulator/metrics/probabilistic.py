"""How sure a Sharpe ratio is: that it lies above a threshold, and above what trying many things shows by luck."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np

from simulator.core.types import FloatArray

from .selection import expected_maximum

_FLAT = 1e-15


class Moments(NamedTuple):
    """What the sampling error of a Sharpe ratio depends on; all of them per observation, not annual."""

    observations: int
    sharpe: float
    skew: float  # third standardised moment
    kurtosis: float  # fourth standardised moment: 3 for the normal distribution


def moments(excess: FloatArray) -> Moments | None:
    """The moments of (n,) excess returns; ``None`` for fewer than three, or for a book that never moved.

    An observation is a session.
    """
    if excess.size < 3:
        return None
    spread = float(excess.std(ddof=1))
    if not spread >= _FLAT:
        return None
    away = (excess - excess.mean()) / float(excess.std())
    return Moments(int(excess.size), float(excess.mean()) / spread, float(np.mean(away**3)), float(np.mean(away**4)))


def probabilistic_sharpe(of: Moments, threshold: float = 0.0) -> float:
    """The chance that the true Sharpe ratio lies above a threshold, both per observation.

    A fraction from 0 to 1; an observation is a session.

    Observations are taken as independent, not as normal: skew and fat tails widen the error.

    Source: Bailey & López de Prado (2012), The Sharpe Ratio Efficient Frontier, Journal of Risk 15(2), equation 11.
    """
    from scipy.special import ndtr

    variance = 1.0 - of.skew * of.sharpe + (of.kurtosis - 1.0) / 4.0 * of.sharpe**2
    if variance <= 0.0:  # two values alone: the ratio has no error of first order
        return float(np.heaviside(of.sharpe - threshold, 0.5))
    return float(ndtr((of.sharpe - threshold) * sqrt(of.observations - 1.0) / sqrt(variance)))


def luckiest(spread: float, trials: int) -> float:
    """The best Sharpe ratio that so many independent trials without any merit show by luck alone.

    Parameters
    ----------
    spread
        Standard deviation of the trials' Sharpe ratios; the answer is in its unit.
    trials
        How many there were. Of a single one nothing was chosen: 0.

    Source: Bailey & López de Prado (2014), The Deflated Sharpe Ratio, Journal of Portfolio Management 40(5).
    """
    return 0.0 if trials < 2 else spread * expected_maximum(trials)


def deflated_sharpe(of: Moments, spread: float, trials: int) -> float:
    """The chance that a Sharpe ratio is more than the luckiest of ``trials`` trials without merit.

    A fraction from 0 to 1; an observation is a session.

    Parameters
    ----------
    of
        Of the returns that were chosen.
    spread
        Standard deviation of the Sharpe ratios of all trials, per observation.
    trials
        How many there were, taken as independent: where they resemble each other, the chance is too low.

    Source: as :func:`luckiest`.
    """
    return probabilistic_sharpe(of, luckiest(spread, trials))
