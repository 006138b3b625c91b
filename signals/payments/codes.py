"""Stress codes of banks by day, from spells or from dated items of news."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from simulator.core.types import DateArray, IntArray

#: Codes. Source: Heuver & Triepels, section 4.3.
CALM, POSSIBLE, STRESS, GONE = 1, 2, 3, 4
CODES: Final = {CALM: "no stress", POSSIBLE: "possibly stress", STRESS: "stress", GONE: "no longer operating"}
#: Sessions for which an item of news tells of a possible stress, and of stress.
POSSIBLE_LASTS, STRESS_LASTS = 20, 5


def codes_of_spells(spells: pd.DataFrame, sessions: DateArray, banks: Sequence[str]) -> IntArray:
    """(D, B) codes: 1 where no spell says otherwise, the later row where two overlap. A row a day, a column a bank.

    ``spells`` has ``bank``, ``from``, ``to`` (both included) and ``code``.
    """
    codes = np.full((sessions.size, len(banks)), CALM)
    for row in spells.to_dict("records"):
        days = (sessions >= _day(row["from"])) & (sessions <= _day(row["to"]))
        codes[days, list(banks).index(str(row["bank"]))] = int(row["code"])
    return codes


def codes_of_news(news: pd.DataFrame, sessions: DateArray, banks: Sequence[str]) -> IntArray:
    """(D, B) codes from items with ``bank``, ``date`` and ``severity``.

    The rule: an item of severity 1 (weak evidence) says "possibly stress" for twenty sessions from its day on, one of
    severity 2 (clear evidence) "stress" for five and "possibly" for the rest of twenty, one of severity 3 that the
    bank no longer operates, from its day on for good. The highest code holds.
    """
    codes = np.full((sessions.size, len(banks)), CALM)
    lasts: Mapping[int, tuple[tuple[int, int], ...]] = {
        1: ((POSSIBLE, POSSIBLE_LASTS),),
        2: ((POSSIBLE, POSSIBLE_LASTS), (STRESS, STRESS_LASTS)),
        3: ((GONE, sessions.size),),
    }
    for row in news.to_dict("records"):
        start = int(np.searchsorted(sessions, _day(row["date"])))
        column = codes[:, list(banks).index(str(row["bank"]))]
        for code, days in lasts[int(row["severity"])]:
            told = column[start : start + days]
            np.maximum(told, code, out=told)
    return codes


def _day(value: object) -> np.datetime64:
    return np.datetime64(pd.Timestamp(str(value)), "D")
