"""Policies put together of holdings, triggers and overlays: what each part does, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import Execution, MarketData, simulate
from simulator.core import abi
from simulator.core.errors import ParameterError
from simulator.core.plan import PlanContext
from simulator.testing import check_strategy
from strategies import (
    AllOf,
    AnyOf,
    Band,
    EqualWeight,
    Every,
    Fixed,
    Hold,
    OnSignal,
    Periodic,
    Policy,
    RiskOff,
    StateOverlay,
    ThresholdBand,
)
from tests.support import FREE, random_market

DAYS = pd.bdate_range("2020-01-01", periods=6)
NOW = Execution(lag=0)
#: B lists on the third session; A doubles on the fourth.
CLOSES = pd.DataFrame(
    {"A": [10.0, 10.0, 10.0, 20.0, 20.0, 20.0], "B": [np.nan, np.nan, 5.0, 5.0, 5.0, 5.0]}, index=DAYS
)


def young() -> MarketData:
    return MarketData.from_frames(CLOSES, cash_rate=0.0)


def context(market: MarketData) -> PlanContext:
    return PlanContext(market.sessions, market.assets, market.alive, {})


def weights_of(policy: object) -> list[list[float]]:
    result = simulate(young(), policy, costs=FREE, execution=NOW, initial_cash=1000.0)
    return result.weights[["A", "B"]].round(10).to_numpy().tolist()


def test_the_target_of_an_unlisted_asset_is_shared_and_a_hold_policy_buys_the_newcomer():
    # 0.4 + 0.4, a fifth in cash. Until B lists A has all 0.8; then 0.4 each. A doubles: 0.8 of 1.4, 0.4 of 1.4.
    held = weights_of(Hold({"A": 0.4, "B": 0.4, "CASH": 0.2}))
    assert held[0] == held[1] == [0.8, 0.0]
    assert held[2] == [0.4, 0.4]
    assert held[3] == pytest.approx([0.8 / 1.4, 0.4 / 1.4])


def test_or_it_waits_in_cash_and_a_hold_policy_never_buys():
    held = weights_of(Hold({"A": 0.4, "B": 0.4}, unlisted="cash"))
    assert held[0] == held[2] == [0.4, 0.0]
    assert held[3] == pytest.approx([0.8 / 1.4, 0.0])


def test_a_schedule_and_a_band_share_as_well():
    assert weights_of(Periodic({"A": 0.3, "B": 0.1}, every=2))[:3] == [[0.4, 0.0], [0.4, 0.0], [0.3, 0.1]]
    assert weights_of(ThresholdBand({"A": 0.3, "B": 0.1}, band=0.05))[:3] == [[0.4, 0.0], [0.4, 0.0], [0.3, 0.1]]


def test_short_targets_are_not_shared():
    rows = Fixed({"A": 1.2, "B": -0.4}).rows(context(young()))
    assert rows.targets.tolist() == [[1.2, -0.4]]


def test_where_nothing_with_a_target_is_listed_all_waits_in_cash():
    assert weights_of(Hold({"B": 0.5}))[:3] == [[0.0, 0.0], [0.0, 0.0], [0.0, 0.5]]


def test_any_of_trades_on_the_sessions_of_all_and_tests_the_band_on_the_others():
    plan = Policy(Fixed({"A": 0.5}), AnyOf(Every(3), Band(0.05, review=2))).plan(context(young()))
    trade, test, nothing = abi.TRADE, abi.TEST_BAND, abi.NOTHING
    assert plan.action.tolist() == [trade, nothing, test, trade, test, nothing]
    assert (plan.band == 0.05).all()


def test_all_of_tests_the_band_only_where_the_others_call():
    plan = Policy(Fixed({"A": 0.5}), AllOf(Every(3), Band(0.05, to="edge"))).plan(context(young()))
    assert plan.action.tolist() == [abi.TRADE, abi.NOTHING, abi.NOTHING, abi.TEST_BAND, abi.NOTHING, abi.NOTHING]
    assert plan.to_edge
    both = Policy(Fixed({"A": 0.5}), AllOf(Every(2), Every(3))).plan(context(young()))
    assert np.flatnonzero(both.action == abi.TRADE).tolist() == [0]


def test_two_bands_are_refused():
    with pytest.raises(ParameterError, match="two bands"):
        Policy(Fixed({"A": 0.5}), AnyOf(Band(0.05), Band(0.1))).plan(context(young()))


def test_named_policies_are_their_compositions():
    market = random_market(3, assets=3)
    weights = {"A": 0.4, "B": 0.3}
    pairs = {
        "hold": (Hold(weights), Policy(Fixed(weights))),
        "periodic": (Periodic(weights, every=7), Policy(Fixed(weights), Every(7))),
        "band": (ThresholdBand(weights, 0.02, review=3), Policy(Fixed(weights), Band(0.02, review=3))),
    }
    for name, (named, composed) in pairs.items():
        assert (simulate(market, named).nav == simulate(market, composed).nav).all(), name


class HalfGold(StateOverlay):
    """An overlay of a user's own: half of everything in the last asset while the signal is on."""

    def apply(self, weights, assets):
        return 0.5 * weights + 0.5 * weights.sum() * np.eye(len(assets))[-1]


@pytest.mark.parametrize(
    "when",
    [None, Every(21), Band(0.03), AnyOf(Every(34), Band(0.02)), AllOf(Every(5), Band(0.01))],
    ids=["once", "every", "band", "any", "all"],
)
def test_compositions_with_two_overlays_pass_the_check_of_a_policy(when):
    from signals import VolatilityTrigger

    calm = VolatilityTrigger(lookback=10, enter=0.25, exit=0.20, min_hold=3, name="calm")
    long = VolatilityTrigger(lookback=40, enter=0.25, exit=0.20, name="long")
    weights = {"A": 0.3, "B": 0.2, "C": 0.2, "D": 0.1, "E": 0.1}
    check_strategy(Policy(Fixed(weights), when, [RiskOff(calm), HalfGold(long)]), cuts=2)


def test_a_policy_reads_and_carries_what_its_parts_do():
    from signals import Calendar

    month = Calendar("month")
    policy = Policy(Fixed({"A": 0.5}), AnyOf(OnSignal(month), OnSignal("vix")), [RiskOff("stress")])
    assert policy.reads == (month.name, "vix", "stress")
    assert policy.signals == {month.name: month}


def test_equal_weights_do_not_depend_on_how_unlisted_targets_are_shared():
    assert weights_of(EqualWeight(every=1))[:3] == [[1.0, 0.0], [1.0, 0.0], [0.5, 0.5]]
