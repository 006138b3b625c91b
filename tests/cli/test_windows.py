"""``undertow stress --window``: a crisis as an ordinary run over its dates has it, and put onto the book elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scenarios.build import build
from scenarios.cli import main
from scenarios.load import load
from scenarios.runner import replay
from tests.sweeping import write_small

FIRST, LAST = "2011-07-22", "2011-10-04"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The small scenario, its days moved so that they hold the summer of 2011; half the book is asked for within it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNDERTOW_DATA", raising=False)
    write_small(tmp_path)
    days = pd.bdate_range("2009-12-01", periods=700)
    for path in (tmp_path / "data/prices").glob("*.csv"):
        table = pd.read_csv(path, parse_dates=["Date"])
        number = np.busday_count("2000-01-03", table["Date"].to_numpy().astype("datetime64[D]"))
        table.assign(Date=days[number].date).to_csv(path, index=False)
    path = tmp_path / "small.toml"
    text = path.read_text().replace("2001-03-01", "2011-02-01").replace("2002-06-28", "2012-06-29")
    path.write_text(text + "\n[[flows]]\ndate = 2011-08-10\nshare = -0.5\n")
    return tmp_path


def stressed(*more, out="out/stress"):
    assert main(["stress", "small.toml", "--data", "data", "--quiet", "--severity", "0,1", "--out", out, *more]) == 0
    return json.loads(Path(f"{out}/metrics.json").read_text(encoding="utf-8"))["window"]


def test_a_window_is_an_ordinary_run_over_those_dates(home, capsys):
    told = stressed("--window", "euro-2011")
    lived = told["as_it_happened"]
    assert (lived["first"], lived["last"]) == (FIRST, LAST)
    run = replay(build(load("small.toml", (), ()), home / "data"))  # the whole run, that goes on after the window
    for name, result in run.results.items():
        figures, rows = lived["policies"][name], slice(FIRST, LAST)
        level = np.concatenate([[1.0], np.cumprod(1.0 + result.returns[rows].to_numpy())])
        assert figures["total_return"] == pytest.approx(level[-1] - 1.0, rel=1e-12, abs=1e-15)
        assert figures["max_drawdown"] == pytest.approx((level / np.maximum.accumulate(level) - 1.0).min(), rel=1e-12)
        assert figures["coverage_min"] == result.coverage["coverage"][rows].min()
        assert figures["cost"] == pytest.approx(result.costs.loc[rows].to_numpy().sum(), rel=1e-12, abs=1e-9)
        owed = result.owed[rows] / result.nav_gross[rows]
        assert figures["owed_max"] == pytest.approx(owed.max(), rel=1e-12)
    said = capsys.readouterr().out
    assert f"euro-2011: as it happened, {FIRST} to {LAST} | put onto the book at severity 1" in said
    page = (home / "out/stress/index.html").read_text()
    assert 'id="window"' in page
    assert 'id="betas"' in page


def test_the_hypothetical_beside_it_is_severity_one_over_as_many_sessions(home):
    told = stressed("--window", "euro-2011", "--at", "2011-03-01")
    assert told["no_history"] == "--at 2011-03-01 asks for the hypothetical alone"
    assert "as_it_happened" not in told
    put = told["hypothetical"]
    assert put["first"] == "2011-03-01"
    assert len(pd.bdate_range(put["first"], put["last"])) == 52
    shock = "euro-2011:moves=betas,from=2011-03-01"
    run = replay(build(load("small.toml", (), [shock]), home / "data"))
    for name, result in run.results.items():
        level = np.concatenate([[1.0], np.cumprod(1.0 + result.returns[put["first"] : put["last"]].to_numpy())])
        assert put["policies"][name]["total_return"] == pytest.approx(level[-1] - 1.0, rel=1e-12, abs=1e-15)
    betas = told["betas"]
    assert (betas["factors"], set(betas["assets"])) == (["market"], {"A", "B", "C"})
    for row in betas["assets"].values():
        assert row["taken_from"] == "its own"
        assert 0.0 <= row["r2"] <= 1.0
        assert row["move"] == pytest.approx(0.82 ** row["betas"][0] - 1.0)


def test_where_the_data_do_not_reach_it_is_a_hypothetical_and_says_why(home, capsys):
    told = stressed("--window", "tariffs-2025")
    assert told["no_history"].startswith("it lasted from 2025-04-02 to 2025-04-08, and the run from 2011-02-01")
    assert set(told["hypothetical"]["policies"]) == {"passive", "threshold", "volatility"}
    assert "tariffs-2025: not shown as it happened: it lasted" in capsys.readouterr().out
    told = stressed("--window", "eba-adverse-2021", out="out/eba")
    assert told["no_history"].endswith("which never happened")


def test_shocks_come_on_top_and_an_unknown_window_is_refused(home, capsys):
    alone = stressed("--window", "euro-2011", "--at", "2011-03-01")
    run = stressed(
        *("--window", "euro-2011", "--at", "2011-03-01", "--shock", "redemption:days=10,share=0.6"), out="out/with"
    )
    key = ("hypothetical", "policies", "threshold", "cost")
    first, second = (metrics[key[0]][key[1]][key[2]][key[3]] for metrics in (alone, run))
    assert second > first
    capsys.readouterr()
    assert main(["stress", "small.toml", "--data", "data", "--quiet", "--window", "euro-2012"]) == 2
    assert "--window 'euro-2012': no such crisis" in capsys.readouterr().err
    assert not (home / "out/small-stress").exists()
