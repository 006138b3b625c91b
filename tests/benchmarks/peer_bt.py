"""bt with an algo of its own for the band: simulation only, without its statistics.

bt's ``Rebalance`` sizes after costs; here the algo sizes on nav before costs, as everyone else does, and transacts
the quantities. bt keeps its time series in pandas and walks its tree of securities twice a session.
"""

from __future__ import annotations

from collections.abc import Callable

import bt
import numpy as np
import pandas as pd


class Band(bt.Algo):
    """Back to the targets when a weight, cash included, has strayed beyond the band."""

    def __init__(self, close: np.ndarray, weights: np.ndarray, names: list[str], band: float, every: int) -> None:
        super().__init__()
        self.close, self.weights, self.names, self.band, self.every = close, weights, names, band, every
        self.cash_target = 1.0 - weights.sum()
        self.t = -1

    def __call__(self, target: bt.Strategy) -> bool:
        """Trade if it is time to."""
        self.t += 1
        if self.t % self.every:
            return True
        price, nav = self.close[self.t], target.value
        shares = np.array([target.children[name].position for name in self.names])
        strayed = np.abs(shares * price - self.weights * nav).max()
        if self.t == 0 or max(strayed, abs(target.capital - self.cash_target * nav)) > self.band * nav:
            trade = self.weights * nav / price - shares
            for i in np.argsort(trade > 0.0, kind="stable"):  # sells first
                target.transact(trade[i], child=self.names[i])
        return True


def band_policy(
    close: np.ndarray, weights: np.ndarray, band: float, every: int, cost: float, cash: float
) -> Callable[[], bt.Backtest]:
    """A call that simulates a band policy and returns bt's finished backtest."""
    names = [f"A{i:03d}" for i in range(close.shape[1])]
    frame = pd.DataFrame(close, pd.bdate_range("1950-01-02", periods=len(close)), names)

    def run() -> bt.Backtest:
        algo, children = Band(close, weights, names, band, every), [bt.Security(name) for name in names]
        strategy = bt.Strategy("band", [algo], children=children)
        test = bt.Backtest(
            strategy,
            frame,
            initial_capital=cash,
            commissions=lambda q, p: abs(q) * p * cost,
            integer_positions=False,
            progress_bar=False,
        )
        walk(test)
        return test

    return run


def walk(test: bt.Backtest) -> None:
    """What ``Backtest.run`` does, up to the statistics."""
    book = test.strategy
    book.setup(test.data, **test.additional_data)
    book.adjust(test.initial_capital)
    book.update(test.dates[0])
    for day in test.dates[1:]:
        book.update(day)
        book.run()
        book.update(day)


def nav_of(test: bt.Backtest) -> np.ndarray:
    """Nav by session; bt puts one more row before the first."""
    return test.strategy.values.to_numpy()[1:]
