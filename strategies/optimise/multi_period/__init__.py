"""Several steps ahead: what is traded now for what is wanted later, where cost and liquidity are forecast too."""

from .policy import MultiPeriod
from .problem import MultiPeriodProblem
from .solver import MultiPeriodSolution, solve_path

__all__ = ["MultiPeriod", "MultiPeriodProblem", "MultiPeriodSolution", "solve_path"]
