"""Features of the banks under study on one scale, with their stress codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from simulator.core.errors import DataError
from simulator.core.types import BoolArray, FloatArray, IntArray

from .codes import CALM, GONE, STRESS
from .features import Features

#: Sessions that go before the first one that counts: a bank's own past must be known before a day can be odd.
WARM_UP: Final = 60
#: ``"whole"``: mean and deviation of the bank's whole sample, as the paper has it, which looks ahead; ``"past"``: of
#: the sessions before.
SCALES: Final = ("whole", "past")


@dataclass(frozen=True, eq=False)
class Panel:
    """B banks over D sessions.

    Attributes
    ----------
    banks, names
        B banks and K features.
    x
        (D, B, K) in deviations of the bank from its own mean; zero where a value is undefined.
    codes
        (D, B) stress codes.
    counted
        (D, B) sessions that models learn from and are judged on: code 1 or 3, after the warm-up.
    """

    banks: tuple[str, ...]
    names: tuple[str, ...]
    x: FloatArray
    codes: IntArray
    counted: BoolArray

    def rows(self, banks: Sequence[int]) -> tuple[FloatArray, IntArray]:
        """(n, K) features and (n,) classes, 1 for stress, of everything that counts of some banks.

        A row a bank and day.
        """
        chosen = self.counted[:, list(banks)]
        return self.x[:, list(banks)][chosen], (self.codes[:, list(banks)][chosen] == STRESS).astype(np.int64)


def panel_of(features: Features, places: Sequence[int], banks: Sequence[str], codes: IntArray, scale: str) -> Panel:
    """Features of some accounts on the scale of each bank's own habits (equation 17 of the paper).

    ``"whole"`` leaves out sessions on which a bank no longer operates; features are those of the day itself, although
    a loan is recognised by the next day's repayment. ``"past"`` knows neither: features are as they were known at the
    close, mean and deviation those of the sessions before (sixty at least).

    Parameters
    ----------
    places
        (B,) accounts of the banks.
    codes
        (D, B).

    Raises
    ------
    DataError
        Where a bank has too few sessions to say what is usual.
    """
    known = features.as_known() if scale == "past" else features
    values = known.values[:, list(places)]
    seen = (codes != GONE)[:, :, None] & np.isfinite(values)
    for bank, count in zip(banks, (codes != GONE).sum(axis=0), strict=True):
        if count <= WARM_UP:
            raise DataError(
                f"{bank} operates on {count} sessions only; {WARM_UP + 1} are needed to say what is usual for it"
            )
    mean, deviation = (_whole if scale == "whole" else _past)(np.where(seen, values, np.nan))
    with np.errstate(invalid="ignore", divide="ignore"):
        x = (values - mean) / deviation
    x = np.where(np.isfinite(x), x, 0.0)
    counted = np.isin(codes, (CALM, STRESS))
    counted[:WARM_UP] = False
    return Panel(tuple(banks), features.names, x, codes, counted)


def _whole(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    frame = pd.DataFrame(values.reshape(values.shape[0], -1))
    return (
        frame.mean().to_numpy().reshape(1, *values.shape[1:]),
        frame.std(ddof=1).to_numpy().reshape(1, *values.shape[1:]),
    )


def _past(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    before = pd.DataFrame(values.reshape(values.shape[0], -1)).shift().expanding(min_periods=WARM_UP // 2)
    return before.mean().to_numpy().reshape(values.shape), before.std(ddof=1).to_numpy().reshape(values.shape)
