"""A sweep of policies that solve, and of overlays over them in pairs, says what single runs say, to the bit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scenarios.build import build
from scenarios.cli import main
from scenarios.load import load
from scenarios.paths import Bootstrap
from scenarios.runner import replay
from simulator import simulate
from tests.sweeping import write_small

SOLVERS = """
[bounds]
min_coverage = 1.5
max_weight = 0.7
min_liquid_share = 0.2
[overlays.ladder]
kind = "liquidity-ladder"
signal = "vol"
calm = 3
phases = 2
[overlays.calm]
kind = "volatility-target"
target = 0.1
lookback = 20
[policies.ahead]
kind = "multi-period"
every = 30
window = 63
steps = 2
[policies.stages]
kind = "two-stage"
every = 30
window = 63
scenarios = 6
[policies.solved]
kind = "optimised"
every = 30
window = 63
[policies.pair]
overlays = ["ladder", "calm"]
when = "month"
[policies.pair.holdings]
kind = "minimum-variance"
window = 63
[policies.over]
kind = "liquidity-ladder"
base = "ahead"
signal = "vol"
amber = 0.3
[signals.month]
kind = "calendar"
every = "month"
"""
GRID = {
    "policies.ahead.steps": (1, 3),
    "policies.stages.redemption": (0.1, 0.4),
    "policies.solved.max_turnover": (0.05, 0.3),
    "overlays.calm.target": (0.06, 0.12),
    "policies.over.amber": (0.2, 0.9),
}
SHOCKS = [
    "price-gap:from=2001-12-03,size=-0.2",
    "depth-collapse:from=2001-12-03,days=60,remaining=0.2",
]
STRUCK = [word for shock in SHOCKS for word in ("--shock", shock)]
OWN = ("ahead", "stages", "solved", "pair", "over")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = write_small(tmp_path)
    text = path.read_text().replace("end = 2002-06-28", "end = 2002-02-28")
    path.write_text(text + SOLVERS)
    return tmp_path


def swept(*words):
    given = ["sweep", "small.toml", "--data", "data", "--quiet", "--workers", "1", "--out", "out", *words]
    assert main(given) == 0
    return pd.read_parquet("out/results.parquet")


def test_parameters_under_shocks_and_bounds(home):
    """Every value of every key once: two points of the grid, all five keys moved together."""
    tables = {}
    for place in (0, 1):
        changes = [f"{key}={values[place]}" for key, values in GRID.items()]
        sets = [word for change in changes for word in ("--set", change)]
        table = swept(*sets, *STRUCK, "--grid", "execution.lag=0,1", "--restart").set_index(["execution.lag", "policy"])
        for lag in (0, 1):
            file = load("small.toml", [*changes, f"execution.lag={lag}"], shocks=SHOCKS)
            for name, one in replay(build(file, home / "data")).metrics.items():
                row = table.loc[(lag, name)]
                assert row["nav_end"] == one.final_nav, (name, lag)
                said = [row["sharpe"], row["max_drawdown"], row["cost_bps_annual"]]
                assert said == pytest.approx([one.sharpe, one.max_drawdown, one.cost_bps_annual], rel=1e-12), name
        tables[place] = table
    ends = {name: {tables[place].loc[(1, name), "nav_end"] for place in tables} for name in OWN}
    assert all(len(end) == 2 for end in ends.values()), "every key tells"


def test_grids_over_their_own_keys(home):
    words = [
        word
        for key in ("policies.ahead.steps", "policies.stages.redemption")
        for word in ("--grid", f"{key}={','.join(map(str, GRID[key]))}")
    ]
    table = swept(*words)
    for point, rows in table.groupby(["policies.ahead.steps", "policies.stages.redemption"]):
        changes = [f"policies.ahead.steps={point[0]}", f"policies.stages.redemption={point[1]}"]
        alone = replay(build(load("small.toml", changes), home / "data")).metrics
        assert dict(zip(rows["policy"], rows["nav_end"], strict=True)) == {
            name: one.final_nav for name, one in alone.items()
        }
    assert table.groupby("policy")["nav_end"].nunique().to_dict() == {
        **dict.fromkeys(("passive", "threshold", "volatility", "solved", "pair"), 1),
        **dict.fromkeys(("ahead", "stages", "over"), 2),
    }


def test_paths(home):
    table = swept("--paths", "2").set_index(["policy", "path"])
    scenario = build(load("small.toml"), home / "data")
    section = scenario.file.scenario
    last = int(np.searchsorted(scenario.market.sessions, np.datetime64(section.end), side="right"))
    for path in (1, 2):
        market = Bootstrap(scenario.market.between(0, last), section.seed).path(path)
        for name in OWN:
            alone = simulate(
                market,
                scenario.policies[name],
                signals=scenario.signals,
                start=str(section.start),
                end=str(section.end),
                execution=scenario.execution,
                costs=scenario.costs,
                bounds=scenario.bounds,
                initial_cash=section.initial_cash,
            )
            assert table.loc[(name, path), "nav_end"] == alone.nav.iloc[-1], (name, path)
    assert table.loc[list(OWN), "nav_end"].nunique() == 3 * len(OWN)


def test_an_audit_under_shocks_is_clean(home):
    status = main(["audit", "small.toml", "--data", "data", "--out", "audit", "--quiet", "--cuts", "2", *STRUCK])
    found = json.loads(Path("audit/certificate.json").read_text())
    assert (status, found["findings"]) == (0, [])
    assert {f"policies.{name}" for name in OWN} <= {component["name"] for component in found["components"]}
