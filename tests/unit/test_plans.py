"""A policy's plan is looked at before kernels read it: a type, shapes that fit, rows that exist."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator import simulate
from simulator.core.errors import PluginError
from simulator.core.protocols import Planned
from strategies import Periodic
from tests.support import random_market

GOOD = Periodic({"A": 0.5, "B": 0.5}, every=20)


class Says:
    """A policy that gives another plan than it should."""

    name = "says"

    def __init__(self, change):
        self.change = change

    def decide(self, day):
        return {"A": 0.5}

    def plan(self, context):
        return self.change(GOOD.plan(context))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _: "buy", "plan must return a Plan or None, not str"),
        (lambda plan: replace(plan, row=plan.row[:-1]), "plan gives row of shape"),
        (lambda plan: replace(plan, action=np.zeros(3, plan.action.dtype)), "plan gives action of shape"),
        (lambda plan: replace(plan, targets=np.full((1, 5), 0.2)), "plan gives targets of shape"),
        (lambda plan: replace(plan, row=np.full_like(plan.row, 7)), "plan gives rows from 7 to 7, and has"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused(change, words):
    policy = Says(change)
    assert isinstance(policy, Planned)
    with pytest.raises(PluginError, match=words):
        simulate(random_market(1, 100, 2), policy)


def test_a_plan_that_fits_is_the_policy_s():
    market = random_market(1, 100, 2)
    assert (simulate(market, Says(lambda plan: plan)).nav == simulate(market, GOOD).nav).all()
