"""Dividends in files with an adjusted close: whether that carries them, as it does in a file written at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from simulator.core.notes import QualityNote

from .passed_over import shares_paid

#: Share of the dividends by which what is carried may differ: rounded prices, taxes, a payment of many.
_TOLERATED: Final = 0.25
#: Log of the smallest step that is a split's.
_SPLIT: Final = float(np.log(1.5))


class Carried(NamedTuple):
    """What an adjusted close makes of the dividends of its file."""

    share: float  # of them all; 1 where it carries them
    paid: float  # their sum, in logs of what a holder has more
    days: int


def carried_dividends(close: pd.Series, adjusted: pd.Series, dividends: pd.Series) -> Carried | None:
    """How much of dividends (T,) in currency the steps of ``adjusted`` over ``close`` (T,) are; ``None`` without any.

    Steps count on the day of a dividend and a row beside it, where vendors of weekly and monthly prices have them;
    those of splits do not.
    """
    priced = close.notna()
    paid = shares_paid(close[priced], dividends.fillna(0.0).cumsum()[priced].diff())
    if not (paid > 0.0).any():
        return None
    steps = np.diff(np.log((adjusted / close)[priced].to_numpy(np.float64)))
    days = np.pad(paid > 0.0, 1)
    near = days[:-2] | days[1:-1] | days[2:]
    carried = steps[near & (np.abs(steps) < _SPLIT)].sum()
    return Carried(float(carried / paid.sum()), float(paid.sum()), int((paid > 0.0).sum()))


def carried_notes(found: Mapping[str, Carried]) -> Iterator[QualityNote]:
    """A grave note on each asset whose adjusted close carries other dividends than its file has."""
    for asset, own in found.items():
        if abs(own.share - 1.0) > _TOLERATED:
            more = own.share > 1.0
            what = "a dividend" if own.days == 1 else f"{own.days} dividends"
            yield QualityNote(
                asset,
                f"its adjusted close carries {own.share:.0%} of the column Dividends ({what}, {np.expm1(own.paid):.1%} "
                f"in all): returns {'have more than was paid' if more else 'lack the rest'}; download the file again, "
                "or state prices = 'split-adjusted', which pays them",
                grave=True,
            )
