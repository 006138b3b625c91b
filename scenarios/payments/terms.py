"""What a payment system is made of: every parameter, with its unit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from simulator.core.errors import ParameterError
from simulator.core.within import Within, check_fields

#: Opening of the system, cut-off of the money market and close, in hours. Source: TARGET2's day.
OPENS, MARKET, CLOSES = 7.0, 16.0, 18.0
TYPES: Final = ("customer", "interbank", "administrative")


@dataclass(frozen=True)
class PaymentSystem:
    """The size of a system and the difficulty of what is asked about it.

    The defaults were settled before any model had been fitted to what they make, and stay as they are.

    Attributes
    ----------
    banks, stressed
        Banks in the system, and those of them that come under stress once.
    sessions, first
        Working days simulated, and the first of them.
    payments
        Mean number of payments that a bank of mean size makes a day, three in five of them for customers.
    strength
        Factor on everything that stress does to behaviour.
    lateness
        Mean sessions by which news comes after what it tells (geometric).
    missed
        Share of the items of news that nobody writes.
    misleading
        Items a bank and year that tell of a stress that is none, one in four of them severe.
    odd
        Events a bank and year that look odd and are harmless: a large single payment, late payments for technical
        reasons, collateral moved, a counterparty that goes.
    contagion
        Stress that reaches a lender, as a multiple of its lending of the last 20 sessions to banks under stress over
        all of its lending. Above zero, payments that a bank under stress cannot settle wait for the next day.
    """

    banks: Annotated[int, Within(8, 200, unit="banks")] = 12
    stressed: Annotated[int, Within(3, 100, unit="banks")] = 7
    sessions: Annotated[int, Within(400, 10_000, unit="sessions")] = 1000
    first: date = date(2010, 1, 4)
    payments: Annotated[float, Within(5.0, 10_000.0)] = 40.0
    strength: Annotated[float, Within(0.0, 10.0)] = 1.0
    lateness: Annotated[float, Within(0.0, 250.0, unit="sessions")] = 3.0
    missed: Annotated[float, Within(0.0, 1.0)] = 0.1
    misleading: Annotated[float, Within(0.0, 100.0)] = 0.5
    odd: Annotated[float, Within(0.0, 100.0)] = 4.0
    contagion: Annotated[float, Within(0.0, 10.0)] = 0.0

    def __post_init__(self) -> None:
        check_fields(self)
        if self.stressed > self.banks - 3:
            raise ParameterError(
                f"stressed must leave 3 of the {self.banks} banks calm, who lend to the others, not {self.stressed}"
            )
