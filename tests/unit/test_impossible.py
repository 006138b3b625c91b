"""What could not have been is said before the figures: on the terminal, the page and in the metrics."""

from __future__ import annotations

import pandas as pd
import pytest

from scenarios.impossible import impossible, largest_fill, largest_impact
from simulator import AlmgrenChriss, Bounds, Execution, MarketData, RunResult, simulate
from strategies import Hold
from tests.support import FREE

DAYS = pd.bdate_range("2024-01-01", periods=4)


def book(volume: float, execution: Execution | None = None, costs: AlmgrenChriss = FREE) -> RunResult:
    market = MarketData.from_frames(
        pd.DataFrame({"A": [100.0] * 4}, DAYS), volume=pd.DataFrame({"A": [volume] * 4}, DAYS)
    )
    return simulate(market, Hold({"A": 0.5}), costs=costs, execution=execution, initial_cash=1e6)


def test_a_fill_above_the_days_volume():
    # 5,000 shares of the 2 that trade that day.
    result = book(2.0)
    assert largest_fill(result) == pytest.approx((2500.0, "A", "2024-01-02", 1))
    (line,) = impossible({"wild": result})
    assert "wild traded 2,500.0 times the day's volume of A on 2024-01-02 (1 such fill)" in line


def test_below_it_and_with_a_cap_nothing_is_said():
    assert list(impossible({"mild": book(5001.0)})) == []
    assert list(impossible({"capped": book(2.0, Execution(max_participation=1.0))})) == []


def test_impact_that_eats_the_book():
    # 5,000 of 500 shares: 500,000 x 0.142 x 0.02 x 10^0.6 = 5,653 and 0.5 x 0.314 x 0.02 x 500,000 x 10 = 15,700.
    result = book(500.0, costs=AlmgrenChriss(half_spread_bps=0.0))
    worst = largest_impact(result)
    assert worst is not None
    assert worst.share == pytest.approx((500_000 * 0.142 * 0.02 * 10**0.6 + 15_700.0) / 1e6, rel=1e-9)
    said = list(impossible({"x": result}))
    assert any("paid 2.1% of its nav for the impact of one fill of A on 2024-01-02" in notice for notice in said)


def test_a_book_that_is_over_and_no_more_than_three_names():
    market = MarketData.from_frames(pd.DataFrame({"A": [10.0, 10.0, 40.0, 10.0]}, DAYS))
    result = simulate(market, Hold({"A": -1.0}), costs=FREE, bounds=Bounds(allow_short=True), initial_cash=1000.0)
    (line,) = impossible({f"p{k}": result for k in range(5)})
    assert line.startswith("worth nothing or less, and over from then on: p0 from 2024-01-03 on (nav -2,000, ")
    assert line.endswith("; and 2 more")
