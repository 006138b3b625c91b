"""What to hold at what risk and at what price of trading: convex problems, solved and certified."""

from .policy import Optimised
from .problem import InfeasibleError, SinglePeriodProblem
from .solver import Solution, solve

__all__ = ["InfeasibleError", "Optimised", "SinglePeriodProblem", "Solution", "solve"]
