"""``undertow sweep`` as a user types it: figures, errors, and going on after an interruption."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from reports.sweep import METRICS
from scenarios.build import build
from scenarios.cli import main
from scenarios.cluster import Place
from scenarios.load import load
from scenarios.paths import Bootstrap
from scenarios.runner import replay
from scenarios.sweep import Options, PathSettings, parse_grid, sweep, work_folder
from scenarios.sweep.run import own_processes
from scenarios.sweep.store import Store
from simulator import simulate
from simulator.engine.many_runs import METRICS as FIGURES
from simulator.features import Features
from tests.sweeping import write_small

BAND, LAG = "policies.threshold.band", "execution.lag"
GRID = ["--grid", f"{BAND}=0.01,0.03", "--grid", f"{LAG}=0,1,3"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder with a small scenario and its data."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNDERTOW_DATA", raising=False)
    write_small(tmp_path)
    return tmp_path


def swept(*more, out="out/small-sweep"):
    assert main(["sweep", "small.toml", "--data", "data", "--quiet", "--out", out, *more]) == 0
    return pd.read_parquet(f"{out}/results.parquet")


def refused(home, capsys, *arguments):
    """Run, expect status 2 with one line, and nothing written; return the line."""
    there = sorted(home.rglob("*"))
    assert main(["sweep", *arguments, "--quiet"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("undertow: ")
    assert captured.err.count("\n") == 1, captured.err
    left = [path for path in sorted(home.rglob("*")) if path not in there and "__pycache__" not in str(path)]
    assert left == []
    return captured.err


def test_metrics_are_those_of_the_engine():
    assert tuple(metric.name for metric in METRICS) == tuple(FIGURES)


def test_every_row_is_what_a_single_run_says(home, capsys):
    table = swept(*GRID, "--grid", "signals.vol.enter=0.19,0.22")
    assert list(table.columns) == [BAND, LAG, "signals.vol.enter", "policy", "path", *FIGURES]
    assert len(table) == 2 * 3 * 2 * 3
    assert (table["path"] == 0).all()
    for point, rows in table.groupby([BAND, LAG, "signals.vol.enter"]):
        changes = [f"{BAND}={point[0]}", f"{LAG}={point[1]}", f"signals.vol.enter={point[2]}"]
        outcome = replay(build(load("small.toml", changes), home / "data"))
        for _, row in rows.iterrows():
            one = outcome.metrics[row["policy"]]
            expected = [
                *(one.final_nav, one.cagr, one.volatility, one.sharpe, one.sortino, one.max_drawdown),
                *(one.recovery_sessions, one.turnover_annual, one.cost_bps_annual, one.liquid_share_min),
                *(one.coverage_min, one.flows.largest_shortfall_of_nav, one.flows.owed_at_end + one.flows.never_paid),
            ]
            known = np.array([np.nan if value is None else value for value in expected])
            np.testing.assert_allclose(row[list(FIGURES)].to_numpy(float), known, rtol=1e-12, atol=1e-12)
    varied = table.groupby("policy")["nav_end"].nunique()
    assert varied.to_dict() == {"passive": 3, "threshold": 6, "volatility": 12}
    metrics = json.loads((home / "out/small-sweep/metrics.json").read_text())
    assert (metrics["points"], metrics["trials"]) == (12, 3 + 6 + 12)
    assert metrics["best"][0]["history"]["sharpe"] == table["sharpe"].max()
    assert "report: out/small-sweep/index.html" in capsys.readouterr().out


def test_the_command_run_says_the_same(home, capsys):
    table = swept("--grid", f"{BAND}=0.02,0.04").set_index([BAND, "policy"])
    arguments = ["run", "small.toml", "--data", "data", "--quiet", "--out", "one", "--set", f"{BAND}=0.04"]
    assert main(arguments) == 0
    metrics = json.loads((home / "one/metrics.json").read_text())["policies"]
    for policy, metric in metrics.items():
        for name in ("sharpe", "cagr", "max_drawdown", "turnover_annual", "cost_bps_annual"):
            assert table.loc[(0.04, policy), name] == pytest.approx(metric[name], rel=1e-12), (policy, name)


def test_a_shock_can_be_an_axis(home):
    shock = ["--shock", "volume-collapse:from=2001-09-03,days=60,remaining=0.01"]
    table = swept(*shock, "--grid", "shocks.0.severity=0.0,1.0").set_index(["shocks.0.severity", "policy"])
    assert table.loc[(1.0, "threshold"), "liquidity_min"] < table.loc[(0.0, "threshold"), "liquidity_min"]
    plain = swept("--grid", f"{LAG}=1", out="plain").set_index("policy")
    assert table.loc[(0.0, "threshold"), "nav_end"] == plain.loc["threshold", "nav_end"]


#: A shock to what is observed alone, and a policy that looks for itself.
BLURRED = """
from dataclasses import dataclass, replace

