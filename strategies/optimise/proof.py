"""What every solution carries: the proof of how good it is, and what a policy makes of it."""

from __future__ import annotations

from typing import Final

from simulator.core.day import Day

from .problem import UnsolvedError

#: What a certified solution's relative duality gap and breach of constraints are below.
GAP_BOUND: Final = 1e-6
BREACH_BOUND: Final = 1e-8
#: A gap or a breach above this is no solution.
_FAR: Final = 0.01


class Proven:
    """A solution with its relative duality gap and its worst breach of a constraint.

    The breach is a fraction of the book.
    """

    __slots__ = ()
    gap: float
    primal_residual: float

    @property
    def certified(self) -> bool:
        """Whether the relative duality gap is below 1e-6 and no constraint is broken by more than 1e-8."""
        return self.gap < GAP_BOUND and self.primal_residual < BREACH_BOUND


def refuse_far(solution: Proven, what: str) -> None:
    """Raise :class:`UnsolvedError` unless gap and breach are below a hundredth; ``what`` is what was sought."""
    if not (solution.gap < _FAR and solution.primal_residual < _FAR):
        raise UnsolvedError(f"{what} is {solution.gap:.1e} from the best")


def remark_gap(solution: Proven, what: str, day: Day) -> None:
    """Say of a day that its solution is not certified, if it is not."""
    if not solution.certified:
        day.remark(f"{what} is {solution.gap:.1e} from the best, relative to its objective")
