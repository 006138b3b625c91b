"""Several markets as one: what features share of them, and the rows that models read, computed for all at once.

A column that says so (``Feature.stacks``) is computed once for all markets, from arrays with a market's place as their
second axis; any other is computed market after market. Values are the same to the bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np

from simulator.core.market import MarketData
from simulator.core.types import BoolArray, DateArray, FloatArray

from .columns import column, release
from .feature import FIELDS, Feature
from .volatility import log_returns
from .windows import stacked
from .workspace import Workspace

_PRICES: Final = ("high", "low", "close")
#: Properties of workspaces that each market is left with.
_SHARED: Final = {"illiquidity", "daily_spread"}


class Rows(NamedTuple):
    """What models read of several markets.

    Attributes
    ----------
    columns
        K names.
    values
        (P, T, K); NaN where a value is not known.
    known_at
        (P, T) the date by which every cell of a row was known; the session itself where no cell has a value.
    """

    columns: tuple[str, ...]
    values: FloatArray
    known_at: DateArray


class Stacked(Workspace):
    """The workspace of P markets of the same sessions and assets: arrays are (T, P), or (T, P, N) by asset.

    What is no array (sessions, assets, which of them are risky) is that of the first market.

    Parameters
    ----------
    each
        The workspaces of the markets.
    """

    def __init__(self, each: Sequence[Workspace]) -> None:
        super().__init__(each[0].source)
        self.each = tuple(each)

    @cached_property
    def high_low_close(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(T, P, N) total-return highs, lows and closes."""
        high, low, close = (stacked([own.market.total_return(name) for own in self.each]) for name in _PRICES)
        return high, low, close

    @cached_property
    def log_returns(self) -> FloatArray:
        """(T, P, N) log returns over carried prices."""
        return log_returns(stacked([own.market.total_return() for own in self.each]))

    @cached_property
    def simple_returns(self) -> FloatArray:
        """(T, P, N) simple returns over carried prices."""
        return stacked([own.simple_returns for own in self.each])

    @cached_property
    def traded(self) -> FloatArray:
        """(T, P, N) currency traded each day, NaN where that is not known."""
        return stacked([own.traded for own in self.each])

    def series(self, key: str) -> FloatArray:
        """(T, P) values of a series by role, as known at each close."""
        return self.memo(f"series {key}", lambda: stacked([own.series(key) for own in self.each]))

    def rows(self, features: Sequence[Feature]) -> Rows:
        """Columns as :func:`~simulator.features.panel` has them: their values, and when each row was known."""
        values = np.empty((len(self.each), self.sessions.size, len(features)))
        for k, feature in enumerate(features):
            values[:, :, k] = self._column(feature).T
        self._share()
        return Rows(tuple(feature.name for feature in features), values, self._known_at(features, ~np.isnan(values)))

    def _column(self, feature: Feature) -> FloatArray:
        """(T, P) values of a column; NaN where they are not finite."""
        if not feature.stacks:
            return stacked([column(feature, own).values for own in self.each])
        values = feature.compute(self)
        return np.where(np.isfinite(values), values, np.nan)

    def _share(self) -> None:
        """Leave what took long with each market, for what else is asked of it."""
        for name in _SHARED & self.__dict__.keys():
            for place, own in enumerate(self.each):
                own.__dict__.setdefault(name, np.ascontiguousarray(self.__dict__[name][:, place]))

    def _known_at(self, features: Sequence[Feature], known: BoolArray) -> DateArray:
        """(P, T) when the newest known cell of each row was published."""
        together: dict[tuple[object, ...], list[int]] = {}  # columns that are published at once
        for k, feature in enumerate(features):
            together.setdefault((bool(feature.fields), feature.series, feature.optional), []).append(k)
        newest = np.full(known.shape[:2], np.datetime64("NaT", "D"))
        for alike in together.values():
            dates = np.stack([release(features[alike[0]], own)[0] for own in self.each])
            any_known = known[:, :, alike].any(axis=2)
            newest = np.fmax(newest, np.where(any_known, dates, np.datetime64("NaT", "D")))
        return np.where(np.isnat(newest), self.sessions, newest)


def alike(each: Sequence[Workspace], most: int) -> Iterator[list[Workspace]]:
    """Workspaces in turn, up to ``most`` at once that :class:`Stacked` takes: of the same fields, dates and so on."""
    group: list[Workspace] = []
    for own in each:
        if len(group) == most or (group and not _same_kind(group[0].market, own.market)):
            yield group
            group = []
        group.append(own)
    if group:
        yield group


def _same_kind(one: MarketData, other: MarketData) -> bool:
    return (
        one.assets == other.assets
        and np.array_equal(one.sessions, other.sessions)
        and one.instruments == other.instruments
        and list(one.series) == list(other.series)
        and all((getattr(one, name) is None) == (getattr(other, name) is None) for name in FIELDS)
    )
