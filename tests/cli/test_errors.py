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
        ("portfolio.weights.A=-0.5", "portfolio.weights: none may be negative unless bounds.allow_short = true (A is"),
        ("portfolio.weights.CASH=-0.5", "portfolio.weights.CASH is -0.5: borrowing needs bounds.max_leverage above 1"),
        ("portfolio.waterfall=all", "portfolio.waterfall: must be 'most-liquid' or 'pro-rata', not 'all'"),
        ("portfolio.weights.a=0.0", "a.csv: no such file; did you mean 'A'?"),
        ("scenario.benchmark=pasive", "scenario.benchmark: no policy 'pasive'; did you mean 'passive'?"),
        ("policies.x.kind=hodl", "policies.x: unknown kind 'hodl'; did you mean 'hold'?"),
        ("policies.x.every=3", "policies.x: 'kind' is missing"),
        ("policies.x.kind=nowhere:Class", "policies.x: no module 'nowhere'"),
        ("policies.x.kind=json:Class", "policies.x: 'json' of 'json:Class' is a module of Python, not of your own"),
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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("bounds.max_wieght=0.1", "unknown key 'max_wieght' in [bounds]; did you mean 'max_weight'?"),
        ("bounds.max_weight=much", "bounds.max_weight: must be a valid number or a table, not 'much'"),
        ("bounds.max_weight.A=much", "bounds.max_weight.A: must be a valid number, not 'much'"),
        ("bounds.max_weight.a=0.5", "bounds: no asset 'a' in this market; did you mean 'A'?"),
        ("bounds.max_weight=-1", "bounds: max_weight must be zero or more"),
        ("bounds.min_cash=1", "bounds: min_cash must lie in [0, 1), not 1.0"),
        ("bounds.max_leverage=0.5", "bounds: max_leverage must be at least 1, not 0.5"),
        ("bounds.min_liquid_share=2", "bounds: min_liquid_share must lie in (0, 1], not 2.0"),
        ("bounds.allow_short=1", "bounds.allow_short: must be true or false, not 1"),
        (
            "bounds.groups.g={asets=['A'],max_weight=1}",
            "unknown key 'asets' in [bounds.groups.g]; did you mean 'assets'",
        ),
        ("bounds.groups.g={assets=['A']}", "bounds.groups.g.max_weight is missing"),
        ("bounds.groups.g={assets=[],max_weight=1}", "bounds.groups.g: a group needs at least one asset"),
        ("bounds.groups.g={assets=['C'],max_weight=1}", "bounds: no asset 'C' in this market"),
        ("bounds.no_trade.A=[['2024-01-05','soon']]", "bounds.no_trade.A[0]: must be a period [first day, last day]"),
        ("bounds.no_trade.A=[[2024-01-05,2024-01-04]]", "must not end (2024-01-04) before it begins (2024-01-05)"),
        ("bounds.no_trade.C=[[2024-01-04,2024-01-05]]", "bounds: no asset 'C' in this market"),
        ("flows=[{date=2024-01-05}]", "flows[0]: a flow has either an amount (currency) or a share (of nav)"),
        ("flows=[{date=2024-01-05,amount=1,share=1}]", "flows[0]: a flow has either an amount (currency) or a share"),
        (
            "flows=[{date=2024-01-05,share=-2}]",
            "flows[0]: share must be at least -1, not -2.0; a redemption cannot take more than all of nav",
        ),
        ("flows=[{date=2024-01-05,amonut=1}]", "unknown key 'amonut' in [flows[0]]; did you mean 'amount'?"),
        ("flows=[{amount=1}]", "flows[0]: a flow needs a date, or every = 'month' if it recurs"),
        ("flows=[{date='tomorrow',amount=1}]", "flows[0].date: must be a valid date, not 'tomorrow'"),
        (
            "flows=[{date=2023-01-05,amount=1}]",
            "flows[0].date 2023-01-05 lies outside the data, which run from 2024-01",
        ),
        ("flows=7", "flows: must be a list, not 7"),
        ("flows.amount=7", "flows: must be a list, not {'amount': 7}"),
        ("instruments.A={lots=1}", "unknown key 'lots' in [instruments.A]; did you mean 'lot'?"),
        ("instruments.A={lot=-1}", "instruments.A: lot must be zero or more, not -1"),
        ("instruments.C={lot=1}", "instruments: no asset 'C'"),
        ("costs.by_asset.A.etta=1", "costs: by_asset.A: unknown parameter 'etta'; did you mean 'eta'?"),
        ("costs.by_asset.a.eta=1", "costs.by_asset: no asset 'a'; did you mean 'A'?"),
        ("costs.by_asset.A=1", "costs.by_asset: must be a table of tables of numbers, not {'A': 1}"),
        ("costs.by_asset.A.eta='1'", "costs.by_asset: must be a table of tables of numbers"),
        ("costs.spread_from=guess", "costs.spread_from: must be 'stated' or 'abdi-ranaldo' or 'corwin-schultz'"),
        ("execution.shedule=twap", "execution: unknown key 'shedule'; did you mean 'schedule'?"),
        ("execution.schedule=twap", "execution: schedule 'twap' needs sessions of 2 or more"),
        ("execution.sessions=3", "execution: sessions = 3 needs schedule 'twap' or 'almgren-chriss'"),
        ("execution.newer=replace", "execution.newer: must be 'cancel' or 'net', not 'replace'"),
        ("execution.annual_turnover=0", "execution: annual_turnover must be positive, not 0"),
        ("market.prices=row", "market.prices: must be 'adjusted', 'split-adjusted' or 'raw', not 'row'"),
        ("market.prices=raw", "A.csv: no column 'Dividends', which prices = 'raw' needs (0 where there was none)"),
        ("market.delistings.A={date=2024-01-10}", "market.delistings.A.recovery is missing"),
        ("market.delistings.A={dat=2024-01-10,recovery=0}", "unknown key 'dat' in [market.delistings.A]; did you mean"),
        (
            "market.delistings.A={date=2024-01-10,recovery=2}",
            "market.delistings.A: recovery must lie in [0, 1], not 2",
        ),
        ("market.delistings.a={date=2024-01-10,recovery=0}", "market.delistings: no asset 'a'; did you mean 'A'?"),
        (
            "market.delistings.A={date=2034-01-10,recovery=0}",
            "market.delistings.A.date 2034-01-10 lies outside the data",
        ),
        ("market.halts.a=[[2024-01-10,2024-01-11]]", "market.halts: no asset 'a'; did you mean 'A'?"),
        ("market.halts.A=[[2034-01-10,2034-01-11]]", "market.halts.A 2034-01-10 to 2034-01-11 lies outside the data"),
        ("market.halts.A=[2024-01-10]", "market.halts.A[0]: must be a period [first day, last day]"),
        ("market.series={V={pth='x'}}", "unknown key 'pth' in [market.series.V]; did you mean 'path'?"),
    ],
)
def test_bad_bounds_flows_and_events_are_named(home, capsys, change, message):
    assert message in small(home, capsys, "--set", change)


