"""Marking a run of sessions at once: the loop a replay spends its time in.

Between two sessions on which something trades, a book only earns interest and is marked. Sessions are marked in
blocks, asset by asset, so that the inner loop runs over sessions without a reduction: it vectorises under strict
IEEE and adds the assets in the same order as a loop over one session does.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.core.abi import (
    BLOCK,
    BOOK_CASH,
    BOOK_NAV,
    DAILY_BOUGHT,
    DAILY_CASH,
    DAILY_DIVIDENDS,
    DAILY_FEES,
    DAILY_FIRST,
    DAILY_FLOWS,
    DAILY_IMPACT_PNL,
    DAILY_INTEREST,
    DAILY_LATE_FLOWS,
    DAILY_PREMIUM,
    DAILY_PRICE_PNL,
    DAILY_SOLD,
    DAY_BOUGHT,
    DAY_COSTS,
    DAY_DIVIDENDS,
    DAY_DUE,
    DAY_FEES,
    DAY_FIRST,
    DAY_FLOW,
    DAY_GIVEN_UP,
    DAY_IMPACT_PNL,
    DAY_INTEREST,
    DAY_LATE_FLOW,
    DAY_MOVED,
    DAY_PRICE_PNL,
    DAY_SOLD,
    DISPLACEMENT,
    FEW,
    LEAST_RAISED,
    MOST_OWED,
    NEVER_PAID,
    OWED,
    PREMIUM,
    PREVIOUS_NAV,
    ROUNDING,
    RULE_BAND,
    RULE_CASH,
    SHARES,
    SINCE,
    TOLERANCE,
    TOTAL_COST,
    TOTAL_TURNOVER,
    CostPanels,
    Limits,
    LiquidityPanels,
    MarketArrays,
    Output,
    PlanArrays,
    State,
)
from simulator.core.fetch_nb import fetch_nb
from simulator.core.jit import kernel
from simulator.core.types import FloatArray
from simulator.ledger.emit_nb import emit_nb
from simulator.ledger.events import NO_COMPONENT, Kind

from .book_nb import stayers_nb
from .recent_nb import remember_nb, rolling_nb
from .settle_nb import interest_nb
from .unsettled_nb import payable_nb

_INTEREST, _MARK = int(Kind.INTEREST), int(Kind.MARK)
_SMALL = 1e-3
#: From so many sessions on, a pass over them is long enough to take four assets at once.
_MANY = 32


@kernel(inline=True)
def displaced_by_nb(x: float) -> float:
    """exp(x) - 1; a polynomial exact to the last bit or two where x is small, which it nearly always is.

    ``x`` is in logs, the answer a fraction of the price.
    """
    if abs(x) < _SMALL:
        return x * (1.0 + x * (0.5 + x * (1.0 / 6.0 + x * (1.0 / 24.0 + x * (1.0 / 120.0)))))
    return math.expm1(x)


@kernel(inline=True)
def cash_block_nb(t: int, count: int, cash: float, market: MarketArrays, financing: float, path: FloatArray) -> None:
    """Cash at the closes of ``count`` sessions from t, whose own interest is already in ``cash``."""
    if not market.earning and cash >= 0.0:
        for b in range(count):
            path[b] = cash
        return
    accrual, year = market.accrual[t : t + count], market.year[t : t + count]
    path[0] = cash
    for b in range(1, count):
        cash += interest_nb(cash, accrual[b], year[b], financing)
        path[b] = cash


@kernel(inline=True)
def nav_block_nb(
    t: int, count: int, market: MarketArrays, shares: FloatArray, cash: FloatArray, nav: FloatArray
) -> None:
    """Nav at market marks: cash, plus the assets one after the other. A single session is read along its row.

    The marks of the block to come, which may be twice as long, are asked for on the way.
    """
    by_session, marks = market.mark, market.mark_by_asset
    if count == 1:
        value = cash[0]
        for i in range(shares.shape[0]):
            value += shares[i] * by_session[t, i]
        nav[0] = value
        return
    for b in range(count):
        nav[b] = cash[b]
    assets, stop = shares.shape[0], t + count
    ahead = 0 if market.near else min(2 * count, BLOCK)
    i = 0
    while count >= _MANY and i + 3 < assets:  # four in one pass over the sessions
        for k in range(i, i + 4):
            fetch_nb(marks, k, stop, ahead)
        s0, s1, s2, s3 = shares[i], shares[i + 1], shares[i + 2], shares[i + 3]
        p0, p1, p2, p3 = marks[i, t:stop], marks[i + 1, t:stop], marks[i + 2, t:stop], marks[i + 3, t:stop]
        for b in range(count):
            nav[b] = nav[b] + s0 * p0[b] + s1 * p1[b] + s2 * p2[b] + s3 * p3[b]
        i += 4
    while i < assets:
        fetch_nb(marks, i, stop, ahead)
        held, prices = shares[i], marks[i, t:stop]
        for b in range(count):
            nav[b] += held * prices[b]
        i += 1


@kernel(inline=True)
def premium_block_nb(
    t: int, count: int, marks: FloatArray, costs: CostPanels, state: State, premium: FloatArray
) -> None:
    """What marking at displaced prices would add to nav.

    Written to (count,) ``premium``, in currency, a session each from t on.
    """
    shares, displacement, since, decay = state.book[SHARES], state.book[DISPLACEMENT], state.book[SINCE], costs.decay
    if count == 1:
        total = 0.0
        for i in range(shares.shape[0]):
            age = t - int(since[i])
            if displacement[i] != 0.0 and age < decay.shape[0]:
                total += shares[i] * marks[i, t] * displaced_by_nb(displacement[i] * decay[age])
        premium[0] = total
        return
    for b in range(count):
        premium[b] = 0.0
    for i in range(shares.shape[0]):
        age = t - int(since[i])
        known = min(decay.shape[0] - age, count)
        if displacement[i] == 0.0 or shares[i] == 0.0 or known <= 0:
            continue
        held, moved = shares[i], displacement[i]
        prices, left = marks[i, t : t + known], decay[age : age + known]
        if abs(moved * left[0]) < _SMALL:
            for b in range(known):
                x = moved * left[b]
                up = x * (1.0 + x * (0.5 + x * (1.0 / 6.0 + x * (1.0 / 24.0 + x * (1.0 / 120.0)))))
                premium[b] += held * prices[b] * up
        else:
            for b in range(known):
                premium[b] += held * prices[b] * displaced_by_nb(moved * left[b])


@kernel(inline=True)
def brings_nb(i: int, t: int, value: float, liquidity: LiquidityPanels) -> float:
    """Cash that a position brings within the horizon under stress.

    In currency, of asset i at the close of session t; ``value`` is in currency.

    A short position has to be bought back, at as much more than its value as a long one brings less.
    """
    capacity, net, slope = liquidity.capacity, liquidity.net, liquidity.slope
    row, column = (t, i) if liquidity.by_session else (i, t)
    if not value > 0.0:
        return value * (2.0 - net[row, column])
    sold = value if value < capacity[row, column] else capacity[row, column]
    return sold * (net[row, column] - slope[row, column] * sold)


@kernel(inline=True)
def raised_block_nb(
    t: int,
    count: int,
    market: MarketArrays,
    shares: FloatArray,
    liquidity: LiquidityPanels,
    cash: FloatArray,
    raised: FloatArray,
) -> None:
    """Cash that could be raised within the horizon under stress, cash held included.

    A wide market is read along rows, session by session.
    """
    capacity, net, slope = liquidity.capacity, liquidity.net, liquidity.slope
    marks, by_session = market.mark_by_asset, market.mark
    if count == 1 or liquidity.by_session:
        for b in range(count):
            total = cash[b]
            for i in range(shares.shape[0]):
                total += brings_nb(i, t + b, shares[i] * by_session[t + b, i], liquidity)
            raised[b] = total
        return
    for b in range(count):
        raised[b] = cash[b]
    for i in range(shares.shape[0]):
        held, prices = shares[i], marks[i, t : t + count]
        most, kept, lost = capacity[i, t : t + count], net[i, t : t + count], slope[i, t : t + count]
        for panel in (capacity, net, slope):
            fetch_nb(panel, i, t + count, min(2 * count, BLOCK))
        if held > 0.0:
            for b in range(count):
                value = held * prices[b]
                sold = value if value < most[b] else most[b]
                raised[b] += sold * (kept[b] - lost[b] * sold)
        elif held < 0.0:
            for b in range(count):
                raised[b] += held * prices[b] * (2.0 - kept[b])


@kernel(inline=True)
def strayed_block_nb(
    t: int,
    count: int,
    marks: FloatArray,
    shares: FloatArray,
    plan: PlanArrays,
    row: int,
    cash: FloatArray,
    nav: FloatArray,
    worst: FloatArray,
) -> int:
    """First session of the block whose weights, cash included, have strayed beyond the band; ``count`` for none.

    ``worst`` is scratch: 1 where some deviation exceeds the band.
    """
    targets, band, cash_target = plan.targets, plan.rules[row, RULE_BAND], plan.rules[row, RULE_CASH]
    i, assets, stop, strayed = 0, shares.shape[0], t + count, False
    for b in range(count):
        out = abs(cash[b] - cash_target * nav[b]) > band * nav[b]
        worst[b] = 1.0 if out else 0.0
        strayed |= out
    while count >= _MANY and i + 3 < assets:
        s0, s1, s2, s3 = shares[i], shares[i + 1], shares[i + 2], shares[i + 3]
        w0, w1, w2, w3 = targets[row, i], targets[row, i + 1], targets[row, i + 2], targets[row, i + 3]
        p0, p1, p2, p3 = marks[i, t:stop], marks[i + 1, t:stop], marks[i + 2, t:stop], marks[i + 3, t:stop]
        for b in range(count):
            edge = band * nav[b]
            out = (abs(s0 * p0[b] - w0 * nav[b]) > edge) | (abs(s1 * p1[b] - w1 * nav[b]) > edge)
            out |= (abs(s2 * p2[b] - w2 * nav[b]) > edge) | (abs(s3 * p3[b] - w3 * nav[b]) > edge)
            worst[b] = 1.0 if out else worst[b]
            strayed |= out
        i += 4
    while i < assets:
        held, weight, prices = shares[i], targets[row, i], marks[i, t:stop]
        for b in range(count):
            out = abs(held * prices[b] - weight * nav[b]) > band * nav[b]
            worst[b] = 1.0 if out else worst[b]
            strayed |= out
        i += 1
    if strayed:
        for b in range(count):
            if worst[b] > 0.0:
                return b
    return count


@kernel(inline=True)
def strayed_nb(
    t: int, marks: FloatArray, shares: FloatArray, plan: PlanArrays, row: int, band: float, cash: float, nav: float
) -> bool:
    """Whether a weight of one session, cash included, has strayed beyond a band."""
    targets = plan.targets
    edge = band * nav
    out = abs(cash - plan.rules[row, RULE_CASH] * nav) > edge
    for i in range(shares.shape[0]):
        out |= abs(shares[i] * marks[t, i] - targets[row, i] * nav) > edge
    return out


@kernel(inline=True)
def proven_nb(
    t: int, last: int, cash: float, nav: float, premium: float, market: MarketArrays, limits: Limits, state: State
) -> bool:
    """Whether the change in nav from the close before t to the close of ``last`` is what the books explain.

    The day t began with the fills, flows and costs in the day's totals; from then on the book earned interest and
    the moves of its marks. Where much more was held or moved than the book is worth, that rounds more coarsely.
    """
    cell, shares, by_session, by_asset = state.cell, state.book[SHARES], market.mark, market.mark_by_asset
    before, few = max(t - 1, 0), shares.shape[0] <= FEW
    gain, moved = 0.0, cell[DAY_MOVED]
    for i in range(shares.shape[0]):
        now = by_asset[i, last] if few else by_session[last, i]
        then = by_asset[i, before] if few else by_session[before, i]
        gain += shares[i] * (now - then)
        moved += abs(shares[i]) * (now + then)
    gain += cell[DAY_PRICE_PNL] + cell[DAY_IMPACT_PNL] - cell[DAY_COSTS] + cell[DAY_DIVIDENDS]
    gain += cell[DAY_INTEREST] + cell[DAY_FLOW] + (cash - cell[BOOK_CASH]) - cell[DAY_FEES]
    if limits.impacted_marks:
        gain += premium - cell[PREMIUM]
    size = max(abs(nav), abs(cell[PREVIOUS_NAV]), abs(cash), 1.0)  # a book paid out whole was large before
    return abs(nav - cell[PREVIOUS_NAV] - gain) <= TOLERANCE * size + ROUNDING * moved


@kernel
def write_nb(
    t: int,
    count: int,
    financing: float,
    limits: Limits,
    market: MarketArrays,
    cash: FloatArray,
    premium: FloatArray,
    state: State,
    out: Output,
    events: npt.NDArray[Any],
) -> None:
    """Write the daily arrays of a block, its interest and its marks. The day's totals belong to its first session.

    The marks of a session are one event, in their place; :func:`simulator.ledger.expand` makes one an asset of it.
    """
    cell, shares, marks, tally = state.cell, state.book[SHARES], market.mark, state.tally
    written, daily, accrual, year = out.shares, out.daily, market.accrual, market.year
    for b in range(count):
        u = t + b
        before = max(u - 1, 0)
        interest = cell[DAY_INTEREST]
        if b > 0:
            interest = interest_nb(cash[b - 1], accrual[u], year[u], financing)
        if b > 0 and interest != 0.0:
            emit_nb(events, tally, u, _INTEREST, NO_COMPONENT, -1, -1, 0.0, 0.0, interest)
        pnl, worth = 0.0, 0.0
        for i in range(shares.shape[0]):
            held, price = shares[i], marks[u, i]
            written[u, i] = held
            pnl += held * (price - marks[before, i])
            worth += held * price
        emit_nb(events, tally, u, _MARK, NO_COMPONENT, -1, -1, 0.0, 0.0, worth)
        daily[DAILY_CASH, u] = cash[b]
        daily[DAILY_INTEREST, u] = interest
        daily[DAILY_PRICE_PNL, u] = pnl
        daily[DAILY_PREMIUM, u] = premium[b]
        if limits.impacted_marks:
            daily[DAILY_IMPACT_PNL, u] = premium[b] - (premium[b - 1] if b > 0 else cell[PREMIUM])
        for within in range(out.settled.shape[0]):  # where anything waits to settle, a session is marked by itself
            out.settled[within, u] = payable_nb(u, within, state) if b == 0 else cash[b]
    daily[DAILY_PRICE_PNL, t] += cell[DAY_PRICE_PNL]
    daily[DAILY_IMPACT_PNL, t] += cell[DAY_IMPACT_PNL]
    daily[DAILY_DIVIDENDS, t] = cell[DAY_DIVIDENDS]
    daily[DAILY_FEES, t] = cell[DAY_FEES]
    daily[DAILY_FLOWS, t] = cell[DAY_FLOW]
    daily[DAILY_LATE_FLOWS, t] = cell[DAY_LATE_FLOW]
    daily[DAILY_BOUGHT, t] = cell[DAY_BOUGHT]
    daily[DAILY_SOLD, t] = cell[DAY_SOLD]
    daily[DAILY_FIRST, t] = cell[DAY_FIRST]


@kernel(inline=True)
def keep_nb(t: int, count: int, cash: FloatArray, premium: float, limits: Limits, state: State, out: Output) -> None:
    """Carry the close of the block's last session forward, and the year's trading for the rolling caps."""
    cell, nav, raised, flowed = state.cell, out.nav, out.raised, out.flowed
    last = count - 1
    traded = max(cell[DAY_BOUGHT], cell[DAY_SOLD])
    early, late, opening = cell[DAY_FLOW] - cell[DAY_LATE_FLOW], cell[DAY_LATE_FLOW], nav[t - 1] if t > 0 else 0.0
    if flowed.shape[1] > 0:
        owed = flowed[2, t - 1] if t > 0 else 0.0
        opening = stayers_nb(opening, owed)
        if owed > 0.0 or cell[OWED] > 0.0:
            early, late = cell[DAY_DUE], 0.0
        flowed[0, t], flowed[1, t], flowed[2, t] = early, late, cell[OWED]
        unpaid = cell[OWED] + cell[DAY_GIVEN_UP]
        if unpaid > 0.0:
            cell[NEVER_PAID] += cell[DAY_GIVEN_UP]
            cell[MOST_OWED] = max(cell[MOST_OWED], unpaid / nav[t] if nav[t] > 0.0 else 1.0)
    if cell[DAY_COSTS] > 0.0:
        # Over what was there after the flows of the open, as the day's return is; session 0 begins with its flows.
        opening += early
        if opening > 0.0:
            cell[TOTAL_COST] += cell[DAY_COSTS] / opening
    if (traded > 0.0 or cell[DAY_COSTS] > 0.0) and nav[t] > 0.0:
        cell[TOTAL_TURNOVER] += traded / nav[t]
        known = cell[BOOK_NAV]  # what the day's turnover was capped against
        if rolling_nb(limits) and known > 0.0:
            remember_nb(t, traded / known, cell[DAY_COSTS] / nav[t], state.recent)
    cell[BOOK_CASH] = cash[last]
    cell[PREMIUM] = premium
    cell[BOOK_NAV] = cell[PREVIOUS_NAV] = nav[t + last]
    if raised.shape[0] > 0:
        least = cell[LEAST_RAISED]
        if cell[OWED] > 0.0:  # as a single session; what is owed is no longer theirs who stay
            stayers = stayers_nb(nav[t], cell[OWED])
            if stayers > 0.0:
                least = min(least, (raised[t] - cell[OWED]) / stayers)
        else:
            for b in range(t, t + count):
                share = raised[b] / nav[b] if nav[b] > 0.0 else np.inf
                least = share if share < least else least
        cell[LEAST_RAISED] = least
