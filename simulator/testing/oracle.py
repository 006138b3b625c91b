"""The engine's semantics once more, slowly: plain NumPy, one day after the other, no kernel code shared.

It follows DESIGN section 2 line by line and solves the cash constraint by bisection where the kernel uses
Newton's method, so that an error in one is not an error in both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simulator.core import abi
from simulator.core.types import FloatArray
from simulator.engine.prepare import Prepared


@dataclass
class OracleRun:
    """Daily books of an oracle replay: ``nav``, ``cash`` (T,), ``shares`` (T, N), ``costs`` (T, components)."""

    nav: FloatArray
    cash: FloatArray
    shares: FloatArray
    costs: FloatArray
    interest: FloatArray
    price_pnl: FloatArray
    impact_pnl: FloatArray
    decisions: list[int] = field(default_factory=list)


@dataclass
class _Book:
    cash: float
    shares: FloatArray
    displacement: FloatArray
    due: FloatArray
    queue: dict[int, Any] = field(default_factory=dict)
    decisions: int = 0
    nav: float = 0.0
    premium: float = 0.0
    working: int = 0  # the decision whose shares are due


def replay_oracle(run: Prepared) -> OracleRun:
    """Replay a prepared run whose policy has a plan."""
    sessions, assets = run.arrays.mark.shape
    out = OracleRun(
        nav=np.zeros(sessions),
        cash=np.zeros(sessions),
        shares=np.zeros((sessions, assets)),
        costs=np.zeros((sessions, len(abi.COMPONENTS))),
        interest=np.zeros(sessions),
        price_pnl=np.zeros(sessions),
        impact_pnl=np.zeros(sessions),
    )
    book = _Book(run.initial_cash, np.zeros(assets), np.zeros(assets), np.zeros(assets), nav=run.initial_cash)
    for t in range(sessions):
        _day(t, run, book, out)
    return out


def _day(t: int, run: Prepared, book: _Book, out: OracleRun) -> None:
    marks, limits = run.arrays.mark, run.limits
    yesterday = marks[max(t - 1, 0)]
    interest = book.cash * run.arrays.accrual[t]
    book.cash += interest
    out.interest[t] = interest
    out.price_pnl[t] = book.shares @ (marks[t] - yesterday)
    book.displacement = book.displacement * run.costs.retain
    book.displacement[np.abs(book.displacement) <= abi.NO_DISPLACEMENT] = 0.0
    _release(t, run, book)
    if limits.lag > 0 and book.due.any():
        _fill(t, run, book, out)
    book.nav = _marked(t, run, book)
    if _wants_to_trade(t, run, book):
        out.decisions.append(t)
        _decide(t, run, book)
    if limits.lag == 0 and book.due.any():
        _fill(t, run, book, out)
        book.nav = _marked(t, run, book)
    premium = _premium(t, run, book)
    if limits.impacted_marks:
        out.impact_pnl[t] += premium - book.premium
    book.premium = premium
    out.nav[t], out.cash[t], out.shares[t] = book.nav, book.cash, book.shares


def _premium(t: int, run: Prepared, book: _Book) -> float:
    return float(np.sum(book.shares * run.arrays.mark[t] * np.expm1(book.displacement)))


def _marked(t: int, run: Prepared, book: _Book) -> float:
    nav = book.cash + float(book.shares @ run.arrays.mark[t])
    return nav + (_premium(t, run, book) if run.limits.impacted_marks else 0.0)


def _wants_to_trade(t: int, run: Prepared, book: _Book) -> bool:
    action, row = run.plan.action[t], run.plan.row[t]
    if action != abi.TEST_BAND:
        return bool(action == abi.TRADE)
    weights = book.shares * run.arrays.mark[t] / book.nav
    strayed = np.abs(np.append(weights - run.plan.targets[row], book.cash / book.nav - run.plan.cash_target[row]))
    return bool(strayed.max() > run.plan.band[row])


def _decide(t: int, run: Prepared, book: _Book) -> None:
    row, limits = run.plan.row[t], run.limits
    weights = run.plan.targets[row]
    if run.plan.to_edge and run.plan.action[t] == abi.TEST_BAND:
        held = book.shares * run.arrays.mark[t] / book.nav
        weights = np.clip(held, weights - run.plan.band[row], weights + run.plan.band[row])
    book.due = np.zeros_like(book.due)
    number = book.decisions
    book.decisions += 1
    if limits.size_at_fill and limits.lag > 0:
        book.queue[t + limits.lag] = (number, weights)
        return
    flying = sum((shares for _, shares in book.queue.values()), np.zeros_like(book.due))
    order = _sized(run.arrays.mark[t], weights, book.nav, book, flying)
    order = _capped(t, run.arrays.mark[t], order, book.nav, number, run)
    if limits.lag == 0:
        book.due, book.working = order, number
    else:
        book.queue[t + limits.lag] = (number, order)


def _sized(prices: FloatArray, weights: FloatArray, nav: float, book: _Book, flying: FloatArray) -> FloatArray:
    known = np.nan_to_num(prices) > 0.0
    safe = np.where(known, prices, 1.0)
    order = np.where(known, weights * nav / safe - book.shares - flying, 0.0)
    return np.where(np.abs(order * safe) <= abi.DUST * nav, 0.0, order)


def _capped(t: int, prices: FloatArray, order: FloatArray, nav: float, number: int, run: Prepared) -> FloatArray:
    if number == 0:
        return order
    if np.isfinite(run.limits.cost):
        notional = np.abs(order * np.nan_to_num(prices))
        order = order * _largest(lambda f: _costs(t, f * notional, run, planned=True).sum(), run.limits.cost * nav)
    return order


def _release(t: int, run: Prepared, book: _Book) -> None:
    if t not in book.queue:
        return
    number, order = book.queue.pop(t)
    book.working = number
    if run.limits.size_at_fill:
        prices = run.arrays.fill_price[t]
        nav = book.cash + float(np.sum(book.shares * np.where(prices > 0.0, prices, run.arrays.mark[t])))
        order = _sized(prices, order, nav, book, np.zeros_like(order))
        order = _capped(t, prices, order, nav, number, run)
        book.due = order
    else:
        book.due = book.due + order


def _fill(t: int, run: Prepared, book: _Book, out: OracleRun) -> None:
    arrays, limits = run.arrays, run.limits
    book.due = np.maximum(book.due, np.where(arrays.tradable[t], -book.shares, -np.inf))
    market = np.nan_to_num(arrays.fill_price[t])
    price = market * np.exp(book.displacement)
    trade = np.where(arrays.tradable[t], book.due, 0.0)
    with np.errstate(invalid="ignore"):
        room = np.nan_to_num(limits.participation * _row(run.costs.volume, t), posinf=np.inf)
    notional = np.abs(trade) * price
    over = notional > room
    trade[over] = np.sign(trade[over]) * room[over] / price[over]
    selling = trade < 0.0
    charge = _costs(t, np.abs(trade) * price, run).sum(axis=1)
    trade[selling & (charge >= np.abs(trade) * price)] = 0.0
    traded = max((trade * price)[trade > 0.0].sum(), -(trade * price)[trade < 0.0].sum())
    if book.working > 0 and traded > limits.turnover * book.nav:
        trade = trade * (limits.turnover * book.nav / traded)
    _book(t, np.where(trade < 0.0, trade, 0.0), price, market, run, book, out)
    buys = np.where(trade > 0.0, trade, 0.0)
    scale = _largest(lambda f: (f * buys * price).sum() + _costs(t, f * buys * price, run).sum(), book.cash)
    if scale < 1.0 and book.cash <= abi.DUST * book.nav:
        scale = 0.0
    _book(t, scale * buys, price, market, run, book, out)
    done = np.where(trade < 0.0, trade, scale * trade)
    left = book.due - done
    left[np.abs(left) * arrays.mark[t] <= abi.DUST * book.nav] = 0.0
    if scale < 1.0 and not (left < 0.0).any():
        left[(left > 0.0) & (buys > 0.0)] = 0.0
    book.due = left if limits.carry else np.zeros_like(left)


def _book(
    t: int,
    trade: FloatArray,
    price: FloatArray,
    market: FloatArray,
    run: Prepared,
    book: _Book,
    out: OracleRun,
) -> None:
    costs = _costs(t, np.abs(trade) * price, run)
    book.cash -= float((trade * price).sum() + costs.sum())
    book.shares = book.shares + trade
    out.costs[t] += costs.sum(axis=0)
    out.price_pnl[t] += float(trade @ (run.arrays.mark[t] - market))
    out.impact_pnl[t] -= float(trade @ (price - market))
    sigma, volume = _row(run.costs.sigma, t), _row(run.costs.volume, t)
    with np.errstate(invalid="ignore", divide="ignore"):
        moved = np.where(trade != 0.0, run.costs.gamma * sigma * trade * price / volume, 0.0)
    book.displacement = np.clip(book.displacement + moved, -abi.MAX_DISPLACEMENT, abi.MAX_DISPLACEMENT)


def _row(panel: FloatArray, t: int) -> FloatArray:
    return np.asarray(panel[t if len(panel) > 1 else 0])


def _costs(t: int, notional: FloatArray, run: Prepared, planned: bool = False) -> FloatArray:
    """(N, components) cost of absolute notionals."""
    law = run.costs
    spread = _row(law.planned_spread if planned else law.spread, t)
    volume = _row(law.planned_volume if planned else law.volume, t)
    sigma = _row(law.planned_sigma if planned else law.sigma, t)
    with np.errstate(invalid="ignore", divide="ignore"):
        temporary = np.where(notional > 0.0, notional * law.eta * sigma * (notional / volume) ** law.delta, 0.0)
        permanent = np.where(notional > 0.0, 0.5 * law.gamma * sigma * notional**2 / volume, 0.0)
    return np.column_stack(
        [notional * spread, np.where(law.eta > 0, temporary, 0), np.where(law.gamma > 0, permanent, 0)]
    )


def _largest(cost: Any, budget: float) -> float:
    """Largest f in [0, 1] with cost(f) <= budget, by bisection."""
    if cost(1.0) <= budget:
        return 1.0
    low, high = 0.0, 1.0
    while high - low > 1e-16:
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        low, high = (middle, high) if cost(middle) <= budget else (low, middle)
    return low
