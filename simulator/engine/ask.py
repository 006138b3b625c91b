"""Asking a Python policy: its view of the day, and what its answer must look like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from simulator.core import abi
from simulator.core.day import Day, Hold, Signals
from simulator.core.errors import PluginError, nearest
from simulator.core.types import CASH, FloatArray, frozen

from .prepare import Prepared

_SLACK = 1e-9


class Asker:
    """Calls ``decide`` on the sessions the advance loop stops at."""

    def __init__(self, run: Prepared) -> None:
        self._run = run
        self._sessions = pd.DatetimeIndex(run.market.sessions[run.start : run.stop])
        self.no_targets = frozen(np.zeros((1, len(run.market.assets))))

    def ask(self, t: int, state: abi.State) -> FloatArray | None:
        """(1, N) frozen target weights, or ``None`` for HOLD."""
        answer = self._run.strategy.decide(self._day(t, state))
        if isinstance(answer, Hold):
            return None
        where = f"policy {self._run.name!r} on {self._sessions[t]:%Y-%m-%d}"
        return frozen(as_weights(answer, self._run.market.assets, where)[None, :])

    def _day(self, t: int, state: abi.State) -> Day:
        prices = self._run.arrays.mark[t]
        shares = frozen(state.shares.copy())
        queued = state.work.copy()
        if not self._run.limits.size_at_fill:
            queued += state.queue[state.queue_decision >= 0].sum(axis=0)
        return Day(
            t=t,
            date=self._sessions[t],
            assets=self._run.market.assets,
            nav=float(state.cell[abi.BOOK_NAV]),
            cash=float(state.cell[abi.BOOK_CASH]),
            shares=shares,
            prices=prices,
            values=frozen(shares * prices),
            queued=frozen(queued),
            signals=Signals(self._run.signals, t),
            _market=self._run.observed,
            _offset=self._run.start,
        )


def as_weights(answer: Any, assets: tuple[str, ...], where: str) -> FloatArray:
    """(N,) weights from a mapping, a Series or a sequence; assets left out of a mapping get zero.

    Raises
    ------
    PluginError
        If a name is unknown, the shape is wrong, a weight is not finite or negative, or they exceed one in sum.
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
    if not np.isfinite(weights).all():
        bad = assets[int(np.flatnonzero(~np.isfinite(weights))[0])]
        raise PluginError(f"{where}: the weight of {bad} is {weights[assets.index(bad)]}; it must be a number")
    if (weights < 0.0).any():
        bad = assets[int(np.argmin(weights))]
        raise PluginError(f"{where}: the weight of {bad} is {weights.min():.6g}; short positions are not allowed")
    if weights.sum() > 1.0 + _SLACK:
        raise PluginError(f"{where}: weights sum to {weights.sum():.6g}, more than the whole book")
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
