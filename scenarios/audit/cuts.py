"""On which sessions history is cut: some where leaks of a known kind show, the others drawn over the whole run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from simulator.core.errors import ScenarioError
from simulator.core.market import MarketData
from simulator.core.types import IntArray


class Cut(NamedTuple):
    """History ends at the close of session ``t``."""

    t: int
    date: np.datetime64
    why: str


def choose(market: MarketData, first: int, stop: int, decisions: IntArray, count: int, seed: int) -> list[Cut]:
    """``count`` cuts among sessions ``first`` to ``stop - 2``, in order of time (all of them if there are fewer).

    Parameters
    ----------
    market
        As observed.
    first, stop
        The sessions that can be cut; the last has no future.
    decisions
        Sessions on which some policy decided.
    count
        How many.
    seed
        Of the draws; the scenario's own.

    Raises
    ------
    ScenarioError
        If there is no session to cut at.
    """
    room = np.arange(first, stop - 1)
    if room.size == 0:
        raise ScenarioError("nothing to audit: the run has no session with a future after its longest warm-up")
    rng = np.random.default_rng(np.random.SeedSequence([seed, 0xC07]))
    chosen: dict[int, str] = {}
    for t, why in _telling(market, room, decisions, rng):
        if len(chosen) < count - count // 4:
            chosen.setdefault(t, why)
    missing = min(count, room.size) - len(chosen)
    for part in np.array_split(room, max(missing, 1)) if missing > 0 else ():
        free = [int(t) for t in part if int(t) not in chosen] or [int(t) for t in room if int(t) not in chosen]
        chosen[int(rng.choice(free))] = "drawn at random"
    return [Cut(t, market.sessions[t], chosen[t]) for t in sorted(chosen)]


def _telling(
    market: MarketData, room: IntArray, decisions: IntArray, rng: np.random.Generator
) -> Iterator[tuple[int, str]]:
    """Sessions on which looking ahead shows best."""
    decided = np.intersect1d(room, decisions)
    if decided.size:
        yield int(rng.choice(decided)), "a decision"
    prices = pd.DataFrame(market.total_return()).ffill()
    moves = np.nan_to_num(prices.pct_change(fill_method=None).mean(axis=1).to_numpy())
    yield int(room[np.argmin(moves[room + 1])]), "the eve of the deepest fall"
    yield from _unpublished(market, room, rng)
    yield from _in_gaps(market, room, rng)
    months = market.sessions.astype("datetime64[M]")
    ends = room[months[room] != months[room + 1]]
    if ends.size:
        yield int(rng.choice(ends)), "the last session of a month"


def _unpublished(market: MarketData, room: IntArray, rng: np.random.Generator) -> Iterator[tuple[int, str]]:
    """A session between the date a value is for and its publication, for the series published latest."""
    waits = {name: one.known_at - one.dates for name, one in market.series.items() if one.dates.size}
    for name in sorted(waits, key=lambda one: waits[one].max(), reverse=True)[:1]:
        one, sessions = market.series[name], market.sessions[room]
        last = np.searchsorted(one.dates, sessions, side="right") - 1
        waiting = (last >= 0) & (one.known_at[np.maximum(last, 0)] > sessions)
        if waiting.any():
            yield int(rng.choice(room[waiting])), f"{name} of that day or week is not published yet"


def _in_gaps(market: MarketData, room: IntArray, rng: np.random.Generator) -> Iterator[tuple[int, str]]:
    """A session within a gap of prices, and one within a gap of a series."""
    missing = np.isnan(market.close)
    ends_later = np.logical_or.accumulate(~missing[::-1], axis=0)[::-1]
    inside = (missing & ends_later)[room]
    if inside.any():
        t, i = inside.nonzero()
        pick = int(rng.integers(t.size))
        yield int(room[t[pick]]), f"a gap in the prices of {market.assets[i[pick]]}"
    for name, one in market.series.items():
        empty = np.flatnonzero(np.isnan(one.values[:-1]) & ~np.isnan(one.values[1:]))
        between = _between(market, one.known_at[empty], one.known_at[empty + 1])
        held = np.intersect1d(room, between)
        if held.size:
            yield int(rng.choice(held)), f"a gap in {name}"
            return


def _between(market: MarketData, after: np.ndarray, before: np.ndarray) -> IntArray:
    """Sessions from each date on and before the next, joined."""
    starts, ends = np.searchsorted(market.sessions, after), np.searchsorted(market.sessions, before)
    spans = [np.arange(start, end) for start, end in zip(starts, ends, strict=True)]
    return np.concatenate([np.zeros(0, np.int64), *spans]).astype(np.int64)
