"""Redemptions that answer to the book: ledgers by hand, the same as if they had been dated, and for both drivers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scenarios.build import build
from scenarios.load import load
from scenarios.runner import replay
from scenarios.shocks import InvestorRun, apply_shocks
from signals import VolatilityTrigger
from simulator import Execution, Flow, MarketData, ParameterError, simulate
from simulator.engine import Terms, prepare
from simulator.redemptions import Class, FundClients, Investors
from strategies import DeRisk, Hold, Periodic, ThresholdBand
from tests.support import FREE, random_market
from tests.sweeping import write_small

DAYS = pd.bdate_range("2024-01-01", periods=8)
FALL = MarketData.from_frames(pd.DataFrame({"A": [100.0, 100.0, 90.0, 90.0, 90.0, 90.0, 90.0, 90.0]}, DAYS))
QUIET = {"to_losses": 0.0, "convexity": 0.0, "to_others": 0.0}


def clients(first="2024-01-01", last="2100-01-01", severity=1.0, seed=0, **who):
    group = Class(Investors(**{**QUIET, **who}), np.datetime64(first), np.datetime64(last), severity, seed)
    return FundClients((group,))


def held(who, weight=0.5, market=FALL, **terms):
    stated = {"costs": FREE, "initial_cash": 1000.0, "liquidity": False, **terms}
    return simulate(market, Hold({"A": weight}), clients=who, **stated)


def flows(result):
    """(T,) what came and went at each open, the initial cash left out."""
    return np.r_[0.0, result.daily["flows"][1:]]


def test_a_loss_is_answered_from_the_day_after_it_was_seen():
    result = held(clients(to_losses=1.0))
    # 500 of 1000 in A from day 1 on; it falls by a tenth on day 2: nav 950, a loss of 5%. On day 3 they take 5% of 950,
    # on day 4 5% of the 902.5 left (a share of the book is still worth 5% less than a month ago), and so on.
    assert flows(result) == pytest.approx([0, 0, 0, -47.5, -45.125, -42.86875, -40.7253125, -38.689046875])
    assert result.nav.iloc[2] == pytest.approx(950.0)
    assert result.nav.iloc[7] == pytest.approx(950.0 * 0.95**5)


def test_a_class_takes_of_what_it_holds_and_losses_are_convex():
    result = held(clients(share=0.4, to_losses=1.0, convexity=10.0))
    # A loss x of 0.05 asks for x + 10 x^2 = 7.5% of what is held: 3% of the fund, then 7.5% of what is left of 40%.
    share = [0.4 * 0.075]
    share.append(0.075 * (0.4 - share[0]) / (1.0 - share[0]))
    assert flows(result)[3:5] == pytest.approx([-950.0 * share[0], -950.0 * (1.0 - share[0]) * share[1]])


def test_severity_is_what_stays_to_a_power():
    twice = held(clients(to_losses=1.0, severity=2.0))
    assert flows(twice)[3:5] == pytest.approx([-950.0 * (1.0 - 0.95**2), -950.0 * 0.95**2 * (1.0 - 0.95**2)])


def test_notice_is_served_and_days_beyond_the_window_ask_for_nothing():
    days = [str(day.date()) for day in DAYS]
    result = held(clients(days[3], days[4], to_losses=1.0, notice=2))
    # Asked on days 3 and 4 (5% of the fund, then of the 95% not asked for yet), dealt on days 5 and 6.
    assert flows(result) == pytest.approx([0, 0, 0, 0, 0, -47.5, -45.125, 0])


def test_others_are_followed_a_day_later():
    first = Class(Investors(**{**QUIET, "to_losses": 1.0}, share=0.5), np.datetime64(DAYS[3]), np.datetime64(DAYS[3]))
    second = Class(Investors(**{**QUIET, "to_others": 2.0}, share=0.5), np.datetime64(DAYS[0]), np.datetime64(DAYS[7]))
    result = held(FundClients((first, second)))
    # Day 3: 5% of a half is 2.5% of the fund. Day 4: the others ask for twice that of their half, of 97.5% left.
    asked = 0.5 * 2.0 * 0.025 / 0.975
    assert flows(result)[3:5] == pytest.approx([-950.0 * 0.025, -950.0 * 0.975 * asked])


def test_visible_illiquidity_is_answered():
    volume = pd.DataFrame({"A": [10.0] * 8}, DAYS)
    thin = MarketData.from_frames(pd.DataFrame({"A": [100.0] * 8}, DAYS), volume=volume)
    who = clients(to_illiquidity=0.1, watched=0.9)
    result = simulate(thin, Hold({"A": 0.5}), clients=who, costs=FREE, initial_cash=1000.0)
    seen = result.out.raised / result.out.nav
    assert seen[1] < 0.9
    assert flows(result)[2] == pytest.approx(-0.1 * (0.9 - seen[1]) * result.nav.iloc[1])
    with pytest.raises(ParameterError, match="this run measures no liquidity"):
        held(who)


def test_holders_that_are_counted_leave_whole():
    result = held(clients(usual=0.3, count=4))
    nav = result.nav.to_numpy()[:-1]
    left = np.cumprod(1.0 + flows(result)[1:][nav > 0.0] / nav[nav > 0.0])
    assert np.allclose(left * 4.0, np.round(left * 4.0))
    assert left[-1] < 1.0
    again = held(clients(usual=0.3, count=4))
    assert np.array_equal(again.nav, result.nav)


POLICIES = {
    "hold": Hold({"A": 0.4, "B": 0.3}),
    "periodic": Periodic({"A": 0.4, "B": 0.3}, every=7),
    "band": ThresholdBand({"A": 0.4, "B": 0.3}, 0.02),
    "edge": ThresholdBand({"A": 0.4, "B": 0.3}, 0.02, to="edge"),
    "derisk": DeRisk(Periodic({"A": 0.4, "B": 0.3}, every=20), "vol", share=0.6),
}
MARKET = random_market(3, sessions=160, gaps=0.0, silent=0.0)
RUN = clients(str(MARKET.sessions[30]), to_losses=0.3, convexity=4.0, to_others=0.2, to_illiquidity=0.02, watched=0.9)


@pytest.mark.parametrize("name", POLICIES)
def test_the_same_as_if_they_had_been_dated_and_the_same_for_both_drivers(name):
    signals = {"vol": VolatilityTrigger(lookback=10, enter=0.25, exit=0.2)} if name == "derisk" else {}
    terms = Terms(initial_cash=1e6, flows=(Flow(date=str(MARKET.sessions[50]), share=-0.1),))

    def run(terms, driver):
        return prepare(MARKET, POLICIES[name], terms, signals=signals, driver=driver).run()

    spied = Spied(RUN)
    found = run(replace(terms, clients=spied), "auto")
    assert len(spied.asked) > 20
    assert np.array_equal(found.nav, run(replace(terms, clients=RUN), "python").nav)
    # Dated flows of the sizes that were asked for are the same ledger, to the bit, without anybody who answers.
    begin = found.run.start
    dated = [Flow(date=str(MARKET.sessions[begin + t]), share=-share) for t, share in spied.asked]
    plain = run(replace(terms, flows=(*terms.flows, *dated)), "auto")
    assert np.array_equal(found.nav, plain.nav)
    before = run(terms, "auto")
    assert np.array_equal(found.nav[: 30 - begin], before.nav[: 30 - begin])
    assert not np.array_equal(found.nav, before.nav)


class Spied:
    """Clients whose redemptions are written down as they are asked for: by the session they are due on."""

    def __init__(self, clients):
        self.clients, self.asked = clients, []

    @property
    def watches_liquidity(self):
        return self.clients.watches_liquidity

    def begin(self, sessions):
        self.leaving = self.clients.begin(sessions)
        return self

    def after(self, t, seen):
        share = self.leaving.after(t, seen)
        if share > 0.0:
            self.asked.append((t + 1, share))
        return share


def test_nobody_answers_and_nothing_changes():
    terms = Terms(initial_cash=1e6)
    nobody = clients()
    for name in ("periodic", "edge", "band"):
        plain, asked = (
            prepare(MARKET, POLICIES[name], replace(terms, clients=who)).run().nav for who in (None, nobody)
        )
        assert np.array_equal(plain, asked)


def test_what_cannot_be_is_refused():
    with pytest.raises(ParameterError, match="more than the fund"):
        apply_shocks(MARKET, [InvestorRun(start="2000-03-01", share=0.6)] * 2, 0)
    with pytest.raises(ParameterError, match=r"execution\.lag of 1 or more"):
        held(clients(to_losses=1.0), execution=Execution(lag=0))
    with pytest.raises(ParameterError, match="investors leave the whole book"):
        InvestorRun(start="2000-03-01", assets=["A"])


def test_in_a_scenario_each_policy_has_its_own_run_and_severity_0_has_none(tmp_path):
    path, data = str(write_small(tmp_path)), tmp_path / "data"
    plain = replay(build(load(path), data))
    calm = replay(build(load(path, (), ["investor-run:from=2001-09-03,severity=0"]), data))
    ran = replay(build(load(path, (), ["investor-run:from=2001-09-03,days=40,to_losses=0.5"]), data))
    day = int(np.searchsorted(plain.results["passive"].sessions, np.datetime64("2001-09-03")))
    taken = {}
    for name, result in ran.results.items():
        assert np.array_equal(calm.results[name].nav, plain.results[name].nav)
        assert np.array_equal(result.nav[:day], plain.results[name].nav[:day])
        taken[name] = result.daily["flows"][day : day + 40].sum()
        assert taken[name] < 0.0
        assert result.daily["flows"][day + 40 :].sum() == 0.0
    assert len(set(taken.values())) == 3
