"""Something odd about the prices of one asset, in words."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Suspect(NamedTuple):
    """Something odd about the prices of one asset, all its days of one kind together.

    Attributes
    ----------
    asset, what
        Whose prices, and the kind of oddity.
    day
        The worst day.
    days
        On how many days.
    size
        How large, in words.
    effect
        What it would do to a result.
    advice
        What to do.
    grave
        Whether figures may mean something else because of it.
    """

    asset: str
    what: str
    day: np.datetime64
    days: int
    size: str
    effect: str
    advice: str
    grave: bool

    @property
    def text(self) -> str:
        """One sentence about it, without the asset."""
        more = f" (the worst of {self.days} days)" if self.days > 1 else ""
        return f"{self.what} on {self.day}{more}: {self.size}; {self.effect}; {self.advice}"
