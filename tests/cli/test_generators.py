"""``--generator`` and ``undertow fit`` as a user types them: the same bytes anyhow, what is written and refused."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scenarios.build import build
from scenarios.cli import main
from scenarios.load import load
from scenarios.paths import asked_for
from scenarios.sweep import Options, PathSettings, merge, parse_grid, parse_shard, sweep, sweep_shard
from scenarios.sweep.worlds import until
from simulator.engine import prepare
from tests.sweeping import write_small

BAND = "policies.threshold.band"
KINDS = ("circular", "regimes:states=2", "garch:correlation=dcc", "jumps", "conditional:base=garch,move=-0.1,days=10",
         "splice:first=2000-06-01,last=2000-06-30,base=jumps", "regimes:states=2,from=2001-09-03")  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with a small scenario and its data."""
    folder = tmp_path_factory.mktemp("generators")
    write_small(folder, crises=True)
    return folder


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != ".undertow.json"}


@pytest.mark.parametrize("generator", KINDS)
def test_the_same_bytes_with_one_worker_and_with_two(home, generator):
    def swept(workers):
        out = home / f"{workers}-{KINDS.index(generator)}"
        options = Options(PathSettings(3, None, False, generator), workers=workers)
        sweep(str(home / "small.toml"), parse_grid([f"{BAND}=0.01,0.03"]), out, data=home / "data", options=options)
        return contents(out)

    one, two = swept(1), swept(2)
    assert one == two
    table = pd.read_parquet(home / f"1-{KINDS.index(generator)}" / "results.parquet")
    assert table[table["path"] > 0].groupby("policy")["nav_end"].nunique().min() >= 3
    manifest = json.loads(one["manifest.json"])
    assert manifest["sweep"]["generator"] == generator
    page = one["index.html"].decode()
    assert f"3 {'bootstrapped' if generator == 'circular' else 'generated'} paths" in page
    assert generator.partition(":")[0] != "jumps" or "jump diffusion (Merton 1976)" in page


@pytest.mark.parametrize("generator", ["bootstrap", "jumps"])
def test_paths_of_a_stated_length_are_replayed_where_signals_are_warm(home, generator):
    """300 sessions of which the volatility needs 21: 279 are replayed, of history too, on the path's last 300."""
    out = home / f"short-{generator}"
    options = Options(PathSettings(2, None, False, f"{generator}:sessions=300"), workers=1)
    swept = sweep(str(home / "small.toml"), parse_grid([]), out, data=home / "data", options=options)
    scenario = build(load(str(home / "small.toml")), home / "data")
    end = np.datetime64("2002-06-28")
    whole = asked_for(generator).paths(until(scenario.market, end), 3)
    last = whole.path(0).sessions[-300:]
    assert swept.plan.starts == [last[21]]
    table = pd.read_parquet(out / "results.parquet").set_index(["policy", "path"])
    for path in (0, 1, 2):
        market = whole.path(path)
        shown = scenario.market if path == 0 else market.between(market.sessions.size - 300, market.sessions.size)
        terms = replace(scenario.terms, start=last[21], end=end)
        for name, policy in scenario.policies.items():
            run = prepare(shown, policy, terms, signals=scenario.signals).run()
            assert run.nav.size == 279
            assert table.loc[(name, path), "nav_end"] == pytest.approx(run.nav.iloc[-1], rel=1e-12)
    assert f"Paths have 300 sessions, from {last[0]} to {last[-1]}" in (out / "index.html").read_text()


def test_shards_give_the_same_bytes(home):
    grid, options = parse_grid([]), Options(PathSettings(4, None, False, "jumps"), chunk=4)
    scenario = str(home / "small.toml")
    sweep(scenario, grid, home / "whole", data=home / "data", options=options)
    for number in (1, 2):
        sweep_shard(parse_shard(f"{number}/2"), scenario, grid, home / "cut", data=home / "data", options=options)
    merge(home / "cut")
    assert contents(home / "cut")["results.parquet"] == contents(home / "whole")["results.parquet"]
    assert contents(home / "cut")["metrics.json"] == contents(home / "whole")["metrics.json"]


def test_the_usual_generator_keeps_its_fingerprint(home):
    """Sweeps that were begun before there were others go on."""
    assert PathSettings(3).plain == [3, 63, False]
    assert PathSettings(3, None).plain == [3, 63, False]
    assert PathSettings(3, 21, True, "circular").plain == [3, 21, True, "circular"]


@pytest.fixture(scope="module")
def fitted(home, request):
    out = home / "fitted"
    arguments = ["--generator", "regimes:states=2", "--paths", "20", "--out", str(out), "--data", str(home / "data")]
    assert main(["fit", str(home / "small.toml"), "--quiet", *arguments]) == 0
    return out


