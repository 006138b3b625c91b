"""Which limits bit, counted by hand; and what an empty book, a changing universe and raw prices come to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from simulator import AlmgrenChriss, Bounds, DataError, Execution, Flow, Group, MarketData, simulate
from simulator.data import inspect
from simulator.metrics import flow_metrics, limit_metrics, policy_metrics
from simulator.metrics.trading import cost_bps
from strategies import DeRisk, EqualWeight, Hold, Periodic, from_callable
from tests.support import FREE, same, same_events

DAYS = pd.bdate_range("2024-01-01", periods=12)


def flat(names: str = "AB", volume: float = 1000.0, price: float = 10.0, **more) -> MarketData:
    close = pd.DataFrame(price, DAYS, list(names))
    return MarketData.from_frames(close, volume=pd.DataFrame(volume, DAYS, list(names)), **more)


def by_limit(record):
    return {(limit_metric.kind, limit_metric.limit): limit_metric for limit_metric in limit_metrics(record)}


def test_a_participation_cap_counted_by_hand():
    """100,000 into A at 10: 10,000 shares, of which 10% of 1,000 x 10 = 1,000 of currency fill each session."""
    result = simulate(
        flat("A"), Hold({"A": 0.05}), costs=FREE, initial_cash=100_000, execution=Execution(max_participation=0.10)
    )
    found = by_limit(result)["limit", "max_participation"]
    # 5,000 are wanted: 4,000, 3,000, 2,000 and 1,000 are held back on the 2nd to 5th session.
    assert (found.sessions, found.events, found.first, found.last) == (4, 4, "2024-01-02", "2024-01-05")
    assert found.cut == pytest.approx(10_000)
    assert found.largest == pytest.approx(4_000)
    assert found.cut_of_nav == pytest.approx(0.10)
    assert found.largest_of_nav == pytest.approx(0.04)
    assert found.mean_of_nav == pytest.approx(0.025)


def test_limits_agree_with_the_record_and_reach_the_metrics():
    bounds = Bounds(max_weight=0.4, groups={"both": Group(assets=("A", "B"), max_weight=0.6)})
    result = simulate(flat(), Hold({"A": 0.5, "B": 0.5}), costs=FREE, initial_cash=1e4, bounds=bounds)
    found = by_limit(result)
    assert found["limit", "max_weight"].cut == pytest.approx(0.2 * 1e4)  # 0.1 of each
    assert found["limit", "groups"].cut == pytest.approx(0.2 * 1e4)  # from 0.8 to 0.6
    assert sum(limit.cut for limit in found.values()) == pytest.approx(result.limits["amount"].sum())
    figures = policy_metrics(result).as_dict()
    assert set(figures["limits"]) == {"max_weight", "groups"}
    assert figures["limits"]["groups"]["sessions"] == 1
    assert figures["breaches"] == {}


def test_events_are_counted_bound_by_bound():
    bounds = Bounds(max_weight=0.4, groups={"both": Group(assets=("A", "B"), max_weight=0.6)})
    result = simulate(flat(), Hold({"A": 0.5, "B": 0.5}), costs=FREE, initial_cash=1e4, bounds=bounds)
    found = by_limit(result)
    assert {name: row.events for (_, name), row in found.items()} == {"max_weight": 1, "groups": 1}
    capped = simulate(
        flat(),
        Hold({"A": 0.5}),
        costs=FREE,
        initial_cash=1e6,
        bounds=Bounds(max_weight=0.4),
        execution=Execution(max_participation=0.1),
    )
    rows = by_limit(capped)
    assert rows["limit", "max_weight"].events == rows["limit", "max_weight"].sessions
    assert rows["limit", "max_participation"].events == rows["limit", "max_participation"].sessions


def test_a_breach_by_drift_is_told_from_a_limit():
    close = pd.DataFrame({"A": np.r_[[10.0] * 4, [20.0] * 8], "B": 10.0}, DAYS)
    market = MarketData.from_frames(close, volume=close * 1e5)
    result = simulate(market, Hold({"A": 0.5, "B": 0.5}), costs=FREE, initial_cash=1e4, bounds=Bounds(max_weight=0.5))
    found = by_limit(result)
    assert set(found) == {("breach", "max_weight")}
    one = found["breach", "max_weight"]
    assert (one.sessions, one.first) == (1, str(DAYS[4].date()))
    assert one.cut == pytest.approx(10_000 - 7_500)  # A is 10,000 of 15,000; half would be 7,500
    figures = policy_metrics(result).as_dict()
    assert figures["limits"] == {}
    assert figures["breaches"]["max_weight"]["largest_of_nav"] == pytest.approx(1 / 6)


def test_flows_that_cash_pays_leave_no_shortfall():
    flows = [Flow(date=DAYS[3].date(), amount=500.0), Flow(date=DAYS[6].date(), amount=-2500.0)]
    result = simulate(flat(), Hold({"A": 0.5}), costs=FREE, initial_cash=1e4, flows=flows)
    assert list(dict(flow_metrics(result)).values()) == [500.0, 2500.0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert limit_metrics(result) == ()


def test_a_long_wait_is_owed_at_the_end():
    flows = [Flow(date=DAYS[8].date(), share=-1.0)]
    market = flat("A", volume=100_000.0)
    thin = np.r_[[100_000.0] * 8, [100.0] * 4]
    market = MarketData.from_frames(market.frame("close"), volume=pd.DataFrame({"A": thin}, DAYS))
    result = simulate(
        market, Hold({"A": 1.0}), costs=FREE, initial_cash=1e4, flows=flows, execution=Execution(max_participation=0.1)
    )
    found = flow_metrics(result)
    # 100 of currency can be sold on each of the last four sessions, so that 9,900 to 9,600 stay owed.
    assert (found.shortfall_sessions, found.longest_shortfall_sessions) == (4, 4)
    assert found.redeemed == pytest.approx(400.0)
    assert found.largest_shortfall == pytest.approx(9900.0)
    assert found.owed_at_end == pytest.approx(9600.0)
    assert found.never_paid == 0.0
    assert found.largest_shortfall_of_nav == pytest.approx(1.0)


#: 9,910 of nav, 910 of it in cash: selling the 9,000 in shares costs 1%, so that 9,820 can be paid.
ALL_THERE_IS = {"half_spread_bps": 100.0, "eta": 0.0, "gamma": 0.0}


@pytest.mark.parametrize(
    ("asked", "never_paid"),
    [({"share": -1.0}, 90.0), ({"share": -0.9999}, 89.009), ({"amount": -20_000.0}, 10_180.0)],
    ids=["all of nav", "nearly all of nav", "more than nav"],
)
def test_a_claim_ends_where_nothing_is_left(asked, never_paid):
    """What is not paid then is a shortfall for good: what comes later is no one's but the new investor's."""
    flows = [Flow(date=DAYS[4].date(), **asked), Flow(date=DAYS[6].date(), amount=5000.0)]
    result = simulate(
        flat(),
        Hold({"A": 0.5, "B": 0.4}),
        costs=AlmgrenChriss(**ALL_THERE_IS),
        initial_cash=1e4,
        flows=flows,
        execution=Execution(lag=0),
    )
    short = result.limits[result.limits["kind"] == "shortfall"]
    assert short[["date", "component"]].to_numpy().tolist() == [[DAYS[4], "nothing left"]]
    assert short["amount"].to_list() == pytest.approx([never_paid])
    assert result.nav.to_list() == pytest.approx([9910.0] * 4 + [0.0] * 2 + [5000.0] * 6)
    found = flow_metrics(result)
    assert found.redeemed == pytest.approx(9820.0)
    assert (found.shortfall_sessions, found.owed_at_end) == (1, 0.0)
    assert found.never_paid == pytest.approx(never_paid)


def test_a_claim_waits_for_what_cannot_trade_today():
    """B is halted for two sessions. Its 4,000 then bring 3,960; only the 90 that the sales cost are never paid."""
    halted = pd.DataFrame({"A": False, "B": np.isin(np.arange(12), (4, 5))}, DAYS)
    market = replace(flat(), halted=halted.to_numpy())
    result = simulate(
        market,
        Hold({"A": 0.5, "B": 0.4}),
        costs=AlmgrenChriss(**ALL_THERE_IS),
        initial_cash=1e4,
        flows=[Flow(date=DAYS[4].date(), share=-1.0)],
        execution=Execution(lag=0),
    )
    short = result.limits[result.limits["kind"] == "shortfall"]
    assert short["component"].to_list() == ["", "", "nothing left"]
    assert short["amount"].to_list() == pytest.approx([4050.0, 4050.0, 90.0])


def test_a_position_that_would_not_bring_its_own_commission_pays_no_claim():
    """A fill costs 50: A's 5,000 bring 4,950; of B only 40 are held, and no sale of them is worth its fee."""
    result = simulate(
        flat(),
        Hold({"A": 0.5, "B": 0.004}),
        costs=AlmgrenChriss(half_spread_bps=0.0, eta=0.0, gamma=0.0, fixed_commission=50.0),
        initial_cash=1e4,
        flows=[Flow(date=DAYS[4].date(), share=-1.0), Flow(date=DAYS[6].date(), amount=5000.0)],
        execution=Execution(lag=0),
    )
    short = result.limits[result.limits["kind"] == "shortfall"]
    assert short["component"].to_list() == ["nothing left"]
    assert short["amount"].to_list() == pytest.approx([90.0])  # 50 for the sale of A, and the 40 in B
    assert result.nav.iloc[-1] == pytest.approx(5040.0)


