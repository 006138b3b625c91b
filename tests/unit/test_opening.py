"""A run that begins with positions: equal to the targets it trades nothing, else the difference at its cost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import AlmgrenChriss, Execution, MarketData, UndertowError, simulate
from strategies import Hold, Periodic, ThresholdBand
from tests.support import random_market, same_events

COSTS = AlmgrenChriss(half_spread_bps=10.0, eta=0.0, gamma=0.0)
DAYS = pd.bdate_range("2024-01-01", periods=6)


def market(**more):
    close = pd.DataFrame({"A": [10.0, 10.0, 11.0, 11.0, 12.0, 12.0], "B": [20.0, 20.0, 20.0, 22.0, 22.0, 20.0]}, DAYS)
    return MarketData.from_frames(close, volume=pd.DataFrame(1e9, DAYS, ["A", "B"]), **more)


def fills(result):
    events = result.events
    return events[(events["kind"] == "fill") & (events["date"] > result.sessions[0])]


@pytest.mark.parametrize("policy", [Hold({"A": 0.5, "B": 0.4}), ThresholdBand({"A": 0.5, "B": 0.4}, band=0.2)])
def test_positions_equal_to_the_targets_trade_nothing(policy):
    run = simulate(market(), policy, costs=COSTS, initial_cash=100.0, opening={"A": 50.0, "B": 20.0})
    assert len(fills(run)) == 0
    assert run.nav.tolist() == [1000.0, 1000.0, 1050.0, 1090.0, 1140.0, 1100.0]
    assert run.daily["costs"].sum() == 0.0
    assert run.daily["bought"].sum() == 0.0
    assert run.returns.tolist()[0] == 0.0


def test_other_positions_trade_the_difference_at_its_cost():
    # worth 100 + 80 x 10 + 5 x 20 = 1000; targets 500 and 400: sell 30 A (300) and buy 15 B (300), 10 bps each
    run = simulate(market(), Hold({"A": 0.5, "B": 0.4}), costs=COSTS, initial_cash=100.0, opening={"A": 80.0, "B": 5.0})
    traded = fills(run)
    assert traded["asset"].tolist() == ["A", "B"]
    assert traded["quantity"].tolist() == pytest.approx([-30.0, 15.0], rel=1e-12)
    assert run.daily["costs"].sum() == pytest.approx(0.6, rel=1e-12)
    assert run.nav.iloc[1] == pytest.approx(999.4, rel=1e-12)
    assert run.nav.iloc[2] == pytest.approx(999.4 + 50.0, rel=1e-12)
    assert run.daily["first_investment"].sum() == 0.0
    assert run.daily["bought"].sum() == pytest.approx(300.0, rel=1e-12)


def test_the_cap_on_turnover_holds_for_the_first_decision_too():
    terms = {"costs": COSTS, "execution": Execution(max_turnover=0.1), "initial_cash": 100.0}
    run = simulate(market(), Hold({"A": 0.5, "B": 0.4}), opening={"A": 80.0, "B": 5.0}, **terms)
    assert run.daily["bought"][1] == pytest.approx(100.0, rel=1e-9)


def test_shares_as_traded_are_worth_their_close_as_traded():
    close = market().frame("close")
    adjusted = MarketData.from_frames(close, adjustment=pd.DataFrame(0.5, DAYS, ["A", "B"]))
    run = simulate(adjusted, Hold({"A": 1.0}), costs=COSTS, initial_cash=0.0, opening={"A": 3.0})
    assert run.nav.iloc[0] == 3.0 * 20.0
    assert len(fills(run)) == 0


def test_a_run_from_positions_goes_on_as_one_that_came_to_them():
    """Begun in cash without costs, and begun with what that run holds on a later day: the same from there on."""
    world = random_market(5, 120, 4, gaps=0.0, silent=0.0)
    free = AlmgrenChriss(half_spread_bps=0, eta=0, gamma=0)
    targets = dict.fromkeys(world.assets, 0.2)
    whole = simulate(world, Hold(targets), costs=free)
    held = dict(zip(world.assets, whole.daily["shares"][40].tolist(), strict=True))
    later = simulate(
        world, Never(), costs=free, start=world.sessions[40], opening=held, initial_cash=float(whole.daily["cash"][40])
    )
    np.testing.assert_allclose(later.out.nav, whole.out.nav[40:], rtol=1e-12)
    np.testing.assert_allclose(later.out.raised, whole.out.raised[40:], rtol=1e-12)


class Never:
    name = "never"

    def decide(self, day):
        from simulator.core.day import HOLD

        return HOLD


@pytest.mark.parametrize("policy", [Hold, Periodic, ThresholdBand])
def test_asking_the_policy_gives_the_same_bits(policy):
    world = random_market(6, 150, 3)
    weights = dict.fromkeys(world.assets, 0.3)
    more = {Hold: {}, Periodic: {"every": 21}, ThresholdBand: {"band": 0.05}}[policy]
    made = policy(weights, **more)
    opening = {world.assets[0]: 400.0, world.assets[2]: 50.0}
    one, other = (
        simulate(world, made, opening=opening, initial_cash=5e4, driver=driver) for driver in ("auto", "python")
    )
    assert one.out.nav.tobytes() == other.out.nav.tobytes()
    assert same_events(one.stream, other.stream)


@pytest.mark.parametrize(
    ("opening", "more", "message"),
    [
        ({"C": 1.0}, {}, "opening: no asset 'C'"),
        ({"A": -1.0}, {}, "A: -1.0 shares"),
        ({"A": float("nan")}, {}, "A: nan shares"),
        ({"A": 0.0}, {"initial_cash": 0.0}, "must be worth something"),
        ({"A": 1.0}, {"initial_cash": -1.0}, "initial_cash must be positive"),
        ({"A": 1.0}, {"execution": Execution(lag=0)}, "need a lag of a session"),
    ],
)
def test_what_cannot_be_held_is_refused(opening, more, message):
    with pytest.raises(UndertowError, match=message):
        simulate(market(), Hold({"A": 1.0}), costs=COSTS, opening=opening, **more)
