"""Every policy against an index: a series of the market that no book holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from reports.against_index import AgainstIndex, IndexLine
from simulator.core.errors import ScenarioError, nearest
from simulator.core.market import MarketData
from simulator.core.names import quoted
from simulator.core.series import ExogenousSeries
from simulator.core.types import DateArray, FloatArray
from simulator.engine import RunResult
from simulator.metrics import Books, PolicyMetrics, difference, paired_figures, resampled
from simulator.metrics.active import Active, active

from .side_by_side import books

_DRAWS: Final = 500
_FEWER: Final = 100  # where there are many policies
_MANY: Final = 12
_BLOCK: Final = 20
_LEVEL: Final = 0.90
_INDEX: Final = "\0index"  # no policy bears such a name


def check_index(name: str | None, market: MarketData) -> None:
    """Raise :class:`ScenarioError` unless the market has the series, above 0."""
    if name is None:
        return
    if name not in market.series:
        raise ScenarioError(f"scenario.index: no series {quoted(name)} in [market]{nearest(name, market.series)}")
    series = market.series[name]
    bad = np.flatnonzero(series.values <= 0.0)
    if bad.size:
        raise ScenarioError(
            f"scenario.index: {name} is {series.values[bad[0]]:g} on {series.dates[bad[0]]}: no level of an index"
        )


def index_levels(series: ExogenousSeries, sessions: DateArray) -> FloatArray:
    """(T,) the index at each session: its value of that day, or the last before it that is not too old.

    Values are taken by the day that they are of, whenever they were published: nothing is decided by them.

    Raises
    ------
    ScenarioError
        Naming the first session without one.
    """
    there = ~np.isnan(series.values)
    dates, values = series.dates[there], series.values[there]
    place = np.searchsorted(dates, sessions, side="right") - 1
    age = (sessions - dates[np.maximum(place, 0)]).astype(np.int64)
    without = np.flatnonzero((place < 0) | (age > series.age_limit_days))
    if without.size:
        t = int(without[0])
        last = "none before" if place[t] < 0 else f"the last before of {dates[place[t]]}"
        raise ScenarioError(
            f"scenario.index: {series.name} has no value for {sessions[t]}, {last}: give those that are lacking, or "
            "run over the days that it covers (scenario.start, scenario.end)"
        )
    levels: FloatArray = values[place]
    return levels


def index_line(market: MarketData, name: str | None, sessions: DateArray) -> IndexLine | None:
    """The index at each of T sessions, for charts; ``None`` where the scenario names none."""
    return None if name is None else IndexLine(name, index_levels(market.series[name], sessions))


def against_index(
    results: Mapping[str, RunResult],
    metrics: Mapping[str, PolicyMetrics],
    series: ExogenousSeries,
    seed: int,
    currency: str | None = None,
) -> tuple[AgainstIndex, ...]:
    """One answer a policy, with intervals of a stationary bootstrap seeded by the scenario; none of too short a run.

    ``currency`` is what the book's prices are converted to, ``None`` where they are not.
    """
    first = next(iter(results.values()))
    if first.sessions.size < 2 * _BLOCK:
        return ()
    levels = index_levels(series, first.sessions)
    sides = _with_index(books(results), first, levels)
    draws = _DRAWS if len(results) <= _MANY else _FEWER
    made = int(np.random.SeedSequence(seed).spawn(4)[3].generate_state(1)[0])
    plain, drawn = paired_figures(sides), resampled(sides, draws, _BLOCK, made)
    place = {name: number for number, name in enumerate(sides.names)}
    fall = float((levels / np.maximum.accumulate(levels)).min() - 1.0)
    return tuple(
        AgainstIndex(
            name,
            series.name,
            difference(plain, drawn, place[name], place[_INDEX], _LEVEL),
            (metrics[name]["max_drawdown"], fall),
            _active(result, levels),
            _LEVEL,
            draws,
            _BLOCK,
            currency,
        )
        for name, result in results.items()
    )


def _with_index(sides: Books, first: RunResult, levels: FloatArray) -> Books:
    """The books, and one that is the index, on the observations of the first."""
    seen = np.ones(levels.size, bool) if sides.observed is None else sides.observed[0]
    returns = np.zeros(levels.size)
    returns[seen] = _returns(levels, seen)
    return replace(
        sides,
        names=(*sides.names, _INDEX),
        returns=np.vstack([sides.returns, returns]),
        cost_bps=np.vstack([sides.cost_bps, np.zeros(levels.size)]),
        cash=sides.cash if sides.cash.ndim == 1 else np.vstack([sides.cash, sides.cash[0]]),
        per_year=np.append(np.broadcast_to(sides.per_year, len(sides.names)), first.sessions_per_year),
        observed=None if sides.observed is None else np.vstack([sides.observed, seen]),
    )


def _returns(levels: FloatArray, seen: np.ndarray) -> FloatArray:
    """Returns of the index from each observation to the next, the first from the first session on."""
    own = levels[seen]
    returns: FloatArray = own / np.concatenate([levels[:1], own[:-1]]) - 1.0
    return returns


def _active(result: RunResult, levels: FloatArray) -> Active:
    seen = result.observations
    return active(seen.returns, _returns(levels, result.observed), seen.cash, seen.per_year)
