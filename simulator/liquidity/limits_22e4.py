"""The limits of SEC rule 22e-4 over time: what a purchase broke apart from what the market did."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.core.types import BoolArray, FloatArray

from .rule_22e4 import BUCKETS_22E4, HIGHLY, ILLIQUID

MAX_ILLIQUID: Final = "max_illiquid"
MIN_HIGHLY_LIQUID: Final = "min_highly_liquid"


class Breach(NamedTuple):
    """A session on which a limit was broken.

    Attributes
    ----------
    row
        Its session.
    limit
        ``"max_illiquid"`` or ``"min_highly_liquid"``.
    active
        Whether something was bought that day that the limit forbids: illiquid investments above their limit; anything
        but highly liquid ones below their minimum. Otherwise prices, volumes or redemptions did it.
    share
        Of net assets in that bucket.
    """

    row: int
    limit: str
    active: bool
    share: float


def breaches_22e4(
    shares: FloatArray,
    buckets: npt.NDArray[np.str_],
    bought: BoolArray,
    *,
    max_illiquid: float,
    min_highly_liquid: float,
) -> list[Breach]:
    """Every session on which one of both limits was broken, in order.

    Parameters
    ----------
    shares
        (T, 4) of :func:`bucket_shares`; NaN breaks nothing.
    buckets
        (T, N) of :func:`classify_22e4`.
    bought
        (T, N) where a position was added to that session.

    Notes
    -----
    17 CFR 270.22e-4(b)(1)(iii) and (iv).
    """
    most, least = shares[:, BUCKETS_22E4.index(ILLIQUID)], shares[:, BUCKETS_22E4.index(HIGHLY)]
    added_illiquid = (bought & (buckets == ILLIQUID)).any(axis=1)
    added_other = (bought & (buckets != HIGHLY)).any(axis=1)
    found = [
        Breach(int(row), limit, bool(active[row]), float(values[row]))
        for limit, broken, values, active in (
            (MAX_ILLIQUID, most > max_illiquid, most, added_illiquid),
            (MIN_HIGHLY_LIQUID, least < min_highly_liquid, least, added_other),
        )
        for row in np.flatnonzero(broken)
    ]
    return sorted(found, key=lambda breach: (breach.row, breach.limit))