def test_an_entry_of_a_list_can_be_set(home, capsys):
    with (home / "small.toml").open("a") as file:
        file.write("[[flows]]\ndate = 2024-01-10\nshare = -0.1\n")
    assert "a redemption cannot take more than all of nav" in small(home, capsys, "--set", "flows.0.share=-2")
    assert "the list has 1 entries, counted from 0; not 1" in small(home, capsys, "--set", "flows.1.share=-0.2")
    assert "not share" in small(home, capsys, "--set", "flows.share=-0.2")
    assert run(capsys, "small.toml", "--data", "data", "--set", "flows.0.share=-0.2")[0] == 0
    metrics = json.loads((home / "out" / "small" / "metrics.json").read_text())
    assert 19_000 < metrics["policies"]["passive"]["flows"]["redeemed"] < 21_000


def test_lots_need_raw_prices(home, capsys):
    for path in (home / "data" / "prices").iterdir():
        lines = path.read_text().splitlines()
        path.write_text("\n".join([f"{lines[0]},Dividends", *(f"{line},0" for line in lines[1:])]))
    line = small(home, capsys, "--set", "market.prices=split-adjusted", "--set", "instruments.A={lot=10}")
    assert "round lots need raw prices" in line
    assert "--out" not in line, "the option named no folder that cannot be used"


def test_the_bundled_market_has_adjusted_prices_only(home, capsys):
    line = refused(home, capsys, "redemption-run", "--set", "market.prices=raw")
    assert "market.prices = 'raw' needs source = 'csv'" in line


def test_what_a_class_was_taken_to_be_is_on_the_page(home, capsys):
    (home / "data" / "prices" / "TLT.csv").write_bytes((home / "data" / "prices" / "A.csv").read_bytes())
    changes = ["--set", "portfolio.weights={A=0.5,B=0.2,TLT=0.3}", "--set", "instruments.TLT={lot=0.0}"]
    assert run(capsys, "small.toml", "--data", "data", *changes, "--set", "instruments.B={class='gold'}")[0] == 0
    page = (home / "out" / "small" / "index.html").read_text()
    assert "Asset class known from the ticker: TLT treasury" in page
    assert "Asset class assumed to be equity: A (" in page
    assert "Stressed haircuts: 15% A; 10% B; 2% TLT" in page


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
        ("costs.kind=mine_a:NoCost", "costs: 'mine_a:NoCost' has no panels(market, estimates)"),
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
    assert "it states 'size' twice" in small(home, capsys, "--shock", "price-gap:from=2024-01-05,size=-0.1,size=-0.2")
    assert "shocks: price-gap from 2030-01-01: the market runs from" in small(
        home, capsys, "--shock", "price-gap:from=2030-01-01"
    )
    shutil.rmtree(home / "out", ignore_errors=True)
    status, out, _ = run(
        capsys, "small.toml", "--data", "data", "--shock", "price-gap:from=2024-01-10,size=-0.3,assets=A+B"
    )
    assert status == 0
    assert "-3" in out
