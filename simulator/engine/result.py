"""The outcome of a replay: its record, and what it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from simulator.core import abi
from simulator.ledger import RunRecord

from .liquid import limits_broken, liquidity_columns

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
    remarks
        What the policy said of its decisions, by session: which bound gave way, why there was none.
    """

    run: Prepared
    state: abi.State
    remarks: Mapping[int, str] = field(default_factory=dict)

    @cached_property
    def liquidity(self) -> pd.DataFrame:
        """:attr:`coverage`, and every measure of :func:`simulator.liquidity.measures` at each close.

        A row a session; NaN where a measure is undefined.

        As usual and, with ``_stressed`` behind their names, under the stress of the run; made when first asked for.
        """
        return pd.concat([self.coverage, pd.DataFrame(liquidity_columns(self), index=self.index)], axis=1)

    @cached_property
    def breaches_22e4(self) -> pd.DataFrame:
        """Sessions on which the limits of SEC rule 22e-4 were broken: date, limit, kind (active or passive), share."""
        return limits_broken(self)

    def to_vectorbt(self) -> vbt.Portfolio:
        """The recorded fills and fees as a ``vectorbt.Portfolio`` whose value is nav.

        Refused where vectorbt has no way to say it: a book that borrows cash, or impacted marks. See
        :mod:`simulator.engine.interop`.
        """
        from .interop import to_vectorbt

        return to_vectorbt(self)
