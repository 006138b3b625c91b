"""Small ledgers worked by hand. Every number is derived in the comments."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import AlmgrenChriss, Execution, MarketData, SignalPanel, simulate
from simulator.ledger import Kind
from strategies import DeRisk, Hold, Periodic, ThresholdBand
from tests.support import FREE

VALUES = ("quantity", "price", "amount")


def market(close: dict[str, list[float]], **extra: object) -> MarketData:
    index = pd.DatetimeIndex(["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08"])
    size = len(next(iter(close.values())))
    frames = {
        key: pd.DataFrame(value, index[:size]) if isinstance(value, dict) else value for key, value in extra.items()
    }
    return MarketData.from_frames(pd.DataFrame(close, index[:size]), **frames)


def test_buy_at_the_next_close_with_spread():
    # Decision on day 0 at nav 1000: A 60% -> 6 shares at 100, B 40% -> 8 at 50. Filled on day 1 at 110 and 50.
    # Cost 10 bps: 6 x 110 = 660 -> 0.66; 8 x 50 = 400 -> 0.40. Needed 1061.06, there is only 1000: buys are scaled
    # by f with f x 1060 x 1.001 = 1000, f = 0.94245...; the cut is dropped, for no sale is due to pay for it.
    m = market({"A": [100, 110, 120], "B": [50, 50, 40]})
    costs = AlmgrenChriss(half_spread_bps=10, eta=0, gamma=0)
    result = simulate(m, Hold({"A": 0.6, "B": 0.4}), costs=costs, initial_cash=1000.0)
    f = 1000.0 / (1060.0 * 1.001)
    assert result.shares.iloc[1].to_list() == pytest.approx([6 * f, 8 * f], rel=1e-12)
    assert 0.0 <= result.cash.iloc[1] < 1e-9
    assert result.nav.iloc[0] == 1000.0
    assert result.nav.iloc[1] == pytest.approx(1060.0 * f, rel=1e-12)
    assert result.nav.iloc[2] == pytest.approx((6 * 120 + 8 * 40) * f, rel=1e-12)
    assert result.costs["spread"].iloc[1] == pytest.approx(1060 * f * 0.001, rel=1e-12)
    assert len(result.trades) == 2


def test_almgren_chriss_by_hand():
    # 10% of nav 10,000 in A at 100: 10 shares, lag 0. Volume 100 shares = 10,000 of currency, participation 10%.
    # Half-spread 5 bps: 1000 x 0.0005 = 0.5. Volatility: no history, so the prior of 2% a day.
    # Temporary: 1000 x 0.142 x 0.02 x 0.1^0.6 = 0.71336...; permanent: 0.5 x 0.314 x 0.02 x 1000^2 / 10000 = 0.314.
    # Displacement: 0.314 x 0.02 x 0.1 = 0.000628 in logs; half-life 1 session -> 0.000314 on day 1.
    m = market({"A": [100, 100, 100]}, volume={"A": [100, 100, 100]})
    costs = AlmgrenChriss(half_spread_bps=5, half_life_days=1.0)
    result = simulate(m, Hold({"A": 0.1}), costs=costs, execution=Execution(lag=0), initial_cash=10_000.0)
    temporary = 1000 * 0.142 * 0.02 * 0.1**0.6
    paid = result.costs.iloc[0]
    assert paid.to_list() == pytest.approx([0.5, temporary, 0.314, 0.0, 0.0], rel=1e-12)
    assert result.nav.iloc[0] == pytest.approx(10_000 - 0.5 - temporary - 0.314, rel=1e-14)
    assert result.nav_impacted.iloc[0] - result.nav.iloc[0] == pytest.approx(1000 * np.expm1(0.000628), rel=1e-12)
    assert result.nav_impacted.iloc[1] - result.nav.iloc[1] == pytest.approx(1000 * np.expm1(0.000314), rel=1e-12)


def test_actions_are_recorded_of_what_is_held_alone():
    # One share of A from day 0 and none of B. Day 1: both split two for one, 1 share added at 2. Day 2: both pay 0.5 a
    # share, 2 shares of A are entitled to 1.
    m = market(
        {"A": [100, 50, 50], "B": [100, 50, 50]},
        splits={"A": [1, 2, 1], "B": [1, 2, 1]},
        dividends={"A": [0, 0, 0.5], "B": [0, 0, 0.5]},
        raw_known=True,
    )
    result = simulate(m, Hold({"A": 0.1}), costs=FREE, execution=Execution(lag=0), initial_cash=1000.0)
    told = [
        (int(row["session"]), Kind(row["kind"]), int(row["asset"]), *(float(row[name]) for name in VALUES))
        for row in result.records
        if row["kind"] in (Kind.SPLIT, Kind.DIVIDEND)
    ]
    assert told == [(1, Kind.SPLIT, 0, 1.0, 2.0, 0.0), (2, Kind.DIVIDEND, 0, 2.0, 0.5, 1.0)]


def test_second_buy_pays_the_displacement_of_the_first():
    # Day 0: 50% into A, 50 shares at 100, displacement d0 = 0.314 x 0.02 x 0.5 = 0.00314 (V = 10,000, half-life 1).
    # Day 1: A at 50, nav 7500: target 37.5% = 75 shares, buys 25 at 50 e^(0.00157); impact pnl = -25 x 50 (e^d - 1).
    m = market({"A": [100, 50]}, volume={"A": [100, 200]})
    costs = AlmgrenChriss(half_spread_bps=0, eta=0, half_life_days=1.0)
    result = simulate(m, Periodic({"A": 0.5}, every=1), costs=costs, execution=Execution(lag=0), initial_cash=10_000.0)
    permanent = 0.5 * 0.314 * 0.02 * 5000**2 / 10_000
    nav1 = 10_000 - permanent - 50 * 50
    bought = 0.5 * nav1 / 50 - 50
    assert result.trades["price"].iloc[1] == pytest.approx(50 * np.exp(0.00157), rel=1e-12)
    assert result.trades["quantity"].iloc[1] == pytest.approx(bought, rel=1e-12)
    assert result.daily["impact_pnl"][1] == pytest.approx(-bought * 50 * np.expm1(0.00157), rel=1e-12)


def test_no_volume_no_fill_and_the_order_waits():
    # Ordered on day 0, due on day 1: no volume then, no price on day 2, filled on day 3 at 130.
    m = market({"A": [100, 110, np.nan, 130, 140]}, volume={"A": [10, 0, 10, 10, 10]})
    result = simulate(m, Hold({"A": 0.5}), costs=FREE, initial_cash=1000.0)
    assert result.shares["A"].to_list() == [0.0, 0.0, 0.0, 5.0, 5.0]
    assert result.cash.to_list() == [1000.0, 1000.0, 1000.0, 350.0, 350.0]
    assert result.nav.to_list() == [1000.0, 1000.0, 1000.0, 1000.0, 1050.0]
    limits = result.events[result.events["kind"] == "limit"]
    assert limits["component"].to_list() == ["untradable", "untradable"]


def test_an_unfilled_order_is_dropped_when_asked():
    m = market({"A": [100, 110, 120, 130]}, volume={"A": [10, 0, 10, 10]})
    dropped = Execution(unfilled="drop")
    result = simulate(m, Hold({"A": 0.5}), costs=FREE, execution=dropped, initial_cash=1000.0)
    assert result.shares["A"].to_list() == [0.0] * 4


def test_a_participation_cap_carries_the_remainder_for_the_right_number_of_days():
    # 8 shares at 100 ordered; volume 50 shares, cap 5% = 2.5 shares a day: 2.5, 2.5, 2.5, 0.5 on days 1 to 4.
    m = market({"A": [100.0] * 5}, volume={"A": [50.0] * 5})
    capped = Execution(max_participation=0.05)
    result = simulate(m, Hold({"A": 0.8}), costs=FREE, execution=capped, initial_cash=1000.0)
    assert result.shares["A"].to_list() == pytest.approx([0.0, 2.5, 5.0, 7.5, 8.0], rel=1e-14)


def test_turnover_is_capped_a_session_and_the_rest_follows():
    # 50/50 in A and B; A doubles on day 1 (A 10, B 10 shares at 50 and 50 -> 100 and 50, nav 1500).
    # Day 1 decides: A 750 -> 7.5 shares, sell 2.5 (250); B 15 shares, buy 5 (250): 1/6 of nav. Cap 10% of the last
    # known nav, 1500: 150 on day 2 and the remaining 100 on day 3.
    m = market({"A": [50, 100, 100, 100], "B": [50, 50, 50, 50]})
    policy = ThresholdBand({"A": 0.5, "B": 0.5}, band=0.1)
    result = simulate(
        m, policy, costs=FREE, execution=Execution(lag=1, max_turnover=0.10), initial_cash=1000.0, start="2024-01-02"
    )
    # The first order (day 0) fills on day 1 at 100 and 50: 10 shares of A cost 1000, B cannot be paid for in full.
    first = result.shares.iloc[1]
    assert first["A"] * 100 + first["B"] * 50 == pytest.approx(1000.0)
    assert first["A"] == pytest.approx(first["B"]) == pytest.approx(1000 / 150)
    # nav 1000: A is 2/3 of it, target 1/2: sells 166.67; cap 100 a day: 100 on day 2, 66.67 on day 3.
    sold = -result.trades[result.trades["quantity"] < 0.0].set_index("date")["notional"]
    assert sold.to_list() == pytest.approx([100.0, 1000 / 6 - 100.0])
    assert result.weights["A"].iloc[-1] == pytest.approx(0.5)


def test_interest_is_act_360_over_calendar_days():
    # 1000 in cash at 3.6%: a day earns 0.1; from Friday to Monday three days, on the amount of Friday's close.
    m = market({"A": [100.0] * 5}, cash_rate=0.036)
    result = simulate(m, Hold({"A": 0.0}), costs=FREE, initial_cash=1000.0)
    one = 1.0 + 0.036 / 360
    assert result.nav.to_list() == pytest.approx(
        [1000.0, 1000 * one, 1000 * one**2, 1000 * one**3, 1000 * one**3 * (1 + 3 * 0.036 / 360)], rel=1e-14
    )


def test_sells_pay_for_buys_and_cash_never_goes_negative():
    # All in A; then all into B at 1% cost: sale of 10 x 100 = 1000 brings 990; B takes 990 / 1.01.
    m = market({"A": [100.0] * 4, "B": [100.0] * 4})
    costs = AlmgrenChriss(half_spread_bps=100, eta=0, gamma=0)

    class Swap:
        def decide(self, day):
            return {"A": 1.0} if day.t < 1 else {"B": 1.0}

    result = simulate(m, Swap(), costs=costs, execution=Execution(lag=0), initial_cash=1000.0)
    a = 1000 / 1.01 / 100
    assert result.shares["A"].iloc[0] == pytest.approx(a, rel=1e-12)
    assert result.shares["B"].iloc[1] == pytest.approx(a * 100 * 0.99 / 1.01 / 100, rel=1e-12)
    assert (result.cash >= 0.0).all()


def test_fill_at_the_open_earns_the_day_from_there():
    # Ordered at 100, filled at the next open 104: 5 shares cost 520; close 110: price pnl 5 x (110 - 104) = 30.
    m = market({"A": [100, 110]}, open={"A": [99, 104]})
    result = simulate(m, Hold({"A": 0.5}), costs=FREE, execution=Execution(fill="open"), initial_cash=1000.0)
    assert result.cash.iloc[1] == 480.0
    assert result.daily["price_pnl"][1] == 30.0
    assert result.nav.iloc[1] == 1030.0


def test_sizing_at_the_fill_uses_the_fill_prices():
    # Weights travel: at the fill A costs 200, nav 1000, half of it buys 2.5 shares (5 had it been sized on day 0).
    m = market({"A": [100, 200, 200]})
    at_fill = simulate(m, Hold({"A": 0.5}), costs=FREE, execution=Execution(size_at="fill"), initial_cash=1000.0)
    at_decision = simulate(m, Hold({"A": 0.5}), costs=FREE, initial_cash=1000.0)
    assert at_fill.shares["A"].iloc[-1] == 2.5
    assert at_decision.shares["A"].iloc[-1] == 5.0


def test_a_planned_cost_cap_scales_the_decision_down():
    # Hold 50%, then 100% from day 1: buys 500 at 100 bps, planned cost 5 = 50 bps of nav; cap 20 bps: scaled by 0.4.
    m = market({"A": [100.0] * 4})
    costs = AlmgrenChriss(half_spread_bps=100, eta=0, gamma=0)

    class Step:
        def decide(self, day):
            return {"A": 0.5} if day.first else {"A": 1.0} if day.t == 1 else __import__("simulator").HOLD

    capped = Execution(lag=0, max_cost_bps=20)
    result = simulate(m, Step(), costs=costs, execution=capped, initial_cash=1000.0)
    nav = result.nav.iloc[0]
    wanted = nav - 500.0
    assert result.trades["notional"].iloc[1] == pytest.approx(wanted * (0.002 * nav) / (0.01 * wanted), rel=1e-9)


def test_coverage_by_hand():
    # 10 shares of A at 100 = 1000 and 9000 in cash. Stressed volume 0.5 x 10,000 = 5,000 a day; in 5 days at 10%:
    # 2,500, so all 1000 can go. It brings 1000 x (1 - 15% haircut - 3 x 5 bps - 0.142 x 2% x 0.1^0.6
    # - 1/2 x 0.314 x 2% x 1000 / 5000). Coverage: that and the cash over 20% of nav.
    m = market({"A": [100, 100]}, volume={"A": [100, 100]})
    costs = AlmgrenChriss(half_spread_bps=5)
    result = simulate(m, Hold({"A": 0.1}), costs=costs, execution=Execution(lag=0), initial_cash=10_000.0)
    unit = 1 - 0.15 - 3 * 0.0005 - 0.142 * 0.02 * 0.1**0.6 - 0.5 * 0.314 * 0.02 * 1000 / 5000
    raised = result.cash.iloc[1] + 1000 * unit
    assert result.liquidity["liquid_share"].iloc[1] == pytest.approx(raised / result.nav.iloc[1], rel=1e-12)
    assert result.liquidity["coverage"].iloc[1] == pytest.approx(raised / result.nav.iloc[1] / 0.2, rel=1e-12)


def test_coverage_counts_only_what_the_volume_lets_go():
    # 90 shares at 100 = 9000, but only 5 x 10% x 0.5 x 10,000 = 2,500 can be sold in time.
    m = market({"A": [100, 100]}, volume={"A": [100, 100]})
    result = simulate(m, Hold({"A": 0.9}), costs=FREE, execution=Execution(lag=0), initial_cash=10_000.0)
    assert result.liquidity["liquid_share"].iloc[1] == pytest.approx((1000 + 2500 * 0.85) / 10_000, rel=1e-12)


def test_stepping_out_and_back_by_hand():
    # 60/40 in A and B. The signal is on from day 2 to day 3: 75% of A's 60% moves, half into B and half into cash:
    # A 15%, B 40% + 22.5% = 62.5%, cash 22.5%. On day 4 the base's weights return.
    m = market({"A": [100.0] * 5, "B": [50.0] * 5})
    on = SignalPanel(m.sessions, ("state",), np.array([[0.0], [0.0], [1.0], [1.0], [0.0]]), m.sessions)
    policy = DeRisk(Hold({"A": 0.6, "B": 0.4}), "stress", share=0.75, into={"B": 0.5, "CASH": 0.5})
    result = simulate(m, policy, costs=FREE, execution=Execution(lag=0), initial_cash=1000.0, signals={"stress": on})
    assert result.weights["A"].to_list() == pytest.approx([0.6, 0.6, 0.15, 0.15, 0.6])
    assert result.weights["B"].to_list() == pytest.approx([0.4, 0.4, 0.625, 0.625, 0.4])
    assert [str(day)[:10] for day in result.decisions["date"]] == ["2024-01-02", "2024-01-04", "2024-01-08"]
