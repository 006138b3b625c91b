"""What must be read before the figures of a sweep: the notices of its runs, and what only a sweep leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from scenarios.build import Scenario
from scenarios.impossible import MOST_OF_VOLUME
from scenarios.notices import Replayed, notices
from simulator.core.market import MarketData
from simulator.core.rhythm_nb import WEEKDAYS, sessions_per_year
from simulator.core.types import FloatArray
from simulator.data import foreknown

from .jobs import Plan

_MOST: Final = 12


def sweep_notices(plan: Plan, nav_most: FloatArray) -> tuple[str, ...]:
    """A sentence each, those of the first point first; empty where a sweep has nothing to say before its figures.

    Parameters
    ----------
    plan
        What was replayed.
    nav_most
        (jobs,) the largest net asset value that any path of each ended with, in currency; NaN where undefined.
    """
    of_points = dict.fromkeys(text for replayed in _windows(plan) for text in _of_point(replayed))
    found = [*_unlooked(plan, nav_most), *of_points]
    more = len(found) - _MOST
    return (*found[:_MOST], *([f"{more} more such notices at other points of the grid"] if more > 0 else []))


def _windows(plan: Plan) -> Iterator[Replayed]:
    """What each point replays, before its shocks: they are the points' own."""
    for scenario, start in zip(plan.scenarios, plan.starts, strict=True):
        sessions, end = scenario.market.sessions, scenario.file.scenario.end
        stop = sessions.size if end is None else int(np.searchsorted(sessions, np.datetime64(end, "D"), side="right"))
        yield Replayed(scenario, scenario.market, int(np.searchsorted(sessions, start)), stop)


def _of_point(replayed: Replayed) -> Iterator[str]:
    known = foreknown(replayed.market)  # said above all else already
    yield from (text for text in notices(replayed) if text != known)
    market = replayed.market
    if market.sessions_per_year is None and sessions_per_year(market.sessions) != WEEKDAYS:
        yield annualised(market)


def annualised(market: MarketData) -> str:
    """How many sessions a year annual figures of a sweep are of."""
    number = sessions_per_year(market.sessions, market.sessions_per_year)
    return (
        f"Annual figures are of as many sessions a year as something a policy held had a price: {number:.4g} for one "
        "that holds something on every session of this market."
    )


def _unlooked(plan: Plan, nav_most: FloatArray) -> list[str]:
    """That a sweep keeps no fills, where a book was large enough for one above all that was traded in a day."""
    free = [scenario for scenario in plan.scenarios if scenario.execution.max_participation is None]
    if not free or np.nanmax(nav_most, initial=_cash(free)) <= MOST_OF_VOLUME * _least_traded(free):
        return []
    return [
        "no max_participation is stated, and books are larger than what is traded in some asset on some day: a sweep "
        "keeps no fills, so that those above the day's volume are not named here; `undertow run` names them"
    ]


def _cash(scenarios: list[Scenario]) -> float:
    return max(scenario.file.scenario.initial_cash for scenario in scenarios)


def _least_traded(scenarios: list[Scenario]) -> float:
    """The least that is traded in an asset on a day, in currency; infinite where volumes are not known."""
    least = np.inf
    for market in {id(scenario.market): scenario.market for scenario in scenarios}.values():
        if market.volume is not None:
            traded = market.volume * market.close
            least = min(least, float(traded[traded > 0.0].min(initial=np.inf)))
    return least
