"""The outcome of a replay: its record, and what it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.core import abi
from simulator.ledger import RunRecord

if TYPE_CHECKING:
    import vectorbt as vbt

    from .prepare import Prepared


@dataclass(frozen=True, eq=False)
class RunResult(RunRecord):
    """The record of a run (see :class:`simulator.ledger.RunRecord`), with the run itself.

    Attributes
    ----------
    run
        What was replayed, ready to be replayed again.
    state
        The book after the last session.
    """

    run: Prepared
    state: abi.State

    def to_vectorbt(self) -> vbt.Portfolio:
        """The recorded fills and fees as a ``vectorbt.Portfolio`` whose value is nav.

        Refused where vectorbt has no way to say it: a book that borrows cash, or impacted marks. See
        :mod:`simulator.engine.interop`.
        """
        from .interop import to_vectorbt

        return to_vectorbt(self)
