"""Machine-learned liquidity-stress forecasts: features, labels, models and their walk-forward."""

from .forecast import StressForecast

__all__ = ["StressForecast"]
