"""Whether any of several policies is better than the benchmark, and which may be the best: all of them at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.core.types import FloatArray

from .books import Books, sharpes
from .redrawn import times_drawn


class Superiority(NamedTuple):
    """How likely an advantage over the benchmark as large as that of the best is, if none had any.

    Chances are fractions from 0 to 1.
    """

    lower: float  # where the worse ones are thought as good as the benchmark only if they look better
    chance: float  # Hansen's consistent p-value
    upper: float  # where all are thought as good as the benchmark: White's Reality Check, studentised


def sharpe_rows(books: Books) -> FloatArray:
    """(K, T) rows whose mean is each book's annual Sharpe ratio, and whose resampled means vary as it does.

    S + sqrt(per_year) (z - s/2 (z^2 - 1)) with z the standardised excess return and s the ratio per observation: the
    ratio and its influence function, so that the error in its denominator counts too. NaN for a book that never moved.

    Source: Lo (2002), The Statistics of Sharpe Ratios; Ledoit & Wolf (2008), Robust Performance Hypothesis Testing with
    the Sharpe Ratio.
    """
    excess, seen = books.returns - books.cash, books.observed
    there = np.ones(excess.shape, bool) if seen is None else seen
    n = there.sum(axis=1)[:, None]
    annual = sharpes(books)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        away = np.where(there, excess - (excess * there).sum(axis=1)[:, None] / n, 0.0)
        away = np.where(np.isnan(annual), np.nan, away / np.sqrt((away**2).sum(axis=1)[:, None] / n))
    scale = np.sqrt(np.broadcast_to(books.per_year, (len(books.names),)))[:, None]
    moved = scale * away - annual / 2.0 * (away**2 - 1.0)
    rows: FloatArray = annual + np.where(there, moved * (books.sessions / n), 0.0)
    return rows


def superiority(rows: FloatArray, benchmark: FloatArray, draws: int, block: int, seed: int) -> Superiority | None:
    """Hansen's test of superior predictive ability: whether any of K policies is better than the benchmark.

    Parameters
    ----------
    rows
        (K, T) what is compared by its mean, more being better.
    benchmark
        (T,) the same of the benchmark, or (K, T) of each one's own.
    draws, block, seed
        Of the stationary bootstrap.

    Returns
    -------
    Superiority or None
        ``None`` where every policy is the benchmark itself.

    Source: Hansen (2005), A Test for Superior Predictive Ability, Journal of Business & Economic Statistics 23(4), with
    his studentised statistic (arch's ``SPA`` compares unstudentised ones).
    """
    gaps = rows - benchmark
    gaps = gaps[np.ptp(gaps, axis=1) > 0.0]
    if not gaps.size:
        return None
    sessions = gaps.shape[1]
    means = _means(gaps, draws, block, seed)
    mean = gaps.mean(axis=1)
    error = np.maximum(means.std(axis=0), 1e-300)
    statistic = max(float((mean / error).max()), 0.0)
    hopeless = mean < -error * np.sqrt(2.0 * np.log(np.log(max(sessions, 3))))
    centres = (np.maximum(mean, 0.0), np.where(hopeless, 0.0, mean), mean)
    chances = [float((np.maximum(((means - at) / error).max(axis=1), 0.0) >= statistic).mean()) for at in centres]
    return Superiority(*chances)


def confidence_set(rows: FloatArray, draws: int, block: int, seed: int) -> FloatArray:
    """(K,) for each policy the level at which it leaves the set that holds the best one; 1 for the best looking.

    Those above 0.1 are the 90% set: it holds the best policy in nine histories of ten.

    Parameters
    ----------
    rows
        (K, T) what is compared by its mean, more being better; NaN rows are in no set and get NaN.
    draws, block, seed
        Of the stationary bootstrap.

    Source: Hansen, Lunde & Nason (2011), The Model Confidence Set, Econometrica 79(2), by their largest-deviation
    statistic. Policies that are alike to the bit are one.
    """
    known = np.flatnonzero(~np.isnan(rows).any(axis=1))
    out = np.full(len(rows), np.nan)
    if not known.size:
        return out
    _, first, place = np.unique(rows[known], axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")  # in the order of the policies, not of their figures
    chances = np.ones(first.size)
    if first.size > 1:
        chances[order] = _levels(-rows[known[first[order]]], draws, block, seed)
    out[known] = chances[place.ravel()]
    return out


def _levels(losses: FloatArray, draws: int, block: int, seed: int) -> FloatArray:
    """(K,) the level at which each of K >= 2 rows of losses (K, T) leaves the set; the worst goes first."""
    mean = losses.mean(axis=1)
    errors = _means(losses - mean[:, None], draws, block, seed)
    levels, left, level = np.ones(len(losses)), np.arange(len(losses)), 0.0
    while left.size > 1:
        redrawn_errors = errors[:, left] - errors[:, left].mean(axis=1)[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.sqrt((redrawn_errors**2).mean(axis=0))
            worse = (mean[left] - mean[left].mean()) / spread
            worst = worse.max()
            level = max(level, float((worst < (redrawn_errors / spread).max(axis=1)).mean()))
        goes = worse == worst
        if not goes.any():  # nothing tells those that are left apart
            break
        levels[left[goes]] = level
        left = left[~goes]
    return levels


def _means(rows: FloatArray, draws: int, block: int, seed: int) -> FloatArray:
    """(draws, K) means of rows (K, T) over redrawn histories."""
    sessions = rows.shape[1]
    return np.stack([rows @ often / sessions for often in times_drawn(sessions, draws, block, seed)])
