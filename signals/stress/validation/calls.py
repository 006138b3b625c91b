"""From probabilities to calls: a warning where a forecast is among the highest its model has made so far."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from simulator.core.errors import ParameterError
from simulator.features import past_quantile

from .scored import Scored

#: Share of the time on which every model and rule warns, about; probabilities of rare events never reach one half.
BUDGET: Final = 0.10
#: Forecasts before the first call.
LEAST: Final = 252


def called(scored: Scored, budget: float = BUDGET, least: int = LEAST) -> Scored:
    """The same forecasts with a warning where the rank is above the (1 - ``budget``) quantile of all earlier ones.

    Only forecasts decide, not what came; before ``least`` of them nothing is called. Rules and models warn about
    equally often, so that what they are right about can be compared.

    Raises
    ------
    ParameterError
        Unless ``budget`` lies between 0 and 1.
    """
    if not 0.0 < budget < 1.0:
        raise ParameterError(f"calls: the share of time to warn must lie between 0 and 1, not {budget}")
    level = past_quantile(scored.order, 1.0 - budget, least)
    return replace(scored, status=(scored.order > level).astype(float))
