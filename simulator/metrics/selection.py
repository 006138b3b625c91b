"""What choosing the best of many does to a figure."""

from __future__ import annotations

from math import e, sqrt

import numpy as np

from simulator.core.types import FloatArray

_EULER = 0.5772156649015329


def expected_best(figures: FloatArray) -> float | None:
    """The best figure that trials of equal merit with this mean and spread would show by luck alone.

    In the unit of the figures, (n,).

    mean + sd ((1 - g) z(1 - 1/n) + g z(1 - 1/(n e))), g Euler's constant, z the normal quantile: Bailey and López
    de Prado, The Deflated Sharpe Ratio, Journal of Portfolio Management 40(5), 2014. It takes the n trials as
    independent. NaN is left out; ``None`` for fewer than two trials.
    """
    known = figures[~np.isnan(figures)]
    n = known.size
    if n < 2:
        return None
    spread = sqrt(float(known.var(ddof=1)))
    return float(known.mean() + spread * expected_maximum(n))


def expected_maximum(n: int) -> float:
    """The largest of ``n`` independent standard normal draws, on average, for ``n`` of at least two; approximately.

    In units of their standard deviation.

    Source: as :func:`expected_best`, equation 6.
    """
    from scipy.special import ndtri

    return float((1.0 - _EULER) * ndtri(1.0 - 1.0 / n) + _EULER * ndtri(1.0 - 1.0 / (n * e)))
