"""Rebalancing policies. Anything with ``decide(day)`` is one; these are the built-in ones."""

from .adapters import FromCallable, from_callable
from .derisk import DeRisk
from .static import EqualWeight, Hold, Periodic
from .threshold import ThresholdBand

__all__ = ["DeRisk", "EqualWeight", "FromCallable", "Hold", "Periodic", "ThresholdBand", "from_callable"]
