"""What each asset did for a book."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from simulator.core.types import FloatArray
from simulator.ledger import RunRecord
from simulator.ledger.events import CASH_KINDS

_SESSIONS_AT_ONCE: Final = 512


class Contribution(NamedTuple):
    """What each asset did for a book, (N,) each."""

    profit: FloatArray  # sum over sessions of its profit as a share of the nav before
    held: FloatArray  # mean size of its position, currency


def contribution(record: RunRecord) -> Contribution:
    """Profit of each asset: change of what is held, and all cash that it brought or took (fills, costs, dividends).

    Over assets it adds up to the change of nav without interest, flows and fees, session by session; the first session
    is left out. So many sessions at a time: there may be 10,000 assets.
    """
    shares, marks, stream = record.daily["shares"], record.marks, record.stream
    moved = stream[np.isin(stream["kind"], [int(kind) for kind in CASH_KINDS]) & (stream["asset"] >= 0)]
    moved = moved[moved["session"] > 0]
    per_nav = np.divide(1.0, record.opening_nav, out=np.zeros(len(marks)), where=record.opening_nav > 0.0)
    profit = np.bincount(
        moved["asset"], weights=moved["amount"] * per_nav[moved["session"]], minlength=len(record.assets)
    ).astype(np.float64)
    held = np.zeros_like(profit)
    for first in range(0, len(marks), _SESSIONS_AT_ONCE):
        rows = slice(max(first - 1, 0), first + _SESSIONS_AT_ONCE)  # from the session before on
        value = shares[rows] * marks[rows]
        profit += per_nav[rows][1:] @ np.diff(value, axis=0)
        held += np.abs(value[int(first > 0) :]).sum(axis=0)
    return Contribution(profit, held / len(marks))
