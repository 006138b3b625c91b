"""Money that investors bring or take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal

import numpy as np

from .errors import ParameterError
from .within import Within, check_fields

#: Signed currency; and of nav, where more than ten times the book cannot be meant.
AMOUNT: Final = Within(-1e15, 1e15)
FLOW_SHARE: Final = Within(
    -1.0, 10.0, text="a redemption cannot take more than all of nav; a share is a fraction: -0.10 for 10%"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A subscription or a redemption, due before the open of the first session on or after its date.

    Parameters
    ----------
    date
        When it is due.
    amount
        Currency: positive brings money, negative takes it.
    share
        Instead: share of the previous close's nav, signed likewise. What a redemption asks for is fixed then: the
        cost of raising it falls on who stays, as long as there is anything left. A redemption of the whole book (or
        of nearly all of it) pays what selling everything brings.
    """

    date: str | date
    amount: Annotated[float | None, AMOUNT] = None
    share: Annotated[float | None, FLOW_SHARE] = None

    def __post_init__(self) -> None:
        size = self.amount if self.amount is not None else self.share
        if size is None or (self.amount is not None and self.share is not None):
            raise ParameterError("a flow has either an amount (currency) or a share (of nav)")
        check_fields(self)
        try:
            np.datetime64(str(self.date), "D")
        except ValueError:
            raise ParameterError(f"a flow's date must be written YYYY-MM-DD, not {self.date!r}") from None


#: How redemptions are paid when cash does not reach: most liquid assets first, or all assets alike.
Waterfall = Literal["most-liquid", "pro-rata"]
