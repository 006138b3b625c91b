"""What the oracle computes orders with: cost law, trajectory, and bisection where the kernel uses Newton's method."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulator.core import abi
from simulator.core.types import FloatArray
from simulator.engine.prepare import Prepared

_NOTHING = 1e-30  # a scale below this is none


def path_of(row: int, order: FloatArray, run: Prepared) -> FloatArray:
    """(n + 1, N) share of each order left: the sinh solution in the paper's own form, or a straight line."""
    n, j = run.limits.slices, np.arange(run.limits.slices + 1)[:, None]
    straight = np.broadcast_to(1.0 - j / n, (n + 1, order.size))
    if run.limits.schedule != abi.ALMGREN_CHRISS or run.limits.risk_aversion == 0.0:
        return straight
    sigma, volume = row_of(run.costs.planned_sigma, row), row_of(run.costs.planned_volume, row)
    slice_ = np.abs(order) * run.arrays.mark[row] / n
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        impact = np.where(
            slice_ > 0.0, run.costs.by_asset[abi.ETA] * sigma * (slice_ / volume) ** run.costs.delta / slice_, 0.0
        )
        kappa = np.arccosh(1.0 + 0.5 * run.limits.risk_aversion * sigma**2 / impact)
        path = np.sinh(kappa * (n - j)) / np.sinh(kappa * n)
        path = np.where(np.isfinite(path), path, np.exp(-kappa * j))
    at_once = np.where(j == 0, 1.0, 0.0)
    path = np.where(impact > 0.0, np.where(kappa < 1e-9, straight, path), at_once)
    return np.where((order != 0.0) & (volume > 0.0), path, straight)


def row_of(panel: FloatArray, t: int) -> FloatArray:
    """A session's row of a panel, which has a single one where every day is alike."""
    return np.asarray(panel[t if len(panel) > 1 else 0])


def costs_of(t: int, shares: FloatArray, notional: FloatArray, run: Prepared, planned: bool = False) -> FloatArray:
    """(N, components) cost of absolute quantities."""
    law = run.costs
    spread = row_of(law.planned_spread if planned else law.spread, t)
    volume = row_of(law.planned_volume if planned else law.volume, t)
    sigma = row_of(law.planned_sigma if planned else law.sigma, t)
    traded = notional > 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        temporary = np.where(
            traded & (law.by_asset[abi.ETA] > 0),
            notional * law.by_asset[abi.ETA] * sigma * (notional / volume) ** law.delta,
            0.0,
        )
        permanent = np.where(
            traded & (law.by_asset[abi.GAMMA] > 0), 0.5 * law.by_asset[abi.GAMMA] * sigma * notional**2 / volume, 0.0
        )
    by_size = (
        notional * law.by_asset[abi.FEE_RATE] + shares * row_of(law.raw_shares, t) * law.by_asset[abi.FEE_PER_SHARE]
    )
    fee = np.where(traded, np.maximum(by_size, law.by_asset[abi.FEE_MINIMUM]) + law.by_asset[abi.FEE_FIXED], 0.0)
    return np.column_stack([notional * spread, temporary, permanent, fee, np.zeros_like(fee)])


def largest(cost: Callable[[float], float], budget: float) -> float:
    """Largest f in [0, 1] with cost(f) <= budget, by bisection."""
    if cost(1.0) <= budget:
        return 1.0
    low, high = 0.0, 1.0
    while True:
        middle = 0.5 * (low + high)
        if middle in (low, high) or high < _NOTHING:
            return low
        low, high = (middle, high) if cost(middle) <= budget else (low, middle)


def smallest(brings: Callable[[float], float], need: float) -> float:
    """Smallest f in [0, 1] with brings(f) >= need, by bisection."""
    low, high = 0.0, 1.0
    while True:
        middle = 0.5 * (low + high)
        if middle in (low, high) or high < _NOTHING:
            return high
        low, high = (middle, high) if brings(middle) < need else (low, middle)


