"""Settlement: a ledger worked by hand, and what is stated of it."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from simulator import HOLD, Execution, Flow, MarketData, ParameterError, RunResult, prepare, simulate_many
from simulator.core.settlement import delayed, settlement_of
from simulator.testing import replay_oracle
from strategies import Hold, Periodic, from_callable
from tests.support import FREE

DAYS = pd.bdate_range("2024-01-01", periods=8)
PRICES = {"A": [100.0] * 3 + [80.0] * 5, "B": [50.0] * 8}


def market(cash_rate=0.0) -> MarketData:
    frame = pd.DataFrame(PRICES, DAYS)
    return MarketData.from_frames(frame, volume=frame * 0.0 + 1e6, cash_rate=cash_rate)


def sold_on(day: int):
    """Hold A from the first session on; sell half of it on one."""

    return from_callable(lambda now: {0: {"A": 1.0}, day - 1: {"A": 0.5}}.get(now.t, HOLD))


def run(strategy, flows=(), cash=1000.0, rate=0.0, **execution) -> RunResult:
    terms = {"costs": FREE, "execution": Execution(**execution), "initial_cash": cash, "flows": flows}
    return prepare(market(rate), strategy, **terms).run()


def test_a_sale_pays_a_redemption_once_it_has_settled():
    # Session 1 buys 10 A at 100. Session 2 sells 5 at 100: 500 come under T+2 on session 4. On session 3, d + 1,
    # investors ask for 200: cash is 500, none of it settled, so nothing more is sold and 200 is owed. It is paid at the
    # open of session 4. The 5 A fall from 100 to 80 on session 3: 500 + 400 = 900 are worth the book, 700 its stayers.
    flows = [Flow(date=str(DAYS[3].date()), amount=-200.0)]
    result = run(sold_on(2), flows, settlement_days=2)
    assert result.shares["A"].to_list() == [0.0, 10.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0]
    assert result.cash.to_list() == [1000.0, 0.0, 500.0, 500.0, 300.0, 300.0, 300.0, 300.0]
    assert result.owed.to_list() == [0.0, 0.0, 0.0, 200.0, 0.0, 0.0, 0.0, 0.0]
    # Bought on session 1, 1000 are paid on session 3: settled, but not for investors to have.
    assert result.settled.to_list() == [1000.0, 0.0, 0.0, 0.0, 300.0, 300.0, 300.0, 300.0]
    assert result.out.settled[1].tolist() == [1000.0, 0.0, 0.0, 500.0, 300.0, 300.0, 300.0, 300.0]
    assert result.nav.to_list() == [1000.0, 1000.0, 1000.0, 700.0, 700.0, 700.0, 700.0, 700.0]
    shortfall = result.limits[result.limits["kind"] == "shortfall"]
    assert shortfall["amount"].to_list() == [200.0]
    # With settlement at once it is paid on its day.
    at_once = run(sold_on(2), flows)
    assert at_once.owed.to_list() == [0.0] * 8
    assert at_once.cash.to_list() == [1000.0, 0.0, 500.0, 300.0, 300.0, 300.0, 300.0, 300.0]


def test_what_redemptions_need_is_sold_once():
    # 300 asked on session 3 of a book all in A at 80: 3.75 shares are sold that day, and paid under T+2 on session 5.
    result = run(Hold({"A": 1.0}), [Flow(date=str(DAYS[3].date()), amount=-300.0)], settlement_days={"A": 2, "B": 1})
    assert result.shares["A"].to_list() == [0.0, 10.0, 10.0, 6.25, 6.25, 6.25, 6.25, 6.25]
    assert result.owed.to_list() == [0.0, 0.0, 0.0, 300.0, 300.0, 0.0, 0.0, 0.0]
    assert result.settled.to_list() == [1000.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]


def test_what_is_to_come_is_no_shortfall_for_good():
    # All of it is asked for: nothing is left to sell, but what was sold is still to come.
    result = run(Hold({"A": 1.0}), [Flow(date=str(DAYS[3].date()), amount=-900.0)], settlement_days=2)
    assert result.owed.to_list() == [0.0, 0.0, 0.0, 900.0, 900.0, 0.0, 0.0, 0.0]
    ended = result.limits[result.limits["component"] == "nothing left"]
    assert ended["date"].to_list() == [DAYS[5]]
    assert ended["amount"].to_list() == pytest.approx([100.0])


def swap():
    """All in A, then all in B."""
    return from_callable(lambda now: {0: {"A": 1.0}, 1: {"B": 1.0}}.get(now.t, HOLD))


def test_buys_may_use_what_is_still_to_come_or_wait_for_it():
    # On session 2, A is sold for 1000 under T+2; B costs 50.
    at_once = run(swap(), settlement_days=2)
    assert at_once.shares["B"].to_list() == [0.0, 0.0] + [20.0] * 6
    waits = run(swap(), settlement_days=2, unsettled_buys=False)
    assert waits.shares["A"].to_list() == [0.0, 10.0] + [0.0] * 6
    assert waits.shares["B"].to_list() == [0.0] * 4 + [20.0] * 4
    assert waits.cash.to_list() == [1000.0, 0.0, 1000.0, 1000.0, 0.0, 0.0, 0.0, 0.0]


def test_a_buy_that_settles_before_the_sale_that_pays_for_it_is_an_overdraft_between():
    # 1000 of B is paid on session 3 (T+1), A's 1000 come on session 4 (T+2): one night 1000 short, at 3.6% and ACT/360.
    result = run(swap(), settlement_days={"A": 2, "B": 1}, rate=0.036)
    assert result.daily["interest"][1] == pytest.approx(0.1)
    assert 0.0 <= result.cash.iloc[3] < 1.0
    overnight = 0.0001 + result.run.costs.financing / 360.0
    assert result.daily["interest"][4] == pytest.approx(overnight * (result.cash.iloc[3] - 1000.0))


def test_only_settled_cash_earns_interest():
    # Paid on session 3 under T+2, the 1000 earn until then; the 500 of session 2 earn from session 4 on.
    result = run(sold_on(2), rate=0.036, settlement_days=2)
    nights = np.concatenate([[0.0], np.diff(DAYS).astype("timedelta64[D]").astype(float)])
    sold = -result.trades["notional"].iloc[1]
    assert sold == pytest.approx(500.0, abs=0.1)  # half of what it was worth with a night's interest
    to_come = np.array([0.0, -1000.0, sold - 1000.0, sold, 0.0, 0.0, 0.0])
    earned = (result.cash.to_numpy()[:-1] - to_come) * 0.0001 * nights[1:]
    assert result.daily["interest"][1:] == pytest.approx(earned, rel=1e-12)


@pytest.mark.parametrize("buys", [True, False])
@pytest.mark.parametrize("days", [1, 2, {"A": 3, "B": 1}, {"2024-01-01": 3, "2024-01-05": 1}])
def test_drivers_and_oracle_agree(days, buys):
    flows = [Flow(date=str(DAYS[3].date()), share=-0.4), Flow(date=str(DAYS[5].date()), amount=200.0)]
    execution = Execution(settlement_days=days, unsettled_buys=buys)
    terms = {"costs": FREE, "execution": execution, "initial_cash": 1000.0, "flows": flows}
    policy = Periodic({"A": 0.5, "B": 0.4}, 2)
    ours = prepare(market(0.04), policy, **terms).run()
    asked = prepare(market(0.04), policy, driver="python", **terms).run()
    many = simulate_many([market(0.04)] * 2, {"a": policy}, keep="nav", **terms)
    assert ours.out.nav.tobytes() == asked.out.nav.tobytes()
    assert ours.out.settled.tobytes() == asked.out.settled.tobytes()
    assert many.nav is not None
    assert many.nav[0, 1].tobytes() == ours.nav.to_numpy().tobytes()
    oracle = replay_oracle(ours.run)
    assert ours.out.nav == pytest.approx(oracle.nav, rel=1e-12)
    assert ours.daily["cash"] == pytest.approx(oracle.cash, rel=1e-12, abs=1e-9)
    assert ours.out.raised == pytest.approx(oracle.raised, rel=1e-12)
    assert ours.settled.to_numpy() == pytest.approx(oracle.settled, rel=1e-12, abs=1e-9)


def test_the_rule_of_us_equities():
    days = np.array(["2000-01-03", "2017-09-01", "2017-09-04", "2017-09-05", "2024-05-24", "2024-05-27", "2024-05-28"])
    found = settlement_of("us-equities", days.astype("datetime64[D]"), ("A",))
    assert found[:, 0].tolist() == [3, 3, 3, 2, 2, 2, 1]


def test_nothing_stated_is_settlement_at_once():
    days = np.arange("2024-01-01", "2024-01-05", dtype="datetime64[D]")
    for stated in (0, {"A": 0}, {"2024-01-02": 0}):
        assert settlement_of(stated, days, ("A", "B")).shape == (0, 0)
    assert settlement_of(2, days, ("A", "B")).tolist() == [[2, 2]]
    assert settlement_of({"B": "us-equities"}, days, ("A", "B")).tolist() == [[0, 2]]


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        (31, "settlement_days must be at most 30 sessions, not 31"),
        (-1, "settlement_days must be 0 or more sessions, not -1"),
        (1.5, "settlement_days: 1.5 is no whole number of sessions, nor a rule"),
        ("us-equity", "a number of sessions or a rule (us-equities), not 'us-equity'; did you mean 'us-equities'"),
        ({}, "a table needs an asset or a date at least"),
        ({"A": 1, "2024-01-01": 2}, "'2024-01-01' is a date and 'A' is none"),
        ({"A": {"2024": 2}}, "'2024' is no date; write YYYY-MM-DD"),
        ({"A": {"2024-01-01": 99}}, "settlement_days.A.2024-01-01 must be at most 30 sessions, not 99"),
    ],
)
def test_what_means_nothing_is_refused(stated, said):
    with pytest.raises(ParameterError, match=re.escape(said)):
        Execution(settlement_days=stated)


def test_an_unknown_asset_is_refused():
    with pytest.raises(ParameterError, match="settlement_days: no asset 'C' in this market"):
        run(Hold({"A": 1.0}), settlement_days={"C": 2})


def test_trades_that_settle_late_are_stated_by_asset_and_date():
    days = np.arange("2024-01-01", "2024-01-06", dtype="datetime64[D]")
    late = np.zeros((5, 2), np.int64)
    late[1:3, 0] = 4
    late[2, 1] = 1
    stated = {"2024-01-01": 2, "2024-01-03": 1}
    told = delayed(stated, late, days, ("A", "B"))
    assert told == {
        "A": {"2024-01-01": 2, "2024-01-02": 6, "2024-01-03": 5, "2024-01-04": 1},
        "B": {"2024-01-01": 2, "2024-01-04": 1},
    }
    assert (settlement_of(told, days, ("A", "B")) == settlement_of(stated, days, ("A", "B")) + late).all()
    assert delayed(0, np.zeros((5, 2), np.int64), days, ("A", "B")) == 0
    with pytest.raises(ParameterError, match="A of 2024-01-02 would settle 32 sessions after its trade"):
        delayed(2, np.where(late == 4, 30, 0), days, ("A", "B"))
