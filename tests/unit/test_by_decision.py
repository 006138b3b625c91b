"""What each decision did for a book, by hand and against what all assets did."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from reports.decision_worth import by_year_decided, largest, worths_table
from reports.over_years import by_asset
from simulator import AlmgrenChriss, MarketData, simulate
from simulator.core.day import HOLD
from simulator.metrics import Decided, by_decision, contribution
from tests.combinations import draw
from tests.support import FREE

CLOSES = [100.0, 100.0, 120.0, 120.0, 90.0, 90.0, 108.0]


class Scripted:
    """Half at first, nothing after the rise, and ten shares after the fall."""

    name = "scripted"

    def __init__(self, targets):
        self.targets = targets

    def decide(self, day):
        return {"A": self.targets[day.t]} if day.t in self.targets else HOLD


def market(closes, **more):
    index = pd.bdate_range("2020-01-06", periods=len(closes))
    close = pd.DataFrame({"A": closes}, index)
    return MarketData.from_frames(close=close, volume=close * 0.0 + 1e9, **more)


TARGETS = {0: 0.5, 2: 0.0, 4: 900.0 / 1100.0}


def decided(world, costs=FREE, targets=TARGETS):
    result = simulate(world, Scripted(targets), costs=costs, initial_cash=1000.0)
    return result, by_decision(result, result.run.actions)


def test_decisions_by_hand():
    # Five shares at 100; sold at 120 on the fourth session, ten bought at 90 on the sixth, 108 at the end.
    result, made = decided(market(CLOSES))
    assert result.trades["quantity"].tolist() == pytest.approx([5.0, -5.0, 10.0])
    # The first five, had nothing followed: +100 on 1,000, -150 and +90 on 1,100.
    assert made.held == pytest.approx(100 / 1000 - 150 / 1100 + 90 / 1100)
    # The sale avoids the fall until five are bought back; of the purchase the other five gain 18 each.
    assert made.decision.tolist() == [1, 2]
    assert made.session.tolist() == [2, 4]
    assert made.profit.tolist() == pytest.approx([150 / 1100, 90 / 1100])
    assert made.others == 0.0
    assert made.held + made.profit.sum() == pytest.approx(100 / 1000 + 180 / 1100)


def test_the_latest_trade_is_taken_back_first():
    # Ten shares at 100; two sold at 110, two at 120, two bought back at 100: the later sale's. 90 at the end.
    targets = {0: 1.0, 1: 0.8, 2: 660 / 1100, 3: 960 / 1180}
    result, made = decided(market([100.0, 100.0, 110.0, 120.0, 100.0, 90.0]), targets=targets)
    assert result.trades["quantity"].tolist() == pytest.approx([10.0, -2.0, -2.0, 2.0])
    assert made.profit.tolist() == pytest.approx([-20 / 1100 + 40 / 1180 + 20 / 1060, 40 / 1180, 0.0])


def test_each_decision_bears_its_own_costs():
    # One per cent. The sale of 600 costs 6 on a nav of 1,095; nine elevenths of 1,089 buy 9.9 shares for 8.91.
    made = decided(market(CLOSES), AlmgrenChriss(half_spread_bps=100.0, eta=0.0, gamma=0.0))[1]
    last = 4.9 * 18 / (1089 - 8.91)
    assert made.profit.tolist() == pytest.approx([150 / 1089 - 6 / 1095, last - 8.91 / 1089])
    assert made.held == pytest.approx(-5 / 1000 + 100 / 995 - 150 / 1089 + 90 / (1089 - 8.91))


def test_a_split_changes_nothing():
    halved = np.array(CLOSES) / np.where(np.arange(7) >= 4, 2.0, 1.0)
    splits = pd.DataFrame({"A": np.where(np.arange(7) == 4, 2.0, 1.0)}, pd.bdate_range("2020-01-06", periods=7))
    plain, split = decided(market(CLOSES))[1], decided(market(halved, prices="raw", splits=splits))[1]
    assert split.profit.tolist() == pytest.approx(plain.profit.tolist(), rel=1e-12)
    assert split.held == pytest.approx(plain.held, rel=1e-12)


def test_a_dividend_belongs_to_who_held_the_share():
    # Two a share on the fifth session, when nothing is held: the first five would have had it, the sale gave it up.
    paid = pd.DataFrame({"A": [0.0] * 4 + [2.0, 0.0, 0.0]}, pd.bdate_range("2020-01-06", periods=7))
    made = decided(market(CLOSES, prices="raw", dividends=paid))[1]
    assert made.held == pytest.approx(100 / 1000 + (-150 + 10 + 90) / 1100)
    assert made.profit.tolist() == pytest.approx([(150 - 10) / 1100, 90 / 1100])


@pytest.mark.parametrize("seed", [2, 3, 5, 8, 13, 21, 29])
def test_they_add_up_to_what_all_assets_did(seed):
    result = draw(seed).prepared().run()
    made, whole = by_decision(result, result.run.actions), contribution(result).profit.sum()
    size = abs(made.held) + np.abs(made.profit).sum() + abs(made.others) + 1.0
    assert made.held + made.profit.sum() + made.others == pytest.approx(whole, abs=1e-13 * size)


def test_the_table_ends_as_that_of_the_assets():
    result, made = decided(market(CLOSES))
    table = by_year_decided({"scripted": result}, {"scripted": made})
    assert [row[0] for row in table.rows] == ["first investment", "decided in 2020", "all of them"]
    assert table.rows[-1][1] == by_asset({"scripted": result}).rows[-1][1]
    assert worths_table(result.index, {"scripted": made}).rows == [
        ["scripted", "2", "100.0%", "21.82%", "13.64%", "2020-01-08", "8.18%", "2020-01-10"]
    ]


def test_of_too_many_decisions_the_largest_of_every_few_are_drawn():
    made = Decided(np.arange(1, 6), np.arange(5), np.array([0.1, -0.2, 0.0, 0.3, 0.01]), 0.0, 0.0)
    assert largest(made, 3).tolist() == [1, 3, 4]
    assert largest(made, 5).tolist() == [0, 1, 2, 3, 4]
