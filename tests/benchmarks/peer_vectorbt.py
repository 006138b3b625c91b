"""vectorbt's order functions: simulation only, no value(), numba, warm.

The policy trades in two callbacks, as vectorbt means it: before a session the band is tested and the sizes are laid
out, sells first; then each asset gives its order. ``segment_mask`` names the sessions on which anything is asked at
all; where a policy is reviewed seldom, that is the faster form. vectorbt itself runs on one thread; compiled code that
calls its simulation may release the GIL, so that threads can share the runs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import vectorbt as vbt
from numba import njit
from vectorbt.portfolio import nb
from vectorbt.portfolio.enums import NoOrder

from .threads import spread

_simulate_nb = nb.simulate_nb


@njit
def rebalance_nb(c, weights, cash_target, band, every, size):
    """Before a day: test the band; fill ``size`` with shares to trade and put sells first."""
    trading = False
    if c.i % every == 0:
        value = c.last_cash[c.group]
        for col in range(c.from_col, c.to_col):
            value += c.last_position[col] * c.close[c.i, col]
        edge = band * value
        trading = c.i == 0 or abs(c.last_cash[c.group] - cash_target * value) > edge
        for col in range(c.from_col, c.to_col):
            k = col - c.from_col
            if abs(c.last_position[col] * c.close[c.i, col] - weights[k] * value) > edge:
                trading = True
        if trading:
            for col in range(c.from_col, c.to_col):
                k = col - c.from_col
                size[k] = weights[k] * value / c.close[c.i, col] - c.last_position[col]
            nb_sells = 0
            for k in range(size.shape[0]):
                if size[k] < 0.0:
                    c.call_seq_now[nb_sells] = k
                    nb_sells += 1
            for k in range(size.shape[0]):
                if size[k] >= 0.0:
                    c.call_seq_now[nb_sells] = k
                    nb_sells += 1
    return (trading,)


@njit
def order_nb(c, trading, size, cost):
    """One order of the list."""
    if not trading:
        return NoOrder
    return nb.order_nb(size[c.col - c.from_col], c.close[c.i, c.col], fees=cost)


@njit(nogil=True)
def simulate_nb(close, groups, weights, band, every, mask, cost, cash, call_seq, room):
    """Order records of one policy on the groups of columns of ``close``; ``room`` for so many records."""
    assets = weights.shape[0]
    size = np.zeros(assets)
    orders, _ = _simulate_nb(
        close.shape,
        np.full(groups, assets),
        np.full(groups, cash),
        True,
        call_seq,
        mask,
        pre_segment_func_nb=rebalance_nb,
        pre_segment_args=(weights, 1.0 - weights.sum(), band, every, size),
        order_func_nb=order_nb,
        order_args=(size, cost),
        close=close,
        fill_pos_record=False,
        max_orders=room,
    )
    return orders


@njit(nogil=True)
def many_nb(first, stop, close, weights, bands, every, masks, cost, cash, call_seq, room, nav_end):
    """Runs ``first`` to ``stop``, each of them a policy on a path ``close`` (P, T, N); final nav if it is asked for."""
    for k in range(first, stop):
        path, rule = close[k % close.shape[0]], k % bands.shape[0]
        orders = simulate_nb(
            path, 1, weights, bands[rule], every[rule], masks[rule % masks.shape[0]], cost, cash, call_seq, room
        )
        if nav_end.shape[0] > 0:
            nav_end[k] = cash + value_nb(orders, path)


@njit(nogil=True)
def value_nb(orders, close):
    """What all trades together cost and left behind, at the last close."""
    value = 0.0
    for k in range(orders.shape[0]):
        sign = 1.0 if orders[k]["side"] == 0 else -1.0
        moved = close[close.shape[0] - 1, orders[k]["col"]] - orders[k]["price"]
        value += sign * orders[k]["size"] * moved - orders[k]["fees"]
    return value


def reviewed(sessions: int, every: np.ndarray | list[int]) -> np.ndarray:
    """(K, T, 1) the sessions on which a policy is reviewed, one row for each interval."""
    return (np.arange(sessions)[None, :] % np.asarray(every)[:, None] == 0)[:, :, None]


def order_functions(
    close: np.ndarray, weights: np.ndarray, band: float, every: int, cost: float, cash: float, masked: bool
) -> Callable[[], np.ndarray]:
    """A call that simulates a band policy and returns vectorbt's order records."""
    mask = reviewed(len(close), [every if masked else 1])[0]
    call_seq = default_sequence(close.shape)

    def run(room: int = close.size) -> np.ndarray:
        return simulate_nb(close, 1, weights, band, every, mask, cost, cash, call_seq, room)

    room = len(run()) + 1  # vectorbt's default makes room for an order of every asset on every session
    return lambda: run(room)


def all_as_groups(
    close: np.ndarray, weights: np.ndarray, band: float, cost: float, cash: float
) -> Callable[[], np.ndarray]:
    """A call that simulates a band policy on paths (P, T, N), all of them columns of one array, on one thread."""
    count, sessions, assets = close.shape
    wide = np.ascontiguousarray(close.transpose(1, 0, 2)).reshape(sessions, count * assets)
    mask = np.ones((sessions, count), bool)
    call_seq = np.tile(np.arange(assets), (sessions, count))

    def run(room: int) -> np.ndarray:
        return simulate_nb(wide, count, weights, band, 1, mask, cost, cash, call_seq, room)

    room = len(run(wide.size)) + 1
    return lambda: run(room)


def run_by_run(
    close: np.ndarray,
    weights: np.ndarray,
    bands: np.ndarray,
    every: np.ndarray,
    cost: float,
    cash: float,
    masked: bool,
    threads: int,
) -> Callable[[], np.ndarray]:
    """A call that simulates every policy on every path (P, T, N); final nav comes with its argument ``valued``."""
    count, sessions, assets = close.shape
    runs = max(count, bands.size)
    masks = reviewed(sessions, every if masked else [1])
    sequence = default_sequence((sessions, assets))

    def run(room: int, valued: bool) -> np.ndarray:
        nav_end = np.empty(runs if valued else 0)

        def block(first: int, stop: int) -> None:
            many_nb(first, stop, close, weights, bands, every, masks, cost, cash, sequence.copy(), room, nav_end)

        spread(block, runs, threads)
        return nav_end

    return lambda valued=False: run(sessions * assets, valued)


def default_sequence(shape: tuple[int, ...]) -> np.ndarray:
    """The order in which assets are called, to begin with."""
    return vbt.portfolio.nb.build_call_seq(shape, np.array([shape[1]]), 0)


def nav_of(orders: np.ndarray, close: np.ndarray, cash: float) -> np.ndarray:
    """Nav from order records, to compare with."""
    shares, money = np.zeros(close.shape), np.zeros(len(close))
    sign = np.where(orders["side"] == 0, 1.0, -1.0)
    np.add.at(shares, (orders["idx"], orders["col"]), sign * orders["size"])
    np.add.at(money, orders["idx"], -sign * orders["size"] * orders["price"] - orders["fees"])
    return cash + np.cumsum(money) + (np.cumsum(shares, axis=0) * close).sum(axis=1)
