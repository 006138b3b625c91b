"""Every catalogued crisis, alone and in pairs, on every kind of policy: books balance and nothing moves before its day.

Each pair meets one kind, each crisis alone half of those that are quick and one of the others. ``python -m
tests.property.test_crises`` replays every kind under every crisis and pair.
"""

from __future__ import annotations

import functools
import itertools
import time

import numpy as np
import pytest

from scenarios.judge.fed import Fed
from scenarios.shocks import InvestorRun, SignalDelay, SignalInversion, apply_shocks
from simulator import Bounds, Execution
from simulator.engine import Terms, prepare
from simulator.engine.signals import gather
from tests.conformance.test_builtins import POLICIES
from tests.unit.test_crises import EVERY, MARKET, START, shocks_of

FIRST = 300
KINDS = {kind: case for kind, cases in POLICIES.items() if "assets" not in (case := cases[0]).terms}
#: Those that solve for their weights.
SLOW = [*("optimised", "multi-period", "two-stage", "skfolio", "risk-parity", "minimum-variance", "cvar")]
QUICK = [kind for kind in KINDS if kind not in SLOW]
PAIRS = list(itertools.combinations(sorted(EVERY), 2))
BESIDES = {
    "": (),
    "investors": (InvestorRun(start=START, days=30, to_losses=0.1),),
    "signals": (SignalDelay(start=START, sessions=3), SignalInversion(start=START, days=10)),
}


def replayed(kind, world):
    """A policy of a kind under a world; a replay that does not balance raises."""
    case = KINDS[kind]
    bounds = Bounds(max_leverage=4.0) if kind.startswith("leverage") else Bounds()
    given, _ = gather(case.plugin, case.terms.get("signals", {}), world.observed, kind)
    panels = {name: world.heard(name, panel) for name, panel in given.items()}
    terms = Terms(
        initial_cash=1e6,
        bounds=bounds,
        execution=Execution(max_participation=0.1),
        flows=world.flows,
        clients=world.clients,
    )
    return prepare(world.market, Fed(case.plugin, panels), terms, observed=world.observed, name=kind).run()


@functools.cache
def plain(kind):
    """The same where nothing strikes."""
    return replayed(kind, apply_shocks(MARKET, (), 0))


@functools.lru_cache(maxsize=2)  # kind after kind meets the same one
def struck(names, severity, besides):
    """The world under some crises."""
    made = [shock for name in names for shock in shocks_of(name, severity=severity)]
    return apply_shocks(MARKET, [*made, *BESIDES[besides]], 0)


def check(names, severity, kind, besides=""):
    """Nothing moves before the first day; what comes after is a number; severity 0 is nothing, to the bit."""
    result = replayed(kind, struck(names, severity, besides))
    nav, before = result.nav.to_numpy(), plain(kind).nav.to_numpy()
    until = FIRST - result.run.start
    assert np.array_equal(nav[:until], before[:until]), (names, severity, kind)
    assert np.isfinite(nav).all(), (names, severity, kind)
    if severity == 0.0 and not besides:
        assert np.array_equal(nav, before), (names, kind)


@pytest.mark.parametrize("name", sorted(EVERY))
def test_alone_on_half_of_the_quick_kinds_and_one_that_solves(name):
    place = sorted(EVERY).index(name)
    half = QUICK[place % 2 :: 2]
    for number, kind in enumerate([*half, SLOW[place % len(SLOW)]]):
        check((name,), (5.0, 1.0)[(place + number) % 2], kind, ("", "investors", "signals")[(place + number) % 3])


def test_in_pairs_on_one_quick_kind_each():
    for number, names in enumerate(PAIRS):
        check(names, (1.0, 5.0)[number % 2], QUICK[number % len(QUICK)])


def test_severity_0_is_no_crisis_for_any_quick_kind():
    for kind in QUICK:
        check((sorted(EVERY)[QUICK.index(kind) % len(EVERY)],), 0.0, kind)


def main() -> None:
    """Every kind under every crisis and pair at 0, 1 and 5, and with investors and signals at fault besides."""
    cells, begun = 0, time.monotonic()
    every = [*((name,) for name in sorted(EVERY)), *PAIRS]
    for number, names in enumerate(every, start=1):
        for severity in (0.0, 1.0, 5.0):
            for besides in BESIDES if len(names) == 1 else ("",):
                for kind in KINDS:
                    check(names, severity, kind, besides)
                    cells += 1
        if number % 10 == 0 or number == len(every):
            print(
                f"{number}/{len(every)} crises and pairs, {cells} cells, {time.monotonic() - begun:.0f} s", flush=True
            )


if __name__ == "__main__":
    main()
