"""vectorbt's order-function path for a band policy: simulation only, no value(), numba, warm."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import vectorbt as vbt
from numba import njit
from vectorbt.portfolio import nb
from vectorbt.portfolio.enums import NoOrder


@njit
def rebalance_nb(c, weights, cash_target, band, every, cost, size):
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


def band_policy(
    close: np.ndarray, weights: np.ndarray, band: float, every: int, cost: float, cash: float
) -> Callable[[], tuple[np.ndarray, np.ndarray]]:
    """A call that simulates a band policy and returns vectorbt's order and log records."""
    sessions, assets = close.shape
    size = np.zeros(assets)
    call_seq = vbt.portfolio.nb.build_call_seq((sessions, assets), np.array([assets]), 0)

    def run() -> tuple[np.ndarray, np.ndarray]:
        return nb.simulate_nb(
            target_shape=(sessions, assets),
            group_lens=np.array([assets]),
            init_cash=np.array([cash]),
            cash_sharing=True,
            call_seq=call_seq,
            segment_mask=np.full((sessions, 1), True),
            pre_segment_func_nb=rebalance_nb,
            pre_segment_args=(weights, 1.0 - weights.sum(), band, every, cost, size),
            order_func_nb=order_nb,
            order_args=(size, cost),
            close=close,
            fill_pos_record=False,
        )

    return run


def nav_of(orders: np.ndarray, close: np.ndarray, cash: float) -> np.ndarray:
    """Nav from order records, to compare with."""
    shares, money = np.zeros(close.shape), np.zeros(len(close))
    sign = np.where(orders["side"] == 0, 1.0, -1.0)
    np.add.at(shares, (orders["idx"], orders["col"]), sign * orders["size"])
    np.add.at(money, orders["idx"], -sign * orders["size"] * orders["price"] - orders["fees"])
    return cash + np.cumsum(money) + (np.cumsum(shares, axis=0) * close).sum(axis=1)
