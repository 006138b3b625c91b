"""How large the workloads are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import workloads


@dataclass(frozen=True)
class Sizes:
    """Sessions, assets, policies and paths."""

    sessions: int = workloads.SESSIONS
    assets: int = 10
    wide: int = 500  # assets of W2
    bands: int = workloads.BANDS.size
    reviews: tuple[int, ...] = workloads.REVIEWS
    paths: int = 1000
    path_sessions: int = 1260

    def grid(self) -> tuple[np.ndarray, np.ndarray]:
        """Band and review interval of every policy of W3."""
        return workloads.grid(np.linspace(0.005, 0.20, self.bands), self.reviews)


FULL = Sizes()
#: To see that everything runs; the figures mean nothing.
SMALL = Sizes(sessions=504, wide=40, bands=5, reviews=(5, 21, 252), paths=20, path_sessions=252)
