"""What a manager charges the book."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal, get_args

from .errors import ParameterError
from .within import Within, check_fields

#: A fee a year, or of a gain.
FEE: Final = Within(0.0, 0.5, text="a fee is a fraction: 0.01 for 1%")

Paid = Literal["month", "quarter", "year"]
Crystallised = Literal["month", "quarter", "year"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """Management and performance fees, charged to the book every session on what it was worth at the close before.

    The management fee of a session is ``management`` x nav x days / 365. The performance fee set aside is
    ``performance`` of what nav before it, and after the management fee, lies above the high-water mark; where nav
    falls again, what was set aside comes back. At the open that begins a period of ``crystallised`` it is earned for
    good, and the mark rises to the nav that is left. The mark begins at the initial cash, and moves by what investors
    bring or ask for, one for one. Both are taken from cash, which they may leave below zero, as an overdraft with its
    interest: at the first open of a period of ``paid`` that is made good by sales as redemptions are. What a run's last
    close would be charged is not.

    Parameters
    ----------
    management
        Annual, of nav.
    performance
        Of the gain above the high-water mark.
    paid
        How often cash below zero is made good.
    crystallised
        How often the performance fee set aside is earned for good.
    """

    management: Annotated[float, FEE] = 0.0
    performance: Annotated[float, FEE] = 0.0
    paid: Paid = "month"
    crystallised: Crystallised = "year"

    def __post_init__(self) -> None:
        check_fields(self)
        for name, known in (("paid", get_args(Paid)), ("crystallised", get_args(Crystallised))):
            if getattr(self, name) not in known:
                raise ParameterError(f"fees: {name} must be one of {', '.join(known)}, not {getattr(self, name)!r}")

    @property
    def charged(self) -> bool:
        """Whether there are any."""
        return self.management > 0.0 or self.performance > 0.0
