"""Asking a Python policy: its view of the day, and what its answer must look like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from simulator.core import abi
from simulator.core.day import Day, Hold, Signals
from simulator.core.errors import PluginError, nearest
from simulator.core.follow import follow
from simulator.core.names import CASH
from simulator.core.protocols import Targets
from simulator.core.types import FloatArray, frozen

from .docket import Docket
from .prepare import Prepared, check_weights


class Asker:
    """Calls ``decide`` on the sessions the advance loop stops at, and puts the answer where the kernel looks."""

    def __init__(self, run: Prepared) -> None:
        self._run = run
        self._sessions = pd.DatetimeIndex(run.market.sessions[run.start : run.stop])
        self._context = replace(run.context({}), signals=run.signals)
        self.remarks: dict[int, str] = {}
        committee = run.terms.committee
        self._docket = None if committee is None else Docket(committee, run.opening is not None)

    def ask(self, t: int, state: abi.State) -> int:
        """Ask for session t; the weights, within bounds, go into the book's goal. Returns the kind of answer."""
        run, day = self._run, self._day(t, state)
        weights = self._weights(t, self._answer(t, day))
        if self._docket is not None:
            weights = self._ruled(t, self._docket.take(t, weights, day))
        if weights is None:
            return abi.HOLD_ANSWER
        listed = np.where(run.market.alive[run.start + t], weights, 0.0)
        held, cut = run.bounds.apply(listed[None, :], run.market.assets)
        state.book[abi.GOAL] = held[0]
        state.cell[abi.FIRST_CUT : abi.FIRST_CUT + abi.CUTS] = cut[0]
        return abi.TARGETS_ANSWER

    def _weights(self, t: int, answer: Targets | Hold) -> FloatArray | None:
        """(N,) the target weights of an answer, checked; ``None`` for ``HOLD``."""
        if isinstance(answer, Hold):
            return None
        where = self._where(t)
        weights = _as_weights(answer, self._run.market.assets, where)
        check_weights(weights, self._run.market.assets, self._run.bounds, where)
        return weights

    def _ruled(self, t: int, weights: FloatArray | None) -> FloatArray | None:
        """What a committee has approved, which may differ from what was proposed, checked too."""
        if weights is not None:
            check_weights(weights, self._run.market.assets, self._run.bounds, self._where(t))
        return weights

    def _where(self, t: int) -> str:
        return f"policy {self._run.name!r} on {self._run.market.sessions[self._run.start + t]}"

    def _answer(self, t: int, day: Day) -> Targets | Hold:
        """What the plan does with the book as it stands, or what the policy says where its plan asks it."""
        laid = self._run.laid
        return self._run.strategy.decide(day) if laid.action[t] == abi.ASK else follow(laid, t, day)

    def _day(self, t: int, state: abi.State) -> Day:
        prices = self._run.arrays.mark[t]
        shares = frozen(state.book[abi.SHARES].copy())
        return Day(
            t=t,
            date=self._sessions[t],
            assets=self._run.market.assets,
            nav=float(state.cell[abi.BOOK_NAV]),
            cash=float(state.cell[abi.BOOK_CASH]),
            shares=shares,
            prices=prices,
            values=frozen(shares * prices),
            queued=frozen(queued_shares(self._run, state)),
            listed=self._run.market.alive[self._run.start + t],
            signals=Signals(self._run.signals, t),
            _market=self._run.observed,
            _offset=self._run.start,
            _bounds=self._run.bounds,
            _context=self._context,
            _remarks=self.remarks,
        )


def queued_shares(run: Prepared, state: abi.State) -> FloatArray:
    """(N,) shares in orders that are not filled yet."""
    first, last = abi.QUEUE, abi.QUEUE + max(run.limits.lag, 1)
    queued: FloatArray = state.book[abi.WORK] + state.book[last:].sum(axis=0)
    if not run.limits.size_at_fill:
        queued += state.book[first:last][state.tally[abi.COUNTS :] >= 0].sum(axis=0)
    return queued


def _as_weights(answer: Any, assets: tuple[str, ...], where: str) -> FloatArray:
    """(N,) weights from a mapping, a Series or a sequence; assets left out of a mapping get zero.

    Raises
    ------
    PluginError
        If a name is unknown or the shape is wrong.
    """
    if isinstance(answer, pd.Series):
        answer = answer.to_dict()
    if isinstance(answer, Mapping):
        weights = _from_mapping(answer, assets, where)
    else:
        try:
            if answer is None:
                raise TypeError
            weights = np.asarray(answer, dtype=np.float64)
        except (TypeError, ValueError):
            raise PluginError(f"{where}: decide must return weights or HOLD, not {answer!r}") from None
    if weights.shape != (len(assets),):
        raise PluginError(f"{where}: decide returned shape {weights.shape}, expected ({len(assets)},) weights")
    return weights


def _from_mapping(answer: Mapping[Any, Any], assets: tuple[str, ...], where: str) -> FloatArray:
    weights = np.zeros(len(assets))
    for name, value in answer.items():
        if name == CASH:
            continue
        if name not in assets:
            raise PluginError(f"{where}: no asset {name!r}{nearest(str(name), assets)}")
        try:
            weights[assets.index(name)] = float(value)
        except (TypeError, ValueError):
            raise PluginError(f"{where}: the weight of {name} is {value!r}; it must be a number") from None
    return weights
