"""The simulated payment system: settlement by hand, money that is conserved, news and codes by the rule."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from scenarios.payments.episodes import Deeds, true_codes
from scenarios.payments.market import Loan, owed
from scenarios.payments.news import written
from scenarios.payments.obligations import few
from scenarios.payments.settlement import settled
from scenarios.payments.system import _refinanced, simulate_payments
from scenarios.payments.terms import PaymentSystem
from signals.payments.codes import codes_of_news, codes_of_spells
from simulator.core.errors import ParameterError

SMALL = PaymentSystem(banks=8, stressed=4, sessions=420, payments=20.0)


@pytest.fixture(scope="module")
def small():
    return simulate_payments(SMALL, np.random.default_rng(5))


def test_settlement_by_hand():
    """A holds 10 and may overdraw by 5; B holds nothing; C is paid last.

    9h A->B 12 settles (balance -2); 10h B->C 20 waits for 8; 11h B->A 1 waits behind it; 12h C->B 30 frees both.
    """
    due = few([(0, 1, 12.0, 9.0, 0), (1, 2, 20.0, 10.0, 0), (1, 0, 1.0, 11.0, 0), (2, 1, 30.0, 12.0, 0)])
    balance = np.array([10.0, 0.0, 30.0])
    assert settled(due, balance, np.array([5.0, 0.0, 0.0])).tolist() == [9.0, 12.0, 12.0, 12.0]
    assert balance.tolist() == [-1.0, 21.0, 20.0]


def test_what_nobody_can_pay_stays_queued():
    due = few([(0, 1, 12.0, 9.0, 0), (1, 0, 3.0, 10.0, 0)])
    balance = np.array([10.0, 2.0])
    assert np.isnan(settled(due, balance, np.zeros(2))).all()
    assert balance.tolist() == [10.0, 2.0]


def test_a_chain_of_queues_is_freed_at_once():
    due = few([(0, 1, 5.0, 8.0, 0), (1, 2, 5.0, 9.0, 0), (2, 3, 5.0, 10.0, 0), (3, 0, 5.0, 11.0, 0)])
    hours = settled(due, np.array([0.0, 0.0, 0.0, 5.0]), np.zeros(4))
    assert hours.tolist() == [11.0, 11.0, 11.0, 11.0]


def test_interest_is_simple_on_360_days_to_the_cent():
    loan = Loan(0, 1, 10_000_000.0, 0.0123, 16.5, 1, False)
    assert owed(loan, 1) == 10_000_341.67
    assert owed(loan, 3) == 10_001_025.0


def test_the_weekly_operation_by_hand():
    """In millions: reserves are 200 for size 1, and 0.5 * 200 * (1 + 0.3 * 0.5) = 115 for half of it, hoarding by half.

    The first holds 120 and has lent 30 net: it lacks 50 and renews 100 + 50. The second holds 300, 185 too many: it
    pays back its 40 and lays the other 145 with the central bank.
    """
    world = SimpleNamespace(system=SimpleNamespace(banks=2), habits=SimpleNamespace(size=np.array([1.0, 0.5])))
    state = SimpleNamespace(
        balance=np.array([120e6, 300e6, 0.0]), claims=np.array([30e6, 0.0]), refinancing=np.array([100e6, 40e6])
    )
    deeds = Deeds(*np.zeros((8, 2)))._replace(hoard=np.array([0.0, 0.5]))
    rows = [row[:4] for row in _refinanced(world, state, deeds)]
    assert rows == [(2, 0, 150e6, 9.5), (1, 2, 145e6, 9.5), (0, 2, 100e6, 9.6), (1, 2, 40e6, 9.6)]
    assert state.refinancing.tolist() == [150e6, -145e6]


@pytest.mark.parametrize("contagion", [0.0, 1.0])
def test_every_balance_is_the_last_one_and_what_was_paid(contagion):
    system = PaymentSystem(banks=8, stressed=4, sessions=420, payments=20.0, strength=3.0, contagion=contagion)
    payments = simulate_payments(system, np.random.default_rng(2)).payments
    log, opening = payments.log, payments.positions.opening
    net = np.zeros_like(opening)
    np.add.at(net, (log.day, log.payee), log.amount)
    np.subtract.at(net, (log.day, log.payer), log.amount)
    banks = slice(0, 8)
    assert np.abs((opening[:-1] + net[:-1] - opening[1:])[:, banks]).max() < 1e-3
    assert opening[:, banks].min() >= -1e-6


def test_nobody_pays_more_than_balance_and_credit(small):
    """Replayed one by one, no balance falls below minus the collateral after haircut, before the last half minute."""
    log, positions = small.payments.log, small.payments.positions
    balance = positions.opening.copy()
    lowest = np.zeros(8)
    for k in np.flatnonzero(log.hour < 18.0 - 0.01).tolist():
        day = log.day[k]
        balance[day, log.payer[k]] -= log.amount[k]
        balance[day, log.payee[k]] += log.amount[k]
        if log.payer[k] < 8:
            room = balance[day, log.payer[k]] + positions.collateral_after[day, log.payer[k]]
            lowest[log.payer[k]] = min(lowest[log.payer[k]], room)
    assert lowest.min() >= -1e-3


def test_every_loan_is_in_the_log_and_comes_back(small):
    log = small.payments.log
    day = {session: number for number, session in enumerate(log.sessions)}
    there = {
        (log.accounts[p], log.accounts[q], int(d), float(a))
        for p, q, d, a in zip(log.payer, log.payee, log.day, log.amount, strict=True)
    }
    whole = small.loans[(small.loans["parts"] == 1) & small.loans["repaid"].notna()]
    assert len(whole) > 1000
    for row in whole.itertuples():
        lent, back = (np.datetime64(stamp, "D") for stamp in (row.date, row.repaid))
        nights = int((back - lent).astype(int))
        assert (row.lender, row.borrower, day[lent], row.amount) in there
        amount = round(row.amount * (1.0 + row.rate * nights / 360.0), 2)
        assert (row.borrower, row.lender, day[back], amount) in there


def test_the_same_seed_gives_the_same_log(small):
    again = simulate_payments(SMALL, np.random.default_rng(5))
    for name in ("day", "hour", "payer", "payee", "amount", "kind"):
        np.testing.assert_array_equal(getattr(again.payments.log, name), getattr(small.payments.log, name))


def test_nothing_moves_before_stress_begins():
    calm, hard = (
        simulate_payments(
            PaymentSystem(banks=8, stressed=4, sessions=420, payments=20.0, strength=strength), np.random.default_rng(5)
        )
        for strength in (0.0, 4.0)
    )
    first = min(episode.start for episode in hard.episodes)
    for one_log in (calm.payments.log, hard.payments.log):
        assert one_log.day.max() == 419
    before = [np.searchsorted(made.payments.log.day, first) for made in (calm, hard)]
    assert before[0] == before[1]
    cut = slice(int(before[0]))
    np.testing.assert_array_equal(calm.payments.log.amount[cut], hard.payments.log.amount[cut])
    after = [made.payments.log.amount[int(before[0]) :] for made in (calm, hard)]
    assert after[0].size != after[1].size or (after[0] != after[1]).any()


def test_true_codes_follow_the_episodes(small):
    codes = true_codes(SMALL, small.episodes)
    for episode in small.episodes:
        column = codes[:, episode.bank]
        assert set(column[episode.start : episode.manifest]) == {2}
        assert set(column[episode.manifest : episode.end]) == {3}
        assert column[episode.end] == (4 if episode.fails else 2)
        assert column[episode.start - 1] == 1
    calm = set(range(8)) - {episode.bank for episode in small.episodes}
    assert all((codes[:, bank] == 1).all() for bank in calm)


def test_news_by_the_rule():
    sessions = np.busday_offset("2020-01-06", np.arange(40))
    news = pd.DataFrame(
        {
            "bank": ["X", "X", "Y"],
            "date": [str(sessions[2]), str(sessions[5]), str(sessions[30])],
            "severity": [1, 2, 3],
        }
    )
    codes = codes_of_news(news, sessions, ["X", "Y"])
    assert codes[:, 0].tolist() == [1] * 2 + [2] * 3 + [3] * 5 + [2] * 15 + [1] * 15
    assert codes[:, 1].tolist() == [1] * 30 + [4] * 10


def test_an_item_on_a_holiday_counts_from_the_next_session():
    sessions = np.busday_offset("2020-01-06", np.arange(10))
    news = pd.DataFrame({"bank": ["X"], "date": ["2020-01-11"], "severity": [2]})
    assert codes_of_news(news, sessions, ["X"])[:, 0].tolist() == [1] * 5 + [3] * 5


def test_spells_of_codes():
    sessions = np.busday_offset("2020-01-06", np.arange(5))
    spells = pd.DataFrame({"bank": ["X"], "from": ["2020-01-07"], "to": ["2020-01-08"], "code": [3]})
    assert codes_of_spells(spells, sessions, ["X"])[:, 0].tolist() == [1, 3, 3, 1, 1]


def test_clean_news_tell_of_every_manifest_stress(small):
    system = PaymentSystem(banks=8, stressed=4, sessions=420, payments=20.0, lateness=0.0, missed=0.0, misleading=0.0)
    made = simulate_payments(system, np.random.default_rng(5))
    banks = [made.payments.log.accounts[episode.bank] for episode in made.episodes]
    codes = codes_of_news(written(made, np.random.default_rng(0)), made.payments.log.sessions, banks)
    for column, episode in enumerate(made.episodes):
        assert (codes[episode.manifest : episode.end, column] == 3).all()
        assert (codes[: episode.start, column] == 1).all()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"banks": 8, "stressed": 7}, "stressed must leave 3 of the 8 banks calm"),
        ({"strength": -1.0}, "strength"),
        ({"missed": 1.5}, "missed"),
        ({"sessions": 10}, "sessions"),
    ],
)
def test_a_system_that_cannot_be_is_refused(given, said):
    with pytest.raises(ParameterError, match=said):
        PaymentSystem(first=date(2010, 1, 4), **given)


def test_what_a_system_comes_to_is_what_it_came_to(small):
    """No figure by hand, but of all of them: whatever moves a draw or a rule moves these, and the study's with them."""
    log, positions = small.payments.log, small.payments.positions
    count = np.bincount(log.kind)
    assert count.tolist() == [38079, 32963, 3151]
    assert np.bincount(log.kind, weights=log.amount) == pytest.approx(
        [65862714600.0, 687277821e3, 893870888e3], rel=1e-8
    )
    hours = np.bincount(log.kind, weights=log.hour) / count
    assert hours == pytest.approx([11.60688954, 11.87608795, 10.99536117], rel=1e-8)
    assert (len(small.loans), small.loans["amount"].sum()) == (3781, pytest.approx(244_997_800_000.0))
    assert small.loans["rate"].mean() == pytest.approx(0.010921018249140439, rel=1e-9)
    assert positions.collateral_before[:, :8].mean() == pytest.approx(1759249795.435776, rel=1e-9)
    assert positions.collateral_after[:, :8].mean() == pytest.approx(1574183751.2721727, rel=1e-9)
    assert positions.opening[:, :8].std() == pytest.approx(123474414.51520589, rel=1e-9)
    assert small.intensity.sum() == pytest.approx(50.59346194166511, rel=1e-9)