def whole_lots(order: FloatArray, held: FloatArray, t: int, run: Prepared) -> FloatArray:
    """The order rounded towards zero to whole lots; a position may be closed whatever it is.

    In shares, (N,), on session t.
    """
    lot, raw = run.limits.lot, row_of(run.costs.raw_shares, t)
    size = np.where(lot > 0.0, lot / raw, 1.0)
    whole = np.trunc(order / size * (1.0 + 1e-12)) * size
    return np.where((lot > 0.0) & (order != -held), whole, order)


def worth_before(t: int, run: Prepared) -> FloatArray:
    """What shares without a price are known to be worth when orders fill: yesterday's marks, less what they brought."""
    worth = run.arrays.mark[t - 1].copy()
    for wanted in (abi.SPLIT, abi.DIVIDEND):
        for session, asset, kind, value in run.actions.table:
            if session == t and kind == wanted:
                i = int(asset)
                worth[i] = worth[i] / value if kind == abi.SPLIT else max(worth[i] - value, 0.0)
    return worth


def profitable(t: int, trade: FloatArray, price: FloatArray, run: Prepared) -> FloatArray:
    """The trades without the sales that would cost more than they bring.

    In shares, (N,); prices are in currency a share.
    """
    notional = np.abs(trade) * price
    charge = costs_of(t, np.abs(trade), notional, run).sum(axis=1)
    return np.where((trade < 0.0) & (charge >= notional), 0.0, trade)


def anything_left(t: int, shares: FloatArray, price: FloatArray, run: Prepared) -> bool:
    """Whether a book holds something to sell later: what cannot trade today, or brings more than its commission.

    Shares and prices are (N,), of session t.
    """
    held = np.maximum(shares, 0.0)
    commission = costs_of(t, held, held * price, run)[:, abi.COMMISSION]
    able = run.arrays.status[t] == abi.TRADABLE
    return bool(((held > 0.0) & (~able | (commission < held * price))).any())


def lost(nav: float, before: float, flow: float, initial: float) -> bool:
    """Whether all is lost; a book that was paid out has lost nothing but for roundings.

    All in currency, over one session.
    """
    if nav < -abi.DUST * max(before, initial):
        return True
    return nav <= 0.0 and flow >= 0.0 and before + flow > 0.0


def raised(t: int, run: Prepared, cash: float, values: FloatArray) -> float:
    """Cash that could be raised within the horizon under stress.

    In currency; ``values`` are (N,), of session t; NaN where no liquidity is measured.
    """
    if run.panels.capacity.shape[1] == 0:
        return float("nan")
    panels = run.panels
    capacity, net, slope = (
        panel[t] if panels.by_session else panel[:, t] for panel in (panels.capacity, panels.net, panels.slope)
    )
    sold = np.minimum(values, capacity)
    return cash + float(np.where(values > 0.0, sold * (net - slope * sold), values * (2.0 - net)).sum())


def sales_for(
    t: int, run: Prepared, shares: FloatArray, price: FloatArray, room: FloatArray, need: float
) -> FloatArray:
    """Shares to sell to raise what is owed: rank by rank, within a rank the same share of everything."""
    able = (shares > 0.0) & (run.arrays.status[t] == abi.TRADABLE)
    room = np.maximum(room, 0.0)
    most = np.where(able, np.minimum(shares, room / np.where(price > 0.0, price, np.inf)), 0.0)
    sales = np.zeros_like(most)
    for level in range(int(run.flows.rank.max()) + 1):
        offered = np.where(run.flows.rank == level, most, 0.0)

        def brings(scale: float, offered: FloatArray = offered) -> float:
            notional = scale * offered * price
            net = notional - costs_of(t, scale * offered, notional, run).sum(axis=1)
            return float(np.maximum(net, 0.0).sum())

        scale = 1.0 if brings(1.0) <= need else smallest(brings, need)
        sales += scale * offered
        need -= brings(scale)
        if scale < 1.0:
            break
    unprofitable = sales * price - costs_of(t, sales, sales * price, run).sum(axis=1) <= 0.0
    sales[unprofitable] = 0.0
    return sales