@pytest.mark.filterwarnings("error")
def test_a_book_paid_out_whole_has_figures():
    result = simulate(
        flat(), Hold({"A": 0.5, "B": 0.4}), initial_cash=1e4, flows=[Flow(date=DAYS[6].date(), share=-1.0)]
    )
    assert result.nav.iloc[-1] == 0.0
    assert (result.returns.iloc[7:] == 0.0).all()
    assert (result.weights.iloc[7:] == 0.0).all().all()
    assert result.liquidity["liquid_share"].iloc[7:].isna().all()
    figures = policy_metrics(result)
    assert figures.final_nav == 0.0
    assert np.isfinite(figures.volatility)


def test_performance_does_not_see_flows():
    """Doubling the fund on a flat day changes nav, and no return, drawdown or cost share."""
    rng = np.random.default_rng(1)
    close = pd.DataFrame(10 * np.exp(rng.normal(0, 0.02, (12, 2)).cumsum(axis=0)), DAYS, ["A", "B"])
    market = MarketData.from_frames(close, volume=close * 1e9)
    policy = Periodic({"A": 0.5, "B": 0.5}, every=1)
    calm = simulate(market, policy, costs=FREE, initial_cash=1e4, execution=Execution(lag=0))
    flows = [Flow(date=DAYS[5].date(), share=-0.5), Flow(date=DAYS[9].date(), amount=1e4)]
    moved = simulate(market, policy, costs=FREE, initial_cash=1e4, execution=Execution(lag=0), flows=flows)
    before, after = policy_metrics(calm), policy_metrics(moved)
    # Redemptions are paid from sales at the close, subscriptions sit in cash until the close: one day differs.
    same_days = np.arange(12) != 9
    assert np.abs(calm.returns - moved.returns)[same_days].max() < 1e-12
    assert calm.returns.iloc[9] / moved.returns.iloc[9] == pytest.approx(3.0, rel=0.02)  # 5,000 of 15,000
    assert abs(after.max_drawdown - before.max_drawdown) < 0.02
    assert after.final_nav != pytest.approx(before.final_nav, rel=0.2)


