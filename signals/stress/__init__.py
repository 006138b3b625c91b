"""Machine-learned liquidity-stress forecasts: features, labels, models and their walk-forward; their naive rivals."""

from .forecast import StressForecast
from .foresight import Foresight
from .status import PublishedStatus

__all__ = ["Foresight", "PublishedStatus", "StressForecast"]
