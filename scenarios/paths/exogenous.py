"""Exogenous series on a path: as known on the sessions drawn, with the age they had then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from simulator.core.market import MarketData
from simulator.core.release import ReleaseRule
from simulator.core.series import ExogenousSeries
from simulator.core.types import BoolArray, FloatArray, IntArray

_TOGETHER: Final = 0.7
_STALE_DAYS: Final = 92  # a quarterly series is never older


@dataclass(frozen=True, eq=False)
class SeriesPaths:
    """The series of a market by session, in the form paths draw from.

    A series that moves with the assets (an index of shares) is chained by its changes, as prices are; any other (a
    spread, a rate, an index of volatility) is drawn as it stood.

    Attributes
    ----------
    market
        Where the series come from.
    known, fresh, young
        By name, (T,): the last value published by each session, whether it was published since the session before,
        and whether it is recent enough to begin a block with.
    chained
        Names of the series chained by their changes.
    """

    market: MarketData
    known: dict[str, FloatArray]
    fresh: dict[str, BoolArray]
    young: dict[str, BoolArray]
    chained: tuple[str, ...]

    @cached_property
    def _changes(self) -> dict[str, FloatArray]:
        return {name: _change(known) for name, known in self.known.items()}

    @classmethod
    def of(cls, market: MarketData) -> SeriesPaths:
        """Read the series of a market."""
        known, fresh, young = {}, {}, {}
        sessions = market.sessions
        before = np.concatenate([sessions[:1] - np.timedelta64(_STALE_DAYS, "D"), sessions[:-1]])
        for name, series in market.series.items():
            known[name], published = series.on(sessions)
            fresh[name] = published > before
            young[name] = published > sessions - np.timedelta64(_STALE_DAYS, "D")
        return cls(market, known, fresh, young, tuple(name for name in known if is_price(known[name], market)))

    def change(self, name: str) -> FloatArray:
        """(T,) a series over its value on the session before; 1 where either is unknown."""
        return self._changes[name]

    def drawn(self, rows: IntArray, changes: Mapping[str, FloatArray] | None = None) -> dict[str, ExogenousSeries]:
        """The series on a path, each value known at the close of its session.

        A value appears on the sessions on which one was published, and where a block begins. ``changes`` are what
        chained series are moved by, (T,) by name: those of the sessions drawn, unless they are stated.
        """
        begins = np.concatenate([[True], np.diff(rows) != 1])
        drawn = {}
        for name, known in self.known.items():
            shown = self.fresh[name][rows] | (begins & self.young[name][rows])
            there = known[rows]
            steps = (changes or {}).get(name)
            if name in self.chained:
                level = _chain(known, self._changes[name][rows] if steps is None else steps)
            else:
                level = there
            values = np.where(shown & ~np.isnan(there), level, np.nan)
            as_it_was = self.market.series[name]
            drawn[name] = replace(
                as_it_was,
                dates=self.market.sessions,
                values=values,
                rule=ReleaseRule(),
                vintages=None,
                allow_revised=True,  # the market it is drawn from was allowed to hold it
            )
        return drawn

    def notes(self) -> list[str]:
        """How each series is drawn."""
        levels = [name for name in self.known if name not in self.chained]
        lines = []
        if self.chained:
            lines.append(f"Chained by their changes on paths: {', '.join(self.chained)}.")
        if levels:
            lines.append(f"Drawn as they stood on paths: {', '.join(levels)}.")
        return lines


def is_price(values: FloatArray, market: MarketData) -> bool:
    """Whether a positive series moves with the assets: its log changes correlate with one, or their mean, above 0.7.

    ``values`` are (T,), one a session; NaN is passed over.
    """
    if not (values[~np.isnan(values)] > 0.0).all():
        return False
    returns = pd.DataFrame(np.log(market.total_return())).ffill().diff()
    moved = returns.assign(mean=returns.mean(axis=1)).corrwith(pd.Series(np.log(values)).diff())
    return bool(moved.max() > _TOGETHER)


def _change(known: FloatArray) -> FloatArray:
    """(T,) each value over the one before; 1 where either is unknown."""
    change = np.ones(known.size)
    change[1:] = np.nan_to_num(known[1:] / known[:-1], nan=1.0)
    return change


def _chain(known: FloatArray, steps: FloatArray) -> FloatArray:
    """(T,) the first value known times all changes but that of the first session."""
    start = known[np.isfinite(known)]
    later = np.concatenate([np.ones(1), steps[1:]])
    return np.asarray(np.cumprod(later) * (start[0] if start.size else np.nan), dtype=np.float64)
