"""Bad input: one line naming the culprit, exit status 2, nothing half-written."""

from __future__ import annotations

import json
import shutil
import textwrap

import pytest

from scenarios.cli import main

SMALL = """
[scenario]
name = "small"
initial_cash = 100000
benchmark = "passive"
[market]
source = "csv"
path = "prices"
cash_rate = 0.01
[portfolio.weights]
A = 0.5
B = 0.4
CASH = 0.1
[costs]
eta = 0
gamma = 0
[policies.passive]
kind = "hold"
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder with a small scenario and its data."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNDERTOW_DATA", raising=False)
    (tmp_path / "data" / "prices").mkdir(parents=True)
    for name in "AB":
        rows = [f"2024-01-{day:02d},10,11,9,{10 + day % 3},{10 + day % 3},1000" for day in range(2, 30)]
        text = "Date,Open,High,Low,Close,Adj Close,Volume\n" + "\n".join(rows) + "\n"
        (tmp_path / "data" / "prices" / f"{name}.csv").write_text(text.replace(",9,", ",8,").replace(",11,", ",13,"))
    (tmp_path / "small.toml").write_text(SMALL)
    return tmp_path


def run(capsys, *arguments):
    before = set()
    status = main(["run", *arguments, "--quiet"]) if arguments[0] != "show" else main(list(arguments))
    captured = capsys.readouterr()
    assert not before
    return status, captured.out, captured.err


def refused(home, capsys, *arguments):
    """Run, expect status 2 with one line, and nothing written; return the line."""
    there = sorted(home.rglob("*"))
    status, out, err = run(capsys, *arguments)
    assert status == 2
    assert out == ""
    assert err.startswith("undertow: ")
    assert err.count("\n") == 1, err
    left = [path for path in sorted(home.rglob("*")) if path not in there and "__pycache__" not in str(path)]
    assert left == []
    return err


def small(home, capsys, *more):
    return refused(home, capsys, "small.toml", "--data", "data", *more)


def test_the_small_scenario_runs(home, capsys):
    status, out, _ = run(capsys, "small.toml", "--data", "data")
    assert status == 0
    assert "passive" in out
    assert (home / "out" / "small" / "index.html").is_file()
    assert {path.name for path in (home / "out").iterdir()} == {"small"}


def test_missing_file_and_unknown_scenario(home, capsys):
    assert "nowhere.toml: no such scenario file" in refused(home, capsys, "nowhere.toml")
    assert "did you mean 'etf-core'" in refused(home, capsys, "etf-cor")
    assert "give --data DIR" in refused(home, capsys, "small.toml")
    assert "no such folder" in refused(home, capsys, "small.toml", "--data", "nowhere")
    (home / "data" / "prices" / "B.csv").unlink()
    assert "B.csv: no such file" in small(home, capsys)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("scenario.strat=2024-01-01", "unknown key 'strat' in [scenario]; did you mean 'start'?"),
        ("policies.passive.wieghts=1", "policies.passive: unknown key 'wieghts'; did you mean 'weights'?"),
        ("execution.max_turnovr=1", "execution: unknown key 'max_turnovr'; did you mean 'max_turnover'?"),
        ("liquidty.horizon_days=1", "unknown key 'liquidty'; did you mean 'liquidity'?"),
        ("scenario.initial_cash=lots", "scenario.initial_cash: must be a valid number, not 'lots'"),
        ("execution.lag=1.5", "execution.lag: must be a whole number, not 1.5"),
        ("execution.lag=true", "execution.lag: must be a whole number, not true"),
        ("execution.fill=noon", "execution.fill: must be 'close' or 'open', not 'noon'"),
        ("execution.lag=-1", "execution: lag must be 0 or more"),
        ("costs.eta=much", "costs.eta: must be a number, not 'much'"),
        ("scenario.start=1999-01-01", "scenario.start 1999-01-01 lies outside the data"),
        ("scenario.end=2030-01-01", "scenario.end 2030-01-01 lies outside the data"),
        ("portfolio.weights.A=0.6", "portfolio.weights sum to 1.1; they must sum to one"),
        ("portfolio.weights.A=-0.5", "portfolio.weights: none may be negative"),
        ("portfolio.weights.a=0.0", "a.csv: no such file; did you mean 'A'?"),
        ("scenario.benchmark=pasive", "scenario.benchmark: no policy 'pasive'; did you mean 'passive'?"),
        ("policies.x.kind=hodl", "policies.x: unknown kind 'hodl'; did you mean 'hold'?"),
        ("policies.x.every=3", "policies.x: 'kind' is missing"),
        ("policies.x.kind=nowhere:Class", "policies.x: no module 'nowhere'"),
        ("policies.x.kind=json:Class", "policies.x: module 'json' has no 'Class'"),
        ("signals.s.kind=nowhere:Class", "signals.s: no module 'nowhere'"),
        ("costs.kind=nowhere:Class", "costs: no module 'nowhere'"),
        ("market.series={ V = 'prices/V.csv' }", "V.csv: no such file"),
        ("scenario", "write key.path=value"),
        ("scenario.name.first=1", "'name' is a value, not a table"),
        ("market.source=yahoo", "market.source: must be 'csv' or 'bundled:us-large-caps', not 'yahoo'"),
    ],
)
def test_a_bad_key_is_named(home, capsys, change, message):
    assert message in small(home, capsys, "--set", change)


def test_start_after_end(home, capsys):
    changes = ["--set", "scenario.start=2024-01-20", "--set", "scenario.end=2024-01-10"]
    assert "scenario.start (2024-01-20) must lie before scenario.end (2024-01-10)" in small(home, capsys, *changes)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Date,Open,High,Low,Close\n2024-01-02,1,1,1,1\n2024-01-02,1,1,1,1\n", "date 2024-01-02 appears twice"),
        ("Date,Open,High,Low,Close\n2024-01-02,1,1,1,one\n", "column 'Close' on 2024-01-02: 'one' is no number"),
        ("Date,Open,High,Low,Close\n2024-01-02,1,1,1,-1\n", "column 'Close' on 2024-01-02 is not positive"),
        ("Date,Open,High,Low,Close\n2024-01-02,1,1,1,nan\n", "column 'Close' holds no price at all"),
        ("", "the file is empty"),
        ("\0\1\2", "a binary file"),
    ],
)
def test_a_bad_price_file_is_named(home, capsys, content, message):
    (home / "data" / "prices" / "A.csv").write_text(content)
    line = small(home, capsys)
    assert message in line
    assert "A.csv" in line


def test_a_file_that_is_no_toml(home, capsys):
    (home / "bad.toml").write_text("[scenario\n")
    assert "bad.toml: not valid TOML" in refused(home, capsys, "bad.toml")
    (home / "binary.toml").write_bytes(b"\xff\xfe\x00")
    assert "binary.toml: not a text file" in refused(home, capsys, "binary.toml")
    (home / "empty.toml").write_text("")
    assert "scenario is missing" in refused(home, capsys, "empty.toml")


PLUGINS = """
import numpy as np
class Nan:
    def decide(self, day):
        return np.full(2, np.nan)
