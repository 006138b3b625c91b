"""Ranges: stated once, on the field; checked from Python and from a file; what was probably meant is said."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest

from scenarios.configure import arguments, parameters
from scenarios.shocks import PriceGap
from signals import Calendar, StressForecast, Threshold, VolatilityTrigger
from simulator import AlmgrenChriss, Execution
from simulator.core.bounds import Bounds
from simulator.core.errors import ParameterError, ScenarioError, shown
from simulator.core.flows import Flow
from simulator.core.instruments import Instrument
from simulator.core.within import SHARE, Within
from simulator.liquidity import LiquidityStress
from strategies import Periodic, ThresholdBand

BEYOND = [
    (lambda: Execution(lag=10**9), "lag must be at most 1,000 sessions"),
    (lambda: Execution(max_turnover=25.0), "write 0.25 for 25%"),
    (lambda: Execution(max_participation=10.0), "write 0.1 for 10%"),
    (lambda: Execution(min_trade=math.nan), "min_trade must lie in (0, 1], not nan"),
    (lambda: AlmgrenChriss(half_spread_bps=5000.0), "5000 basis points are 50%"),
    (lambda: AlmgrenChriss(by_asset={"A": {"half_spread_bps": 5000.0}}), "by_asset.A.half_spread_bps must be at most"),
    (lambda: AlmgrenChriss(eta=math.inf), "eta must be at most 100, not inf"),
    (lambda: LiquidityStress(redemption_stress=20.0), "write 0.2 for 20%"),
    (lambda: LiquidityStress(horizon_days=0), "horizon_days must be at least 1 sessions"),
    (lambda: Bounds(min_cash=5.0), "min_cash must lie in [0, 1), not 5.0; write 0.05 for 5%"),
    (lambda: Bounds(max_weight={"A": 40.0}), "max_weight.A must be at most 20, not 40.0; write 0.4 for 40%"),
    (lambda: Flow(date="2020-01-02", share=-10.0), "-0.10 for 10%"),
    (lambda: Instrument(stressed_haircut=15.0), "write 0.15 for 15%"),
    (lambda: PriceGap(start="2020-01-02", size=-10.0), "write -0.10 for a fall of 10%"),
    (lambda: PriceGap(start="2020-01-02", severity=1e9), "price-gap: severity must be at most 100"),
    (lambda: VolatilityTrigger(lookback=10**7), "lookback must be at most 10,000 sessions"),
    (lambda: VolatilityTrigger(enter=20.0), "write 0.2 for 20%"),
    (lambda: Threshold("VIX", scale="level", enter=math.nan), "enter must be at least"),
    (lambda: Calendar(every=0), "every must be at least 1 sessions"),
    (lambda: StressForecast(min_train=10), "min_train must be at least 252 sessions"),
    (
        lambda: ThresholdBand({"A": 1.0}, band=5.0),
        "threshold-band: band must lie in (0, 1), not 5.0; write 0.05 for 5%",
    ),
    (lambda: Periodic({"A": 1.0}, every=10**9), "periodic: every must be at most 10,000 sessions"),
]


@pytest.mark.parametrize(("make", "message"), BEYOND, ids=[message for _, message in BEYOND])
def test_a_constructor_refuses_what_lies_beyond(make, message):
    with pytest.raises(ParameterError) as error:
        make()
    assert message in str(error.value)


def test_what_lies_within_is_taken():
    assert Execution(lag=1000, max_participation=1.0).lag == 1000
    assert AlmgrenChriss(half_life_days=math.inf, borrow_bps=20_000.0).borrow_bps == 20_000.0
    assert Bounds(max_leverage=9.0, max_weight=1.5).max_leverage == 9.0


def test_a_file_is_held_to_the_same_range():
    with pytest.raises(ScenarioError, match=r"execution: lag must be at most 1,000 sessions, not 5000"):
        arguments(Execution, {"lag": 5000}, "execution")
    assert parameters(Execution)["lag"].text.endswith("(0 to 1,000 sessions)")


def test_numbers_that_are_none_lie_in_no_range():
    assert not SHARE.holds(math.nan)
    assert not Within(0.0, 1e15).holds(10**400)  # too large for a float
    assert SHARE.holds(0.0)
    assert SHARE.holds(1.0)


def test_anything_can_be_shown():
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert shown(deep) == "a list too large to be shown"
    assert shown(10**5000) == "a int too large to be shown"
    assert len(shown("x" * 10_000)) == 80


def test_explanations_may_be_missing():
    """As under ``python -OO``, which leaves docstrings out."""
    shown_there = subprocess.run(
        [sys.executable, "-OO", "-m", "scenarios.cli", "show", "us-large-caps"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert shown_there.returncode == 0, shown_there.stderr
    assert "[execution]" in shown_there.stdout
    assert "# Execution(" not in shown_there.stdout, "the signature of a dataclass explains nothing"


def test_without_docstrings_a_model_that_cannot_be_loaded_takes_one_line():
    made = "from signals.stress.models.registry import xgboost; xgboost(0)"
    said = subprocess.run(
        [sys.executable, "-OO", "-c", made], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2]
    ).stderr.splitlines()[-1]
    assert said.startswith("simulator.core.errors.ParameterError: XGBoost cannot be loaded under python -OO")