def test_cost_shares_are_of_what_was_there_after_the_flow():
    """90,000 come to a book of 10,000 on the day on which its weights are sized: 10 bps of 90% of what is there."""
    market = MarketData.from_frames(pd.DataFrame(10.0, DAYS, ["A"]))
    result = simulate(
        market,
        Periodic({"A": 1.0}, every=5),
        costs=AlmgrenChriss(half_spread_bps=10, eta=0, gamma=0),
        initial_cash=1e4,
        execution=Execution(size_at="fill"),
        flows=[Flow(date=DAYS[6].date(), amount=9e4)],
    )
    assert result.costs["spread"].iloc[6] == pytest.approx(90.0, rel=0.01)
    assert cost_bps(result)[6, 0] == pytest.approx(9.0, rel=0.01)
    assert result.returns.iloc[6] == pytest.approx(-0.0009, rel=0.01)


def born_and_gone() -> MarketData:
    """A lives throughout; B is delisted on the 9th session; C is born on the 4th."""
    close = pd.DataFrame(10.0, DAYS, ["A", "B", "C"])
    close.loc[DAYS[:3], "C"] = np.nan
    close.loc[DAYS[8:], "B"] = np.nan
    return MarketData.from_frames(close, delistings={"B": (str(DAYS[8].date()), 0.5)})


def test_equal_weight_follows_the_universe():
    policy = EqualWeight(every=1)
    result = simulate(born_and_gone(), policy, costs=FREE, initial_cash=1e4, execution=Execution(lag=0))
    weights = result.weights.round(9)
    assert weights.iloc[0].tolist() == [0.5, 0.5, 0.0, 0.0]
    assert weights.iloc[4].tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0.0])
    assert weights.iloc[-1].tolist() == [0.5, 0.0, 0.5, 0.0]
    assert result.nav.iloc[-1] == pytest.approx(1e4 * (1 - 0.5 / 3))  # what B did not recover
    named = simulate(born_and_gone(), EqualWeight(every=1, assets=("B", "C"), cash=0.2), costs=FREE)
    assert named.weights.iloc[2].tolist() == pytest.approx([0.0, 0.8, 0.0, 0.2])


