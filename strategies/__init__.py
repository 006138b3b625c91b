"""Rebalancing policies. Anything with ``decide(day)`` is one; here are the built-in ones, and what they are made of."""

from .adapters import FromCallable, from_callable
from .holdings import Equal, Fitted, Fixed
from .leverage import LeverageTarget, LeverageThreshold
from .named import CVaR, DeRisk, EqualWeight, Hold, MinimumVariance, Periodic, RiskParity, Skfolio, ThresholdBand
from .optimise import (
    InfeasibleError,
    MultiPeriod,
    MultiPeriodProblem,
    MultiPeriodSolution,
    Optimised,
    SinglePeriodProblem,
    Solution,
    TwoStage,
    TwoStageProblem,
    TwoStageSolution,
    solve,
    solve_path,
    solve_two_stage,
)
from .overlaid import Overlaid
from .overlays import Hedge, LiquidityLadder, RiskOff, ShortenDuration, StateOverlay, VolatilityTarget
from .policy import Policy
from .triggers import AllOf, AnyOf, Band, Every, Listing, Once, OnSignal

__all__ = [
    "AllOf",
    "AnyOf",
    "Band",
    "CVaR",
    "DeRisk",
    "Equal",
    "EqualWeight",
    "Every",
    "Fitted",
    "Fixed",
    "FromCallable",
    "Hedge",
    "Hold",
    "InfeasibleError",
    "LeverageTarget",
    "LeverageThreshold",
    "LiquidityLadder",
    "Listing",
    "MinimumVariance",
    "MultiPeriod",
    "MultiPeriodProblem",
    "MultiPeriodSolution",
    "OnSignal",
    "Once",
    "Optimised",
    "Overlaid",
    "Periodic",
    "Policy",
    "RiskOff",
    "RiskParity",
    "ShortenDuration",
    "SinglePeriodProblem",
    "Skfolio",
    "Solution",
    "StateOverlay",
    "ThresholdBand",
    "TwoStage",
    "TwoStageProblem",
    "TwoStageSolution",
    "VolatilityTarget",
    "from_callable",
    "solve",
    "solve_path",
    "solve_two_stage",
]
