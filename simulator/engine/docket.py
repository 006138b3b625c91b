"""What lies before a committee during a run."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.core.committee import Committee, Ruling
from simulator.core.day import Day
from simulator.core.types import FloatArray


class _Pending(NamedTuple):
    due: int
    proposed: FloatArray
    ruling: Ruling


class Docket:
    """Proposals in their order; each comes out on the session its ruling is known."""

    def __init__(self, committee: Committee, invested: bool) -> None:
        self._committee = committee
        self._first = not invested
        self._pending: list[_Pending] = []

    def take(self, t: int, proposed: FloatArray | None, day: Day) -> FloatArray | None:
        """(N,) the target weights approved by the close of session t; ``None`` where there are none.

        ``proposed`` is what the policy asks for on that session, or ``None``. Of several approvals of a session the
        last counts.
        """
        if proposed is not None and not self._lies(proposed):
            ruling = self._committee.rule(proposed, day, self._first)
            self._first = False
            last = self._pending[-1].due if self._pending else t
            self._pending.append(_Pending(max(t + ruling.wait, last), proposed, ruling))
        approved = None
        while self._pending and self._pending[0].due <= t:
            ruling = self._pending.pop(0).ruling
            if ruling.why:
                day.remark(ruling.why)
            approved = approved if ruling.weights is None else ruling.weights
        return approved

    def _lies(self, proposed: FloatArray) -> bool:
        """Whether the last proposal still to be ruled on asks for the same."""
        return bool(self._pending) and np.array_equal(self._pending[-1].proposed, proposed)
