"""On which sessions history is cut: some where leaks of a known kind show, the others drawn over the whole run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from simulator.core.market import MarketData
from simulator.core.types import IntArray

#: Sessions after a shock begins within which a cut shows whether its size knows more than its day.
_STRUCK: Final = 10
#: A choice that looked at the whole sample shows where little of it is left: after the first eighth.
_EARLY: Final = 8


class Cut(NamedTuple):
    """History ends at the close of session ``t``."""

    t: int
    date: np.datetime64
    why: str


class CutMoments(NamedTuple):
    """Sessions on which something happened that a leak may hang on.

    Attributes
    ----------
    decisions
        Sessions on which each policy decided.
    refits
        Sessions on which the models of each signal were made.
    flows
        Sessions on which subscriptions or redemptions are due.
    shocks
        Sessions on which shocks begin.
    """

    decisions: Mapping[str, IntArray]
    refits: Mapping[str, IntArray]
    flows: IntArray
    shocks: IntArray


def choose(market: MarketData, room: IntArray, moments: CutMoments, count: int, seed: int) -> list[Cut]:
    """``count`` cuts among the sessions of ``room``, in order of time (all of them if there are fewer).

    Most are sessions on which a leak of some kind shows best; the others are decisions of each policy in turn, spread
    over the run.

    Parameters
    ----------
    market
        As observed.
    room
        Sessions that can be cut, each with a session after it.
    moments
        What happened when.
    count
        How many.
    seed
        Of the draws; the scenario's own.
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, 0xC07]))
    chosen: dict[int, str] = {}
    for t, why in _telling(market, room, moments, rng):
        if len(chosen) < count - count // 4:
            chosen.setdefault(t, why)
    wanted = min(count, room.size)
    for t, name in in_turn(moments.decisions, room, wanted - len(chosen), rng):
        chosen.setdefault(t, f"a decision of {name}")
    left = np.setdiff1d(room, list(chosen))
    for t in rng.choice(left, wanted - len(chosen), replace=False):
        chosen[int(t)] = "drawn at random"
    return [Cut(t, market.sessions[t], chosen[t]) for t in sorted(chosen)]


def in_turn(
    each: Mapping[str, IntArray], room: IntArray, count: int, rng: np.random.Generator
) -> Iterator[tuple[int, str]]:
    """Up to ``count`` sessions, from each list in turn, one out of each of ``count`` equal parts of the room."""
    names = [name for name, sessions in each.items() if np.intersect1d(sessions, room).size]
    if count <= 0 or not names:
        return
    for number, part in enumerate(np.array_split(room, count)):
        for turn in range(len(names)):
            name = names[(number + turn) % len(names)]
            here = np.intersect1d(each[name], part)
            if here.size:
                yield int(rng.choice(here)), name
                break


def _telling(
    market: MarketData, room: IntArray, moments: CutMoments, rng: np.random.Generator
) -> Iterator[tuple[int, str]]:
    """Sessions on which looking ahead shows best."""
    decided = np.intersect1d(room, np.concatenate([np.zeros(0, np.int64), *moments.decisions.values()]))
    if decided.size:
        yield int(rng.choice(decided)), "a decision"
    for name, sessions in moments.refits.items():
        refits = np.intersect1d(room, sessions)
        if refits.size:
            yield int(rng.choice(refits)), f"a refit of {name}"
    struck = np.intersect1d(room, (moments.shocks[:, None] + np.arange(_STRUCK)).ravel())
    if struck.size:
        yield int(rng.choice(struck)), "within a shock"
    if room.size >= _EARLY:
        yield int(room[room.size // _EARLY]), "early, when little was known"
    eves = np.intersect1d(room, moments.flows - 1)
    if eves.size:
        yield int(rng.choice(eves)), "the eve of a flow"
    yield from _unpublished(market, room, rng)
    yield from _in_gaps(market, room, rng)
    prices = pd.DataFrame(market.total_return()).ffill()
    moves = np.nan_to_num(prices.pct_change(fill_method=None).mean(axis=1).to_numpy())
    yield int(room[np.argmin(moves[room + 1])]), "the eve of the deepest fall"
    months = market.sessions.astype("datetime64[M]")
    ends = room[months[room] != months[room + 1]]
    if ends.size:
        yield int(rng.choice(ends)), "the last session of a month"


def _unpublished(market: MarketData, room: IntArray, rng: np.random.Generator) -> Iterator[tuple[int, str]]:
    """A session between the date a value is for and its publication, for the series published latest."""
    waits = {name: series.known_at - series.dates for name, series in market.series.items() if series.dates.size}
    for name in sorted(waits, key=lambda one: waits[one].max(), reverse=True)[:1]:
        series, sessions = market.series[name], market.sessions[room]
        last = np.searchsorted(series.dates, sessions, side="right") - 1
        waiting = (last >= 0) & (series.known_at[np.maximum(last, 0)] > sessions)
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
    for name, series in market.series.items():
        empty = np.flatnonzero(np.isnan(series.values[:-1]) & ~np.isnan(series.values[1:]))
        between = _between(market, series.known_at[empty], series.known_at[empty + 1])
        held = np.intersect1d(room, between)
        if held.size:
            yield int(rng.choice(held)), f"a gap in {name}"
            return


def _between(market: MarketData, after: np.ndarray, before: np.ndarray) -> IntArray:
    """Sessions from each date on and before the next, joined."""
    starts, ends = np.searchsorted(market.sessions, after), np.searchsorted(market.sessions, before)
    spans = [np.arange(start, end) for start, end in zip(starts, ends, strict=True)]
    return np.concatenate([np.zeros(0, np.int64), *spans]).astype(np.int64)
