"""Why a stress forecast said what it said: exact contributions, what columns are worth, rules, stability."""

from .contributions import Contributions, UnexplainedError, contributions
from .day import DayExplained, Reason, explain_day, warning
from .permutation import Importance, permutation_importance
from .stability import Stability, stability
from .surrogate import Surrogate, surrogate
from .walk import Walk, walk

__all__ = [
    "Contributions",
    "DayExplained",
    "Importance",
    "Reason",
    "Stability",
    "Surrogate",
    "UnexplainedError",
    "Walk",
    "contributions",
    "explain_day",
    "permutation_importance",
    "stability",
    "surrogate",
    "walk",
    "warning",
]
