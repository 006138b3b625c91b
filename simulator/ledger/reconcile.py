"""The identities every replay must satisfy, checked on every run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.core.abi import ROUNDING, TOLERANCE
from simulator.core.errors import ReconciliationError
from simulator.core.types import DateArray, FloatArray

from .events import CASH_KINDS
from .rebuild import values

_SESSIONS_AT_ONCE = 64


def reconcile(
    sessions: DateArray,
    marks: FloatArray,
    daily: Mapping[str, FloatArray],
    events: npt.NDArray[Any] | None = None,
) -> None:
    """Check a replay's books day by day.

    1. nav = cash + shares x marks (+ the premium of displaced marks, where nav is marked so);
    2. change in nav = price pnl + impact pnl - costs - fees + interest + dividends + flows;
    3. the event stream alone gives the same nav.

    Each to 1e-9 of the book: the largest of nav, the nav before and cash, and for the stream, which adds up all
    cash since the start, of the largest so far. Added to that is 1e-12 of all that was held and moved, which decides
    only where that is a thousand times the book: costs that eat nearly all of it, shares bought at a millionth of
    their close. ``daily`` holds (T,) arrays ``nav, cash, premium, price_pnl, impact_pnl, interest, dividends, flows,
    bought, sold, first_investment`` and, where there are any, ``fees``, (T, N) ``shares`` and (T, components)
    ``costs``.

    Raises
    ------
    ReconciliationError
        Naming the identity, the first session on which it fails and by how much.
    """
    nav = daily["nav"]
    held = daily["cash"] + np.einsum("ti,ti->t", daily["shares"], marks) + daily["premium"]
    previous = np.concatenate([[0.0], nav[:-1]])
    size = np.maximum.reduce([np.abs(nav), np.abs(previous), np.abs(daily["cash"]), np.ones_like(nav)])
    moved = _moved(daily, marks)
    slack = TOLERANCE * size + ROUNDING * moved
    _check("nav = cash + shares x marks", sessions, nav, held, slack)
    _check("change in nav = pnl - costs + interest + flows", sessions, nav, previous + explained(daily), slack)
    if events is not None:
        told, since = values(events, nav.size)[0], np.cumsum(_turned(events, nav.size)) + moved
        slack = TOLERANCE * np.maximum.accumulate(size) + ROUNDING * since
        _check("nav from the event stream", sessions, nav, told + daily["premium"], slack)


def explained(daily: Mapping[str, FloatArray]) -> FloatArray:
    """(T,) what the books say nav should have changed by."""
    gains = daily["price_pnl"] + daily["impact_pnl"] + daily["interest"] + daily["dividends"] + daily["flows"]
    return gains - daily["costs"].sum(axis=1) - daily.get("fees", 0.0)


def _moved(daily: Mapping[str, FloatArray], marks: FloatArray) -> FloatArray:
    """(T,) what was held at the prices of the day and of the day before, and what moved."""
    gross, shares = np.empty(len(marks)), daily["shares"]
    for first in range(0, len(marks), _SESSIONS_AT_ONCE):
        now = np.arange(first, min(first + _SESSIONS_AT_ONCE, len(marks)))
        then = np.maximum(now - 1, 0)
        gross[now] = np.einsum("ti,ti->t", np.abs(shares[now]) + np.abs(shares[then]), marks[now] + marks[then])
    names = ("price_pnl", "impact_pnl", "interest", "dividends", "flows", "bought", "sold", "first_investment", "fees")
    other = sum((np.abs(daily[name]) for name in names if name in daily), np.abs(daily["costs"]).sum(axis=1))
    return gross + other


def _turned(events: npt.NDArray[Any], sessions: int) -> FloatArray:
    """(T,) cash moved on each session, in and out."""
    chosen = events[np.isin(events["kind"], CASH_KINDS)]
    totals = np.bincount(chosen["session"], weights=np.abs(chosen["amount"]), minlength=sessions)
    return totals.astype(np.float64)


def _check(identity: str, sessions: DateArray, nav: FloatArray, other: FloatArray, slack: FloatArray) -> None:
    gap = np.abs(nav - other)
    wrong = np.flatnonzero(~(gap <= slack))
    if wrong.size:
        t = wrong[0]
        raise ReconciliationError(
            f"{identity} fails on {sessions[t]}: {nav[t]!r} against {other[t]!r} (off by {gap[t]:.3g})"
        )
