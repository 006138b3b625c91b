"""The volatility trigger without a level to choose: calibrated to a share of time, on the past alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np

from simulator.core.evidence import Evidence
from simulator.core.panels import SignalPanel
from simulator.core.protocols import FeatureSource
from simulator.core.types import FloatArray
from simulator.core.within import PART, SESSIONS, SOME, WAIT, WINDOW, bounded

from .book import book_volatility
from .evidence import by_session
from .hysteresis import hysteresis
from .share_of_time import calibrations, past_levels


class PastVolatility:
    """On while the volatility of a book is above the level that, on its past alone, was exceeded a share of the time.

    Parameters
    ----------
    share
        Share of past sessions on which it would have been on.
    exit_ratio
        It switches off below this share of the level at which it switches on.
    lookback
        Sessions over which volatility is measured (standard deviation of returns, annualised by their rhythm).
    min_hold
        Sessions it stays on at least.
    recalibrate
        Sessions between calibrations.
    min_history
        Sessions of volatility before the first calibration.
    weights
        Fixed weights of the book whose volatility is measured; equal weights by default.
    name
        Default: ``past-volatility-21`` and the like.
    """

    @bounded
    def __init__(
        self,
        share: Annotated[float, PART] = 0.15,
        exit_ratio: Annotated[float, SOME] = 0.8,
        lookback: Annotated[int, WINDOW] = 21,
        min_hold: Annotated[int, WAIT] = 5,
        recalibrate: Annotated[int, SESSIONS] = 63,
        min_history: Annotated[int, WINDOW] = 252,
        weights: Mapping[str, float] | None = None,
        name: str | None = None,
    ) -> None:
        self.share, self.exit_ratio, self.lookback, self.min_hold = share, exit_ratio, lookback, min_hold
        self.recalibrate, self.min_history, self.weights = recalibrate, min_history, weights
        self.name = name or f"past-volatility-{lookback}"

    @property
    def refit_every(self) -> int:
        """Sessions between calibrations, under the name the look-ahead audit asks for."""
        return self.recalibrate

    @property
    def min_train(self) -> int:
        """The session of the first calibration, where volatility is known as soon as it can be."""
        return self.warmup - 1

    @property
    def warmup(self) -> int:
        """Sessions before the first calibration."""
        return self.lookback + self.min_history

    def compute(self, features: FeatureSource) -> SignalPanel:
        """Columns ``volatility`` (annual), ``level`` in force (NaN before the first) and ``state``."""
        volatility, level = self._measured(features)
        state = hysteresis(volatility, level, level * self.exit_ratio, self.min_hold)
        values = np.column_stack([volatility, level, state.astype(float)])
        return SignalPanel(features.sessions, ("volatility", "level", "state"), values, features.sessions)

    def evidence(self, features: FeatureSource) -> list[Evidence]:
        """The volatility, and the level in force, known since it was calibrated."""
        sessions = features.sessions
        volatility, level = self._measured(features)
        known = np.full(sessions.size, np.datetime64("NaT", "D"))
        for t in calibrations(volatility, recalibrate=self.recalibrate, least=self.min_history).tolist():
            known[t:] = sessions[t]
        return [
            by_session("features", ("volatility",), sessions, volatility, sessions),
            by_session("thresholds", ("level",), sessions, level, known),
        ]

    def _measured(self, features: FeatureSource) -> tuple[FloatArray, FloatArray]:
        """The volatility, and the level in force."""
        volatility = book_volatility(features, self.lookback, self.weights, self.name)
        return volatility, past_levels(
            volatility, self.share, self.exit_ratio, self.min_hold, recalibrate=self.recalibrate, least=self.min_history
        )

    def notes(self) -> list[str]:
        """What the report must say of it."""
        return [
            f"every {self.recalibrate} sessions its level is set so that it would have been on for {self.share:.0%} of "
            "the sessions up to then."
        ]
