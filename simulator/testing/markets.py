"""Small seeded markets on which plug-ins are checked, each with a trouble of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from simulator.core.errors import ParameterError
from simulator.core.instruments import Instrument
from simulator.core.market import MarketData
from simulator.core.release import KNOWN_RULES
from simulator.core.series import ExogenousSeries
from simulator.core.types import BoolArray, FloatArray

ASSETS: Final = ("A", "B", "C", "D", "E")
#: Series of the market with gaps where none are asked for: a daily price and a weekly index published six days late.
USUAL_SERIES: Final = {"VIX": "close", "STLFSI4": "days:6"}
_CLASSES: Final = ("equity", "treasury", "hy-credit", "gold", "real-estate")
_RATE: Final = 0.03


def _rules(series: Mapping[str, str] | Sequence[str] | None) -> dict[str, str]:
    """Release rules by name."""
    if series is None:
        return {}
    if isinstance(series, str) or not isinstance(series, Iterable):
        raise ParameterError(f"series must be a table of release rules by name, or a list of names, not {series!r}")
    given = series if isinstance(series, Mapping) else {_named(name): KNOWN_RULES.get(name, "close") for name in series}
    for name, rule in given.items():
        if not isinstance(rule, str):
            raise ParameterError(f"series: {_named(name)!r} must have a release rule such as 'close', not {rule!r}")
    return {_named(name): rule for name, rule in given.items()}


def _named(name: object) -> str:
    if not isinstance(name, str):
        raise ParameterError(f"series: {name!r} is no name; write a text")
    return name


@dataclass(frozen=True)
class _Bars:
    """Prices and volumes of T sessions by N assets; a crisis each 60th session lasts ten."""

    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray

    @classmethod
    def drawn(cls, rng: np.random.Generator, sessions: int, assets: int) -> _Bars:
        shape = (sessions, assets)
        wild = np.where((np.arange(sessions) % 60 < 10) & (np.arange(sessions) >= 60), 3.0, 1.0)[:, None]
        common = rng.normal(0.0, 0.012, (sessions, 1))
        close = 100.0 * np.exp(np.cumsum((common + rng.normal(0.0, 0.012, shape)) * wild, axis=0))
        open_ = close * np.exp(rng.normal(0.0, 0.004, shape))
        return cls(
            open=open_,
            high=np.maximum(open_, close) * np.exp(np.abs(rng.normal(0.0, 0.006, shape)) * wild),
            low=np.minimum(open_, close) * np.exp(-np.abs(rng.normal(0.0, 0.006, shape)) * wild),
            close=close,
            volume=np.round(50_000.0 * rng.lognormal(0.0, 0.8, shape) / wild),
        )

    def without(self, missing: BoolArray, silent: BoolArray | None = None) -> _Bars:
        """The same with prices missing on some days and nothing traded on some."""
        quiet = missing if silent is None else missing | silent
        prices = {name: np.where(missing, np.nan, getattr(self, name)) for name in ("open", "high", "low", "close")}
        return replace(self, **prices, volume=np.where(quiet, 0.0, self.volume))


def made_markets(
    sessions: int,
    *,
    assets: Sequence[str] | None = None,
    series: Mapping[str, str] | Sequence[str] | None = None,
    start: str = "2000-01-03",
    seed: int = 0,
) -> dict[str, MarketData]:
    """Markets by name, the same for the same arguments.

    Parameters
    ----------
    sessions
        Of each market, at least 60.
    assets
        Names of the assets; five letters by default.
    series
        Release rules by name of exogenous series that every market is to have; of a list of names, those that have a
        rule built in get it and the others are known at the close. By default only the market with
        gaps has any, :data:`USUAL_SERIES`.
    start
        First date.
    seed
        Of everything drawn.

    Returns
    -------
    dict
        ``plain`` (ranges, volumes, crises), ``gaps`` (missing prices, days without volume, halts, series),
        ``born and delisted``, ``flat`` (prices never move), ``one asset``, ``bare`` (closes alone) and ``raw``
        (raw prices with splits, dividends and quoted spreads).
    """
    if sessions < 60:
        raise ParameterError(f"made markets need at least 60 sessions, not {sessions}")
    names = tuple(assets or ASSETS)
    make = _Maker(pd.bdate_range(start, periods=sessions), names, _rules(series), seed)
    return {
        "plain": make.plain(),
        "gaps": make.gaps(),
        "born and delisted": make.born_and_delisted(),
        "flat": make.flat(),
        "one asset": make.plain(names[:1]),
        "bare": make.bare(),
        "raw": make.raw(),
    }


@dataclass(frozen=True)
class _Maker:
    """What all made markets share."""

    index: pd.DatetimeIndex
    names: tuple[str, ...]
    series: dict[str, str]
    seed: int

    def plain(self, names: tuple[str, ...] | None = None) -> MarketData:
        chosen = names or self.names
        rng = np.random.default_rng([self.seed, 1, len(chosen)])
        return self._market(chosen, _Bars.drawn(rng, len(self.index), len(chosen)), rng)

    def gaps(self) -> MarketData:
        rng = np.random.default_rng([self.seed, 2])
        bars = _Bars.drawn(rng, *self._shape())
        missing = rng.random(self._shape()) < 0.06
        missing[0] = False
        halted = self._frame(rng.random(self._shape()) < 0.03)
        series = self.series or USUAL_SERIES
        bars = bars.without(missing, rng.random(self._shape()) < 0.06)
        return self._market(self.names, bars, rng, series=series, halted=halted)

    def born_and_delisted(self) -> MarketData:
        rng = np.random.default_rng([self.seed, 3])
        bars, sessions = _Bars.drawn(rng, *self._shape()), len(self.index)
        absent = np.zeros(self._shape(), bool)
        absent[: sessions // 3, 0] = True
        gone = 2 * sessions // 3
        absent[gone:, -1] = len(self.names) > 1
        end = {self.names[-1]: (self.index[gone].date().isoformat(), 0.4)} if len(self.names) > 1 else {}
        return self._market(self.names, bars.without(absent), rng, delistings=end)

    def flat(self) -> MarketData:
        still = np.full(self._shape(), 50.0)
        bars = _Bars(still, still, still, still, np.full(self._shape(), 10_000.0))
        return self._market(self.names, bars, np.random.default_rng([self.seed, 4]))

    def bare(self) -> MarketData:
        rng = np.random.default_rng([self.seed, 5])
        close = self._frame(_Bars.drawn(rng, *self._shape()).close)
        return MarketData.from_frames(close, prices="raw", cash_rate=_RATE, series=self._series(rng, self.series))

    def raw(self) -> MarketData:
        rng = np.random.default_rng([self.seed, 6])
        bars, splits = _Bars.drawn(rng, *self._shape()), np.ones(self._shape())
        splits[len(self.index) // 2, 0] = 2.0
        price = np.cumprod(splits, axis=0)
        before = {name: getattr(bars, name) / price for name in ("open", "high", "low", "close")}
        unadjusted = replace(bars, **before, volume=bars.volume * price)
        paid = np.zeros(self._shape())
        paid[30::63] = 0.4 / price[30::63]
        return self._market(
            self.names,
            unadjusted,
            rng,
            splits=self._frame(splits),
            dividends=self._frame(paid),
            half_spread=self._frame(rng.uniform(1e-4, 1e-3, self._shape())),
        )

    def _market(
        self,
        names: tuple[str, ...],
        bars: _Bars,
        rng: np.random.Generator,
        series: Mapping[str, str] | None = None,
        **more: Any,
    ) -> MarketData:
        fields: dict[str, Any] = {
            name: self._frame(getattr(bars, name), names) for name in ("open", "high", "low", "volume")
        }
        return MarketData.from_frames(
            self._frame(bars.close, names),
            **fields,
            prices="raw",
            cash_rate=_RATE,
            instruments={name: Instrument(_CLASSES[i % len(_CLASSES)]) for i, name in enumerate(names)},
            series=self._series(rng, self.series if series is None else series),
            **more,
        )

    def _shape(self) -> tuple[int, int]:
        return len(self.index), len(self.names)

    def _frame(self, values: Any, names: tuple[str, ...] | None = None) -> pd.DataFrame:
        return pd.DataFrame(values, self.index, list(names or self.names))

    def _series(self, rng: np.random.Generator, rules: Mapping[str, str]) -> dict[str, ExogenousSeries]:
        """A positive random walk for each name: daily where it is a price, else weekly."""
        made = {}
        for name, rule in rules.items():
            dates = self.index if rule == "close" else self.index[self.index.day_of_week == 4]
            values = pd.Series(20.0 * np.exp(np.cumsum(rng.normal(0.0, 0.03, len(dates)))), dates)
            made[name] = ExogenousSeries.from_pandas(values, rule, name, revised="none")
        return made
