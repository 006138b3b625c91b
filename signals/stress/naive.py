"""The naive rule that augmented, transferred and refitted forecasts are held against: the last state."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from .stress_problem import RULES
from .validation import Candidate, Problem, Scored

#: The rule's name.
LAST_STATE: Final = "last-state"
#: The column it looks at, which a problem must have (:func:`signals.stress.stress_problem.stress_problem` gives it).
LAST_STATE_COLUMN: Final = "last_state"
LAST_STATE_RULE: Final = Candidate(RULES[LAST_STATE], (LAST_STATE_COLUMN,))


def ranked(scored: Scored, problem: Problem) -> Scored:
    """The rule's forecasts, ranked by what it looks at rather than by the probability learned from it."""
    rows = np.searchsorted(problem.panel.sessions, scored.dates)
    return replace(scored, rank=problem.panel.column(LAST_STATE_COLUMN)[rows])
