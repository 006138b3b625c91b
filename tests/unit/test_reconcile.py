"""A book that does not balance stops the run."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import ReconciliationError, UndertowError, simulate
from simulator.core import abi
from simulator.engine import replay as replay_module
from strategies import Periodic
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


def test_an_honest_run_passes():
    result = simulate(random_market(seed=3), Periodic(equal(5), every=20), driver="python")
    assert np.isfinite(result.out.nav).all()


def test_it_belongs_to_the_family_of_errors():
    assert issubclass(ReconciliationError, UndertowError)
