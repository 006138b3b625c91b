"""Random books at the extremes against an oracle that shares no code with the engine, and no false alarm.

A sample in the suite; ``pytest tests/parity/test_extremes.py --thousand`` replays a thousand and one.
"""

from __future__ import annotations

import numpy as np
import pytest

from simulator import RunResult, simulate_many
from simulator.engine.many_runs import METRICS
from simulator.ledger import rebuild
from simulator.metrics import policy_metrics
from simulator.testing import OracleRun, replay_oracle
from tests.extremes import book, case

TOLERANCE = 1e-9
SAMPLE, THOUSAND = 120, 1001
DAILY = ("cash", "interest", "price_pnl", "impact_pnl", "flows", "costs")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(THOUSAND if metafunc.config.getoption("--thousand") else SAMPLE))


def test_the_books_are_the_oracles(seed):
    with np.errstate(all="ignore"):
        run = book(seed)
        ours, oracle = run.run(), replay_oracle(run)
    assert gap(ours, oracle) < TOLERANCE
    assert ours.ruined == oracle.ruined
    assert np.abs(ours.owed - oracle.owed).max() <= TOLERANCE * size(oracle).max()
    assert np.allclose(ours.returns, returns(oracle, run.initial_cash), rtol=TOLERANCE, atol=TOLERANCE)
    books = rebuild(ours.records, *ours.marks.shape)
    assert np.allclose(books.shares, ours.daily["shares"], rtol=1e-9, atol=1e-9 * np.abs(books.shares).max(initial=0.0))


def size(oracle: OracleRun) -> np.ndarray:
    """(T,) the largest book so far: what cash and shares round to is carried on from there."""
    moved = np.maximum(np.abs(oracle.nav), np.abs(oracle.flows))
    return np.maximum.accumulate(np.maximum(moved, np.abs(oracle.due)))


def gap(ours: RunResult, oracle: OracleRun) -> float:
    """The largest difference in any daily figure, in books."""
    scale = size(oracle)
    gaps = [np.abs(ours.out.nav - oracle.nav) / scale]
    for name in DAILY:
        apart = np.abs(ours.daily[name] - getattr(oracle, name))
        gaps.append((apart.max(axis=1) if apart.ndim > 1 else apart) / scale)
    return float(np.max(gaps))


def returns(oracle: OracleRun, initial: float) -> np.ndarray:
    """(T,) what those who stay earned, from the oracle's books."""
    found, before, owed_before = [], initial, 0.0
    for t, (nav, owed) in enumerate(zip(oracle.nav, oracle.owed, strict=True)):
        own = nav - owed if owed <= nav else min(nav, 0.0)
        brought = oracle.due[t] if owed > 0.0 or owed_before > 0.0 else oracle.flows[t] - oracle.late[t]
        late = 0.0 if owed > 0.0 or owed_before > 0.0 else oracle.late[t]
        opening = before + brought - (initial if t == 0 else 0.0)
        found.append((own - late) / opening - 1.0 if opening > 0.0 else 0.0)
        before, owed_before = own, owed
    return np.array(found)


def test_the_sample_holds_every_extreme():
    runs = [book(seed) for seed in range(SAMPLE)]
    cash = np.array([run.initial_cash for run in runs])
    marks = np.concatenate([run.arrays.mark.ravel() for run in runs])
    assert cash.min() < 1e-4
    assert cash.max() > 1e10
    assert marks.min() <= 1e-5
    assert marks.max() >= 1e5
    assert any(run.sessions.size == 1 for run in runs)
    assert any((run.arrays.status != 0).all() for run in runs)
    assert any((run.flows.table[:, 1] < -run.initial_cash).any() for run in runs)
    with np.errstate(all="ignore"):
        results = [run.run() for run in runs]
    assert sum(result.ruined is not None for result in results) >= 3
    assert sum(bool(result.owed.any()) for result in results) >= 3


@pytest.mark.parametrize("number", range(0, SAMPLE, 5))
def test_many_runs_at_once_say_the_same(number):
    market, policy, terms = case(number)
    with np.errstate(all="ignore"):
        one = book(number).run()
        many = simulate_many([market] * 2, {"one": policy}, keep="nav", **terms)
        metrics = policy_metrics(one) if one.sessions.size > 1 else None
    assert many.nav is not None
    assert many.nav[0, 1].tobytes() == one.stayers.tobytes()
    if metrics is None:
        return
    figures = dict(zip(METRICS, many.figures[1, 0], strict=True))
    names = {"volatility": metrics.volatility, "max_drawdown": metrics.max_drawdown, "sharpe": metrics.sharpe}
    names |= {"liquidity_min": metrics.liquid_share_min, "cost_bps_annual": metrics.cost_bps_annual}
    names |= {"coverage_min": metrics.coverage_min, "owed_max": metrics.flows.largest_shortfall_of_nav}
    for name, value in names.items():
        assert figures[name] == pytest.approx(np.nan if value is None else value, rel=1e-9, abs=1e-9, nan_ok=True), name
