"""The books from the event stream alone."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.core.types import FloatArray

from .events import CASH_KINDS, SHARE_KINDS, Kind


class Books(NamedTuple):
    """What the stream says at each close. In currency and in shares, of T sessions."""

    nav: FloatArray  # (T,)
    cash: FloatArray  # (T,)
    shares: FloatArray  # (T, N)


def rebuild(events: npt.NDArray[Any], sessions: int, assets: int) -> Books:
    """Replay the stream: cash from its movements, shares from fills and splits, nav from cash and marks.

    Parameters
    ----------
    events
        Records of :data:`simulator.ledger.EVENT`; the marks of a session may be one event or one a position.
    sessions, assets
        T and N.
    """
    kind, t, i = events["kind"], events["session"], events["asset"]
    moved = np.isin(kind, SHARE_KINDS)
    changes = np.zeros((sessions, assets))
    np.add.at(changes, (t[moved], i[moved]), events["quantity"][moved])
    nav, cash = values(events, sessions)
    return Books(nav, cash, np.cumsum(changes, axis=0))


def values(events: npt.NDArray[Any], sessions: int) -> tuple[FloatArray, FloatArray]:
    """(T,) nav and (T,) cash at each close: cash from its movements, and what the marks add to it."""
    kind, t = events["kind"], events["session"]

    def daily(chosen: npt.NDArray[np.bool_]) -> FloatArray:
        totals = np.bincount(t[chosen], weights=events["amount"][chosen], minlength=sessions)
        return totals.astype(np.float64)

    cash: FloatArray = np.cumsum(daily(np.isin(kind, CASH_KINDS)))
    return cash + daily(kind == Kind.MARK), cash
