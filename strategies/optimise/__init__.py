"""What to hold at what risk and at what price of trading: convex problems, solved and certified."""

from .multi_period import MultiPeriod, MultiPeriodProblem, MultiPeriodSolution, solve_path
from .policy import Optimised
from .problem import InfeasibleError, SinglePeriodProblem, UnsolvedError
from .solver import Solution, solve
from .two_stage import TwoStage, TwoStageProblem, TwoStageSolution, solve_two_stage

__all__ = [
    "InfeasibleError",
    "MultiPeriod",
    "MultiPeriodProblem",
    "MultiPeriodSolution",
    "Optimised",
    "SinglePeriodProblem",
    "Solution",
    "TwoStage",
    "TwoStageProblem",
    "TwoStageSolution",
    "UnsolvedError",
    "solve",
    "solve_path",
    "solve_two_stage",
]
