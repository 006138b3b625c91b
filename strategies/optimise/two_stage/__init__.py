"""Cash kept before it is known what will have to be raised: weights against what selling them costs under stress."""

from .policy import TwoStage
from .problem import TwoStageProblem
from .raising import Raised
from .solver import TwoStageSolution, solve_two_stage

__all__ = ["Raised", "TwoStage", "TwoStageProblem", "TwoStageSolution", "solve_two_stage"]
