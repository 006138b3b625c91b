"""Gross settlement of one day's payments, with queues."""

from __future__ import annotations

import numpy as np

from simulator.core.types import FloatArray

from .obligations import Due
from .settle_nb import settle_nb


def settled(due: Due, balance: FloatArray, credit: FloatArray) -> FloatArray:
    """(P,) hours at which payments settle, NaN for those still queued at the end; ``balance`` moves with them.

    A payment settles when its payer has none waiting before it, and balance and intraday credit cover it; money that
    arrives releases the queue of who receives it at once, and so on.

    Parameters
    ----------
    due
        Payments in the order of their hours.
    balance, credit
        (A,) of each account in currency; infinite credit for the central bank.
    """
    payments = due.payer.size
    hours = np.full(payments, np.nan)
    following = np.full(payments, -1)
    ends = np.full((2, balance.size), -1)
    settle_nb(
        due.payer, due.payee, due.amount, due.hour, balance, credit, hours, following, ends,
        np.empty(payments + 2, np.int64),
    )  # fmt: skip
    return hours
