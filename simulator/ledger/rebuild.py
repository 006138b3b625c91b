"""The books from the event stream alone."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.core.types import FloatArray

from .events import Kind

_CASH_KINDS = (Kind.INTEREST, Kind.FLOW, Kind.FILL, Kind.COST)


class Books(NamedTuple):
    """What the stream says at each close."""

    nav: FloatArray  # (T,)
    cash: FloatArray  # (T,)
    shares: FloatArray  # (T, N)


def rebuild(events: npt.NDArray[Any], sessions: int, assets: int) -> Books:
    """Replay the stream: cash from its movements, shares from fills, nav from cash and marks.

    Parameters
    ----------
    events
        Records of :data:`simulator.ledger.EVENT`.
    sessions, assets
        T and N.
    """
    kind, t, i = events["kind"], events["session"], events["asset"]
    moves = np.isin(kind, _CASH_KINDS)
    cash: FloatArray = np.cumsum(
        np.bincount(t[moves], weights=events["amount"][moves], minlength=sessions).astype(float)
    )
    fills = kind == Kind.FILL
    traded = np.zeros((sessions, assets))
    np.add.at(traded, (t[fills], i[fills]), events["quantity"][fills])
    marks = kind == Kind.MARK
    value: FloatArray = np.bincount(t[marks], weights=events["amount"][marks], minlength=sessions).astype(float)
    return Books(cash + value, cash, np.cumsum(traded, axis=0))
