"""Dividends in files whose closes are stated to carry them: not paid, and whether the closes agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from simulator.core.names import few
from simulator.core.notes import QualityNote
from simulator.core.types import FloatArray

#: Standard errors that a whole dividend must be from none for closes to tell the one from the other.
_TELLING: Final = 5.0
#: Assets that the note names.
_NAMED: Final = 8
#: A move of a session that a usual one is at least, so that a close that never moves weighs no more than others.
_LEAST_MOVE: Final = 1e-4


class PassedOver(NamedTuple):
    """Sums over the days of dividends, each weighed by the usual move of its asset: files add up."""

    fell: float  # the fall on the day times the dividend
    told: float  # the dividend squared

    @property
    def share(self) -> float:
        """Of the dividends, what closes fell by: 1 where they do not carry them, 0 where they do."""
        return self.fell / self.told


def passed_over(close: pd.Series, dividends: pd.Series) -> PassedOver | None:
    """What closes (T,) do on the days of dividends (T,) in currency; ``None`` where none is paid between two prices."""
    priced = close.notna()
    share = shares_paid(close[priced], dividends.fillna(0.0).cumsum()[priced].diff())  # on the next day with a price
    moves = np.diff(np.log(close[priced].to_numpy(np.float64)))
    days = share > 0.0
    if not days.any():
        return None
    usual = max(1.4826 * float(np.median(np.abs(moves))), _LEAST_MOVE)
    return PassedOver(-float(moves[days] @ share[days]) / usual**2, float(share[days] @ share[days]) / usual**2)


def shares_paid(close: pd.Series, dividends: pd.Series) -> FloatArray:
    """(T - 1,) falls, in logs, of closes (T,) that pay dividends (T,), from the second on; more than all is none."""
    share = dividends.to_numpy(np.float64)[1:] / close.to_numpy(np.float64)[:-1]
    return np.asarray(-np.log1p(-np.where(share < 1.0, share, 0.0)), dtype=np.float64)


def passed_over_note(found: Mapping[str, PassedOver]) -> Iterator[QualityNote]:
    """What must be read of assets whose dividends are not paid; grave unless their closes say that it is right."""
    if not found:
        return
    both = PassedOver(sum(own.fell for own in found.values()), sum(own.told for own in found.values()))
    telling = np.sqrt(both.told) > _TELLING
    carried = telling and both.share < 0.5
    if carried:
        said = "closes do not fall by them, as those that carry dividends do not"
    elif telling:
        said = (
            f"but closes fell by {both.share:.0%} of them on their days: closes that carry none are 'split-adjusted' "
            "or 'raw', and returns lack the dividends here"
        )
    else:
        said = "their days are too few to show whether closes fall by them; where they do, returns lack the dividends"
    yield QualityNote(
        few(list(found), _NAMED),
        f"prices = 'adjusted' is believed of files without an adjusted close: their Dividends are not paid; {said}",
        grave=not carried,
    )
