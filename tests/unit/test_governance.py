"""A committee between decisions and orders: off it changes no bit, on it costs what can be counted by hand."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from scenarios.build import check
from scenarios.cli import main
from scenarios.governance import decide, orders
from scenarios.load import load
from simulator import Bounds
from simulator.core.committee import Governance, Ruling
from simulator.core.errors import ParameterError, ScenarioError
from simulator.engine import prepare, simulate_many
from simulator.engine.terms import Terms
from strategies import Periodic, ThresholdBand
from tests.support import FREE, random_market

WEIGHTS = {"A": 0.4, "B": 0.3, "C": 0.2}


@pytest.fixture(scope="module")
def market():
    return random_market(5, 160, 3)


def run(market, policy, committee, **terms):
    stated = Terms.of(costs=FREE, bounds=Bounds(max_weight=0.45), committee=committee, **terms)
    return prepare(market, policy, stated).run()


def policies():
    return {
        "calendar": Periodic(WEIGHTS, every=5),
        "band": ThresholdBand(WEIGHTS, band=0.02),
        "edge": ThresholdBand(WEIGHTS, band=0.02, to="edge"),
    }


@pytest.mark.parametrize("committee", [Governance(), Governance(delay=[1.0])], ids=["at once", "asked every session"])
@pytest.mark.parametrize("name", ["calendar", "band", "edge"])
def test_one_that_says_yes_at_once_changes_no_bit(market, name, committee):
    plain, ruled = (run(market, policies()[name], governance) for governance in (None, committee))
    assert len(plain.decisions) > 5
    assert np.array_equal(ruled.stream, plain.stream)
    assert ruled.nav.equals(plain.nav)


def test_an_opening_book_too(market):
    opening = {"A": 3000.0, "B": 2000.0}
    plain, ruled = (run(market, policies()["band"], governance, opening=opening) for governance in (None, Governance()))
    assert np.array_equal(ruled.stream, plain.stream)


def test_a_delay_of_two_sizes_a_calendar_two_sessions_later(market):
    prompt, slow = (run(market, policies()["calendar"], Governance(delay=days)) for days in (0, 2))
    asked, decided = (result.sessions.searchsorted(result.decisions["date"].to_numpy()) for result in (prompt, slow))
    assert decided[0] == asked[0] == 0  # the first investment is not put before a committee
    expected = asked[1:] + 2
    assert decided[1:].tolist() == expected[expected < len(market.sessions)].tolist()


def test_one_that_never_approves_leaves_the_first_investment_to_drift(market):
    held = run(market, policies()["band"], Governance(approval=0.0))
    assert len(held.decisions) == 1
    assert set(held.remarks.values()) == {"rejected by the committee"}


def test_the_same_proposal_is_not_put_twice_while_it_lies(market):
    slow = run(market, policies()["band"], Governance(delay=3))
    days = slow.sessions.searchsorted(slow.decisions["date"].to_numpy())
    assert len(days) > 3
    assert np.diff(days).min() >= 3


def test_draws_rest_on_the_day_alone(market):
    whole = run(market, policies()["calendar"], Governance(approval=0.5, delay=[0.5, 0.5], seed=4))
    cut = run(market.between(0, 100), policies()["calendar"], Governance(approval=0.5, delay=[0.5, 0.5], seed=4))
    other = run(market, policies()["calendar"], Governance(approval=0.5, delay=[0.5, 0.5], seed=5))
    assert whole.nav[:100].equals(cut.nav)
    assert not whole.nav.equals(other.nav)


def test_shares_of_approvals_and_waits_are_those_stated(market):
    committee = Governance(approval=0.8, delay=[0.2, 0.5, 0.3])
    days = [Day(day) for day in pd.bdate_range("1990-01-01", periods=4000)]
    ruled = [committee.rule(np.ones(1), day, False) for day in days]
    assert np.mean([ruling.weights is not None for ruling in ruled]) == pytest.approx(0.8, abs=0.02)
    assert np.bincount([ruling.wait for ruling in ruled]) / 4000 == pytest.approx([0.2, 0.5, 0.3], abs=0.02)
    assert committee.rule(np.ones(1), days[0], True) == Ruling(np.ones(1))


class Day:
    """What a committee reads of one."""

    def __init__(self, date):
        self.date = date


def test_many_runs_meet_the_same_committee(market):
    committee = Governance(delay=[0.5, 0.5], approval=0.6, seed=2)
    terms = Terms.of(costs=FREE, bounds=Bounds(max_weight=0.45), committee=committee)
    many = simulate_many(market, policies(), terms, workers=2, keep="nav").navs
    for name, nav in zip(policies(), many.reshape(3, -1), strict=True):
        assert nav.tobytes() == run(market, policies()[name], committee).nav.to_numpy().tobytes(), name


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"delay": -1}, "delay must be a number of sessions from 0 to 250"),
        ({"delay": [0.5, 0.4]}, "delay must be shares of zero or more that sum to one"),
        ({"delay": []}, "delay must be shares"),
        ({"approval": 1.5}, "approval must lie in"),
    ],
)
def test_what_no_committee_can_be_is_refused(given, said):
    with pytest.raises(ParameterError, match=said):
        Governance(**given)


def test_a_file_states_one_and_none_changes_nothing(capsys):
    assert main(["show", "us-large-caps", "--set", "governance.delay=2"]) == 0
    assert "[governance]" in capsys.readouterr().out
    assert main(["show", "us-large-caps"]) == 0
    assert "governance" not in capsys.readouterr().out


def test_a_judgement_is_made_without_one():
    with pytest.raises(ScenarioError, match="governance: signals are judged"):
        check(load("stress-signals", ["governance.delay=2"]))


def test_the_scenario_gives_its_seed():
    from scenarios.build import _committee

    assert _committee({"delay": 2}, 7) == Governance(delay=2, seed=7)
    assert replace(_committee({"seed": 3}, 7), delay=1) == Governance(delay=1, seed=3)


@pytest.mark.parametrize(("decisions", "cut"), [(0, ["max_participation"]), (1, ["max_participation", "max_turnover"])])
def test_what_the_caps_are_expected_to_leave_at_the_fill(monkeypatch, decisions, cut):
    """Of 1,000: a tenth of a day's volume leaves half of 400 that is a fifth, and all of 100; a turnover of 0.3 is 300.

    Bought are 400 and 100, sold is 50: 200 is left over. The first investment is exempt.
    """
    monkeypatch.setattr(orders, "_number", lambda result: decisions)
    limits = SimpleNamespace(participation=0.1, turnover=0.3)
    made = [
        orders.Order(place, name, 1.0, notional, 0.0, 0.0, share)
        for place, name, notional, share in ((0, "A", 400.0, 0.2), (1, "B", 100.0, 0.1), (2, "C", -50.0, np.nan))
    ]
    told = orders._expected(SimpleNamespace(run=SimpleNamespace(limits=limits)), made, 1000.0)
    assert [row["bound"] for row in told] == cut
    assert [row["cut"] for row in told] == pytest.approx([200.0] * len(cut))
    assert [row["share"] for row in told] == pytest.approx([0.2] * len(cut))


@pytest.mark.parametrize(
    ("asset", "shares", "said"),
    [
        ("A", -100.0, ""),
        ("A", -101.0, "sells more than is held, 100 shares"),
        ("B", -1.0, "sells more than is held, 0 shares"),
        ("B", 200.0, ""),
        ("B", 201.0, "invested at 90.20% of net assets, and 90.00% is the most"),
    ],
)
def test_an_override_sells_what_is_held_or_on_its_way_and_buys_what_there_is_room_for(asset, shares, said):
    told = {
        "nav": 1000.0,
        "targets": {"A": 0.5},
        "in_flight": [{"asset": "A", "notional": 100.0}],
        "held": {"A": 0.1},
        "prices": {"A": 2.0, "B": 2.0},
        "allow_short": False,
        "max_leverage": 1.0,
        "min_cash": 0.1,
    }
    with pytest.raises(ScenarioError, match=said) if said else nullcontext():
        decide._check_book(told, {asset: shares})
