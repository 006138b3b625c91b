"""How well stress is detected: by bank, on average, and how early. Source: Heuver & Triepels, section 4.6."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from simulator.core.types import BoolArray, FloatArray

from .codes import STRESS
from .panel import Panel

#: Sessions before the first day of stress in which an alarm counts as early.
EARLY: Final = 60
_RESAMPLES: Final = 2000


class Score(NamedTuple):
    """Of one bank: shares, and what they were counted from.

    ``precision`` is zero without an alarm, as the paper's tables have it; ``recall`` and ``f1`` are NaN for a bank
    without a session of stress.
    """

    precision: float
    recall: float
    f1: float
    alarms: int
    right: int
    stressed: int


def score(alarm: BoolArray, panel: Panel, bank: int) -> Score:
    """Judge (D,) alarms on the sessions of a bank that count."""
    counted = panel.counted[:, bank]
    stress = counted & (panel.codes[:, bank] == STRESS)
    alarms, right, stressed = int((alarm & counted).sum()), int((alarm & stress).sum()), int(stress.sum())
    precision = right / alarms if alarms else 0.0
    if not stressed:
        return Score(precision, np.nan, np.nan, alarms, right, stressed)
    recall = right / stressed
    return Score(precision, recall, 2.0 * right / (alarms + stressed), alarms, right, stressed)


class Average(NamedTuple):
    """Mean over banks of a figure, and the middle 90% of it over resampled banks."""

    mean: float
    low: float
    high: float


def average(scores: Sequence[Score], figure: str, seed: int) -> Average:
    """Over the banks that know stress; seven banks are seven observations, and the interval shows it."""
    return _resampled(np.array([getattr(of, figure) for of in scores if of.stressed]), seed)


def gap(first: Sequence[Score], second: Sequence[Score], figure: str, seed: int) -> Average:
    """How much more the first has than the second, bank by bank: the mean, and the middle 90% over resampled banks."""
    pairs = zip(first, second, strict=True)
    return _resampled(np.array([getattr(a, figure) - getattr(b, figure) for a, b in pairs if a.stressed]), seed)


def _resampled(values: FloatArray, seed: int) -> Average:
    if not values.size:
        return Average(np.nan, np.nan, np.nan)
    draws = np.random.default_rng(seed).integers(0, values.size, size=(_RESAMPLES, values.size))
    low, high = np.quantile(values[draws].mean(axis=1), (0.05, 0.95))
    return Average(float(values.mean()), float(low), float(high))


def lead(alarm: BoolArray, panel: Panel, bank: int) -> float:
    """Sessions from the first alarm within the sixty before the first day of stress to that day; NaN without one.

    Zero is an alarm on that day itself.
    """
    days = np.flatnonzero(panel.codes[:, bank] == STRESS)
    if not days.size:
        return float("nan")
    first = max(int(days[0]) - EARLY, 0)
    early = np.flatnonzero(alarm[first : days[0] + 1])
    return float(days[0] - first - early[0]) if early.size else float("nan")


def alarms_a_year(alarm: BoolArray, panel: Panel, bank: int, sessions_a_year: float) -> float:
    """False alarms a year: on counted sessions without stress."""
    calm = panel.counted[:, bank] & (panel.codes[:, bank] != STRESS)
    return float((alarm & calm).sum() / calm.sum() * sessions_a_year) if calm.any() else float("nan")


def called(probability: FloatArray, threshold: float) -> BoolArray:
    """Alarms: probability at or above the threshold. Both are by bank and day, of one shape."""
    return np.asarray(probability >= threshold)