import numpy as np

from simulator import HOLD
from simulator.core.world import World


@dataclass(frozen=True)
class Blurred:
    factor: float

    def apply(self, world, rng):
        if self.factor == 1.0:
            return world
        seen = world.observed
        struck = (seen.sessions >= np.datetime64("2001-09-03")) & (np.arange(seen.sessions.size) % 2 == 0)
        close = np.where(struck[:, None], seen.close * self.factor, seen.close)
        return World(world.market, replace(seen, close=close))

    def describe(self):
        return f"every other close is seen x {self.factor:g}"


class Looking:
    def decide(self, day):
        last = day.history("close", 2)["A"]
        return {"A": 0.6 if last.iloc[-1] > last.iloc[0] else 0.2} if day.t % 20 == 0 else HOLD
"""


def blurred(home):
    """The small scenario with that shock and that policy."""
    (home / "blurred.py").write_text(BLURRED)
    with (home / "small.toml").open("a") as file:
        file.write('[policies.looking]\nkind = "blurred:Looking"\n')
        file.write('[[shocks]]\nkind = "blurred:Blurred"\nfactor = 0.9\n')


def test_a_shock_to_what_is_observed_can_be_swept(home):
    """Signals and policies see the blurred market, fills happen in the true one, as in single runs."""
    blurred(home)
    table = swept("--grid", "shocks.0.factor=1.0,0.9", "--grid", f"{LAG}=0,1")
    for point, rows in table.groupby(["shocks.0.factor", LAG]):
        outcome = replay(build(load("small.toml", [f"shocks.0.factor={point[0]}", f"{LAG}={point[1]}"]), home / "data"))
        assert (outcome.world.observed is outcome.world.market) == (point[0] == 1.0)
        for _, row in rows.iterrows():
            one = outcome.metrics[row["policy"]]
            assert row["nav_end"] == one.final_nav, (point, row["policy"])
            assert row["cost_bps_annual"] == pytest.approx(one.cost_bps_annual, rel=1e-12)
    ends = table.set_index([LAG, "policy", "shocks.0.factor"])["nav_end"].unstack()
    moved = (ends[1.0] != ends[0.9]).groupby("policy").all()
    assert moved.to_dict() == {"looking": True, "passive": False, "threshold": False, "volatility": True}


def test_what_is_observed_alone_is_not_swept_over_paths(home, capsys):
    blurred(home)
    line = refused(home, capsys, "small.toml", "--data", "data", "--paths", "2")
    assert "shocks: policies would observe another market than the one they trade in" in line
    assert "leave --paths out" in line


def test_start_and_data_can_be_axes(home):
    table = swept("--grid", "scenario.start=2001-03-01,2001-06-01", "--grid", "market.cash_rate=0.0,0.05")
    assert table["scenario.start"].unique().tolist() == ["2001-03-01", "2001-06-01"]
    assert table.groupby("policy")["nav_end"].nunique().eq(4).all()


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ("execution.lagg=1,2", "execution: unknown key 'lagg'; did you mean 'lag'?"),
        ("policies.threshold.bnad=0.1,0.2", "policies.threshold: unknown key 'bnad'; did you mean 'band'?"),
        ("policies.treshold.band=0.1,0.2", "no policy 'treshold'; did you mean 'threshold'?"),
        ("signals.volatility.enter=0.1,0.2", "no signal 'volatility'"),
        ("liquidty.horizon_days=1,2", "unknown key 'liquidty'; did you mean 'liquidity'?"),
        ("policies.threshold.band=0.5,1.5", "band must lie in (0, 1), not 1.5; write 0.015 for 1.5% (at --grid"),
        ("execution.lag=0:3:3", "must be a whole number, not 1.5"),
        ("execution.lag=1:2", "write a range as first:last:count"),
        ("execution.lag", "write key.path=a:b:n"),
        ("shocks.0.severity=1,2", "0 entries"),
        ("scenario.start=1990-01-01,2001-03-01", "lies outside the data"),
        ("scenario.name=a,b", "no figure depends on it"),
    ],
)
def test_a_bad_grid_takes_one_line(home, capsys, grid, message):
    assert message in refused(home, capsys, "small.toml", "--data", "data", "--grid", grid)


def test_bad_options_take_one_line(home, capsys):
    small = ["small.toml", "--data", "data", "--grid", f"{LAG}=0,1"]
    assert "nothing to vary" in refused(home, capsys, *small[:3])
    assert "--paths must be zero or more" in refused(home, capsys, *small, "--paths", "-1")
    assert "--chunk must be at least 1" in refused(home, capsys, *small, "--chunk", "0")
    assert "--workers must be at least 1" in refused(home, capsys, *small, "--workers", "0")
    assert "--block must be at least 1" in refused(home, capsys, *small, "--block", "0")
    assert "--set gives it a value too" in refused(home, capsys, *small, "--set", f"{LAG}=2")
    assert "holds other things" in refused(home, capsys, *small, "--out", "data")
    assert "did you mean 'etf-core'" in refused(home, capsys, "etf-cor", *small[3:])
    (home / "out").mkdir()
    (home / "out/small-sweep.work").mkdir()
    (home / "out/small-sweep.work/mine.txt").write_text("")
    (home / "out/small-sweep.work/lock").write_text("")
    assert "not one that this version made" in refused(home, capsys, *small)


def test_paths_need_enough_history(home, capsys):
    short = ["--set", "scenario.end=2000-11-30", "--set", "scenario.start=2000-03-01"]
    line = refused(home, capsys, "small.toml", "--data", "data", "--paths", "2", *short)
    assert "252 sessions on which every asset was listed" in line


def test_a_plugin_that_fails_leaves_nothing(home, capsys):
    (home / "broken_policy.py").write_text("class Broken:\n    def decide(self, day):\n        return {'A': 2.0}\n")
    grid = ["--grid", f"{LAG}=0,1", "--set", "policies.mine.kind=broken_policy:Broken"]
    assert "weights sum to 2" in refused(home, capsys, "small.toml", "--data", "data", *grid)


class Stop(BaseException):
    """An interruption."""


def stopping(after):
    """A progress that interrupts once so many runs are done."""

    class Stopping:
        def __call__(self, stage, done, total):
            if stage == "runs" and done >= after:
                raise Stop

        def close(self):
            pass

    return Stopping()


def interrupted(home, grid, options, after, **more):
    with pytest.raises(Stop):
        sweep("small.toml", grid, home / "out", data=home / "data", options=options, progress=stopping(after), **more)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("after", [1, 4, 7, 11, 14])
def test_after_an_interruption_nothing_is_repeated_and_nothing_differs(home, after):
    grid, options = parse_grid([f"{BAND}=0.01,0.03", f"{LAG}=0,1,3"]), Options(chunk=2)
    whole = sweep("small.toml", grid, home / "whole", data=home / "data", options=options)
    interrupted(home, grid, options, after)
    chunks = {path: path.stat() for path in work_folder(home / "out").glob("chunk-*.parquet")}
    again = sweep("small.toml", grid, home / "out", data=home / "data", options=options)
    assert whole.computed == 15
    assert again.computed == 15 - 2 * len(chunks)
    assert len(chunks) >= (after - 1) // 2
    assert contents(home / "out") == contents(home / "whole")
    assert sorted(path.name for path in home.iterdir() if "work" in path.name) == []


@pytest.mark.parametrize("where", ["scenarios.sweep.run.put_in_place", "scenarios.sweep.store.Store.discard"])
def test_after_an_interruption_at_the_very_end_nothing_is_left_to_compute(home, monkeypatch, where):
    def stop(*_):
        raise Stop

    grid = parse_grid([f"{LAG}=0,1"])
    sweep("small.toml", grid, home / "whole", data=home / "data")
    with monkeypatch.context() as patched:
        patched.setattr(where, stop)
        with pytest.raises(Stop):
            sweep("small.toml", grid, home / "out", data=home / "data")
    assert work_folder(home / "out").exists()
    assert sweep("small.toml", grid, home / "out", data=home / "data").computed == 0
    assert contents(home / "out") == contents(home / "whole")
    assert not work_folder(home / "out").exists()


def test_finished_sweeps_are_not_computed_again(home):
    grid = parse_grid([f"{LAG}=0,1"])
    first = sweep("small.toml", grid, home / "out", data=home / "data")
    again = sweep("small.toml", grid, home / "out", data=home / "data")
    assert (first.computed, again.computed) == (6, 0)
    assert np.array_equal(first.report.history, again.report.history, equal_nan=True)
    anew = sweep("small.toml", grid, home / "out", data=home / "data", options=Options(restart=True))
    assert anew.computed == 6
    assert sweep("small.toml", parse_grid([f"{LAG}=0,2"]), home / "out", data=home / "data").computed == 6


def test_another_sweep_is_not_gone_on_with(home, capsys):
    grid, options = parse_grid([f"{LAG}=0,1"]), Options(chunk=1)
    interrupted(home, grid, options, 3)
    there = ["small.toml", "--data", "data", "--out", "out", "--chunk", "1"]
    same = [*there, "--grid", f"{LAG}=0,1"]
    assert "with another scenario:" in refused(home, capsys, *same, "--set", "costs.eta=0.2")
    assert "with another grid:" in refused(home, capsys, *there, "--grid", f"{LAG}=0,2")
    assert "with other paths:" in refused(home, capsys, *same, "--paths", "2")
    assert "with another chunk size:" in refused(home, capsys, *same, "--chunk", "2")
    prices = home / "data/prices/A.csv"
    before = prices.read_text()
    prices.write_text(before.replace("\n2001-05-01,", "\n2001-05-01,1"))
    assert "with other data:" in refused(home, capsys, *same)
    prices.write_text(before)
    assert main(["sweep", *same, "--quiet", "--set", "costs.eta=0.2", "--restart"]) == 0
    assert not work_folder(home / "out").exists()


def test_a_changed_plugin_is_other_code(home, capsys):
    plugin = home / "own_policy.py"
    plugin.write_text("class Own:\n    def decide(self, day):\n        return {'A': 0.5}\n")
    change = ["policies.own.kind=own_policy:Own"]
    interrupted(home, parse_grid([f"{LAG}=0,1"]), Options(chunk=1), 3, overrides=change)
    plugin.write_text(plugin.read_text().replace("0.5", "0.6"))
    same = ["small.toml", "--data", "data", "--out", "out", "--chunk", "1", "--grid", f"{LAG}=0,1", "--set", *change]
    assert "another version of the code" in refused(home, capsys, *same)


def test_two_at_once_are_refused(home, capsys):
    from scenarios.sweep.store import Store

    with Store(home / "out.work", {}):
        line = refused(home, capsys, "small.toml", "--data", "data", "--out", "out", "--grid", f"{LAG}=0,1")
    assert "another sweep is writing here" in line


def test_a_damaged_chunk_is_named(home, capsys):
    grid = parse_grid([f"{LAG}=0,1"])
    interrupted(home, grid, Options(chunk=1), 3)
    chunk = next(work_folder(home / "out").glob("chunk-*.parquet"))
    chunk.write_bytes(b"PAR1")
    same = ["sweep", "small.toml", "--data", "data", "--out", "out", "--chunk", "1", "--grid", f"{LAG}=0,1", "--quiet"]
    assert main(same) == 2
    assert f"{chunk.name} is damaged" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "{", "[]", "3", '{"data": 3}', "[" * 5000, "\udcff"])
def test_a_damaged_plan_is_named(home, capsys, content):
    interrupted(home, parse_grid([f"{LAG}=0,1"]), Options(chunk=1), 3)
    plan = work_folder(home / "out") / "plan.json"
    plan.write_bytes(content.encode("utf-8", "surrogateescape"))
    line = refused(home, capsys, "small.toml", "--data", "data", "--out", "out", "--chunk", "1", "--grid", f"{LAG}=0,1")
    assert "plan.json: is damaged" in line
    assert "--restart begins anew" in line


def test_paths_do_not_depend_on_workers_chunks_or_their_number(home):
    grid = parse_grid([f"{BAND}=0.01,0.03"])

    def results(out, count, **more):
        options = Options(PathSettings(count), **more)
        sweep("small.toml", grid, home / out, data=home / "data", options=options)
        return contents(home / out)

    one = results("one", 5, workers=1)
    assert results("two", 5, workers=2) == one
    assert results("small-chunks", 5, chunk=1)["results.parquet"] == one["results.parquet"]
    results("more", 12, chunk=7)
    few, many = (pd.read_parquet(home / out / "results.parquet") for out in ("one", "more"))
    pd.testing.assert_frame_equal(few, many[many["path"] <= 5].reset_index(drop=True), check_exact=True)
    assert few.groupby("policy")["nav_end"].nunique().to_dict() == {"passive": 6, "threshold": 12, "volatility": 12}
    history = swept("--grid", f"{BAND}=0.01,0.03", out="history")
    assert (few[few["path"] == 0]["nav_end"].to_numpy() == history["nav_end"].to_numpy()).all()


def test_a_policy_with_a_memory_meets_each_path_afresh(home):
    (home / "counting.py").write_text(
        "from simulator import HOLD\n\n\nclass Counting:\n"
        "    def __init__(self):\n        self.asked = 0\n\n"
        "    def decide(self, day):\n        self.asked += 1\n"
        "        return {'A': 0.9} if self.asked == 30 else HOLD\n"
    )
    change = ["policies.own.kind=counting:Counting"]

    def results(out, chunk):
        options = Options(PathSettings(3), chunk=chunk)
        sweep("small.toml", parse_grid([]), home / out, data=home / "data", options=options, overrides=change)
        return pd.read_parquet(home / out / "results.parquet")

    few, all_ = results("few", 1), results("all", 256)
    pd.testing.assert_frame_equal(few, all_, check_exact=True)
    assert (all_[all_["policy"] == "own"]["cost_bps_annual"] > 0.0).all()


def test_paths_end_with_the_run(home):
    """What happens after scenario.end is on no path."""

    def results(out):
        options = Options(PathSettings(2))
        sweep("small.toml", parse_grid([]), home / out, data=home / "data", options=options)
        return pd.read_parquet(home / out / "results.parquet")

    before = results("before")
    for path in (home / "data/prices").iterdir():
        table = pd.read_csv(path)
        late = table["Date"] > "2002-06-28"
        table.loc[late, ["Open", "High", "Low", "Close", "Adj Close"]] *= 3.0
        table.to_csv(path, index=False)
    pd.testing.assert_frame_equal(results("after"), before, check_exact=True)
    assert late.sum() > 20


def bootstrapped(scenario, path):
    """A path made from the bootstrap itself."""
    last = np.datetime64(scenario.file.scenario.end)
    market = scenario.market.between(0, int(np.searchsorted(scenario.market.sessions, last, side="right")))
    return Bootstrap(market, scenario.file.scenario.seed).path(path)


def alone(scenario, policy, market, signals):
    """A replay made from the engine itself."""
    section = scenario.file.scenario
    start, end = str(section.start), str(section.end)
    given = {"execution": scenario.execution, "costs": scenario.costs, "initial_cash": section.initial_cash}
    return simulate(market, scenario.policies[policy], signals=signals, start=start, end=end, save="nav", **given)


def test_signals_are_computed_on_every_path(home):
    options = Options(PathSettings(2))
    sweep("small.toml", parse_grid([]), home / "out", data=home / "data", options=options)
    table = pd.read_parquet(home / "out/results.parquet").set_index(["policy", "path"])
    scenario = build(load("small.toml"), home / "data")
    for path in (1, 2):
        market = bootstrapped(scenario, path)
        for policy in scenario.policies:
            expected = alone(scenario, policy, market, scenario.signals).nav.iloc[-1]
            assert table.loc[(policy, path), "nav_end"] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("refit", [False, True])
def test_models_are_those_of_history_unless_refitted(tmp_path, monkeypatch, refit):
    home = tmp_path
    monkeypatch.chdir(home)
    write_small(home, 1500, crises=True)
    changes = [
        "scenario.start=2004-03-01",
        "scenario.end=2005-08-31",
        "signals.stress={ kind = 'stress-forecast', min_train = 900, refit_every = 63, enter = 0.3, exit = 0.2 }",
        "policies.ml={ kind = 'de-risk', signal = 'stress', base = 'threshold' }",
    ]
    options = Options(PathSettings(2, refit=refit))
    sweep("small.toml", parse_grid([]), home / "out", data=home / "data", options=options, overrides=changes)
    table = pd.read_parquet(home / "out/results.parquet").set_index(["policy", "path"])
    scenario = build(load("small.toml", changes), home / "data")
    signal = scenario.signals["stress"]
    frozen = signal.frozen(Features(scenario.market))
    differed = False
    for path in (1, 2):
        features = Features(bootstrapped(scenario, path))
        panels = [forecast.compute(features) for forecast in (frozen, signal)]
        navs = [alone(scenario, "ml", features.market, {"stress": panel}).nav.iloc[-1] for panel in panels]
        assert table.loc[("ml", path), "nav_end"] == pytest.approx(navs[refit], rel=1e-12)
        differed |= navs[0] != navs[1]
    assert differed


SHOCKED = """
[[shocks]]
kind = "volume-collapse"
from = 2001-09-03
days = 60
remaining = 0.2
[[shocks]]
kind = "spread-widening"
from = 2001-09-03
days = 60
multiplier = 4.0
[[flows]]
date = 2001-09-10
share = -0.5
"""


def test_severities_make_a_stress_frontier(home, capsys):
    """One dial over both shocks; 0 is the run without them, and every figure is that of a single run."""
    (home / "small.toml").write_text((home / "small.toml").read_text() + SHOCKED)
    swept("--grid", "shocks.*.severity=0,1,0.5", out="out/stress")
    told = json.loads((home / "out" / "stress" / "metrics.json").read_text())
    assert "best" not in told
    waits = [row["settings"] for row in told["frontier"] if row["policy"] == "passive" and row["history"]["owed_max"]]
    assert told["gives_way"]["passive"]["redemptions_wait"] == waits[:1]
    rows = {(row["policy"], row["settings"]["shocks.*.severity"]): row["history"] for row in told["frontier"]}
    assert [key[1] for key in rows][:3] == ["0", "0.5", "1"]
    for severity in ("0", "0.5", "1"):
        single = replay(build(load("small.toml", [f"shocks.*.severity={severity}"]), home / "data"))
        one = single.metrics["passive"]
        row = rows["passive", severity]
        assert row["coverage_min"] == pytest.approx(one.coverage_min, rel=1e-10)
        assert row["owed_max"] == pytest.approx(one.flows.largest_shortfall_of_nav, rel=1e-10)
    calm = replay(build(load("small.toml", ["shocks=[]"]), home / "data")).metrics["passive"]
    assert rows["passive", "0"]["coverage_min"] == pytest.approx(calm.coverage_min, rel=1e-10)
    assert rows["passive", "0"]["coverage_min"] > rows["passive", "1"]["coverage_min"]
    out = capsys.readouterr().out
    assert "a stress frontier over shocks.*.severity, 3 severities, on history" in out
    assert "Sharpe" not in out


def test_a_severity_beside_a_choice_is_named(home, capsys):
    (home / "small.toml").write_text((home / "small.toml").read_text() + SHOCKED)
    swept("--grid", "shocks.*.severity=0,1", "--grid", f"{LAG}=0,1", out="out/mixed")
    out = " ".join(capsys.readouterr().out.split())
    assert "Nobody chooses shocks.*.severity: compare settings at one severity" in out


def test_a_severity_is_a_number(home, capsys):
    (home / "small.toml").write_text((home / "small.toml").read_text() + SHOCKED)
    said = refused(home, capsys, "small.toml", "--data", "data", "--grid", "shocks.*.severity=much,1")
    assert "a severity is a number" in said


def test_a_sweep_says_first_what_its_runs_say_first(home, capsys):
    text = (home / "small.toml").read_text().replace("end = 2002-06-28", "end = 2001-06-28")
    text += "[[flows]]\ndate = 2001-09-03\namount = 1000\n"
    text += '[[shocks]]\nkind = "volatility"\nfrom = 2001-06-20\ndays = 10\nseverity = 0.5\n'
    (home / "small.toml").write_text(text)
    assert main(["run", "small.toml", "--data", "data", "--quiet", "--no-tearsheets", "--out", "run"]) == 0
    said = json.loads((home / "run/metrics.json").read_text())["notices"]
    assert len(said) == 3  # 7 of 10 sessions of the shock, the flow after the end, and 119 days
    capsys.readouterr()
    swept("--grid", f"{BAND}=0.05,0.1")
    printed = capsys.readouterr().out.splitlines()
    assert printed[:4] == [*(f"! {text}" for text in said), ""]
    assert json.loads((home / "out/small-sweep/metrics.json").read_text())["notices"] == said
    page = (home / "out/small-sweep/index.html").read_text()
    assert all(text.replace("'", "&#39;") in page for text in said)
    assert page.index(said[0]) < page.index("<h1>")


def test_a_sweep_says_that_it_does_not_look_for_impossible_fills(home, capsys):
    """A book of a billion trades 25 times the day's volume of A: only a run keeps the fills that show it."""
    text = (home / "small.toml").read_text().replace("max_participation = 0.2", "lag = 1")
    (home / "small.toml").write_text(text)
    swept("--grid", f"{BAND}=0.05,0.1", "--set", "scenario.initial_cash=1_000_000_000")
    assert capsys.readouterr().out.startswith("! no max_participation is stated, and books are larger than what")
    swept("--grid", f"{BAND}=0.05,0.1", "--set", "scenario.initial_cash=1_000", out="out/little")
    assert "max_participation" not in capsys.readouterr().out


