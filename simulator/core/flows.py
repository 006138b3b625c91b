"""Money that investors bring or take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from .errors import ParameterError


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
    amount: float | None = None
    share: float | None = None

    def __post_init__(self) -> None:
        size = self.amount if self.amount is not None else self.share
        if size is None or (self.amount is not None and self.share is not None):
            raise ParameterError("a flow has either an amount (currency) or a share (of nav)")
        if not np.isfinite(size):
            raise ParameterError(f"a flow must be a number, not {size}")
        if self.share is not None and self.share < -1.0:
            raise ParameterError(f"a redemption cannot take more than all of nav (share {self.share})")
        try:
            np.datetime64(str(self.date), "D")
        except ValueError:
            raise ParameterError(f"a flow's date must be written YYYY-MM-DD, not {self.date!r}") from None


#: How redemptions are paid when cash does not reach: most liquid assets first, or all assets alike.
Waterfall = Literal["most-liquid", "pro-rata"]
