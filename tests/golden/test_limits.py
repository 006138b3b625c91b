"""Each bound that bites is recorded: which, when, on what, and how much it cut. Figures worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulator import HOLD, AlmgrenChriss, Bounds, Execution, Flow, Instrument, MarketData, RunResult, simulate
from simulator.core.bounds import Group
from simulator.ledger.events import LIMIT_NAMES
from strategies import Hold, ThresholdBand

NOW = Execution(lag=0)
FREE = AlmgrenChriss(half_spread_bps=0.0, eta=0.0, gamma=0.0)
DEAR = AlmgrenChriss(half_spread_bps=100.0, eta=0.0, gamma=0.0)


class Steps:
    """Weights of A by session, and HOLD on the others."""

    def __init__(self, weights: dict[int, float]) -> None:
        self.weights = weights

    def decide(self, day: Any) -> Any:
        return {"A": self.weights[day.t]} if day.t in self.weights else HOLD


def market(close: dict[str, list[float]], volume: list[float] | None = None, **options: Any) -> MarketData:
    index = pd.bdate_range("2024-01-01", periods=len(next(iter(close.values()))))
    volumes = None if volume is None else pd.DataFrame(dict.fromkeys(close, volume), index)
    return MarketData.from_frames(pd.DataFrame(close, index), volume=volumes, **options)


def flat(sessions: int = 4, **options: Any) -> MarketData:
    """A at 100 for ever."""
    return market({"A": [100.0] * sessions}, [1e6] * sessions, **options)


F = 1000.0 / (1060.0 * 1.001)  # the scale of the buys in "cash", from the first ledger of test_ledgers.py

#: By limit: a market, what it is replayed with, and the rows (session, kind, asset, amount) that must be recorded.
CASES: dict[str, tuple[MarketData, dict[str, Any], list[tuple[int, str, str, float]]]] = {
    # 8 shares wanted, 5% of 50 = 2.5 a day: 550, 300 and 50 of notional are cut; the last half share fits.
    "max_participation": (
        market({"A": [100.0] * 5}, [50.0] * 5),
        {"strategy": Hold({"A": 0.8}), "execution": Execution(max_participation=0.05)},
        [(1, "limit", "A", 550.0), (2, "limit", "A", 300.0), (3, "limit", "A", 50.0)],
    ),
    # A is 2/3 of nav and 1/2 is wanted: 166.67 to sell, 100 a session.
    "max_turnover": (
        market({"A": [50.0, 100.0, 100.0, 100.0], "B": [50.0] * 4}),
        {"strategy": ThresholdBand({"A": 0.5, "B": 0.5}, band=0.1), "execution": Execution(max_turnover=0.10)},
        [(2, "limit", "", 1000.0 / 6.0 - 100.0)],
    ),
    # 500 to buy on session 1, 300 a year: 200 are cut there, and on every session until the year is over.
    "annual_turnover": (
        flat(255),
        {"strategy": Steps({0: 0.5, 1: 1.0}), "execution": Execution(lag=0, annual_turnover=0.3)},
        [(t, "limit", "", 200.0) for t in range(1, 253)],
    ),
    # Nav 995 after the first 500 cost 5. 495 more would cost 4.95; 20 bps of nav is 1.99, which pays for 199.
    "max_cost_bps": (
        flat(),
        {
            "strategy": Steps({0: 0.5, 1: 1.0}),
            "costs": DEAR,
            "execution": Execution(lag=0, max_cost_bps=20.0),
        },
        [(1, "limit", "", 296.0)],
    ),
    # 60 bps of nav a year is 5.97; 5 are paid already, the 0.97 left pay for 97 of 495.
    "annual_cost_bps": (
        flat(),
        {
            "strategy": Steps({0: 0.5, 1: 1.0}),
            "costs": DEAR,
            "execution": Execution(lag=0, annual_cost_bps=60.0),
        },
        [(1, "limit", "", 398.0)],
    ),
    # 6 shares at 110 and 8 at 50 cost 1,061.06 with their spread, and there are 1,000: both are scaled by F.
    "cash": (
        market({"A": [100.0, 110.0, 120.0], "B": [50.0, 50.0, 40.0]}),
        {
            "strategy": Hold({"A": 0.6, "B": 0.4}),
            "costs": AlmgrenChriss(half_spread_bps=10.0, eta=0.0, gamma=0.0),
        },
        [(1, "limit", "A", 660.0 * (1.0 - F)), (1, "limit", "B", 400.0 * (1.0 - F))],
    ),
    # 5 shares wait: on session 1 there is no volume (mark 110), on session 2 no price (110 is carried).
    "untradable": (
        market({"A": [100.0, 110.0, np.nan, 130.0]}, [10.0, 0.0, 10.0, 10.0]),
        {"strategy": Hold({"A": 0.5})},
        [(1, "limit", "A", 550.0), (2, "limit", "A", 550.0)],
    ),
    # The same, forbidden on 2024-01-02 and 01-03 at 110 and 120.
    "no_trade": (
        market({"A": [100.0, 110.0, 120.0, 130.0]}),
        {"strategy": Hold({"A": 0.5}), "bounds": Bounds(no_trade={"A": [("2024-01-02", "2024-01-03")]})},
        [(1, "limit", "A", 550.0), (2, "limit", "A", 600.0)],
    ),
    # 10 shares are to be sold on session 3, but half of them have just paid a redemption.
    "held": (
        flat(),
        {"strategy": Steps({0: 1.0, 2: 0.0}), "flows": [Flow(date="2024-01-04", amount=-500.0)]},
        [(3, "limit", "A", 500.0)],
    ),
    # 5 of 1,000 is less than 1%.
    "min_trade": (
        flat(),
        {"strategy": Steps({0: 0.5, 1: 0.505}), "execution": Execution(lag=0, min_trade=0.01)},
        [(1, "limit", "A", 5.0)],
    ),
    # 900 / 33 = 27.27 shares: 20 are two lots, the other 240 of 900 are cut.
    "lot": (
        market({"A": [33.0] * 3}, instruments={"A": Instrument(lot=10.0)}, prices="raw"),
        {"strategy": Hold({"A": 0.9})},
        [(0, "limit", "A", 240.0)],
    ),
    # A share loses 15% in stress: 1 - 0.15 s >= 0.9 where at most s = 2/3 is invested. With 1,500 of 2,000 in A on
    # session 3 (it has risen), 500 + 0.85 x 500 x 3 is short of 1,800 by 25 (2/3 x 1000 = 666.67 bought at 100:
    # 333.33 + 0.85 x 2000 = 2033.33 of 2333.33 at 300; 0.9 x 2333.33 = 2100: short by 66.67).
    "min_liquid_share": (
        market({"A": [100.0, 100.0, 100.0, 300.0]}, [1e4] * 4),
        {"strategy": Hold({"A": 1.0}), "bounds": Bounds(min_liquid_share=0.9), "execution": NOW},
        [(0, "limit", "", 1000.0 / 3.0), (3, "breach", "", 200.0 / 3.0)],
    ),
    # The same: of redemptions of a fifth, 4.5 times are 0.9 of nav.
    "min_coverage": (
        market({"A": [100.0, 100.0, 100.0, 300.0]}, [1e4] * 4),
        {"strategy": Hold({"A": 1.0}), "bounds": Bounds(min_coverage=4.5), "execution": NOW},
        [(0, "limit", "", 1000.0 / 3.0), (3, "breach", "", 200.0 / 3.0)],
    ),
    # 500 of A trade a day (750 on session 3, on average so far). 10% for 2 sessions bring 100: of 1,000 in A, 800 have
    # to be cash for 900 in all. On session 3 the 200 left are 600 of 1,400: 800 and 150 are short of 1,260 by 310.
    "max_days_to_cash": (
        market({"A": [100.0, 100.0, 100.0, 300.0]}, [5.0] * 4),
        {
            "strategy": Hold({"A": 1.0}),
            "bounds": Bounds(max_days_to_cash={"share": 0.9, "days": 2}),
            "execution": NOW,
        },
        [(0, "limit", "A", 800.0), (3, "breach", "", 310.0)],
    ),
    # More than a day's volume is illiquid: 500 of it are sold, and the rest is not. On session 3 it is 1,500 of 2,000.
    "max_illiquid": (
        market({"A": [100.0, 100.0, 100.0, 300.0]}, [5.0] * 4),
        {"strategy": Hold({"A": 1.0}), "bounds": Bounds(max_illiquid=0.3), "execution": NOW},
        [(0, "limit", "A", 500.0), (3, "breach", "", 900.0)],
    ),
    # Two days at 20%, and one to settle: 200 are highly liquid. On session 3 they are 600, of which 300 would be.
    "min_highly_liquid": (
        market({"A": [100.0, 100.0, 100.0, 300.0]}, [5.0] * 4),
        {"strategy": Hold({"A": 1.0}), "bounds": Bounds(min_highly_liquid=0.8), "execution": NOW},
        [(0, "limit", "A", 800.0), (3, "breach", "", 320.0)],
    ),
    # 3 times a fifth asks for 0.6 of nav. A share is 2B, of which 15/85 of the cash count: 1 - w is 0.6 x 0.85 = 0.51.
    # On session 3 the 490 left are 1,470: 510 and 90 count, and 0.6 of 1,980 are 1,188.
    "min_lcr": (
        market({"A": [100.0, 100.0, 100.0, 300.0]}, [1e4] * 4),
        {"strategy": Hold({"A": 1.0}), "bounds": Bounds(min_lcr=3.0), "execution": NOW},
        [(0, "limit", "A", 510.0), (3, "breach", "", 588.0)],
    ),
    # A sale of 30 with a fee of 50 does not trade, on this or any other day.
    "cost above proceeds": (
        flat(3),
        {
            "strategy": Steps({0: 0.03, 1: 0.0}),
            "costs": AlmgrenChriss(half_spread_bps=0.0, eta=0.0, gamma=0.0, fixed_commission=50.0),
            "execution": NOW,
        },
        [(1, "limit", "A", 30.0), (2, "limit", "A", 30.0)],
    ),
    # 0.8 is cut to 0.5. A doubles: 1000 of 1500 is over half by 250. It falls back, and doubles again.
    "max_weight": (
        market({"A": [100.0, 200.0, 200.0, 100.0, 200.0]}),
        {"strategy": Hold({"A": 0.8}), "bounds": Bounds(max_weight={"A": 0.5}), "execution": NOW},
        [(0, "limit", "", 300.0), (1, "breach", "A", 250.0), (4, "breach", "A", 250.0)],
    ),
    # 0.5 and 0.4 are cut to 0.6 together. A (333.33) doubles: 666.67 + 266.67 of 1333.33 is over 0.6 by 133.33.
    "groups": (
        market({"A": [100.0, 200.0], "B": [100.0, 100.0]}),
        {
            "strategy": Hold({"A": 0.5, "B": 0.4}),
            "bounds": Bounds(groups={"both": Group(assets=("A", "B"), max_weight=0.6)}),
            "execution": NOW,
        },
        [(0, "limit", "", 300.0), (1, "breach", "", 400.0 / 3.0)],
    ),
    # 0.8 and -0.6 are 1.4 in all: 400 are cut, to 0.571429 and -0.428571. B doubles: 571.43 + 857.14 = 1,428.57
    # against a nav of 1000 - 428.57 = 571.43: 857.14 too much.
    "max_leverage": (
        market({"A": [100.0, 100.0], "B": [100.0, 200.0]}),
        {
            "strategy": Hold({"A": 0.8, "B": -0.6}),
            "costs": AlmgrenChriss(half_spread_bps=0.0, eta=0.0, gamma=0.0, borrow_bps=0.0),
            "bounds": Bounds(allow_short=True),
            "execution": NOW,
        },
        [(0, "limit", "", 400.0), (1, "breach", "", 6000.0 / 7.0)],
    ),
    # 10% stays in cash. A rises by 10%: 100 in cash of 1,090 is 9 too little.
    "min_cash": (
        market({"A": [100.0, 110.0]}),
        {"strategy": Hold({"A": 1.0}), "bounds": Bounds(min_cash=0.1), "execution": NOW},
        [(0, "limit", "", 100.0), (1, "breach", "", 9.0)],
    ),
}


def run(name: str) -> RunResult:
    given, options, _ = CASES[name]
    options = {"costs": FREE, "initial_cash": 1000.0, **options}
    return simulate(given, options.pop("strategy"), **options)


def test_every_limit_has_a_case():
    assert set(CASES) == set(LIMIT_NAMES.values())


@pytest.mark.parametrize("name", CASES)
def test_what_a_limit_cut_is_recorded(name):
    result, expected = run(name), CASES[name][2]
    found = result.limits[result.limits["component"] == name]
    sessions = [int(np.searchsorted(result.index, day)) for day in found["date"]]
    assert list(zip(sessions, found["kind"], found["asset"], strict=True)) == [row[:3] for row in expected]
    assert found["amount"].to_list() == pytest.approx([row[3] for row in expected], rel=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_nothing_else_is_recorded(name):
    """Only the bound in question bites in its case (a first investment may run out of cash beside it)."""
    others = set(run(name).limits["component"]) - {name}
    assert others <= {"cash"}


#: The bounds that are options (the others are facts of the market, the costs or the cash), with room to spare.
WIDE: dict[str, dict[str, Any]] = {
    "max_participation": {"execution": Execution(max_participation=0.5)},
    "max_turnover": {"execution": Execution(max_turnover=0.5)},
    "annual_turnover": {"execution": Execution(lag=0, annual_turnover=0.6)},
    "max_cost_bps": {"execution": Execution(lag=0, max_cost_bps=60.0)},
    "annual_cost_bps": {"execution": Execution(lag=0, annual_cost_bps=200.0)},
    "min_trade": {"execution": Execution(lag=0, min_trade=0.001)},
    "max_leverage": {"bounds": Bounds(allow_short=True, max_leverage=9.0)},
    "max_weight": {"bounds": Bounds(max_weight=0.95)},
    "groups": {"bounds": Bounds(groups={"both": Group(assets=("A", "B"), max_weight=0.95)})},
    "min_liquid_share": {"bounds": Bounds(min_liquid_share=0.3)},
    "min_coverage": {"bounds": Bounds(min_coverage=1.5)},
    "max_days_to_cash": {"bounds": Bounds(max_days_to_cash={"share": 0.02, "days": 2})},
    "no_trade": {"bounds": Bounds(no_trade={"A": [("2023-01-02", "2023-01-03")]})},
}


@pytest.mark.parametrize("name", WIDE)
def test_a_limit_that_does_not_bite_records_nothing(name):
    given, options, _ = CASES[name]
    options = {"costs": FREE, "initial_cash": 1000.0, **options, **WIDE[name]}
    result = simulate(given, options.pop("strategy"), **options)
    assert name not in set(result.limits["component"])


def test_the_rest_of_a_year_s_turnover_follows_when_the_year_is_over():
    """300 on session 1; session 253 is the first whose 252 sessions leave session 1 out."""
    result = run("annual_turnover")
    bought = result.trades[result.trades["decision"] == 1]
    assert [int(np.searchsorted(result.index, day)) for day in bought["date"]] == [1, 253]
    assert bought["notional"].to_list() == pytest.approx([300.0, 200.0])


def test_a_year_s_costs_count_the_day_of_the_decision():
    """Decisions at the close of a session on which an older one was filled know what that one cost.

    Lag 1: the first 500 cost 5 on session 1 (nav 995), where the next 400 are decided: 60 bps of nav is 5.97, and
    0.97 are left, which pay for 97.
    """
    execution = Execution(annual_cost_bps=60.0)
    result = simulate(flat(), Steps({0: 0.5, 1: 0.9}), costs=DEAR, execution=execution, initial_cash=1000.0)
    assert result.trades["notional"].to_list() == pytest.approx([500.0, 97.0], rel=1e-9)


def test_a_year_s_costs_count_orders_in_flight():
    """Lag 3, so that three decisions are taken before the first fills. 60 bps of 1,000 are 6, at 1% of what trades.

    200 will cost 2 and 300 more cost 3; of the next 400, what is left pays for 100. All of it fills.
    """
    execution = Execution(lag=3, annual_cost_bps=60.0)
    policy = Steps({0: 0.2, 1: 0.5, 2: 0.9})
    result = simulate(flat(8), policy, costs=DEAR, execution=execution, initial_cash=1000.0)
    assert result.trades["notional"].to_list() == pytest.approx([200.0, 300.0, 100.0], rel=1e-9)
    assert sum(result.total_costs.values()) == pytest.approx(6.0)
    cut = result.limits[result.limits["component"] == "annual_cost_bps"]
    assert cut["amount"].to_list() == pytest.approx([300.0])


@pytest.mark.parametrize(
    ("newer", "filled"),
    [("net", [100.0, 166.5, 166.5, 66.5]), ("cancel", [100.0, *[399.5 / 3] * 3])],
)
def test_a_year_s_costs_count_slices_to_come(newer, filled):
    """300 in three slices; when 60% is decided one has filled: 1 is paid, nav 999, and 50 bps of it are 4.995.

    Netted, two slices of 100 will cost 2 more, and the 1.995 left pay for 199.5 of 299.4. Cancelled, they will cost
    nothing, and the 3.995 left pay for 399.5 of 499.4.
    """
    execution = Execution(lag=0, schedule="twap", sessions=3, newer=newer, annual_cost_bps=50.0)
    result = simulate(flat(6), Steps({0: 0.3, 1: 0.6}), costs=DEAR, execution=execution, initial_cash=1000.0)
    assert result.trades["notional"].to_list() == pytest.approx(filled, rel=1e-9)


@pytest.mark.parametrize("size_at", ["decision", "fill"])
@pytest.mark.parametrize("newer", ["net", "cancel"])
def test_no_crowd_of_decisions_spends_a_year_s_budget_twice(newer, size_at):
    """A new target every session, each traded over four sessions from the third on: together they keep to the cap."""
    weights = np.random.default_rng(3).uniform(0.0, 1.0, 60)
    result = simulate(
        flat(80),
        Steps({0: 0.1, **dict(enumerate(weights, start=1))}),
        costs=DEAR,
        execution=Execution(
            lag=3, size_at=size_at, schedule="twap", sessions=4, newer=newer, annual_cost_bps=200.0, unfilled="carry"
        ),
        initial_cash=1000.0,
    )
    assert 15.0 < sum(result.total_costs.values()) <= 20.0  # of the 1,000 that nav never exceeds


def test_shortfalls_are_among_the_limits():
    """500 in A, of which 10% of 1,000 can be sold a day: of 700 due, 500 are paid in cash and 100 from a sale."""
    given = market({"A": [100.0] * 4}, [100.0, 10.0, 10.0, 10.0])
    result = simulate(
        given,
        Hold({"A": 0.5}),
        costs=FREE,
        execution=Execution(lag=0, max_participation=0.1),
        initial_cash=1000.0,
        flows=[Flow(date="2024-01-02", amount=-700.0)],
    )
    found = result.limits[result.limits["kind"] == "shortfall"]
    assert found["amount"].to_list() == pytest.approx([100.0])
    assert found["date"].to_list() == [result.index[1]]
    assert result.daily["flows"].tolist() == pytest.approx([1000.0, -600.0, -100.0, 0.0])


def test_a_sale_scaled_down_to_less_than_its_fee_does_not_trade():
    """All of 1,000 in A, which cost a fee of 5: 995 and no cash. 0.4% of nav a session is 3.98, less than the fee.

    Sold all the same, it would leave cash at 3.98 - 5 = -1.02.
    """
    costs = AlmgrenChriss(half_spread_bps=0.0, eta=0.0, gamma=0.0, fixed_commission=5.0)
    execution = Execution(lag=0, max_turnover=0.004)
    result = simulate(flat(), Steps({0: 1.0, 1: 0.0}), costs=costs, execution=execution, initial_cash=1000.0)
    assert len(result.trades) == 1
    assert result.cash.to_list() == pytest.approx([0.0] * 4, abs=1e-9)
    found = result.limits[(result.limits["date"] == result.index[1]) & (result.limits["decision"] == 1)]
    assert found["component"].to_list() == ["max_turnover", "cost above proceeds"]
    assert found["amount"].to_list() == pytest.approx([995.0 - 3.98, 3.98], rel=1e-9)
