"""The volatility trigger: the simplest rival of every stress forecast, and a strong one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from simulator.core.errors import ParameterError
from simulator.core.panels import SignalPanel
from simulator.core.protocols import FeatureSource
from simulator.core.types import CASH, SESSIONS_PER_YEAR
from simulator.features import realised_volatility

from .hysteresis import check_levels, hysteresis


class VolatilityTrigger:
    """On while the realised volatility of a book is high.

    Parameters
    ----------
    lookback
        Sessions over which volatility is measured (standard deviation of daily returns, annualised).
    enter, exit
        Annual volatility above which it switches on, and below which it switches off.
    min_hold
        Sessions it stays on at least.
    weights
        Fixed weights of the book whose volatility is measured; equal weights by default.
    name
        Default: ``volatility-21`` and the like.
    """

    def __init__(
        self,
        lookback: int = 21,
        enter: float = 0.20,
        exit: float = 0.16,  # noqa: A002 - the field's own name
        min_hold: int = 5,
        weights: Mapping[str, float] | None = None,
        name: str | None = None,
    ) -> None:
        if lookback < 2:
            raise ParameterError(f"volatility: lookback must be at least 2 sessions, not {lookback}")
        check_levels("volatility", enter, exit, min_hold)
        self.lookback, self.enter, self.exit, self.min_hold = lookback, enter, exit, min_hold
        self.weights = weights
        self.name = name or f"volatility-{lookback}"

    @property
    def warmup(self) -> int:
        """Sessions before the first full window of returns."""
        return self.lookback

    def compute(self, features: FeatureSource) -> SignalPanel:
        """Columns ``volatility`` (annual; NaN during warm-up) and ``state``."""
        volatility = realised_volatility(self._book(features.returns()), self.lookback) * np.sqrt(SESSIONS_PER_YEAR)
        state = hysteresis(volatility, self.enter, self.exit, self.min_hold)
        values = np.column_stack([volatility, state.astype(float)])
        return SignalPanel(features.sessions, ("volatility", "state"), values, features.sessions)

    def _book(self, returns: pd.DataFrame) -> np.ndarray:
        if self.weights is None:
            return returns.mean(axis=1).to_numpy()
        weights = pd.Series({name: w for name, w in self.weights.items() if name != CASH})
        unknown = [name for name in weights.index if name not in returns.columns]
        if unknown:
            raise ParameterError(f"{self.name}: no asset {unknown[0]!r} in this market")
        held = returns[weights.index].mul(weights, axis=1)
        return held.sum(axis=1, min_count=1).to_numpy()
