"""A run that begins with positions: the book stands as it is held at the close of the first session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from simulator.core import abi
from simulator.core.bounds import Bounds
from simulator.core.errors import DataError, ParameterError, nearest
from simulator.core.execution import Execution
from simulator.core.market import MarketData
from simulator.core.names import CASH
from simulator.core.types import FloatArray, frozen
from simulator.ledger.emit_nb import emit_nb
from simulator.ledger.events import NO_COMPONENT, Kind

from .advance_nb import first_act_nb
from .book_nb import begin_nb
from .close_nb import keep_nb, raised_block_nb, write_nb

if TYPE_CHECKING:
    from collections.abc import Callable

    from .prepare import Prepared


def opening_shares(
    given: Mapping[str, float] | None, market: MarketData, first: int, execution: Execution, bounds: Bounds
) -> FloatArray | None:
    """(N,) shares of the market's prices that are held at the close of session ``first``; ``None`` for none.

    ``given`` are shares as traded: where prices carry dividends, each is worth its close as traded that day.

    Raises
    ------
    UndertowError
        If an asset is unknown or has no price by then, a position is no number, or short where none may be.
    """
    if given is None:
        return None
    if execution.lag == 0:
        raise ParameterError("opening positions need a lag of a session at least: the first decision follows them")
    shares = np.zeros(len(market.assets))
    for name, held in given.items():
        if name not in market.assets:
            raise ParameterError(f"opening: no asset {name!r}{nearest(name, market.assets)}; cash is initial_cash")
        if not np.isfinite(held) or (held < 0.0 and not bounds.allow_short):
            raise ParameterError(f"opening: {name}: {held} shares; it must be a number, and not below 0")
        shares[market.assets.index(name)] = held
    for i in np.flatnonzero((shares != 0.0) & ~np.isfinite(market.close[first])).tolist():
        raise DataError(f"opening: {market.assets[i]} has no price on {market.sessions[first]}, the first session")
    if market.adjustment is not None:
        shares = np.where(shares != 0.0, shares / market.adjustment[first], 0.0)
    return frozen(shares)


def worth(shares: FloatArray, cash: float, marks: FloatArray) -> float:
    """What opening positions and cash are worth at (N,) marks; it must be something."""
    value = cash + float(sum(shares * np.where(shares != 0.0, marks, 0.0)))
    if not (np.isfinite(value) and value > 0.0):
        raise ParameterError(f"opening positions and cash must be worth something, not {value}")
    return value


def open_book(
    run: Prepared, state: abi.State, out: abi.Output, events: npt.NDArray[Any], ask: Callable[[int, abi.State], int]
) -> int:
    """Close session 0 with the opening positions in the book; return what the policy answers to it.

    The ledger has their worth as the first flow, and fills at the mark without cost: nothing of it is turnover.
    """
    shares, marks = run.opening, run.arrays.mark[0]
    assert shares is not None
    begin_nb(run.initial_cash, state)
    emit_nb(events, state.tally, 0, int(Kind.FLOW), NO_COMPONENT, -1, -1, 0.0, 0.0, run.initial_cash)
    cash = run.initial_cash
    for i in np.flatnonzero(shares).tolist():
        price, paid = float(marks[i]), float(shares[i] * marks[i])
        emit_nb(events, state.tally, 0, int(Kind.FILL), NO_COMPONENT, i, -1, float(shares[i]), price, -paid)
        cash -= paid
    state.book[abi.SHARES] = shares
    state.book[abi.EVER] = shares != 0.0
    state.cell[abi.DAY_FLOW] = state.cell[abi.HIGH_WATER] = run.initial_cash
    state.tally[abi.NEXT_FLOW] = 1
    state.tally[abi.DECISIONS] = 1  # decision 0 would be the first investment
    _close(run, state, out, events, np.array([cash]))
    return _answer(run, state, ask)


def _close(run: Prepared, state: abi.State, out: abi.Output, events: npt.NDArray[Any], cash: FloatArray) -> None:
    """Mark and write session 0 as the kernel does."""
    shares, premium = state.book[abi.SHARES], np.zeros(1)
    out.nav[0] = run.initial_cash
    if out.raised.shape[0] > 0:
        raised_block_nb(0, 1, run.arrays, shares, run.panels, cash, out.raised[:1])
    if out.full:
        write_nb(0, 1, run.costs.financing, run.limits, run.arrays, cash, premium, state, out, events)
    keep_nb(0, 1, cash, 0.0, run.limits, state, out)


def _answer(run: Prepared, state: abi.State, ask: Callable[[int, abi.State], int]) -> int:
    """Whether the plan acts on the book as it stands at the close of session 0, or what the policy says."""
    cash, nav = state.cell[abi.BOOK_CASH : abi.BOOK_CASH + 1], state.cell[abi.BOOK_NAV : abi.BOOK_NAV + 1]
    if first_act_nb(0, 1, run.arrays.mark, state.book[abi.SHARES], run.plan, cash, nav) > 0:
        return abi.HOLD_ANSWER
    action = run.plan.action[0]
    asked = action == abi.ASK or (run.plan.shared and action == abi.TEST_BAND)
    return ask(0, state) if asked else abi.PLAN_ANSWER


def opening_mapping(weights: Mapping[str, float], value: float, market: MarketData, first: int) -> dict[str, float]:
    """Shares as traded that are worth these weights of a book at the close of a session; ``CASH`` is left out.

    Raises
    ------
    DataError
        If an asset has no price by then.
    """
    shares = {}
    for name, weight in weights.items():
        if name == CASH or weight == 0.0:
            continue
        i = market.assets.index(name)
        price = market.close[first, i]
        if not np.isfinite(price):
            raise DataError(f"opening: {name} has no price on {market.sessions[first]}, the first session")
        factor = 1.0 if market.adjustment is None else float(market.adjustment[first, i])
        shares[name] = weight * value / float(price) * factor
    return shares
