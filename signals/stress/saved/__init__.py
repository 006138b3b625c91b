"""Fitted forecasts on disk: plain figures with their digests, bound to the data they were fitted on. Nothing is run."""

from .cache import RefitCache
from .forecast import load, save
from .signal import SavedForecast

__all__ = ["RefitCache", "SavedForecast", "load", "save"]