@pytest.mark.parametrize("policy", [EqualWeight(every=3), DeRisk(EqualWeight(every=2), "off")], ids=["plain", "base"])
def test_both_drivers_agree_on_a_changing_universe(policy):
    from simulator import SignalPanel

    market = born_and_gone()
    on = (np.arange(12) % 4 == 3).astype(float)[:, None]
    signals = {"off": SignalPanel(market.sessions, ("state",), on, market.sessions)}
    planned = simulate(market, policy, signals=signals, costs=FREE)
    asked = simulate(market, policy, signals=signals, costs=FREE, driver="python")
    assert same_events(planned.records, asked.records)
    assert len(planned.trades) > 3


def test_a_policy_sees_what_is_listed():
    seen = []

    def look(day):
        seen.append(day.listed.tolist())
        return {"A": 1.0}

    simulate(born_and_gone(), from_callable(look), costs=FREE)
    assert seen[0] == [True, True, False]
    assert seen[5] == [True, True, True]
    assert seen[-1] == [True, False, True]


def test_the_fingerprint_knows_delistings_and_the_notes_name_them():
    market = born_and_gone()
    other = MarketData.from_frames(market.frame("close"), delistings={"B": (str(DAYS[8].date()), 0.4)})
    assert market.fingerprint() != other.fingerprint()
    notes = {note.subject: note.text for note in inspect(market)}
    assert notes["B"] == "delisted on 2024-01-11, paying 50% of its last price"
    assert notes["C"] == "first price on 2024-01-04"
    silent = MarketData.from_frames(market.frame("close"))
    assert any("no delisting is stated" in note.text for note in inspect(silent))


HEADER = "Date,Open,High,Low,Close,Adj Close,Volume,Dividends,Stock Splits\n"
#: 100 a share, a dividend of 1 on the 3rd, split 2 for 1 on the 5th, as traded.
RAW = """2024-01-02,100,101,99,100,49,1000,0,0
2024-01-03,99,100,98,99,49.5,1000,1,0
2024-01-04,99,100,98,99,49.5,1000,0,0.0
2024-01-05,50,51,49,50,50,2000,0,2
2024-01-08,50,51,49,50,50,2000,0,
"""


def asset_file(folder, rows=RAW, header=HEADER):
    (folder / "A.csv").write_text(header + rows)
    return folder


def test_raw_prices_pay_dividends_and_split(tmp_path):
    from simulator.data import read_market

    market = read_market(asset_file(tmp_path), ["A"], prices="raw")
    result = simulate(market, Hold({"A": 1.0}), costs=FREE, initial_cash=1e4, execution=Execution(lag=0))
    assert result.shares["A"].tolist() == pytest.approx([100, 100, 100, 200, 200])
    assert result.cash.tolist() == pytest.approx([0, 100, 100, 100, 100])
    assert result.nav.tolist() == pytest.approx([1e4, 1e4, 1e4, 10_100, 10_100])
    assert market.notional[:, 0].tolist() == [1e5, 99e3, 99e3, 1e5, 1e5]
    assert same(market.total_return()[:, 0], np.array([100, 99, 99, 100, 100.0]) * (1 + 1 / 99) ** np.r_[0, 1, 1, 1, 1])


def test_split_adjusted_prices_pay_dividends_only(tmp_path):
    from simulator.data import read_market

    rows = RAW.replace(",100,101,99,100,49,1000,", ",50,50.5,49.5,50,49,2000,").replace(
        ",99,100,98,99,49.5,1000,", ",49.5,50,49,49.5,49.5,2000,"
    )
    rows = rows.replace("49.5,49.5,2000,1,0", "49.5,49.5,2000,0.5,0")
    market = read_market(asset_file(tmp_path, rows), ["A"], prices="split-adjusted")
    result = simulate(market, Hold({"A": 1.0}), costs=FREE, initial_cash=1e4, execution=Execution(lag=0))
    assert result.shares["A"].tolist() == pytest.approx([200] * 5)
    assert result.nav.tolist() == pytest.approx([1e4, 1e4, 1e4, 10_100, 10_100])
    with pytest.raises(DataError, match=r"left no trace in 'Close'.*use prices = 'split-adjusted'"):
        read_market(tmp_path, ["A"], prices="raw")


