"""Policies of a scenario file that are put together of parts; bands relative to a target, and part of the way."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scenarios.build import check
from scenarios.load import validate
from scenarios.own_sources import made_of
from scenarios.policies import make_policies
from scenarios.resolved import explained
from simulator import Execution, MarketData, simulate
from simulator.core import abi
from simulator.core.errors import ParameterError, UndertowError
from simulator.core.plan import MOVE, PlanContext
from strategies import AllOf, AnyOf, Band, Every, Fixed, Policy, ThresholdBand
from tests.support import FREE

NOW = Execution(lag=0)
DAYS = pd.bdate_range("2020-01-01", periods=4)
#: A rises by a fifth, then again.
MARKET = MarketData.from_frames(
    pd.DataFrame({"A": [10.0, 12.0, 14.4, 14.4], "B": [10.0] * 4, "C": [10.0] * 4}, index=DAYS), cash_rate=0.0
)
TABLES = {
    "scenario": {"name": "composed", "benchmark": "plain"},
    "market": {"source": "bundled:us-large-caps", "assumed_adv": 1e8, "cash_rate": 0.0},
    "portfolio": {"weights": {"A": 0.5, "B": 0.2, "C": 0.1, "CASH": 0.2}},
    "signals": {"vol": {"kind": "volatility"}, "quarter": {"kind": "calendar", "every": 3}},
    "overlays": {"out": {"kind": "de-risk", "signal": "vol"}},
    "policies": {"plain": {"kind": "hold"}},
}


def made(**policy):
    file = validate({**TABLES, "policies": {**TABLES["policies"], "x": policy}}, None)
    check(file)
    return make_policies(file, TABLES["portfolio"]["weights"], MARKET)["x"]


def weights(policy, *, driver="auto"):
    result = simulate(MARKET, policy, costs=FREE, execution=NOW, initial_cash=1000.0, driver=driver)
    return result.weights[["A", "B", "C", "CASH"]].round(6).to_numpy()


def test_a_file_composes_holdings_triggers_and_overlays():
    policy = made(
        holdings={"kind": "equal-weight", "cash": 0.1},
        when=[
            "quarter",
            "year",
            {"kind": "all", "of": [{"kind": "every", "sessions": 2}, {"kind": "band", "band": 0.1}]},
        ],
        overlays=["out", {"kind": "de-risk", "signal": "vol", "share": 0.5}],
        part=0.5,
    )
    assert isinstance(policy, Policy)
    assert policy.holdings.cash == 0.1
    assert [overlay.share for overlay in policy.overlays] == [0.75, 0.5]
    assert policy.reads == ("quarter", "calendar-year", "vol")  # a signal's name goes before a period's
    assert list(policy.signals) == ["calendar-year"]
    both = policy.when.triggers[-1]
    assert isinstance(both, AllOf)
    assert {type(part).__name__ for part in made_of(policy)} >= {"Policy", "Equal", "AnyOf", "AllOf", "Band", "RiskOff"}


def test_what_stands_in_the_file_holds_where_a_part_does_not_say():
    assert made(holdings="fixed").holdings.weights == TABLES["portfolio"]["weights"]
    assert made(holdings={"kind": "fixed", "weights": {"A": 1.0}}).holdings.weights == {"A": 1.0}


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({"holdings": "fixd"}, "policies.x.holdings: unknown kind 'fixd'; did you mean 'fixed'?"),
        ({"holdings": {"weights": {"A": 1.0}}}, "policies.x.holdings: 'kind' is missing"),
        ({"holdings": "fixed", "when": "quater"}, "'quater' is no signal, no period and no kind of trigger; did you"),
        ({"holdings": "fixed", "when": []}, "policies.x.when: is an empty list"),
        ({"holdings": "fixed", "when": {"kind": "all"}}, "write { kind = 'all', of = [...] }"),
        ({"holdings": "fixed", "when": [{"kind": "band"}]}, "when[0]: band: give band (of nav), relative"),
        ({"holdings": "fixed", "when": [{"kind": "band", "band": 5}]}, "when[0]: band must lie in (0, 1)"),
        ({"holdings": "fixed", "when": [{"kind": "signal", "signal": "no"}]}, "when[0].signal: no signal 'no'"),
        ({"holdings": "fixed", "overlays": ["uot"]}, "no overlay 'uot' under [overlays]; did you mean 'out'?"),
        ({"holdings": "fixed", "overlays": [{"kind": "de-risk"}]}, "overlays[0]: 'signal' is missing"),
        ({"holdings": {"kind": "fixed", "weights": {"Z": 1.0}}}, "holdings.weights: no asset 'Z'"),
        ({"holdings": "fixed", "part": 0.0}, "part must lie in (0, 1]"),
        ({"kind": "composed"}, "'holdings' is missing"),
        ({"kind": "hold", "overlays": ["out"]}, "unknown key 'overlays'"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(policy, message):
    with pytest.raises(UndertowError) as error:
        made(**policy)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert str(error.value).count("policies.x") == 1


def test_a_class_of_the_users_own_must_be_what_its_place_asks_for(tmp_path):
    (tmp_path / "mine.py").write_text("class Mine:\n    def decide(self, day): ...\n")
    file = validate({**TABLES, "policies": {"x": {"holdings": {"kind": "mine:Mine"}}, **TABLES["policies"]}}, None)
    from scenarios.plugins import OwnFiles

    file._own = OwnFiles(plugins=(tmp_path,))
    with pytest.raises(Exception, match=r"has no rows\(context\)"):
        make_policies(file, {"A": 1.0}, MARKET)


def test_an_explained_file_says_what_overlays_are():
    text = explained(validate({**TABLES, "policies": {"plain": {"kind": "hold"}, "x": {"holdings": "fixed"}}}, None))
    assert "[overlays.out]" in text
    assert "# While a signal is on" in text
    assert 'kind = "composed"\nholdings = "fixed"' in text


def test_a_relative_band_is_a_share_of_each_target():
    # A rises by a fifth: A 0.6 of 1.1, 0.545; B 0.182, 9% below its 0.2. Then 0.72 of 1.22, 0.590; B 0.164, 18% below.
    assert weights(ThresholdBand([0.5, 0.2, 0.1], relative=0.15))[:, 0] == pytest.approx([0.5, 0.6 / 1.1, 0.5, 0.5])
    assert weights(ThresholdBand([0.5, 0.2, 0.1], relative=0.19))[2, 0] == pytest.approx(0.72 / 1.22)


def test_five_or_twenty_five_is_whichever_is_left_first():
    # In points A leaves first, by 4.5 of nav on the second day; as a share of itself it is 9% only.
    assert weights(ThresholdBand([0.5, 0.2, 0.1], 0.04, relative=0.25))[1, 0] == 0.5
    assert weights(ThresholdBand([0.5, 0.2, 0.1], 0.05, relative=0.085))[1, 0] == 0.5
    assert weights(ThresholdBand([0.5, 0.2, 0.1], 0.05, relative=0.25))[1, 0] == pytest.approx(0.6 / 1.1, abs=1e-6)


def test_to_the_edge_of_an_assets_own_band():
    # B and C and cash stand 9% below their targets, A 9% above: each to 5% of its own, 0.525, 0.19, 0.095.
    held = weights(ThresholdBand([0.5, 0.2, 0.1], relative=0.05, to="edge"))[1]
    assert held == pytest.approx([0.525, 0.19, 0.095, 0.19], abs=1e-6)


def test_part_of_the_way_is_from_where_the_book_stands():
    held = weights(Policy(Fixed([0.5, 0.2, 0.1]), Every(1), part=0.5))
    assert held[0, 0] == 0.5  # the first trade goes all of the way
    assert held[1, 0] == pytest.approx((0.6 / 1.1 + 0.5) / 2, abs=1e-6)
    assert held[1, 1] == pytest.approx((0.2 / 1.1 + 0.2) / 2, abs=1e-6)


@pytest.mark.parametrize(
    "policy",
    [
        ThresholdBand([0.5, 0.2, 0.1], 0.3, relative=0.08),
        ThresholdBand([0.5, 0.2, 0.1], relative=0.05, to="edge"),
        Policy(Fixed([0.5, 0.2, 0.1]), AnyOf(Every(2), Band(0.04)), part=0.3),
    ],
)
def test_both_drivers_agree_to_the_bit(policy):
    assert (weights(policy) == weights(policy, driver="python")).all()


def test_the_kernel_calls_where_the_narrowest_band_is_left():
    plan = ThresholdBand([0.5, 0.2, 0.1], 0.05, relative=0.25).plan(
        PlanContext(MARKET.sessions, MARKET.assets, MARKET.alive, {})
    )
    from simulator import Bounds

    arrays = plan.arrays(Bounds(), MARKET.assets)
    assert arrays.shared
    assert arrays.rules[0, abi.RULE_BAND] == pytest.approx(0.025)
    assert plan.bands(plan.targets[0], 0.05) == pytest.approx([0.05, 0.05, 0.025, 0.05])


def test_an_asset_without_a_target_has_no_relative_band():
    plan = ThresholdBand([1.0, 0.0, 0.0], relative=0.25).plan(
        PlanContext(MARKET.sessions, MARKET.assets, MARKET.alive, {})
    )
    assert plan.bands(plan.targets[0], np.inf).tolist() == [0.25, np.inf, np.inf, np.inf]


def test_a_schedule_part_of_the_way_is_a_move():
    plan = Policy(Fixed([0.5, 0.2, 0.1]), Every(2), part=0.5).plan(
        PlanContext(MARKET.sessions, MARKET.assets, MARKET.alive, {})
    )
    assert plan.action.tolist() == [abi.TRADE, abi.NOTHING, MOVE, abi.NOTHING]


def test_to_the_edge_and_part_of_the_way_contradict():
    with pytest.raises(ParameterError, match="name one"):
        weights(ThresholdBand([0.5, 0.2, 0.1], 0.05, to="edge", part=0.5))


def test_relative_may_be_said_of_the_band_itself():
    assert Band(0.25, relative=True) == Band(relative=0.25)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"share": 0.5}, "overlays.spare: 'kind' is missing"),
        ({"kind": "de-risk", "signal": "nope"}, "overlays.spare.signal: no signal 'nope'"),
    ],
)
def test_an_overlay_that_no_policy_uses_is_checked_all_the_same(table, said):
    file = validate({**TABLES, "overlays": {**TABLES["overlays"], "spare": table}}, None)
    with pytest.raises(UndertowError, match=said):
        make_policies(file, TABLES["portfolio"]["weights"], MARKET)