def test_a_fit_says_how_history_lies_among_paths(fitted, home):
    told = json.loads((fitted / "metrics.json").read_text())
    assert (told["generator"], told["paths"], told["scenario"]) == ("regimes:states=2", 20, "small")
    for name in ("volatility", "excess_kurtosis", "max_drawdown", "squares_month", "volume_volatility", "correlation"):
        one = told["book"][name]
        assert one["p05"] <= one["median"] <= one["p95"]
        assert one["outside"] == (not one["p05"] <= one["history"] <= one["p95"])
    assert set(told["assets"]) == {"A", "B", "C"}
    regimes = told["parameters"]["regimes"]
    assert [regime["name"] for regime in regimes] == ["calm", "crisis"]
    assert regimes[1]["volatility_a_year"]["A"] > 1.5 * regimes[0]["volatility_a_year"]["A"]
    assert regimes[1]["volume_over_usual"]["A"] < regimes[0]["volume_over_usual"]["A"]  # as the market was made
    assert [sum(row) for row in told["parameters"]["transition"]] == pytest.approx([1.0, 1.0])
    assert main(["verify", str(fitted)]) == 0


def test_its_page_begins_with_what_does_not_fit(fitted):
    told = json.loads((fitted / "metrics.json").read_text())
    page = (fitted / "index.html").read_text()
    body = re.sub(r"<script.*?</script>", "", page.split("<body>")[1], flags=re.DOTALL)
    assert told["warnings"]
    assert body.index("outside the 90% interval") < body.index("<h1>")
    assert all(warning.split(":")[0] in body for warning in told["warnings"])
    for identity in ("chart-squares", "chart-losses", "chart-drawdowns", "chart-growth", "chart-volumes"):
        assert f'id="{identity}"' in page
    assert "http-equiv" not in page
    assert "Markov regime switching (Hamilton 1989)" in body


def test_a_fit_is_the_same_twice(fitted, home, capsys):
    again = home / "again"
    arguments = ["--generator", "regimes:states=2", "--paths", "20", "--out", str(again), "--data", str(home / "data")]
    assert main(["fit", str(home / "small.toml"), "--quiet", *arguments]) == 0
    said = capsys.readouterr().out
    assert "! " in said
    assert "Volatility a year" in said
    assert contents(again)["metrics.json"] == contents(fitted)["metrics.json"]
    assert contents(again)["index.html"] == contents(fitted)["index.html"]


def test_a_condition_says_how_often_it_was_met(home, capsys):
    out = home / "given"
    generator = "conditional:base=jumps,move=-0.3,days=10,tries=5"
    arguments = ["--generator", generator, "--paths", "20", "--out", str(out), "--data", str(home / "data")]
    assert main(["fit", str(home / "small.toml"), "--quiet", *arguments]) == 0
    told = json.loads((out / "metrics.json").read_text())
    said = " ".join(told["notices"])
    assert "windows drawn" in said
    assert "paths were bridged, by -" in said
    assert "meant to differ" in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["sweep", "--paths", "2", "--generator", "garch:corelation=dcc"], "unknown key 'corelation'; did you mean"),
        (["sweep", "--paths", "2", "--generator", "garch:correlation=ddc"], "must be 'constant' or 'dcc', not 'ddc'"),
        (["sweep", "--paths", "2", "--generator", "jumps", "--block", "21"], "--block is the length of blocks"),
        (["sweep", "--paths", "2", "--generator", "splice:crisis=euro-2011"], "euro-2011 lasted from"),
        (["sweep", "--paths", "2", "--generator", "regimes:from=2000-03-01"], "paths need 252 sessions"),
        (
            ["sweep", "--paths", "2", "--generator", "jumps:sessions=900"],
            "sessions = 900: up to the end of the run the",
        ),
        (["sweep", "--paths", "2", "--generator", "circular:sessions=21"], "signals.vol warms up for 21 of them"),
        (["sweep", "--paths", "2", "--generator", "circular:session=300"], "unknown key 'session'"),
        (["fit", "--generator", "jumps:sessions=300"], "as long as the history they were fitted on; leave it out"),
        (["fit", "--generator", "markov"], "--generator: no generator 'markov'"),
        (["fit", "--paths", "3"], "--paths must be at least 20, not 3"),
        (["fit", "--block", "0"], "--block must be at least 1 sessions, not 0"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(home, capsys, arguments, says):
    command, *rest = arguments
    out = home / "refused"
    where = ["--data", str(home / "data"), "--out", str(out), "--quiet"]
    assert main([command, str(home / "small.toml"), *where, *rest]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("undertow: ")
    assert said.err.count("\n") == 1, said.err
    assert says in said.err
    assert not [path for path in home.iterdir() if path.name.startswith(("refused", ".refused"))]
