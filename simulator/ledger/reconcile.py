"""The identities every replay must satisfy, checked on every run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.core.abi import TOLERANCE
from simulator.core.errors import ReconciliationError
from simulator.core.types import DateArray, FloatArray

from .rebuild import rebuild


def reconcile(
    sessions: DateArray,
    marks: FloatArray,
    daily: Mapping[str, FloatArray],
    events: npt.NDArray[Any] | None = None,
) -> None:
    """Check a replay's books day by day.

    1. nav = cash + shares x marks (+ the premium of displaced marks, where nav is marked so);
    2. change in nav = price pnl + impact pnl - costs + interest + dividends + flows;
    3. the event stream alone gives the same nav.

    Each to 1e-9 of the book: the largest of nav, the nav before and cash, and for the stream, which adds up all
    cash since the start, of the largest so far. ``daily`` holds (T,) arrays ``nav, cash, premium, price_pnl,
    impact_pnl, interest, dividends, flows``, (T, N) ``shares`` and (T, components) ``costs``.

    Raises
    ------
    ReconciliationError
        Naming the identity, the first session on which it fails and by how much.
    """
    nav = daily["nav"]
    held = daily["cash"] + np.einsum("ti,ti->t", daily["shares"], marks) + daily["premium"]
    previous = np.concatenate([[0.0], nav[:-1]])
    size = np.maximum.reduce([np.abs(nav), np.abs(previous), np.abs(daily["cash"]), np.ones_like(nav)])
    _check("nav = cash + shares x marks", sessions, nav, held, size)
    _check("change in nav = pnl - costs + interest + flows", sessions, nav, previous + explained(daily), size)
    if events is not None:
        books = rebuild(events, *marks.shape)
        _check("nav from the event stream", sessions, nav, books.nav + daily["premium"], np.maximum.accumulate(size))


def explained(daily: Mapping[str, FloatArray]) -> FloatArray:
    """(T,) what the books say nav should have changed by."""
    gains = daily["price_pnl"] + daily["impact_pnl"] + daily["interest"] + daily["dividends"] + daily["flows"]
    return gains - daily["costs"].sum(axis=1)


def _check(identity: str, sessions: DateArray, nav: FloatArray, other: FloatArray, size: FloatArray) -> None:
    gap = np.abs(nav - other)
    wrong = np.flatnonzero(~(gap <= TOLERANCE * size))
    if wrong.size:
        t = wrong[0]
        raise ReconciliationError(
            f"{identity} fails on {sessions[t]}: {nav[t]!r} against {other[t]!r} (off by {gap[t]:.3g})"
        )
