"""From days of stress to onsets and episodes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.core.types import FloatArray


class Episode(NamedTuple):
    """A spell of stress: from its first to its last day, with how many days of stress between them."""

    first: int
    last: int
    days: int


def onsets(days: FloatArray, quiet: int = 1) -> FloatArray:
    """(T,) 1 on days of stress that follow at least ``quiet`` sessions without any, 0 on others, NaN where unknown.

    Sessions before the first known one count as quiet.
    """
    state = np.nan_to_num(days) == 1.0
    index = np.arange(days.size)
    last = np.maximum.accumulate(np.where(state, index, -np.inf))
    before = np.concatenate([[-np.inf], last[:-1]])
    return np.where(np.isnan(days), np.nan, (state & (index - before > quiet)).astype(float))


def episodes(days: FloatArray, gap: int = 21) -> list[Episode]:
    """Spells of days of stress; spells with at most ``gap`` other sessions between them are one."""
    stressed = np.flatnonzero(np.nan_to_num(days) == 1.0)
    if stressed.size == 0:
        return []
    parts = np.split(stressed, np.flatnonzero(np.diff(stressed) > gap + 1) + 1)
    return [Episode(int(part[0]), int(part[-1]), part.size) for part in parts]


def effective_number(spells: list[Episode]) -> float:
    """How many equally long episodes would say as much: (sum of days)^2 / sum of days^2; 0 without any."""
    days = np.array([spell.days for spell in spells], dtype=np.float64)
    return float(days.sum() ** 2 / np.square(days).sum()) if days.size else 0.0