class Shape:
    def decide(self, day):
        return [1.0]
class Nothing:
    def decide(self, day):
        pass
class NoDecide:
    pass
class Needs:
    def __init__(self, level: float):
        self.level = level
    def decide(self, day):
        return {"A": self.level}
class BadSignal:
    def compute(self, features):
        return 3
class Crashing:
    warmup = 0
    def compute(self, features):
        return 1 / 0
class Flat:
    def panels(self, market, estimates):
        from simulator import AlmgrenChriss
        return AlmgrenChriss(half_spread_bps=1, eta=0, gamma=0).panels(market, estimates)
class NoCost:
    pass
class Halve:
    def __init__(self, factor: float = 0.5):
        self.factor = factor
    def apply(self, world, rng):
        from dataclasses import replace
        names = ("open", "high", "low", "close")
        market = replace(world.market, **{name: getattr(world.market, name) * self.factor for name in names})
        return type(world)(market, market)
    def describe(self):
        return f"prices x {self.factor}"
class Good:
    name, warmup = "good", 0
    def compute(self, features):
        from simulator import SignalPanel
        on = (features.prices()["A"] > 11).to_numpy(float)[:, None]
        return SignalPanel(features.sessions, ("state",), on, features.sessions)
"""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("policies.x.kind=mine_a:Nan", "policy 'x' on 2024-01-02: the weight of A is nan"),
        ("policies.x.kind=mine_a:Shape", "policy 'x' on 2024-01-02: decide returned shape (1,)"),
        ("policies.x.kind=mine_a:Nothing", "policy 'x' on 2024-01-02: decide must return weights or HOLD"),
        ("policies.x.kind=mine_a:NoDecide", "policies.x: 'mine_a:NoDecide' has no decide(day)"),
        ("policies.x.kind=mine_a:Needs", "policies.x: 'level' is missing"),
        ("policies.x.kind=mine_a:Nobody", "module 'mine_a' has no 'Nobody'"),
        ("signals.x.kind=mine_a:BadSignal", "signals.x: signal 'x': compute must return a SignalPanel"),
        ("costs.kind=mine_a:NoCost", "costs: unknown key 'eta'"),
        ("signals.x.kind=mine_a:Crashing", "signals.x: compute failed: ZeroDivisionError"),
    ],
)
def test_a_plugin_that_breaks_its_contract_is_named(home, capsys, change, message):
    (home / "mine_a.py").write_text(PLUGINS)
    assert message in small(home, capsys, "--set", change)


def test_plugins_of_the_users_own(home, capsys):
    (home / "mine_b.py").write_text(PLUGINS)
    (home / "own.toml").write_text(
        textwrap.dedent("""
        [scenario]
        name = "own"
        extends = "small.toml"
        [signals.up]
        kind = "mine_b:Good"
        [[shocks]]
        kind = "mine_b:Halve"
        factor = 0.25
        [policies.mine]
        kind = "mine_b:Needs"
        level = 0.25
        [policies.out]
        kind = "de-risk"
        base = "passive"
        signal = "up"
        """)
    )
    status, out, _ = run(capsys, "own.toml", "--data", "data")
    assert status == 0
    assert "mine" in out


def test_a_cost_model_of_the_users_own(home, capsys):
    (home / "mine_c.py").write_text(PLUGINS)
    text = (home / "small.toml").read_text().replace("eta = 0\ngamma = 0", 'kind = "mine_c:Flat"')
    (home / "small.toml").write_text(text)
    assert run(capsys, "small.toml", "--data", "data")[0] == 0
    metrics = json.loads((home / "out" / "small" / "metrics.json").read_text())
    assert metrics["policies"]["passive"]["cost_components_bps_annual"]["spread"] > 0.0
    (home / "small.toml").write_text(text.replace("mine_c:Flat", "mine_c:NoCost"))
    assert "costs: 'mine_c:NoCost' has no panels(market, estimates)" in small(home, capsys)


def test_an_output_folder_of_others_is_not_touched(home, capsys):
    (home / "precious").mkdir()
    (home / "precious" / "thesis.txt").write_text("ten years")
    assert "holds other things" in small(home, capsys, "--out", "precious")
    assert (home / "precious" / "thesis.txt").read_text() == "ten years"
    (home / "file").write_text("x")
    assert "there is a file of that name" in small(home, capsys, "--out", "file")


def test_an_earlier_output_survives_a_failing_run(home, capsys):
    assert run(capsys, "small.toml", "--data", "data", "--out", "kept")[0] == 0
    first = (home / "kept" / "metrics.json").read_bytes()
    small(home, capsys, "--out", "kept", "--set", "execution.lag=-1")
    assert (home / "kept" / "metrics.json").read_bytes() == first
    assert run(capsys, "small.toml", "--data", "data", "--out", "kept", "--set", "scenario.initial_cash=5000")[0] == 0
    assert (home / "kept" / "metrics.json").read_bytes() != first


def test_shocks_on_the_command_line(home, capsys):
    assert "did you mean 'volume-collapse'" in small(home, capsys, "--shock", "volume-colapse:from=2024-01-05")
    assert "'from' is missing" in small(home, capsys, "--shock", "volume-collapse")
    assert "unknown key 'form'; did you mean 'from'?" in small(home, capsys, "--shock", "price-gap:form=2024-01-05")
    assert "write kind:key=value" in small(home, capsys, "--shock", "price-gap:2024-01-05")
    assert "shocks: price-gap from 2030-01-01: the market runs from" in small(
        home, capsys, "--shock", "price-gap:from=2030-01-01"
    )
    shutil.rmtree(home / "out", ignore_errors=True)
    status, out, _ = run(
        capsys, "small.toml", "--data", "data", "--shock", "price-gap:from=2024-01-10,size=-0.3,assets=A+B"
    )
    assert status == 0
    assert "-3" in out
