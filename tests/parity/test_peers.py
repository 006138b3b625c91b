"""The benchmark's peers agree with us before anything is timed."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import prepare
from strategies import ThresholdBand
from tests.benchmarks import workloads
from tests.benchmarks.floor_nb import floor_nb


@pytest.mark.slow
@pytest.mark.parametrize(("band", "every"), [(0.05, 1), (0.02, 21)])
def test_the_same_policy_everywhere(band, every):
    from tests.benchmarks import peer_vectorbt

    work = workloads.single(sessions=1500, assets=6)
    policy = ThresholdBand(work.weights, band, review=every)
    ours = prepare(
        work.market(), policy, costs=workloads.COSTS, execution=workloads.EXECUTION, initial_cash=workloads.CASH
    ).run()
    floor = np.empty(1500)
    floor_nb(work.close, work.weights, band, every, workloads.COST, workloads.CASH, floor)
    orders, _ = peer_vectorbt.band_policy(work.close, work.weights, band, every, workloads.COST, workloads.CASH)()
    assert np.abs(floor / ours.out.nav - 1.0).max() < 1e-12
    assert np.abs(peer_vectorbt.nav_of(orders, work.close, workloads.CASH) / ours.out.nav - 1.0).max() < 1e-12
    assert len(ours.decisions) > 5
