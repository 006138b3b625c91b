"""Rebalancing policies. Anything with ``decide(day)`` is one; here are the built-in ones, and what they are made of."""

from .adapters import FromCallable, from_callable
from .holdings import Equal, Fixed
from .named import DeRisk, EqualWeight, Hold, Periodic, ThresholdBand
from .optimise import InfeasibleError, Optimised, SinglePeriodProblem, Solution, solve
from .overlays import RiskOff, StateOverlay
from .policy import Policy
from .triggers import AllOf, AnyOf, Band, Every, Listing, Once, OnSignal

__all__ = [
    "AllOf",
    "AnyOf",
    "Band",
    "DeRisk",
    "Equal",
    "EqualWeight",
    "Every",
    "Fixed",
    "FromCallable",
    "Hold",
    "InfeasibleError",
    "Listing",
    "OnSignal",
    "Once",
    "Optimised",
    "Periodic",
    "Policy",
    "RiskOff",
    "SinglePeriodProblem",
    "Solution",
    "StateOverlay",
    "ThresholdBand",
    "from_callable",
    "solve",
]
