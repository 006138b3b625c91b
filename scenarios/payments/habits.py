"""What banks are like, and what happens to them that is odd and harmless."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.core.types import FloatArray

from .terms import PaymentSystem

#: Of a bank of mean size, in currency: minimum reserve, collateral after haircut, refinancing from the central bank.
REQUIREMENT, COLLATERAL, REFINANCING = 200e6, 1500e6, 600e6
#: Median and log standard deviation of a payment by type; customers' and banks' payments grow with the root of size.
VALUES: Final = {"customer": (0.5e6, 1.5), "interbank": (3e6, 1.3)}
#: Shares of the payments of a bank.
CUSTOMERS: Final = 0.6
_ODD: Final = ("large payment", "late payments", "collateral moved", "counterparty gone")
_TURMOILS: Final = 2
_TURMOIL_LASTS: Final = 40


@dataclass(frozen=True, eq=False)
class Habits:
    """B banks in calm times.

    Attributes
    ----------
    size
        (B,) about one on average.
    rate
        (2, B, B) mean payments a day from one bank to another: customers', banks' own; zero on the diagonal.
    haircut
        (B,) mean haircut of the collateral.
    ties
        (B, B) how much a borrower (row) turns to a lender; rows sum to one.
    """

    size: FloatArray
    rate: FloatArray
    haircut: FloatArray
    ties: FloatArray


@dataclass(frozen=True, eq=False)
class Oddities:
    """What is odd and harmless, (D, B) each.

    Attributes
    ----------
    large
        A single payment of so many times the requirement; zero for none.
    late
        Hours by which payments come late for technical reasons.
    collateral
        Factor on the collateral.
    shut
        Share of lenders that left, for a while.
    turmoil
        (D,) 0 to 1: stress of the whole market, which is no bank's own.
    """

    large: FloatArray
    late: FloatArray
    collateral: FloatArray
    shut: FloatArray
    turmoil: FloatArray


def drawn_habits(system: PaymentSystem, rng: np.random.Generator) -> Habits:
    """Sizes lognormal, payments by gravity, ties of the money market uneven."""
    n = system.banks
    size = np.exp(rng.normal(0.0, 0.6, size=n))
    size /= size.mean()
    off = 1.0 - np.eye(n)
    pull = off * size * rng.uniform(0.5, 1.5, size=(n, n))
    pull /= pull.sum(axis=1, keepdims=True)
    rate = system.payments * np.sqrt(size)[:, None] * pull
    # As many payments in as out on average, so that nobody drains away.
    rate = 0.5 * (rate + rate.T)
    ties = off * np.exp(rng.normal(0.0, 1.0, size=(n, n))) * size
    return Habits(
        size,
        np.stack([CUSTOMERS * rate, (1.0 - CUSTOMERS) * rate]),
        rng.uniform(0.06, 0.14, size=n),
        ties / ties.sum(axis=1, keepdims=True),
    )


def drawn_oddities(system: PaymentSystem, rng: np.random.Generator) -> Oddities:
    """Events of four sorts, so many a bank and year of 250 sessions, and two stretches of turmoil of the market."""
    shape = (system.sessions, system.banks)
    large, late, shut = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    collateral = np.ones(shape)
    events = rng.poisson(system.odd * system.sessions / 250.0, size=system.banks)
    for bank, count in enumerate(events.tolist()):
        for day in rng.integers(0, system.sessions, size=count).tolist():
            sort = _ODD[int(rng.integers(len(_ODD)))]
            if sort == "large payment":
                large[day, bank] = rng.uniform(0.5, 2.0)
            elif sort == "late payments":
                late[day : day + int(rng.integers(1, 4)), bank] = rng.uniform(0.5, 2.0)
            elif sort == "collateral moved":
                collateral[day : day + 20, bank] = rng.uniform(0.7, 1.4)
            else:
                shut[day : day + 20, bank] = rng.uniform(0.1, 0.5)
    return Oddities(large, late, collateral, shut, _turmoil(system, rng))


def _turmoil(system: PaymentSystem, rng: np.random.Generator) -> FloatArray:
    turmoil = np.zeros(system.sessions)
    for start in rng.integers(0, system.sessions - _TURMOIL_LASTS, size=_TURMOILS).tolist():
        turmoil[start : start + _TURMOIL_LASTS] = rng.uniform(0.3, 1.0)
    return turmoil