def test_a_dividend_on_a_day_without_a_price_is_reinvested_on_the_next(tmp_path):
    """1 is paid while there is no Close; 99 on the next day is what 100 were. The book has it in cash all along."""
    from simulator.data import read_market

    rows = RAW.replace("2024-01-03,99,100,98,99", "2024-01-03,,,,")
    market = read_market(asset_file(tmp_path, rows), ["A"], prices="raw")
    growth = np.array([1.0, 1.0, 100 / 99, 200 / 99, 200 / 99])
    assert market.growth_factor[:, 0].tolist() == pytest.approx(growth)
    assert market.total_return()[2, 0] == pytest.approx(100.0)
    result = simulate(market, Hold({"A": 1.0}), costs=FREE, initial_cash=1e4, execution=Execution(lag=0))
    assert result.nav.tolist() == pytest.approx([1e4, 1e4, 1e4, 10_100, 10_100])


def test_a_dividend_waits_over_splits_and_for_a_price_that_may_never_come():
    """2 for an old share are 1 for each of the two new ones: 50 = 49 + 1. After A's last price, and before B's first,
    nobody reinvests anything, and what ends before the next price does not know of it.
    """
    nan = np.nan
    close = pd.DataFrame({"A": [100.0, nan, nan, 49.0, 49.0, nan], "B": [nan, 10.0, 10.0, 10.0, 10.0, 10.0]}, DAYS[:6])
    paid = pd.DataFrame({"A": [0.0, 2.0, 0.0, 0.0, 0.0, 5.0], "B": [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]}, DAYS[:6])
    split = pd.DataFrame({"A": [1.0, 1.0, 2.0, 1.0, 1.0, 1.0], "B": 1.0}, DAYS[:6])
    market = MarketData.from_frames(close, dividends=paid, splits=split)
    assert market.growth_factor[:, 0].tolist() == pytest.approx([1.0, 1.0, 2.0, 100 / 49, 100 / 49, 100 / 49])
    assert (market.growth_factor[:, 1] == 1.0).all()
    assert same(market.between(0, 3).growth_factor, market.growth_factor[:3])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (RAW.replace(",1,0\n", ",-1,0\n"), "'Dividends' on 2024-01-03 is negative"),
        (RAW.replace(",0,2\n", ",0,two\n"), "'Splits' on 2024-01-05: 'two' is no number"),
        (RAW.replace("50,51,49,50,50,2000,0,2", "50,51,49,,50,2000,0,2"), "a split on 2024-01-05, which has no Close"),
    ],
)
def test_a_bad_dividend_or_split_is_named(tmp_path, rows, message):
    from simulator.data import read_market

    with pytest.raises(DataError, match=message):
        read_market(asset_file(tmp_path, rows), ["A"], prices="raw")


def test_a_volatility_shock_does_not_magnify_a_split(tmp_path):
    from scenarios.shocks import apply_shocks
    from scenarios.shocks.volatility import VolatilityMultiplier
    from simulator.data import read_market

    market = read_market(asset_file(tmp_path), ["A"], prices="raw")
    world = apply_shocks(market, [VolatilityMultiplier(start="2024-01-03", multiplier=2.0)], 0)
    growth = world.market.total_return()[:, 0] / world.market.total_return()[0, 0]
    assert growth[2] == pytest.approx(1.0)
    assert growth[-1] == pytest.approx((100 / 99) ** 2, rel=1e-3)


@pytest.mark.parametrize(
    ("bounds", "weight", "flow", "bought"),
    [
        (Bounds(max_leverage=1.4), 1.4, -0.5, 700.0),  # 500 of cash and 0.4 x 500 of credit, not 0.4 x 1,000
        (Bounds(min_cash=0.2), 0.8, 1.0, 800.0),  # the order stands; 1,200 stay, 400 are asked for
        (Bounds(min_cash=0.2), 0.8, -0.5, 400.0),  # 0.2 x 500 stay in cash
    ],
)
def test_credit_and_least_cash_are_shares_of_what_is_left_after_the_flows_of_the_day(bounds, weight, flow, bought):
    """1,000 of cash; the order of the first session meets the flow of the second before it fills."""
    result = simulate(
        flat("A", volume=1e6),
        Hold({"A": weight}),
        costs=FREE,
        bounds=bounds,
        initial_cash=1000.0,
        flows=[Flow(date="2024-01-02", share=flow)],
    )
    assert result.daily["shares"][1, 0] * 10.0 == pytest.approx(bought)
    left = 1000.0 * (1.0 + flow) - bought
    assert result.daily["cash"][1] == pytest.approx(left)
    assert left >= bounds.least_cash * 1000.0 * (1.0 + flow) - 1e-9
