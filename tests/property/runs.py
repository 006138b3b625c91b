"""Hypothesis strategies for runs with every feature of the engine, and what their ledgers say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from simulator import RunResult
from simulator.ledger import Kind
from tests.combinations import CASH, Combination, compose

Keep = Callable[[Combination], Combination]


@st.composite
def combinations(draw: Any, sessions: Any = None, keep: Keep | None = None) -> Combination:
    """Any combination; ``keep`` takes out what a property is not about."""

    def pick(*choices: Any) -> Any:
        return choices[draw(st.integers(0, len(choices) - 1))]

    lasting = draw(st.integers(6, 60) if sessions is None else sessions)
    found = compose(pick, draw(st.integers(0, 2**32 - 1)), lasting)
    return found if keep is None else keep(found)


def replayed(one: Combination) -> RunResult:
    with np.errstate(divide="ignore", invalid="ignore"):  # weights of a book that has been paid out whole
        return one.prepared().run()


def of_kind(result: RunResult, kind: Kind) -> np.ndarray:
    """The records of one kind."""
    return result.records[result.records["kind"] == kind]


def daily_sum(result: RunResult, records: np.ndarray) -> np.ndarray:
    """(T,) amounts by session."""
    return np.bincount(records["session"], weights=records["amount"], minlength=result.sessions.size)


def known_nav(result: RunResult) -> np.ndarray:
    """(T,) nav known when filling: of the close before, or with lag 0 of this close before the decision's fills."""
    before = np.concatenate([[CASH], result.out.nav[:-1]])
    if result.run.limits.lag > 0:
        return before
    kinds = np.isin(result.records["kind"], (Kind.FILL, Kind.COST))
    own = result.records[kinds & (result.records["decision"] >= 0)]
    fills = own[own["kind"] == Kind.FILL]
    shares = result.daily["shares"].copy()
    np.add.at(shares, (fills["session"], fills["asset"]), -fills["quantity"])
    return result.daily["cash"] - daily_sum(result, own) + (shares * result.marks).sum(axis=1)


def turnover(result: RunResult) -> np.ndarray:
    """(T,) max(buys, sells) of decisions after the first, in currency."""
    fills = of_kind(result, Kind.FILL)
    fills = fills[fills["decision"] > 0]
    sides = np.zeros((2, result.sessions.size))
    np.add.at(sides, ((fills["quantity"] > 0.0).astype(int), fills["session"]), np.abs(fills["amount"]))
    return sides.max(axis=0)