@pytest.mark.parametrize("fits", [0, 2])
def test_a_full_disk_names_what_is_kept_and_another_place(home, capsys, monkeypatch, fits):
    whole, asked = (
        Store.write,
        ["sweep", "small.toml", "--data", "data", "--quiet", *GRID, "--chunk", "2", "--out", "out"],
    )

    def full(store, chunk, figures):
        if chunk.number == fits:
            raise OSError(28, "No space left on device", "out.work/chunk")
        whole(store, chunk, figures)

    monkeypatch.setattr(Store, "write", full)
    assert main(asked) == 2
    place = "out.work: no space left on device; make room, or choose another place with --out"
    goes_on = "; what is finished is kept there, and the same command goes on from it"
    assert capsys.readouterr().err == f"undertow: {place}{goes_on if fits else ''}\n"
    assert len(list((home / "out.work").glob("chunk-*"))) == fits
    monkeypatch.setattr(Store, "write", whole)
    assert main(asked) == 0
    assert not (home / "out.work").exists()


class Learns:
    """A signal that can keep what it has learnt."""

    def frozen(self, features):
        return self


@pytest.mark.parametrize(
    ("signal", "changes", "runs", "read", "expected"),
    [
        (Learns(), {}, 4_000, frozenset(), Place("processes", None, 2)),
        (Learns(), {}, 3_999, frozenset(), None),  # would be over before processes have begun
        (Learns(), {"workers": 1}, 4_000, frozenset(), None),
        (Learns(), {"unasked": False}, 4_000, frozenset(), None),
        (Learns(), {"paths": PathSettings(0)}, 4_000, frozenset(), None),
        (Learns(), {}, 4_000, None, None),  # a policy of the user's own
        (object(), {}, 4_000, frozenset(), None),
    ],
)
def test_a_long_sweep_in_which_a_signal_learns_takes_processes(monkeypatch, signal, changes, runs, read, expected):
    monkeypatch.setattr("scenarios.sweep.run.followed_signals", lambda _: {"s": signal})
    options = replace(Options(PathSettings(800), workers=2, unasked=True), **changes)
    asked = SimpleNamespace(options=options, plan=SimpleNamespace(scenarios=[None], read=read))
    assert own_processes(asked, runs) == expected
