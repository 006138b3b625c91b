"""The volatility trigger at a level chosen with hindsight: a diagnostic, marked as such."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np

from simulator.core.panels import SignalPanel
from simulator.core.protocols import FeatureSource
from simulator.core.types import FloatArray
from simulator.core.within import PART, SOME, WAIT, WINDOW, bounded

from .book import book_volatility
from .hysteresis import hysteresis
from .share_of_time import level_for_share


class HindsightVolatility:
    """HINDSIGHT: on while volatility is above the one level that is exceeded for a share of the whole history.

    No one could have known that level. It answers what the volatility trigger would have been worth at a given share
    of time, and is marked as hindsight wherever it appears.

    Parameters
    ----------
    share
        Share of all sessions on which it is on.
    exit_ratio
        It switches off below this share of the level at which it switches on.
    lookback
        Sessions over which volatility is measured (standard deviation of returns, annualised by their rhythm).
    min_hold
        Sessions it stays on at least.
    weights
        Fixed weights of the book whose volatility is measured; equal weights by default.
    name
        Default: ``hindsight-volatility-21`` and the like.
    """

    @bounded
    def __init__(
        self,
        share: Annotated[float, PART] = 0.15,
        exit_ratio: Annotated[float, SOME] = 0.8,
        lookback: Annotated[int, WINDOW] = 21,
        min_hold: Annotated[int, WAIT] = 5,
        weights: Mapping[str, float] | None = None,
        name: str | None = None,
    ) -> None:
        self.share, self.exit_ratio, self.lookback, self.min_hold = share, exit_ratio, lookback, min_hold
        self.weights = weights
        self.name = name or f"hindsight-volatility-{lookback}"

    @property
    def warmup(self) -> int:
        """Sessions before the first full window of returns."""
        return self.lookback

    def compute(self, features: FeatureSource) -> SignalPanel:
        """Columns ``volatility`` and ``state``, in hindsight. A fraction a year, and 0 or 1, by session."""
        volatility = book_volatility(features, self.lookback, self.weights, self.name)
        return at_share(
            SignalPanel(features.sessions, ("volatility",), volatility[:, None], features.sessions),
            self.share,
            self.exit_ratio,
            self.min_hold,
        )

    def notes(self) -> list[str]:
        """What the report must say of it."""
        return [f"HINDSIGHT: its level is the one exceeded for {self.share:.0%} of the whole history."]


def at_share(
    panel: SignalPanel, share: float, exit_ratio: float, min_hold: int, rows: slice = slice(None)
) -> SignalPanel:
    """HINDSIGHT: a panel's first column at the one level that is on for ``share`` of the sessions among ``rows``.

    Columns are that measure and ``state``; every row is known only with the last of ``rows``.
    """
    measure: FloatArray = panel.values[:, 0]
    level = level_for_share(measure, share, exit_ratio, min_hold, rows)
    state = hysteresis(measure, level, level * exit_ratio, min_hold)
    values = np.column_stack([measure, state.astype(float)])
    known_at = np.full(panel.sessions.size, panel.sessions[rows][-1])
    known_at = np.maximum(known_at, panel.sessions)
    return SignalPanel(panel.sessions, (panel.columns[0], "state"), values, known_at, hindsight=True)
