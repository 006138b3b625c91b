"""The volatility trigger: the simplest rival of every stress forecast, and a strong one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.evidence import Evidence
from simulator.core.panels import SignalPanel
from simulator.core.protocols import FeatureSource
from simulator.core.types import FloatArray
from simulator.core.within import WAIT, WINDOW, Within, bounded
from simulator.features import past_percentile

from .book import book_volatility, mean_of_a_year
from .evidence import by_session
from .hysteresis import check_levels, hysteresis

#: Annual volatility: 500% is beyond any book.
_LEVEL: Final = Within(0.0, 5.0, means="share")
_LEAST_PAST = 252  # sessions of volatility before its percentile or its mean means anything


class VolatilityTrigger:
    """On while the realised volatility of a book is high.

    Parameters
    ----------
    lookback
        Sessions over which volatility is measured (standard deviation of returns, annualised by their rhythm).
    enter, exit
        Level above which it switches on, and below which it switches off.
    min_hold
        Sessions it stays on at least.
    scale
        What ``enter`` and ``exit`` are measured on: ``"level"``, annual volatility; ``"percentile"`` of it among all
        earlier sessions; or ``"own-year"``, volatility over its own mean of the last year of sessions (1 is the mean).
    weights
        Fixed weights of the book whose volatility is measured; equal weights by default.
    name
        Default: ``volatility-21`` and the like.
    """

    @bounded
    def __init__(
        self,
        lookback: Annotated[int, WINDOW] = 21,
        enter: Annotated[float, _LEVEL] = 0.20,
        exit: Annotated[float, _LEVEL] = 0.16,  # noqa: A002 - the field's own name
        min_hold: Annotated[int, WAIT] = 5,
        scale: Literal["level", "percentile", "own-year"] = "level",
        weights: Mapping[str, float] | None = None,
        name: str | None = None,
    ) -> None:
        check_levels("volatility", enter, exit)
        if scale not in ("level", "percentile", "own-year"):
            raise ParameterError(f"volatility: scale must be 'level', 'percentile' or 'own-year', not {scale!r}")
        if scale == "percentile" and enter > 1.0:
            raise ParameterError(f"volatility: a percentile lies between 0 and 1, not at {enter:g}")
        self.lookback, self.enter, self.exit, self.min_hold = lookback, enter, exit, min_hold
        self.scale, self.weights = scale, weights
        self.name = name or f"volatility-{lookback}"

    @property
    def warmup(self) -> int:
        """Sessions before the first full window of returns, and before percentiles or means have a past."""
        return self.lookback + (0 if self.scale == "level" else _LEAST_PAST)

    def compute(self, features: FeatureSource) -> SignalPanel:
        """Columns ``volatility`` (annual; NaN during warm-up) and ``state``."""
        volatility = self._measured(features)
        state = hysteresis(self._compared(features, volatility), self.enter, self.exit, self.min_hold)
        values = np.column_stack([volatility, state.astype(float)])
        return SignalPanel(features.sessions, ("volatility", "state"), values, features.sessions)

    def evidence(self, features: FeatureSource) -> list[Evidence]:
        """The volatility, and its percentile or ratio where that is what the levels mean."""
        sessions, volatility = features.sessions, self._measured(features)
        laid = [by_session("features", ("volatility",), sessions, volatility, sessions)]
        if self.scale != "level":
            name = "percentiles" if self.scale == "percentile" else "means"
            laid.append(by_session(name, ("volatility",), sessions, self._compared(features, volatility), sessions))
        return laid

    def _compared(self, features: FeatureSource, volatility: FloatArray) -> FloatArray:
        """(T,) what the levels are levels of."""
        if self.scale == "own-year":
            return volatility / mean_of_a_year(features, volatility)
        return volatility if self.scale == "level" else past_percentile(volatility)

    def _measured(self, features: FeatureSource) -> FloatArray:
        return book_volatility(features, self.lookback, self.weights, self.name)
