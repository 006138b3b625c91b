"""The engine's semantics once more, slowly: plain NumPy, one day after the other, no kernel code shared.

It follows the order of the day (simulator/README.md) line by line, solves by bisection where the kernel uses
Newton's method, decays displacements day by day where the kernel looks them up, and marks each day by itself, so
that an error in one is not an error in both.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulator.core import abi
from simulator.core.types import FloatArray
from simulator.engine.prepare import Prepared

from .oracle_book import OracleBook, OracleRun
from .oracle_law import (
    anything_left,
    costs_of,
    largest,
    lost,
    path_of,
    profitable,
    raised,
    row_of,
    sales_for,
    whole_lots,
    worth_before,
)
from .oracle_liquid import kept_within
from .oracle_plan import goal_of, wants_to_trade


def replay_oracle(run: Prepared) -> OracleRun:
    """Replay a prepared run whose policy has a plan."""
    sessions, assets = run.arrays.mark.shape
    daily: dict[str, Any] = {
        name: np.zeros(sessions)
        for name in (
            *("nav", "cash", "interest", "price_pnl", "impact_pnl", "dividends", "flows", "raised"),
            *("bought", "sold", "owed", "unpaid", "due", "late", "fees", "settled"),
        )
    }
    shares, costs = np.zeros((sessions, assets)), np.zeros((sessions, len(abi.COMPONENTS)))
    out = OracleRun(shares=shares, costs=costs, decisions=[], **daily)
    book = OracleBook(0.0, np.zeros(assets), np.zeros(assets), np.zeros(assets), nav=run.initial_cash)
    for t in range(sessions):
        before = book.close
        _day(t, run, book, out)
        if lost(book.nav, before, float(out.flows[t]), run.initial_cash):
            _end(t, book, out)
            break
    return out


def _end(t: int, book: OracleBook, out: OracleRun) -> None:
    """Close the book out at its marks; whoever is still owed gets nothing."""
    out.ruined = t
    out.nav[t:] = out.cash[t:] = out.settled[t:] = book.nav
    out.raised[t:] = np.nan if np.isnan(out.raised[t]) else book.nav
    out.shares[t] = 0.0
    out.unpaid[t] += book.owed
    out.owed[t] = 0.0


def _day(t: int, run: Prepared, book: OracleBook, out: OracleRun) -> None:
    marks, lag = run.arrays.mark, run.limits.lag
    yesterday, known = marks[max(t - 1, 0)], book.nav
    book.taken = np.zeros_like(book.shares)
    _accrue(t, run, book, out)
    _charge(t, run, book, out)
    book.pending.pop(t, None)
    book.displacement = book.displacement * (run.costs.decay[1] if len(run.costs.decay) > 1 else 0.0)
    out.price_pnl[t] += float(book.shares @ (marks[t] - yesterday))
    _corporate(t, run, book, out)
    _flows(t, run, book, out)
    _pay_fees(t, run, book, out)
    book.due = book.due + book.slices.pop(t, 0.0)
    if lag > 0:
        _release(t, run, book, float(out.costs[t].sum()))
        if book.due.any():
            _fill(t, run, book, out)
    book.nav = _marked(t, run, book)
    over = lost(book.nav, book.close, float(out.flows[t]), run.initial_cash)
    decides = not over and wants_to_trade(t, run, np.append(book.shares * run.arrays.mark[t], book.cash), book.nav)
    if decides:
        out.decisions.append(t)
        _decide(t, run, book, float(out.costs[t].sum()) / book.nav if book.nav > 0.0 else 0.0)
    if lag == 0 and not over and (decides or book.due.any()):
        known = book.nav
        _fill(t, run, book, out)
    premium = _premium(t, run, book)
    if run.limits.impacted_marks:
        out.impact_pnl[t] += premium - book.premium
    book.premium = premium
    book.nav = book.close = _marked(t, run, book)
    traded = max(out.bought[t], out.sold[t])
    alive = known > 0.0 and book.nav > 0.0
    book.yearly.append((traded / known, float(out.costs[t].sum()) / book.nav) if alive else (0.0, 0.0))
    out.nav[t], out.cash[t], out.shares[t], out.owed[t] = book.nav, book.cash, book.shares, book.owed
    out.settled[t] = book.payable(t)
    out.raised[t] = raised(t, run, book.payable(t, run.limits.horizon), book.shares * marks[t])


def _accrue(t: int, run: Prepared, book: OracleBook, out: OracleRun) -> None:
    if t == 0:
        return
    year = run.arrays.year[t]
    settled = book.cash - sum(book.pending.values())
    rate = run.arrays.accrual[t] + (run.costs.financing * year if settled < 0.0 else 0.0)
    out.interest[t] = settled * rate
    fee = float(
        np.sum(np.maximum(-book.shares, 0.0) * run.arrays.mark[t - 1] * run.costs.by_asset[abi.BORROW_RATE]) * year
    )
    out.costs[t, abi.BORROW] = fee
    book.cash += out.interest[t] - fee


def _corporate(t: int, run: Prepared, book: OracleBook, out: OracleRun) -> None:
    last = run.arrays.mark[max(t - 1, 0)]
    now = run.arrays.mark[t]
    for session, asset, kind, value in run.actions.table:
        if session != t:
            continue
        i = int(asset)
        held = book.shares[i]
        if kind == abi.DIVIDEND:
            out.dividends[t] += held * value
            book.cash += held * value
            continue
        kept = value if kind == abi.SPLIT else 0.0
        book.shares[i] = held * kept
        paid = 0.0 if kind == abi.SPLIT else held * last[i] * value
        book.cash += paid
        # pnl: what the position is worth now (or was paid) less what it was worth at the last close
        counted = held * (now[i] - last[i])
        out.price_pnl[t] += (held * kept * now[i] + paid - held * last[i]) - counted
        for orders in (book.due, *book.slices.values()):
            orders[i] *= kept
        if not run.limits.size_at_fill or kept == 0.0:
            for _, order in book.queue.values():
                order[i] *= kept


def _flows(t: int, run: Prepared, book: OracleBook, out: OracleRun) -> None:
    stayers, invested = max(book.close - book.owed, 0.0), 0.0
    for session, size, share, invest in run.flows.table:
        if session != t:
            continue
        amount = float(size + share * stayers)
        out.due[t] += amount
        book.high += amount
        if amount >= 0.0:
            invested += amount * invest
            book.cash += amount
            out.flows[t] += amount
        else:
            book.owed -= amount
    _pay(t, book, out)
    if book.owed > 0.0:
        if not (book.pending and book.owed - book.cash <= abi.DUST * book.owed):
            _sell_for(t, run, book, out)
    elif invested > 0.0:
        _invest(t, min(invested, _power(t, run, book)), run, book, out)


def _sell_for(t: int, run: Prepared, book: OracleBook, out: OracleRun) -> None:
    """Sell for what is owed and not raised yet; pay what has settled."""
    sales = _sales_for(t, run, book)
    price, market = _prices(t, run, book)
    _book(t, -sales, price, market, -1, run, book, out)
    early = out.flows[t]
    _pay(t, book, out)
    out.late[t] = out.flows[t] - early
    if book.owed > 0.0 and not book.pending and not anything_left(t, book.shares, price, run):
        out.unpaid[t], book.owed = book.owed, 0.0


def _charge(t: int, run: Prepared, book: OracleBook, out: OracleRun) -> None:
    """Fees on what those who stay had at the close before."""
    nav = book.close - book.owed
    if t == 0 or not run.flows.pays.size or nav <= 0.0:
        return
    management = nav * run.flows.management * run.arrays.year[t] * 360.0 / 365.0
    gross = nav + book.aside - management
    aside = run.flows.performance * max(gross - book.high, 0.0)
    out.fees[t] = management + aside - book.aside
    book.cash -= out.fees[t]
    book.aside = aside
    if run.flows.pays[t] == abi.CRYSTALLISATION:
        book.high, book.aside = max(book.high, gross - aside), 0.0


def _pay_fees(t: int, run: Prepared, book: OracleBook, out: OracleRun) -> None:
    """Sell what brings an overdraft back to nothing."""
    if not run.flows.pays.size or run.flows.pays[t] == abi.NO_PAYMENT:
        return
    if t > 0 and book.cash < 0.0 <= run.limits.least_cash:
        price, market = _prices(t, run, book)
        _book(t, -_sales_for(t, run, book), price, market, -1, run, book, out)


def _invest(t: int, amount: float, run: Prepared, book: OracleBook, out: OracleRun) -> None:
    """Buy more of what is held, in proportion to its worth at the fill, for an amount that includes the costs."""
    price, market = _prices(t, run, book)
    able = (book.shares > 0.0) & (run.arrays.status[t] == abi.TRADABLE)
    worth = float(np.where(able, book.shares * price, 0.0).sum())
    if worth <= 0.0 or amount <= 0.0:
        return
    room = np.maximum(_room(t, run, book), 0.0) / np.where(able, price, 1.0)
    wanted = np.where(able, np.minimum(book.shares * amount / worth, room), 0.0)

    def outlay(f: float) -> float:
        return float((f * wanted * price).sum() + costs_of(t, f * wanted, f * wanted * price, run).sum())

    bought = whole_lots(wanted * largest(outlay, amount), book.shares, t, run)
    _book(t, bought, price, market, -1, run, book, out)


def _pay(t: int, book: OracleBook, out: OracleRun) -> None:
    paid = min(book.owed, max(book.payable(t), 0.0))
    book.cash -= paid
    out.flows[t] -= paid
    book.owed -= paid
    if paid > 0.0 and book.owed <= abi.DUST * paid:
        book.owed = 0.0


def _power(t: int, run: Prepared, book: OracleBook) -> float:
    """What buys may be paid with."""
    return book.cash if run.limits.unsettled_buys else book.payable(t)


def _sales_for(t: int, run: Prepared, book: OracleBook) -> FloatArray:
    return sales_for(t, run, book.shares, _prices(t, run, book)[0], _room(t, run, book), book.owed - book.cash)


def _premium(t: int, run: Prepared, book: OracleBook) -> float:
    return float(np.sum(book.shares * run.arrays.mark[t] * np.expm1(book.displacement)))


def _marked(t: int, run: Prepared, book: OracleBook) -> float:
    nav = book.cash + float(book.shares @ run.arrays.mark[t])
    return nav + (_premium(t, run, book) if run.limits.impacted_marks else 0.0)


def _decide(t: int, run: Prepared, book: OracleBook, paid: float) -> None:
    limits, mark = run.limits, run.arrays.mark[t]
    held = book.shares * mark / book.nav if book.nav > 0.0 else np.zeros_like(mark)
    weights = goal_of(t, run, held)
    if not limits.net:
        book.due, book.slices = np.zeros_like(book.due), {}
    number = book.decisions
    book.decisions += 1
    weights = kept_within(t, _liquid_enough(t, weights, run, book), run, book.nav)
    if limits.size_at_fill and limits.lag > 0:
        book.queue[t + limits.lag] = (number, weights.copy())
        return
    flying = sum((shares for _, shares in book.queue.values()), np.zeros_like(book.due))
    if limits.net:
        flying = flying + book.due + sum(book.slices.values(), np.zeros_like(book.due))
    order = _sized(t, mark, weights, book.nav, book, flying, run)
    order = _capped(t, t, mark, order, book.nav, number, run, book, paid)
    if limits.lag == 0:
        _start(t, t, number, order, run, book)
    else:
        book.queue[t + limits.lag] = (number, order)


def _liquid_enough(t: int, weights: FloatArray, run: Prepared, book: OracleBook) -> FloatArray:
    least = run.limits.least_liquid
    if least <= 0.0 or run.panels.capacity.shape[1] == 0:
        return weights

    def lacking(scale: float) -> float:
        values = weights * scale * book.nav
        return least - raised(t, run, book.nav - values.sum(), values) / book.nav if book.nav > 0.0 else 1.0

    return weights * largest(lacking, 0.0)


def _sized(
    row: int, prices: FloatArray, weights: FloatArray, nav: float, book: OracleBook, flying: FloatArray, run: Prepared
) -> FloatArray:
    known = np.nan_to_num(prices) > 0.0
    safe = np.where(known, prices, 1.0)
    order = np.where(known, weights * max(nav, 0.0) / safe - book.shares - flying, 0.0)
    order[np.abs(order * safe) <= abi.DUST * nav] = 0.0
    order[np.abs(order * safe) < run.limits.min_trade * nav] = 0.0
    return whole_lots(order, book.shares, row, run)


def _capped(
    t: int,
    row: int,
    prices: FloatArray,
    order: FloatArray,
    nav: float,
    number: int,
    run: Prepared,
    book: OracleBook,
    paid: float,
) -> FloatArray:
    left = _left(t, run.limits.annual_cost, 1, run, book)
    if np.isfinite(left) and nav > 0.0:
        left -= _flying(row, np.abs(np.nan_to_num(prices)), run, book) / nav
    cap = min(run.limits.cost, max(left - paid, 0.0))
    if number == 0 or not np.isfinite(cap):
        return order
    n = run.limits.slices

    def planned(f: float) -> float:
        part = f * np.abs(order) / n
        return float(n * costs_of(row, part, part * np.nan_to_num(prices), run, planned=True).sum())

    return order * largest(planned, cap * nav)


def _flying(row: int, prices: FloatArray, run: Prepared, book: OracleBook) -> float:
    """What older decisions are still planned to cost: parts due or to come at once, queued orders in their slices."""
    n = run.limits.slices
    parts = [(1, book.due), *((1, piece) for piece in book.slices.values())]
    if not run.limits.size_at_fill:
        parts += [(n, order / n) for _, order in book.queue.values()]
    return float(
        sum(k * costs_of(row, np.abs(part), np.abs(part) * prices, run, planned=True).sum() for k, part in parts)
    )


def _left(t: int, cap: float, column: int, run: Prepared, book: OracleBook) -> float:
    past = book.yearly[max(0, t - int(run.limits.year_long[t]) + 1) : t]  # with t, a year of sessions
    return max(cap - sum(day[column] for day in past), 0.0) if np.isfinite(cap) else cap


def _release(t: int, run: Prepared, book: OracleBook, paid: float) -> None:
    if t not in book.queue:
        return
    number, order = book.queue.pop(t)
    decided = t - run.limits.lag
    if run.limits.size_at_fill:
        if not run.limits.net:
            book.due, book.slices = np.zeros_like(book.due), {}
        prices = run.arrays.fill_price[t]
        nav = book.cash + float(np.sum(book.shares * np.where(prices > 0.0, prices, worth_before(t, run))))
        paid = paid / nav if nav > 0.0 else 0.0
        flying = book.due + sum(book.slices.values(), np.zeros_like(book.due))
        order = _sized(decided, prices, order, nav, book, flying, run)
        order = _capped(t, decided, prices, order, nav, number, run, book, paid)
    _start(t, decided, number, order, run, book)


def _start(t: int, decided: int, number: int, order: FloatArray, run: Prepared, book: OracleBook) -> None:
    book.working = number
    n = run.limits.slices
    if n == 1:
        book.due = book.due + order
        return
    done = order * (1.0 - path_of(decided, order, run))
    done[1:-1] = [whole_lots(part, np.full_like(order, np.inf), decided, run) for part in done[1:-1]]
    for j in range(n):
        part = done[j + 1] - done[j]
        book.slices[t + j] = book.slices.get(t + j, np.zeros_like(order)) + part
    book.due = book.due + book.slices.pop(t)


def _prices(t: int, run: Prepared, book: OracleBook) -> tuple[FloatArray, FloatArray]:
    market = np.nan_to_num(run.arrays.fill_price[t])
    return market * np.exp(book.displacement), market


def _room(t: int, run: Prepared, book: OracleBook) -> FloatArray:
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(run.limits.participation * row_of(run.costs.volume, t), posinf=np.inf) - book.taken


def _fill(t: int, run: Prepared, book: OracleBook, out: OracleRun) -> None:
    limits = run.limits
    able = run.arrays.status[t] == abi.TRADABLE
    if not limits.short:
        book.due = np.maximum(book.due, np.where(able, -book.shares, -np.inf))
    price, market = _prices(t, run, book)
    trade = np.where(able, book.due, 0.0)
    room, notional = _room(t, run, book), np.abs(trade) * price
    room[room <= abi.DUST * max(book.nav, 0.0)] = 0.0
    over = notional > room
    trade[over] = np.sign(trade[over]) * room[over] / price[over]
    trade = profitable(t, whole_lots(trade, book.shares, t, run), price, run)
    traded = max((trade * price)[trade > 0.0].sum(), -(trade * price)[trade < 0.0].sum())
    share = min(limits.turnover, _left(t, limits.annual_turnover, 0, run, book))
    cap = max(share * book.nav, 0.0) if np.isfinite(share) else np.inf
    cap = cap if cap > abi.DUST * book.nav else 0.0
    if book.working > 0 and traded > cap:
        trade = profitable(t, whole_lots(trade * (cap / traded), book.shares, t, run), price, run)
    wanted_buys = able & (book.due > 0.0)
    _book(t, np.where(trade < 0.0, trade, 0.0), price, market, book.working, run, book, out)
    buys = np.where(trade > 0.0, trade, 0.0)
    worth = book.nav + (out.flows[t] if limits.lag > 0 else 0.0)  # the last mark does not know of the day's flows
    budget = _power(t, run, book) - book.owed - limits.least_cash * worth

    def outlay(f: float) -> float:
        return float((f * buys * price).sum() + costs_of(t, f * buys, f * buys * price, run).sum())

    scale = largest(outlay, budget)
    if scale < 1.0 and budget <= abi.DUST * book.nav:
        scale = 0.0
    bought = whole_lots(scale * buys, book.shares, t, run) if scale < 1.0 else buys
    _book(t, bought, price, market, book.working, run, book, out)
    left = book.due - np.where(trade < 0.0, trade, bought)
    left[np.abs(left) * run.arrays.mark[t] <= abi.DUST * book.nav] = 0.0
    left = np.where(whole_lots(left, book.shares, t, run) == 0.0, 0.0, left)
    coming = any(session > t for session in book.slices) or bool(book.pending and not run.limits.unsettled_buys)
    if scale < 1.0 and not (left < 0.0).any() and not coming:
        left[(left > 0.0) & wanted_buys] = 0.0
    book.due = left if limits.carry else np.zeros_like(left)


def _book(
    t: int,
    trade: FloatArray,
    price: FloatArray,
    market: FloatArray,
    decision: int,
    run: Prepared,
    book: OracleBook,
    out: OracleRun,
) -> None:
    notional = np.abs(trade) * price
    costs = costs_of(t, np.abs(trade), notional, run)
    book.cash -= float((trade * price).sum() + costs.sum())
    days = run.limits.settlement
    waits = days[t if len(days) > 1 else 0] if days.size else np.zeros(trade.size, np.uint8)
    for wait in {int(days) for days in waits[(waits > 0) & (trade != 0.0)]}:
        there = waits == wait
        amount = float((trade * price)[there].sum() + costs[there].sum())
        book.pending[t + wait] = book.pending.get(t + wait, 0.0) - amount
    book.shares = book.shares + trade
    book.taken = book.taken + notional
    out.costs[t] += costs.sum(axis=0)
    out.price_pnl[t] += float(trade @ (run.arrays.mark[t] - market))
    out.impact_pnl[t] -= float(trade @ (price - market))
    if decision > 0:
        out.bought[t] += notional[trade > 0.0].sum()
        out.sold[t] += notional[trade < 0.0].sum()
    sigma, volume = row_of(run.costs.sigma, t), row_of(run.costs.volume, t)
    with np.errstate(invalid="ignore", divide="ignore"):
        moved = np.where(trade != 0.0, run.costs.by_asset[abi.GAMMA] * sigma * trade * price / volume, 0.0)
    book.displacement = np.clip(book.displacement + moved, -abi.MAX_DISPLACEMENT, abi.MAX_DISPLACEMENT)
