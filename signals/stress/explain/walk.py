"""A stress forecast with everything behind it: the rows, labels and models of its walk-forward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, Literal

import numpy as np

from signals.stress.forecast import FrozenStress, Lessons, StressForecast
from signals.stress.state import state_columns
from signals.stress.walk_forward import Fitted, predict
from simulator.core.errors import ParameterError
from simulator.core.market import MarketData
from simulator.core.protocols import FeatureSource
from simulator.core.types import BoolArray, DateArray, FloatArray, IntArray
from simulator.features import REGISTRY, Feature, Features, Workspace, own_past

SERIES: Final = "series"
Grouping = Literal["family", "series", "column"]
_ELSE: Final = "other"


@dataclass(frozen=True, eq=False)
class Walk:
    """A fitted walk-forward.

    Attributes
    ----------
    rule
        The forecast as configured.
    lessons
        Features, labels and refits.
    fitted
        The model of each refit.
    known
        What is known of columns, by name; columns of one's own need not be among them.
    """

    rule: StressForecast
    lessons: Lessons
    fitted: list[Fitted]
    known: Mapping[str, Feature]

    @property
    def sessions(self) -> DateArray:
        """(T,) sessions."""
        return self.lessons.features.sessions

    @property
    def columns(self) -> tuple[str, ...]:
        """K names of features."""
        return self.lessons.features.columns

    @property
    def x(self) -> FloatArray:
        """(T, K) features."""
        return self.lessons.features.values

    @cached_property
    def probability(self) -> FloatArray:
        """(T,) forecasts, NaN where there are none."""
        return predict(self.fitted, self.x, self.lessons.given)

    @cached_property
    def state(self) -> BoolArray:
        """(T,) whether the signal is on."""
        return self.rule.state(self.probability)

    @cached_property
    def features(self) -> dict[str, Feature]:
        """What is known of this forecast's columns, by name."""
        return {name: self.known[name] for name in self.columns if name in self.known}

    def family(self, column: str) -> str:
        """The registry's family of a column; ``series`` for a z-score of an exogenous series."""
        if column not in self.features:
            return _ELSE
        found = self.features[column].family
        return SERIES if found == "own-past" else found

    def groups(self, by: Grouping = "family") -> dict[str, IntArray]:
        """Positions of columns by family; by family and, for z-scores of series, by series; or each on its own.

        Positions are columns of its (n, K) rows.
        """
        named = [self._group(name, by) for name in self.columns]
        return {group: np.flatnonzero([name == group for name in named]) for group in dict.fromkeys(named)}

    def _group(self, column: str, by: Grouping) -> str:
        if by == "column":
            return column
        family = self.family(column)
        return self.features[column].series[0] if by == "series" and family == SERIES else family

    @cached_property
    def scored(self) -> IntArray:
        """Test sessions, ascending, with a forecast and a label that is known by now."""
        return np.flatnonzero(~np.isnan(self.probability) & ~np.isnan(self.lessons.target.values))

    def refit_of(self, row: int) -> int:
        """Number of the refit whose model forecast a session."""
        return next(number for number, refit in enumerate(self.fitted) if refit.test[0] <= row <= refit.test[-1])

    def row_of(self, day: str | date | np.datetime64) -> int:
        """Position of a session that has a forecast.

        Raises
        ------
        ParameterError
            If the day is no date, no session, or has no forecast; with the nearest one that has.
        """
        row = session_of(day, self.sessions, self.rule.warmup, self.rule.name)
        there = np.flatnonzero(~np.isnan(self.probability))
        if np.isnan(self.probability[row]):
            raise ParameterError(
                f"{self.rule.name}: {self.sessions[row]} has no forecast: its model knew no label in time, or was not "
                f"fitted{_nearest(self.sessions[there], self.sessions[row])}"
            )
        return row


def walk(forecast: StressForecast | FrozenStress, market: MarketData | FeatureSource) -> Walk:
    """The walk-forward of a forecast on a market; one that is frozen, or was loaded, is not fitted again."""
    source: FeatureSource = Features(market) if isinstance(market, MarketData) else market
    frozen = forecast if isinstance(forecast, FrozenStress) else forecast.frozen(source)
    return Walk(frozen.rule, frozen.rule.lessons(source), frozen.fitted, _known(source))


def _known(source: FeatureSource) -> dict[str, Feature]:
    own = [feature for name in source.market.series for feature in own_past(name)]
    return REGISTRY | {feature.name: feature for feature in [*own, *state_columns(Workspace(source))]}


def session_of(day: str | date | np.datetime64, sessions: DateArray, warmup: int, name: str) -> int:
    """Position of a session at or after the warm-up of a signal called ``name``; may be asked before any fit.

    Raises
    ------
    ParameterError
        If the day is no date, no session, or lies in the warm-up; with the nearest session that does not.
    """
    asked = _date(day)
    row = int(np.searchsorted(sessions, asked))
    there = row < sessions.size and sessions[row] == asked
    if there and row >= warmup:
        return row
    why = "lies in the warm-up" if there else "is no session"
    raise ParameterError(f"{name}: {asked} {why}{_nearest(sessions[warmup:], asked)}")


def _nearest(sessions: DateArray, asked: np.datetime64) -> str:
    if sessions.size == 0:
        return "; there is no session with a forecast"
    distance = np.abs((sessions - asked).astype(np.int64))
    return f"; the nearest session with a forecast is {sessions[int(distance.argmin())]}"


def _date(day: str | date | np.datetime64) -> np.datetime64:
    try:
        asked: DateArray = np.array([str(day)], "datetime64[D]")
    except ValueError:
        asked = np.array(["NaT"], "datetime64[D]")
    if np.isnat(asked[0]):
        raise ParameterError(f"{str(day)!r} is no date; write it as 2008-09-15")
    found: np.datetime64 = asked[0]
    return found
