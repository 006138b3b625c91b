"""What a book is worth when an order is sized at its fill and an asset has no price then."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import HOLD, Execution, MarketData, simulate
from simulator.ledger import Kind
from strategies import from_callable
from tests.support import FREE

DAYS = pd.bdate_range("2024-01-01", periods=6)


def market(close_b, open_b, **events):
    def frame(a, b):
        return pd.DataFrame({"A": a, "B": b}, DAYS)

    tens = [10.0] * 6
    extra = {name: frame(none, values) for name, (none, values) in events.items()}
    return MarketData.from_frames(
        frame(tens, close_b), open=frame(tens, open_b), volume=frame([1e6] * 6, [1e6] * 6), **extra
    )


def ordered(one, fill):
    """Orders sized on session 3 to return to halves, on which the book stands if it is worth what was known."""

    def policy(day):
        return {"A": 0.5, "B": 0.5} if day.t in (0, 2) else HOLD

    terms = Execution(fill=fill, size_at="fill")
    result = simulate(one, from_callable(policy), costs=FREE, execution=terms, initial_cash=1000.0)
    return result.records[(result.records["kind"] == Kind.ORDER) & (result.records["session"] == 3)]


def test_without_an_open_the_previous_close_counts_not_the_days_own():
    for close_today in (20.0, 500.0):
        one = market([20.0] * 3 + [close_today] * 3, [20.0] * 3 + [np.nan] + [close_today] * 2)
        assert len(ordered(one, "open")) == 0  # the book is where it should be


@pytest.mark.parametrize("fill", ["open", "close"])
def test_a_split_on_a_day_without_a_price_changes_nothing(fill):
    gap = [20.0] * 3 + [np.nan] + [10.0] * 2
    one = market(gap, gap, splits=([1.0] * 6, [1.0] * 3 + [2.0] + [1.0] * 2))
    assert len(ordered(one, fill)) == 0


@pytest.mark.parametrize("fill", ["open", "close"])
def test_a_dividend_on_a_day_without_a_price_is_counted_once(fill):
    gap = [20.0] * 3 + [np.nan] + [18.0] * 2
    one = market(gap, gap, dividends=([0.0] * 6, [0.0] * 3 + [2.0] + [0.0] * 2))
    assert len(ordered(one, fill)) == 0
