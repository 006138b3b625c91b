"""Flows by rule, fees of the manager and the money-weighted return, against tables worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import AlmgrenChriss, Execution, Flow, MarketData, ParameterError, prepare, simulate
from simulator.core.fees import Fees
from simulator.engine import simulate_many
from simulator.ledger import Kind
from simulator.metrics import policy_metrics
from simulator.metrics.performance import money_weighted
from simulator.testing import replay_oracle
from strategies import Hold, Periodic
from tests.support import FREE, random_market, same_events


def market(days: list[str], **close: list[float]) -> MarketData:
    return MarketData.from_frames(pd.DataFrame(close, pd.DatetimeIndex(days)))


def due(flow: Flow, first: str, last: str) -> list[str]:
    sessions = np.array(pd.bdate_range(first, last), "datetime64[D]")
    return [str(day) for day in sessions[flow.due(sessions)]]


def test_a_rule_without_a_date_falls_on_the_first_session_of_each_period_to_come():
    plan = Flow(every="month", amount=1.0)
    assert due(plan, "2024-01-02", "2024-04-10") == ["2024-02-01", "2024-03-01", "2024-04-01"]
    assert due(Flow(every="quarter", amount=1.0), "2024-01-02", "2024-07-02") == ["2024-04-01", "2024-07-01"]
    assert due(Flow(every="year", amount=1.0), "2023-06-01", "2025-01-10") == ["2024-01-01", "2025-01-01"]
    assert due(Flow(every="week", amount=1.0), "2024-01-03", "2024-01-16") == ["2024-01-08", "2024-01-15"]


def test_a_rule_with_a_date_keeps_its_day_of_the_month():
    # 31 March 2024 is a Sunday: the next session is 1 April. February ends on the 29th, April on the 30th.
    plan = Flow(date="2023-12-31", every="month", amount=1.0, until="2024-04-30")
    assert due(plan, "2024-01-02", "2024-06-28") == ["2024-01-31", "2024-02-29", "2024-04-01", "2024-04-30"]
    assert due(Flow(date="2024-01-02", every="week", amount=1.0), "2024-01-02", "2024-01-17") == [
        "2024-01-09",
        "2024-01-16",
    ]


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"amount": 1.0}, "needs a date"),
        ({"amount": 1.0, "every": "fortnight"}, "every must be one of week, month"),
        ({"amount": 1.0, "date": "2024-01-02", "until": "2024-02-01"}, "until belongs to"),
        ({"amount": 1.0, "date": "2024-01-02", "invest": "now"}, "invest must be one of"),
    ],
)
def test_what_cannot_be_is_refused(stated, said):
    with pytest.raises(ParameterError, match=said):
        Flow(**stated)


def test_a_savings_plan_by_hand():
    # A and B at 10 bps of half-spread. Day 1: 600 buy A at 10, 400 B at 20, scaled by 1 / 1.001 for the costs.
    # 1 February: 100.1 come and are invested at once: A 60 a's worth of 10 -> 15, B of 20, by what is held that day.
    days = ["2024-01-30", "2024-01-31", "2024-02-01", "2024-02-02"]
    m = market(days, A=[10.0, 10.0, 15.0, 15.0], B=[20.0, 20.0, 20.0, 20.0])
    costs = AlmgrenChriss(half_spread_bps=10, eta=0, gamma=0)
    plan = Flow(every="month", amount=100.1, invest="waterfall")
    result = simulate(m, Hold({"A": 0.6, "B": 0.4}), costs=costs, initial_cash=1001.0, flows=[plan])
    assert result.shares.iloc[1].to_list() == pytest.approx([60.0, 20.0], rel=1e-12)
    # worth 900 and 400: 100 buy 100 x 9/13 / 15 of A and 100 x 4/13 / 20 of B; 0.1 is the spread
    assert result.shares.iloc[2].to_list() == pytest.approx([60.0 + 900 / 13 / 15, 20.0 + 400 / 13 / 20], rel=1e-12)
    assert result.cash.iloc[2] == pytest.approx(0.0, abs=1e-9)
    assert result.nav.iloc[2] == pytest.approx(1400.0, rel=1e-12)
    # from 1000 at the open, with 100.1 brought, to 1400: (1400 - 1100.1) / 1100.1
    assert result.returns.iloc[2] == pytest.approx(1400.0 / 1100.1 - 1.0, rel=1e-12)
    later = simulate(
        m, Hold({"A": 0.6, "B": 0.4}), costs=costs, initial_cash=1001.0, flows=[Flow(every="month", amount=100.1)]
    )
    assert later.cash.iloc[2] == pytest.approx(100.1, rel=1e-12)  # a hold policy has nothing more to decide


def test_withdrawals_by_rule_are_paid_by_the_waterfall():
    days = ["2024-01-30", "2024-01-31", "2024-02-01", "2024-03-01"]
    m = market(days, A=[10.0] * 4)
    result = simulate(m, Hold({"A": 1.0}), costs=FREE, initial_cash=1000.0, flows=[Flow(every="month", share=-0.1)])
    assert result.nav.to_list() == pytest.approx([1000.0, 1000.0, 900.0, 810.0], rel=1e-12)
    assert result.shares["A"].to_list() == pytest.approx([0.0, 100.0, 90.0, 81.0], rel=1e-12)
    assert result.returns.to_list() == pytest.approx([0.0] * 4, abs=1e-12)


def test_fees_by_hand():
    """All in A but 500 of cash; 36.5% a year is 0.1% a day, 20% of gains above the high-water mark.

    close        A     worth       management             performance set aside              charged    nav
    28 December  10    1000.00
    29 December  10    1000.00     1.00 = .001 x 1000     0                                   1.00       999.00
    2 January    20    -- four days: 3.996 = .004 x 999; 995.004 before the fee, nothing above 1000; A doubles the 500
                                                                                              3.996     1495.004
    3 January    20                1.495004               .2 x (1493.508996 - 1000) = 98.7017992
                                                                                            100.1968032 1394.8071968
    4 January    10                1.3948071968           .2 x (1394.8071968 + 98.7017992 - 1.3948071968 - 1000)
                                   = 98.42283776064, so that .27896143936 comes back                1.11584575744
    """
    days = ["2023-12-28", "2023-12-29", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"]
    m = market(days, A=[10.0, 10.0, 20.0, 20.0, 10.0, 10.0])
    fees = Fees(management=0.365, performance=0.2)
    result = simulate(m, Hold({"A": 0.5}), costs=FREE, initial_cash=1000.0, fees=fees)
    charged = [0.0, 1.0, 3.996, 100.1968032, 1.11584575744]
    assert result.fees.to_list()[:5] == pytest.approx(charged, rel=1e-12)
    navs = [1000.0, 999.0, 1495.004, 1394.8071968, 1394.8071968 - 1.11584575744 - 500.0]
    assert result.nav.to_list()[:5] == pytest.approx(navs, rel=1e-12)
    # 5 January: all that was set aside comes back, for 893.69135104256 + 98.42283776064 lies below 1000
    back = 0.001 * navs[4] - 98.42283776064
    assert result.fees.iloc[5] == pytest.approx(back, rel=1e-12)
    of_kind = result.events[result.events["kind"] == "fee"]
    assert of_kind["amount"].sum() == pytest.approx(-result.fees.sum(), rel=1e-12)
    assert set(of_kind["component"]) == {"management", "performance"}


def test_what_is_earned_raises_the_mark_and_flows_move_it():
    # 20% of gains, each month: at the February open 500 of gain earn 100, and the mark is 1400. In March 600 come
    # in, the mark is 2000; a book of 2000 has gained nothing since, and is charged nothing.
    days = ["2024-01-30", "2024-01-31", "2024-02-01", "2024-02-29", "2024-03-01", "2024-03-04"]
    m = market(days, A=[10.0, 10.0, 20.0, 20.0, 20.0, 20.0])
    fees = Fees(performance=0.2, crystallised="month")
    flows = [Flow(date="2024-03-01", amount=600.0)]
    result = simulate(m, Hold({"A": 0.5}), costs=FREE, initial_cash=1000.0, fees=fees, flows=flows)
    # the close of 1 February shows the gain of 500; it is set aside on the 29th, and earned at the open of 1 March
    assert result.fees.to_list() == pytest.approx([0.0, 0.0, 0.0, 100.0, 0.0, 0.0], abs=1e-9)
    assert result.nav.to_list() == pytest.approx([1000.0, 1000.0, 1500.0, 1400.0, 2000.0, 2000.0], rel=1e-12)


def test_fees_beyond_cash_are_sold_for_when_they_are_paid():
    days = ["2024-01-29", "2024-01-30", "2024-01-31", "2024-02-01"]
    m = market(days, A=[10.0] * 4)
    result = simulate(m, Hold({"A": 1.0}), costs=FREE, initial_cash=1000.0, fees=Fees(management=0.365))
    # .999 are owed to the manager overnight, and cost what an overdraft does: 1% a year, ACT/360
    navs = [1000.0, 999.0, 999.0 * 0.999, 999.0 * 0.999**2 - 0.999 * 0.01 / 360.0]
    assert result.nav.to_list() == pytest.approx(navs, rel=1e-12)
    assert result.cash.iloc[2] == pytest.approx(navs[2] - 999.0 - 0.0, abs=2e-9)
    assert result.cash.iloc[3] == pytest.approx(0.0, abs=1e-9)
    assert result.shares["A"].iloc[3] == pytest.approx(navs[3] / 10.0, rel=1e-9)


def test_the_rate_of_money_by_hand():
    # 1000 now and 1000 in a year are 2310 in two: 1000 x^2 + 1000 x = 2310, x = 1.1
    year = 365.25
    amounts, days = np.array([1000.0, 1000.0]), np.array([0.0, year])
    assert money_weighted(amounts, days, 2310.0, 2 * year) == pytest.approx(0.1, abs=1e-13)
    # -1000, 2300 and -1320 have two rates, 10% and 20%: there is no saying which
    assert money_weighted(np.array([1000.0, -2300.0, 1320.0]), np.array([0.0, year, 2 * year]), 0.0, 2 * year) is None
    assert money_weighted(np.array([1000.0]), np.array([0.0]), 1000.0, 0.0) is None


@pytest.fixture(scope="module")
def made():
    return random_market(3, sessions=260, assets=3)


RULES = (
    Flow(every="month", amount=20_000.0, invest="waterfall"),
    Flow(date="2000-02-15", every="quarter", share=-0.05),
)
FEES = Fees(management=0.02, performance=0.2, crystallised="quarter")
POLICY = Periodic({"A": 0.4, "B": 0.4, "C": 0.2}, every=30)


def test_without_flows_the_money_grows_as_the_fund_does(made):
    figures = policy_metrics(simulate(made, POLICY)).as_dict()
    assert figures["irr"] == pytest.approx(figures["cagr"], abs=1e-10)
    assert figures["flows"]["fees"] == 0.0


def test_with_flows_the_rate_brings_everything_to_what_is_there(made):
    result = simulate(made, POLICY, flows=RULES, fees=FEES)
    rate = policy_metrics(result).as_dict()["irr"]
    flows = result.events[result.events["kind"] == "flow"]
    years = (result.index[-1] - flows["date"]).dt.days.to_numpy() / 365.25
    assert float(flows["amount"].to_numpy() @ (1.0 + rate) ** years) == pytest.approx(result.nav.iloc[-1], rel=1e-9)


@pytest.mark.parametrize("execution", [Execution(), Execution(lag=0, max_participation=0.05)])
def test_every_driver_and_the_oracle_agree(made, execution):
    run = prepare(made, POLICY, flows=RULES, fees=FEES, execution=execution)
    ours, oracle = run.run(), replay_oracle(run)
    for name in ("nav", "cash", "fees", "flows", "costs"):
        assert np.abs(ours.daily[name] - getattr(oracle, name)).max() < 1e-12 * 1e6, name
    asked = prepare(made, POLICY, flows=RULES, fees=FEES, execution=execution, driver="python").run()
    assert same_events(ours.records, asked.records)
    swept = simulate_many([made], {"policy": POLICY}, flows=RULES, fees=FEES, execution=execution)
    assert float(swept.figures[0, 0, 0]) == ours.out.nav[-1]


def test_no_fee_leaves_no_trace_in_the_ledger(made):
    result = simulate(made, POLICY, flows=RULES)
    assert "fee" not in result.events["kind"].cat.categories
    assert not (result.stream["kind"] == Kind.FEE).any()


def test_tomorrow_decides_no_fee_and_no_flow_of_today(made):
    cut = 200
    later = made.close.copy()
    later[cut:] *= 1.7
    other = MarketData(**{**vars_of(made), "close": later})
    ours, theirs = (simulate(world, POLICY, flows=RULES, fees=FEES) for world in (made, other))
    np.testing.assert_array_equal(ours.nav.to_numpy()[:cut], theirs.nav.to_numpy()[:cut])
    np.testing.assert_array_equal(ours.fees.to_numpy()[: cut + 1], theirs.fees.to_numpy()[: cut + 1])


def vars_of(market: MarketData) -> dict[str, object]:
    return {name: getattr(market, name) for name in market.__dataclass_fields__}
