"""The ladder against de-risk at the same signal on the book of etf-core: more that can be raised, for less trading."""

from __future__ import annotations

import numpy as np
import pytest

from scenarios.build import build
from scenarios.load import load
from scenarios.runner import replay
from tests.support import data_folder

DATA = data_folder()
OTHERS = ("multi-period", "two-stage", "optimised", "risk-parity", "volatility-target", "band-5-25", "ladder-phased")


@pytest.mark.skipif(DATA is None, reason="needs real market data")
def test_a_patient_ladder_holds_more_that_can_be_raised_in_stress_at_less_turnover():
    """Of nav, in five days at half the volume and three times the spread, on the days the signal is on."""
    file = load("liquidity-aware", [f"policies.{name}=unset" for name in OTHERS])
    out = replay(build(file, DATA))
    on = out.results["de-risk"].run.signals["vol"].state()
    assert on.sum() == 292
    raised = {name: float(np.mean(result.liquidity["liquid_share"][on])) for name, result in out.results.items()}
    turnover = {name: float(found.turnover_annual) for name, found in out.metrics.items()}
    assert raised["ladder-patient"] > raised["ladder"] > raised["de-risk"]
    assert turnover["ladder-patient"] < 0.9 * turnover["de-risk"]
    assert raised["de-risk"] == pytest.approx(0.8183, abs=2e-4)
    assert raised["ladder-patient"] == pytest.approx(0.8205, abs=2e-4)
    assert turnover["ladder-patient"] == pytest.approx(0.447, abs=0.005)
