"""The overnight money market of one afternoon."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from simulator.core.types import FloatArray

from .terms import CLOSES, MARKET

#: Smallest loan and the step of its amount, in currency. Source of both: Furfine (1999), who looks for such loans.
LEAST, STEP = 1e6, 1e5
#: Share of a need that one lender covers at most.
_AT_MOST: Final = 0.4
#: Standard deviation of rates between loans of one day, a year as a fraction.
_RATES_DIFFER: Final = 0.0004
#: Share of the loans that run for a week, and of overnight ones repaid in two parts.
WEEKLY, PARTED = 0.04, 0.02


class Loan(NamedTuple):
    """One loan: places of both banks, amount, rate a year on 360 days, hour paid out, sessions it runs for.

    ``parted``: repaid in two payments.
    """

    lender: int
    borrower: int
    amount: float
    rate: float
    hour: float
    runs: int
    parted: bool


def afternoon(
    surplus: FloatArray,
    shut: FloatArray,
    hoard: FloatArray,
    asked: FloatArray,
    ties: FloatArray,
    rng: np.random.Generator,
) -> list[Loan]:
    """Loans agreed: banks in need ask lenders by their ties until it is met or nobody is left.

    Parameters
    ----------
    surplus
        (B,) what each bank has above what it wants to hold at close, in currency; below zero: what it needs.
    shut, hoard
        (B,) share of lenders that will not lend to a borrower, and share by which a lender lends less.
    asked
        (B,) rate asked of each borrower, a year as a fraction.
    ties
        (B, B) how much a borrower (row) turns to a lender.
    """
    left = np.where(surplus > 0.0, surplus * (1.0 - np.clip(hoard, 0.0, 1.0)), 0.0)
    loans: list[Loan] = []
    for borrower in rng.permutation(np.flatnonzero(surplus < -LEAST)).tolist():
        need = -surplus[borrower]
        share = need * _AT_MOST
        # A lender's turn comes early with strong ties: exponential clocks.
        order = np.argsort(rng.exponential(size=ties.shape[1]) / np.maximum(ties[borrower], 1e-12))
        willing = rng.random(ties.shape[1]) >= shut[borrower]
        for lender in order.tolist():
            if lender == borrower or not willing[lender]:
                continue
            amount = np.floor(min(need, share, left[lender]) / STEP) * STEP
            if amount < LEAST:
                continue
            loans.append(_agreed(lender, borrower, float(amount), float(asked[borrower]), rng))
            left[lender] -= amount
            need -= amount
            if need < LEAST:
                break
    return loans


def _agreed(lender: int, borrower: int, amount: float, asked: float, rng: np.random.Generator) -> Loan:
    rate = round(asked + rng.normal(0.0, _RATES_DIFFER), 5)
    hour = rng.uniform(MARKET, CLOSES - 0.25)
    runs = 5 if rng.random() < WEEKLY else 1
    return Loan(lender, borrower, amount, rate, hour, runs, runs == 1 and bool(rng.random() < PARTED))


def owed(loan: Loan, nights: int) -> float:
    """What is paid back after so many calendar days, to the cent: simple interest on 360 days."""
    return round(loan.amount * (1.0 + loan.rate * nights / 360.0), 2)
