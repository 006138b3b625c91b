"""A book that does not balance stops the run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import AlmgrenChriss, Execution, MarketData, ReconciliationError, UndertowError, simulate
from simulator.core import abi
from simulator.engine import replay as replay_module
from simulator.ledger import Kind, reconcile
from simulator.ledger.reconcile import explained
from strategies import Hold, Periodic
from tests.support import equal, random_market


class Dishonest(replay_module.Asker):
    """An engine defect, planted: after the close of one day a unit of cash appears from nowhere."""

    planted = 120

    def ask(self, t, state):
        if t == self.planted:
            state.cell[abi.BOOK_CASH] += 1.0
        return super().ask(t, state)


@pytest.mark.parametrize("save", ["nav", "daily", "full"])
def test_money_from_nowhere_is_refused(monkeypatch, save):
    monkeypatch.setattr(replay_module, "Asker", Dishonest)
    market = random_market(seed=3)
    with pytest.raises(ReconciliationError, match=str(market.sessions[Dishonest.planted + 1])):
        simulate(market, Periodic(equal(5), every=20), driver="python", save=save)


def test_shares_from_nowhere_are_refused(monkeypatch):
    class Planted(Dishonest):
        def ask(self, t, state):
            if t == self.planted:
                state.book[abi.SHARES, 0] += 0.01
            return super(Dishonest, self).ask(t, state)

    monkeypatch.setattr(replay_module, "Asker", Planted)
    with pytest.raises(ReconciliationError):
        simulate(random_market(seed=3), Periodic(equal(5), every=20), driver="python")


#: 1e12 in one asset of which 5e8 trade a day: impact takes nearly all of it.
TINY = MarketData.from_frames(
    pd.DataFrame({"A": [100.0, 100.0, 103.0, 101.0, 99.0, 100.5]}, pd.bdate_range("2024-01-01", periods=6)),
    volume=pd.DataFrame({"A": [5e6] * 6}, pd.bdate_range("2024-01-01", periods=6)),
)


@pytest.mark.parametrize("lag", [0, 1])
@pytest.mark.parametrize("eta", [0.3, 0.6])
def test_costs_that_eat_nearly_all_raise_no_false_alarm(lag, eta):
    terms = {"costs": AlmgrenChriss(eta=eta), "execution": Execution(lag=lag), "initial_cash": 1e12}
    result = simulate(TINY, Hold({"A": 1.0}), **terms)
    assert result.out.nav[-1] < 1e12


@pytest.mark.parametrize("name", ["cash", "price_pnl", "nav", "interest"])
def test_a_fault_of_a_hundred_millionth_is_found(name):
    result = simulate(random_market(seed=3), Periodic(equal(5), every=20))
    reconcile(result.sessions, result.marks, result.daily, result.stream)
    wrong = {**result.daily, name: result.daily[name].copy()}
    wrong[name][150] += 1e-8 * result.out.nav[150]
    with pytest.raises(ReconciliationError, match=str(result.sessions[150])):
        reconcile(result.sessions, result.marks, wrong, result.stream)


def test_one_in_the_stream_is_found_too():
    result = simulate(random_market(seed=3), Periodic(equal(5), every=20))
    wrong = result.stream.copy()
    at = np.flatnonzero(np.isin(wrong["kind"], (Kind.FILL, Kind.MARK)))
    wrong["amount"][at[len(at) // 2]] += 1e-8 * result.out.nav.max()
    with pytest.raises(ReconciliationError, match="event stream"):
        reconcile(result.sessions, result.marks, result.daily, wrong)


def test_an_honest_run_passes():
    result = simulate(random_market(seed=3), Periodic(equal(5), every=20), driver="python")
    assert np.isfinite(result.out.nav).all()


def test_it_belongs_to_the_family_of_errors():
    assert issubclass(ReconciliationError, UndertowError)


def test_what_explains_a_change_of_nav_by_hand():
    """10 of prices less 2 of displacement, 0.5 of interest, 1 of dividends and 4 brought in, less 0.7 of costs."""
    daily = {"price_pnl": 10.0, "impact_pnl": -2.0, "interest": 0.5, "dividends": 1.0, "flows": 4.0}
    daily = {name: np.array([value]) for name, value in daily.items()} | {"costs": np.array([[0.4, 0.3]])}
    assert explained(daily) == pytest.approx([12.8])
    assert explained({**daily, "fees": np.array([0.8])}) == pytest.approx([12.0])
