"""How often a paired interval covers the true difference, over histories whose volatility clusters."""

from __future__ import annotations

import numpy as np

from simulator.metrics import Books, interval, resampled_sharpes
from simulator.metrics.books import sharpes

DAYS, BLOCK = 2500, 20
#: Of GARCH(1,1): what shocks and the variance of the day before weigh, and the daily standard deviation.
ALPHA, BETA, DAILY = 0.08, 0.90, 0.01
MEANS, SHARED, OWN = (0.0005, 0.0002), (1.0, 0.7), (0.2, 0.6)


def garch(rng: np.random.Generator, days: int, burn: int = 500) -> np.ndarray:
    """(days,) shocks of GARCH(1,1) with normal innovations."""
    drawn = rng.standard_normal(days + burn)
    out, variance = np.empty(days + burn), DAILY**2
    for t, step in enumerate(drawn):
        out[t] = step * np.sqrt(variance)
        variance = (1.0 - ALPHA - BETA) * DAILY**2 + ALPHA * out[t] ** 2 + BETA * variance
    return out[burn:]


def true_gap() -> float:
    """The difference of the two annual Sharpe ratios."""
    spreads = [DAILY * np.hypot(shared, own) for shared, own in zip(SHARED, OWN, strict=True)]
    return float((MEANS[0] / spreads[0] - MEANS[1] / spreads[1]) * np.sqrt(252.0))


def covered(replications: int, draws: int, level: float = 0.95, seed: int = 2026) -> float:
    """The share of replications in which the interval of the Sharpe difference holds the true one."""
    found = 0
    for number in range(replications):
        rng = np.random.default_rng([seed, number])
        market = garch(rng, DAYS)
        returns = np.stack(
            [
                mean + shared * market + own * garch(rng, DAYS)
                for mean, shared, own in zip(MEANS, SHARED, OWN, strict=True)
            ]
        )
        books = Books(("own", "rival"), returns, np.zeros_like(returns), np.zeros(DAYS), DAYS / 252.0, 252.0)
        drawn = resampled_sharpes(books, draws, BLOCK, number)
        first, second = sharpes(books).tolist()
        gap = interval(first - second, drawn[:, 0] - drawn[:, 1], level)
        found += gap.low <= true_gap() <= gap.high
    return found / replications
