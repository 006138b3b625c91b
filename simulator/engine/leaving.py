"""Redemptions that answer to the book: asked for after each close, due at the next open, among the flows stated."""

from __future__ import annotations

import numpy as np

from simulator.core import abi
from simulator.core.clients import BookSeen
from simulator.core.errors import ParameterError

from .book_nb import stayers_nb
from .ground import Ground


class Redeemed:
    """The flows of a run, to which clients add theirs from close to close.

    Kernels are shown ``flows``, whose table is read-only to them; rows that are not asked for yet lie after the last
    session, where none is ever due.

    Raises
    ------
    ParameterError
        If a close is not marked before the next open, or liquidity is watched and not measured.
    """

    def __init__(self, run: Ground) -> None:
        clients = run.terms.clients
        assert clients is not None
        if run.limits.lag == 0:
            raise ParameterError(
                "clients answer to the close of the day before: they need an execution.lag of 1 or more"
            )
        if clients.watches_liquidity and run.terms.stress is None:
            raise ParameterError("clients watch the liquid share, and this run measures no liquidity; state liquidity=")
        sessions = len(run.sessions)
        spare = np.zeros((sessions, run.flows.table.shape[1]))
        spare[:, abi.FLOW_SESSION] = sessions
        self._table = np.vstack([run.flows.table, spare])
        shown = self._table.view()
        shown.flags.writeable = False
        self.flows = run.flows._replace(table=shown)
        self._leaving = clients.begin(run.sessions)
        self._units = self._first = self._stayed = 0.0

    def take(self, t: int, state: abi.State, out: abi.Output) -> None:
        """Ask the clients after the close of session t, once."""
        nav = float(state.cell[abi.BOOK_NAV])
        stay = stayers_nb(nav, float(state.cell[abi.OWED]))
        self._count(stay, float(state.cell[abi.DAY_DUE]))
        value = stay / self._units / self._first if self._units > 0.0 and self._first > 0.0 else 1.0
        liquid = float(out.raised[t]) / nav if out.raised.shape[0] > 0 and nav > 0.0 else float("nan")
        share = self._leaving.after(t, BookSeen(value, liquid))
        if share > 0.0 and t + 1 < out.nav.shape[0]:
            self._add(t + 1, -share)

    def _count(self, stay: float, due: float) -> None:
        """Shares of the book: what came, or was asked back, at the open of the day changed them at the close before."""
        if self._units == 0.0:
            self._units, self._first = 1.0, stay
        elif self._stayed > 0.0:
            self._units *= max(1.0 + due / self._stayed, 0.0)
        self._stayed = stay

    def _add(self, session: int, share: float) -> None:
        """Put a flow after all that are due by its session."""
        table = self._table
        place = int(np.searchsorted(table[:, abi.FLOW_SESSION], session, side="right"))
        table[place + 1 :] = table[place:-1].copy()
        table[place] = 0.0
        table[place, abi.FLOW_SESSION], table[place, abi.FLOW_SHARE] = session, share
