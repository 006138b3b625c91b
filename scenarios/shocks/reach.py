"""Whether shocks touch anything inside a run, and what a run's ends cut off of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.market import MarketData
from simulator.core.types import BoolArray
from simulator.core.world import Shock, World
from simulator.redemptions import Class, FundClients

from .dated import DatedShock


def check_reach(
    shocks: Sequence[Shock], worlds: Sequence[World], start: int, stop: int, held: Collection[str] | None
) -> None:
    """Raise unless every shock changes something within sessions ``[start, stop)`` of what may be held.

    Parameters
    ----------
    shocks, worlds
        The shocks, and the world before any and after each of them.
    start, stop
        The sessions replayed.
    held
        Assets that policies may hold; ``None`` where anything that changes may matter (signals, one's own policies).

    Raises
    ------
    ParameterError
        Naming the shock and the dates of the run. One with severity 0 means to change nothing, and may; so does one's
        own that returns the very world it was given, and one that waits for what may never happen.
    """
    for shock, before, after in zip(shocks, worlds[:-1], worlds[1:], strict=True):
        if (
            getattr(shock, "severity", 1.0) == 0.0
            or getattr(shock, "when", "")
            or (after is before and not isinstance(shock, DatedShock))
        ):
            continue
        market = before.market
        rows = slice(_first_row(shock, market, start), stop)
        if not _differs(after, before, rows, None):
            raise ParameterError(
                f"{shock.describe()}: it changes nothing between {market.sessions[start]} and "
                f"{market.sessions[stop - 1]}, the first and last session of the run; move it, or drop it"
            )
        if held is not None and not _differs(after, before, rows, np.isin(market.assets, list(held))):
            raise ParameterError(
                f"{shock.describe()}: no policy holds what it changes between {market.sessions[start]} and "
                f"{market.sessions[stop - 1]}, and no signal looks at it; they hold {', '.join(sorted(held))}"
            )


def cut_off(shocks: Sequence[Shock], market: MarketData, start: int, stop: int) -> Iterator[str]:
    """A sentence for each shock whose window the ends of a run cut."""
    for shock in shocks:
        if not isinstance(shock, DatedShock) or shock.severity == 0.0 or shock.when:
            continue
        window, asked = shock.window(market), shock.asked_sessions(market)
        inside = max(0, min(window.stop, stop) - max(window.start, start))
        if shock.ends and inside < asked:
            yield (
                f"{shock.kind} from {shock.start}: only {inside} of its {asked} sessions lie within the run, "
                f"{market.sessions[start]} to {market.sessions[stop - 1]}"
            )


def _first_row(shock: Shock, market: MarketData, start: int) -> int:
    """The first session on which the shock can matter: one that only moves the level for good must begin in the run.

    A gap before the first session, never recovered, moves no return of the run.
    """
    lasting = isinstance(shock, DatedShock) and not shock.ends and shock.moves_level
    if lasting and isinstance(shock, DatedShock) and shock.window(market).start <= start:
        return market.sessions.size
    return start


def _differs(after: World, before: World, rows: slice, columns: BoolArray | None) -> bool:
    """Whether two worlds differ in some sessions and assets (all by default), or in a series published by then."""
    pairs = ((after.market, before.market), (after.observed, before.observed))
    sessions = before.market.sessions
    last = sessions[min(rows.stop, sessions.size) - 1]
    if any(np.datetime64(str(flow.date)) <= last for flow in after.flows[len(before.flows) :]):
        return True
    if any(sessions[rows.start] <= group.last and group.first <= last for group in _new_clients(after, before)):
        return True
    if any(fault.start < rows.stop and fault.stop > rows.start for fault in after.misheard[len(before.misheard) :]):
        return True
    if after.late is not None and after.late is not before.late:
        was = np.zeros_like(after.late) if before.late is None else before.late
        if not _same(after.late, was, rows, columns):
            return True
    return any(_market_differs(now, was, rows, columns) for now, was in pairs if now is not was)


def _new_clients(after: World, before: World) -> Sequence[Class]:
    """Classes of investors that a shock has added."""
    if not isinstance(after.clients, FundClients):
        return ()
    known = len(before.clients.classes) if isinstance(before.clients, FundClients) else 0
    return after.clients.classes[known:]


def _market_differs(now: MarketData, was: MarketData, rows: slice, columns: BoolArray | None) -> bool:
    if rows.start >= min(rows.stop, was.sessions.size):
        return False
    for item in fields(was):
        a, b = getattr(now, item.name), getattr(was, item.name)
        if a is b:
            continue
        if item.name == "series":
            if columns is None and _series_differ(now, was, rows):
                return True
        elif isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.shape == b.shape:
            if not _same(a, b, rows, columns):
                return True
        elif isinstance(a, np.ndarray):  # where there was none before: it stands for one (a scale), or for nothing
            neutral = 1.0 if item.name in ("spread_scale", "splits", "depth") else 0.0
            if not _same(a, np.full(a.shape, neutral), rows, columns):
                return True
        elif a != b:
            return True
    return False


def _same(a: Any, b: Any, rows: slice, columns: BoolArray | None) -> bool:
    a, b = a[rows], b[rows]
    if columns is not None and a.ndim == 2:
        a, b = a[:, columns], b[:, columns]
    numbers = np.issubdtype(a.dtype, np.floating)
    return bool(np.array_equal(a, b, equal_nan=numbers))


def _series_differ(now: MarketData, was: MarketData, rows: slice) -> bool:
    last = was.sessions[min(rows.stop, was.sessions.size) - 1]
    first = was.sessions[rows.start]
    for name, series in was.series.items():
        other = now.series.get(name)
        if other is None:
            return True
        if other is series:
            continue
        within = (series.dates >= first) & (series.dates <= last)
        same = other.values.shape == series.values.shape
        if not same or not np.array_equal(other.values[within], series.values[within], equal_nan=True):
            return True
    return False
