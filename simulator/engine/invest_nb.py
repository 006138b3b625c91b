"""Money of investors that is invested as it comes."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from simulator.core.abi import (
    DISPLACEMENT,
    ETA,
    GAMMA,
    PRICE,
    SHARES,
    SINCE,
    TAKEN_NOTIONAL,
    TRADABLE,
    TRADE_LIST,
    CostPanels,
    Limits,
    MarketArrays,
    Output,
    State,
)
from simulator.core.jit import kernel
from simulator.costs.law_nb import cost_nb, row_nb

from .lots_nb import whole_lots_nb
from .settle_nb import charge_nb, displaced_nb, displacement_nb, fee_nb, settle_nb
from .unsettled_nb import buying_power_nb

_BISECTIONS = 60


@kernel
def invest_nb(
    t: int,
    amount: float,
    market: MarketArrays,
    costs: CostPanels,
    limits: Limits,
    state: State,
    out: Output,
    events: npt.NDArray[Any],
) -> None:
    """Buy more of all that is held, in proportion, for an amount of cash that has just come, costs included.

    ``amount`` is in currency, of session t.
    """
    trade, prices, shares = state.book[TRADE_LIST], state.book[PRICE], state.book[SHARES]
    displacement, since, taken = state.book[DISPLACEMENT], state.book[SINCE], state.book[TAKEN_NOTIONAL]
    status, fill_price, volumes, raws = market.status, market.fill_price, costs.volume, costs.raw_shares
    rv, rr, total = row_nb(volumes, t), row_nb(raws, t), 0.0
    for i in range(trade.shape[0]):
        trade[i] = prices[i] = 0.0
        if shares[i] > 0.0 and status[t, i] == TRADABLE:
            prices[i] = displaced_nb(fill_price[t, i], displacement_nb(i, t, displacement, since, costs.decay))
            total += shares[i] * prices[i]
    amount = min(amount, buying_power_nb(t, limits, state))  # what an overdraft takes is not there to be invested
    if total <= 0.0 or amount <= 0.0:
        return
    for i in range(trade.shape[0]):
        if prices[i] > 0.0:
            room = max(limits.participation * volumes[rv, i] - taken[i], 0.0)
            trade[i] = min(shares[i] * amount / total, room / prices[i])
    low, high = 0.0, 1.0
    if outlay_nb(t, 1.0, costs, state) > amount:
        for _ in range(_BISECTIONS):
            middle = 0.5 * (low + high)
            if outlay_nb(t, middle, costs, state) > amount:
                high = middle
            else:
                low = middle
    else:
        low = 1.0
    for i in range(trade.shape[0]):
        trade[i] = whole_lots_nb(trade[i] * low, shares[i], limits.lot[i], raws[rr, i])
    charge_nb(t, False, costs, state)
    settle_nb(t, 1, -1, market, costs, limits, state, out, events)


@kernel
def outlay_nb(t: int, scale: float, costs: CostPanels, state: State) -> float:
    """What buying a scale of the trade list takes from cash, costs included.

    In currency; ``scale`` is a fraction of every buy of session t.
    """
    trade, prices, total = state.book[TRADE_LIST], state.book[PRICE], 0.0
    rs, rv, rg = row_nb(costs.spread, t), row_nb(costs.volume, t), row_nb(costs.sigma, t)
    for i in range(trade.shape[0]):
        if trade[i] > 0.0 and scale > 0.0:
            x = trade[i] * scale * prices[i]
            a, b, c = cost_nb(
                x,
                costs.spread[rs, i],
                costs.volume[rv, i],
                costs.sigma[rg, i],
                costs.by_asset[ETA, i],
                costs.by_asset[GAMMA, i],
                costs.delta,
            )
            fee = fee_nb(t, i, trade[i] * scale, x, costs) if costs.commissions else 0.0
            total += x + (a + b + c + fee)
    return total
