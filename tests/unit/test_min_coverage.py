"""``min_coverage``: decisions are scaled towards cash until the assumed redemptions are covered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator import AlmgrenChriss, Bounds, DataError, LiquidityStress, ParameterError, simulate
from strategies import Periodic
from tests.support import random_market

MARKET = random_market(5, 120, 3, gaps=0.0, silent=0.0)
STRESS = LiquidityStress(horizon_days=2, participation=0.05, redemption_stress=0.2)
TARGETS = {"A": 0.4, "B": 0.3, "C": 0.3}


def run(stress=STRESS, market=MARKET, **bounds):
    return simulate(market, Periodic(TARGETS, 5), bounds=Bounds(**bounds), liquidity=stress, initial_cash=4e6)


def test_coverage_is_kept_as_the_liquid_share_that_gives_it():
    plain, covered, share = run(), run(min_coverage=2.5), run(min_liquid_share=0.5)
    assert plain.coverage["coverage"].min() < 2.0
    assert np.array_equal(covered.out.nav, share.out.nav)
    assert set(covered.limits["component"]) == {"min_coverage"}
    assert set(share.limits["component"]) == {"min_liquid_share"}
    held = covered.weights["CASH"]
    assert held.mean() > plain.weights["CASH"].mean() + 0.05


def test_the_stricter_of_both_holds_and_is_what_is_said_to_bite():
    both = run(min_coverage=2.5, min_liquid_share=0.3)
    assert np.array_equal(both.out.nav, run(min_coverage=2.5).out.nav)
    assert "min_coverage" in set(both.limits["component"])
    loose = run(min_coverage=1.0, min_liquid_share=0.5)
    assert np.array_equal(loose.out.nav, run(min_liquid_share=0.5).out.nav)
    assert "min_liquid_share" in set(loose.limits["component"])


def test_drift_below_it_is_recorded_as_a_breach():
    result = run(min_coverage=2.5)
    breaches = result.events[(result.events["kind"] == "breach") & (result.events["component"] == "min_coverage")]
    below = result.coverage["coverage"].to_numpy() < 2.5 - 1e-6
    assert len(breaches) == (below & ~np.concatenate([[False], below[:-1]])).sum()


def test_what_can_never_be_covered_or_is_not_measured_is_refused():
    with pytest.raises(ParameterError, match=r"min_coverage = 6 of redemptions of 20% asks for 120% of nav"):
        run(min_coverage=6.0)
    with pytest.raises(DataError, match="min_coverage needs the liquidity stress and volumes"):
        run(stress=False, min_coverage=1.0)
    bare = replace(MARKET, volume=None)
    with pytest.raises(DataError, match="min_coverage needs the liquidity stress and volumes"):
        simulate(bare, Periodic(TARGETS, 5), costs=AlmgrenChriss(eta=0, gamma=0), bounds=Bounds(min_coverage=1.0))
