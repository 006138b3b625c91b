"""Outputs of vectorbt indicators as signals, each row used as late as its lag says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from simulator.core.errors import DataError, ParameterError, PluginError, nearest
from simulator.core.panels import SignalPanel
from simulator.core.protocols import FeatureSource
from simulator.core.types import FloatArray

from .hysteresis import hysteresis
from .outputs import as_outputs

_INPUTS: Final = ("open", "high", "low", "close", "volume")


def from_vectorbt(
    source: Any,
    *,
    name: str,
    lag: int = 1,
    enter: float | None = None,
    exit: float | None = None,  # noqa: A002 - the field's own name
    min_hold: int = 0,
    column: str | None = None,
    inputs: Sequence[str] = ("close",),
    warmup: int | None = None,
    close: pd.DataFrame | None = None,
) -> FromVectorbt:
    """A signal from what a vectorbt indicator gives.

    ``from_vectorbt(lambda close: vbt.RSI.run(close["SPY"]).rsi, name="rsi", warmup=14, enter=30, exit=50)`` is
    computed anew on whatever market it is asked about: shocked, simulated, cut off. An output computed beforehand
    (``vbt.RSI.run(close).rsi``) is good for that market alone, and refused on any other; whether *it* sees the
    future nobody can tell.

    Parameters
    ----------
    source
        A function of the frames named in ``inputs``; or the output itself. Either gives an indicator, a Series or
        a frame over the market's sessions; numbers or truth values.
    name
        The name policies know it by.
    lag
        Sessions between the session an output is for and the close at which it is used; 0 for an output that is
        known to need nothing beyond its own session.
    enter, exit
        Adds a column ``state``. With ``enter`` at or above ``exit`` (by default the same) it is on once the output
        exceeds ``enter`` and off once it falls below ``exit``; with ``enter`` below ``exit``, on once it falls below
        ``enter`` and off once it exceeds ``exit``.
    min_hold
        Sessions the state stays on at least.
    column
        The column that ``enter`` and ``exit`` apply to, where there are several.
    inputs
        What a function is called with, in this order: ``open``, ``high``, ``low``, ``close`` (total-return prices,
        gaps carried) and ``volume``; frames, sessions by assets.
    warmup
        Sessions a function needs before its first value; needed with one. An output's own is counted from it.
    close
        The closes an output was computed from; a market with other closes is then refused too.

    Raises
    ------
    ParameterError
        If these contradict each other.
    """
    return FromVectorbt(source, name, lag, enter, exit, min_hold, column, tuple(inputs), warmup, close)


class FromVectorbt:
    """A signal from a vectorbt indicator; see :func:`from_vectorbt`."""

    def __init__(
        self,
        source: Any,
        name: str,
        lag: int,
        enter: float | None,
        exit: float | None,  # noqa: A002 - the field's own name
        min_hold: int,
        column: str | None,
        inputs: tuple[str, ...],
        warmup: int | None,
        close: pd.DataFrame | None,
    ) -> None:
        self.name, self.lag, self.column, self.inputs, self.close = name, lag, column, inputs, close
        self.enter, self.exit, self.min_hold = enter, enter if exit is None else exit, min_hold
        self.function: Callable[..., Any] | None = None
        self.given: pd.DataFrame | None = None
        if lag < 0:
            raise ParameterError(f"{name}: lag must be 0 or more sessions, not {lag}: less would see the future")
        if enter is None and exit is not None:
            raise ParameterError(f"{name}: exit needs enter")
        if min_hold < 0:
            raise ParameterError(f"{name}: min_hold must be 0 or more sessions, not {min_hold}")
        unknown = [name for name in inputs if name not in _INPUTS]
        if unknown:
            raise ParameterError(f"{name}: unknown input {unknown[0]!r}{nearest(unknown[0], _INPUTS)}")
        if callable(source) and not hasattr(source, "output_names"):
            if warmup is None:
                raise ParameterError(f"{name}: a function needs warmup, the sessions before its first value")
            self.function, self.warmup = source, warmup + lag
        else:
            self.given = as_outputs(source, f"signal {name!r}")
            self.warmup = (_leading_gaps(self.given) if warmup is None else warmup) + lag

    def compute(self, features: FeatureSource) -> SignalPanel:
        """The output's columns, ``lag`` sessions late (NaN before), and ``state`` if asked for.

        Raises
        ------
        DataError
            If the output was computed for other sessions or from other closes than this market's.
        """
        outputs = self._outputs(features)
        values = np.full(outputs.shape, np.nan)
        last = max(len(outputs) - self.lag, 0)
        values[len(outputs) - last :] = outputs.to_numpy(np.float64)[:last]
        columns = tuple(outputs.columns)
        if self.enter is not None:
            if "state" in columns:
                raise ParameterError(f"{self.name}: the output has a column 'state' already; leave enter out")
            level = values[:, self._level(columns)]
            values, columns = np.column_stack([values, self._state(level)]), (*columns, "state")
        return SignalPanel(features.sessions, columns, values, features.sessions)

    def notes(self) -> list[str]:
        """What the report must say of it."""
        late = f"{self.name} uses each value of its indicator {self.lag} session(s) after the one it is for"
        if self.function is not None:
            return [f"{late}."]
        return [f"{late}; it was computed beforehand, so that nothing shows whether it sees the future."]

    def _outputs(self, features: FeatureSource) -> pd.DataFrame:
        index = pd.DatetimeIndex(features.sessions)
        if self.given is not None:
            _check_same_market(self.name, self.given, self.close, features)
            return self.given
        assert self.function is not None  # one of the two is set
        try:
            result = self.function(*(_frame(features, name) for name in self.inputs))
        except KeyError as missing:
            if missing.args and missing.args[0] not in features.market.assets:
                name = missing.args[0]
                raise ParameterError(f"{self.name} asks for {name!r}, and this market has no such asset") from missing
            raise
        outputs = as_outputs(result, f"signal {self.name!r}", index)
        if not outputs.index.equals(index):
            raise PluginError(f"signal {self.name!r}: the function returned {len(outputs)} rows, not one a session")
        return outputs

    def _level(self, columns: tuple[str, ...]) -> int:
        if self.column is None and len(columns) > 1:
            raise ParameterError(f"{self.name}: enter needs column=, one of: {', '.join(columns)}")
        chosen = self.column or columns[0]
        if chosen not in columns:
            raise ParameterError(f"{self.name}: no column {chosen!r}{nearest(chosen, columns)}")
        return columns.index(chosen)

    def _state(self, level: FloatArray) -> FloatArray:
        assert self.enter is not None  # asked for only then
        assert self.exit is not None
        sign = 1.0 if self.enter >= self.exit else -1.0
        return hysteresis(sign * level, sign * self.enter, sign * self.exit, self.min_hold).astype(np.float64)


def _leading_gaps(outputs: pd.DataFrame) -> int:
    """Sessions before every column has its first value."""
    known = outputs.notna().to_numpy()
    empty = np.flatnonzero(~known.any(axis=0))
    if empty.size:
        raise ParameterError(f"column {outputs.columns[empty[0]]!r} of the output has no value at all")
    return int(known.argmax(axis=0).max())


def _frame(features: FeatureSource, field: str) -> pd.DataFrame:
    """(T, N) one input, a copy."""
    market = features.market
    if field == "close":
        return features.prices().copy()
    if field == "volume":
        return market.frame("volume")
    prices = pd.DataFrame(market.total_return(field), pd.DatetimeIndex(market.sessions), list(market.assets))
    return prices.ffill()


def _check_same_market(name: str, given: pd.DataFrame, close: pd.DataFrame | None, features: FeatureSource) -> None:
    """Refuse a market that an output was not computed for."""
    remedy = "give from_vectorbt a function of the prices, which can be computed anew"
    days, sessions = pd.DatetimeIndex(given.index), pd.DatetimeIndex(features.sessions)
    if not days.equals(sessions):
        raise DataError(
            f"signal {name!r} was computed for {len(days)} sessions from {days[0]:%Y-%m-%d} to {days[-1]:%Y-%m-%d}, "
            f"and this market has {len(sessions)} from {sessions[0]:%Y-%m-%d} to {sessions[-1]:%Y-%m-%d}; {remedy}"
        )
    if close is None:
        return
    theirs = features.market.frame("close")
    for asset in close.columns:
        if asset not in theirs.columns:
            raise DataError(f"signal {name!r} was computed from {asset!r}, which this market does not have; {remedy}")
        ours, now = close[asset].reindex(sessions).to_numpy(np.float64), theirs[asset].to_numpy()
        differs = ~((ours == now) | np.isnan(ours) | np.isnan(now))
        if differs.any():
            day = sessions[differs][0]
            raise DataError(f"signal {name!r} was computed from another close of {asset} on {day:%Y-%m-%d}; {remedy}")
