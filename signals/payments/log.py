"""The log of a large-value payment system, and what its accounts held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.core.types import DateArray, FloatArray, IntArray

#: The account of the central bank: it pays and is paid, and is not a bank.
CENTRAL_BANK: Final = "CB"


@dataclass(frozen=True, eq=False)
class PaymentLog:
    """P settled payments between A accounts over D sessions, by session and time.

    Attributes
    ----------
    sessions
        (D,) days, ascending.
    accounts
        A names.
    types
        Names of the types of payment.
    day, payer, payee, kind
        (P,) places in ``sessions``, ``accounts``, ``accounts`` and ``types``.
    hour
        (P,) time of settlement in hours since midnight.
    amount
        (P,) in currency, above zero.
    """

    sessions: DateArray
    accounts: tuple[str, ...]
    types: tuple[str, ...]
    day: IntArray
    hour: FloatArray
    payer: IntArray
    payee: IntArray
    amount: FloatArray
    kind: IntArray


@dataclass(frozen=True, eq=False)
class Positions:
    """What accounts held, (D, A) each in currency; NaN where unknown.

    Attributes
    ----------
    opening
        Balance before the first payment of the session.
    collateral_before, collateral_after
        Collateral deposited with the central bank, before and after haircuts.
    requirement
        Minimum reserve: the mean balance that an account must hold over a maintenance period.
    """

    opening: FloatArray
    collateral_before: FloatArray
    collateral_after: FloatArray
    requirement: FloatArray


@dataclass(frozen=True, eq=False)
class Payments:
    """A log with everything that is known beside it.

    Attributes
    ----------
    benchmark
        (D,) overnight benchmark rate a year as a fraction; NaN where unknown.
    """

    log: PaymentLog
    positions: Positions
    benchmark: FloatArray


def unknown_positions(log: PaymentLog) -> Positions:
    """Positions of which nothing is known."""
    nothing = np.full((log.sessions.size, len(log.accounts)), np.nan)
    return Positions(nothing, nothing, nothing, nothing)
