"""The report of a run: what is in the folder, and what a browser makes of it."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from scenarios.cli import main
from scenarios.load import load
from scenarios.runner import run
from simulator.ledger import Kind
from simulator.ledger.events import COMPONENT_NAMES, KIND_NAMES
from tests.browser import visit

POLICIES = ("passive", "monthly", "quarterly", "threshold", "quarterly-or-2pct", "volatility", "ml-stress")
SHORTER = ["scenario.start=2006-01-03", "scenario.end=2011-12-30", "signals.stress.refit_every=252"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("report") / "out"
    run(load("us-large-caps", SHORTER), out)
    return out


@pytest.fixture(scope="module")
def metrics(folder):
    return json.loads((folder / "metrics.json").read_text())


def test_everything_is_there(folder):
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    expected = {
        ".undertow",
        "index.html",
        "liquidity.html",
        "metrics.json",
        "metrics.csv",
        *("returns.csv", "weights.csv", "trades.csv"),
        "manifest.json",
        "ledger/returns.parquet",
    }
    expected |= {f"tearsheets/{name}.html" for name in POLICIES}
    expected |= {f"ledger/{name}-{kind}.parquet" for name in POLICIES for kind in ("events", "daily")}
    assert names == expected


def test_metrics_have_the_promised_form(metrics):
    assert (metrics["scenario"], metrics["start"], metrics["end"]) == ("us-large-caps", "2006-01-03", "2011-12-30")
    assert tuple(metrics["policies"]) == POLICIES
    keys = {
        *("cagr", "volatility", "sharpe", "sortino", "max_drawdown", "recovery_sessions", "turnover_annual"),
        *("cost_bps_annual", "cost_components_bps_annual", "liquid_share_min", "coverage_min", "coverage_mean"),
        *("final_nav", "trades", "windows"),
    }
    for metric in metrics["policies"].values():
        assert keys <= set(metric)
        assert {"spread", "temporary", "permanent"} <= set(metric["cost_components_bps_annual"])
        assert set(metric["windows"]) == {"2007-10-09_2009-03-09", "2011-04-29_2011-10-03"}
        for window in metric["windows"].values():
            assert set(window) == {"return", "max_drawdown", "coverage_min"}
        assert -1.0 < metric["max_drawdown"] < 0.0
        assert abs(metric["cagr"]) < 1.0


def test_csv_says_the_same(folder, metrics):
    table = pd.read_csv(folder / "metrics.csv", index_col="policy")
    for name, metric in metrics["policies"].items():
        assert table.loc[name, "cagr"] == metric["cagr"]
        assert table.loc[name, "cost_components_bps_annual.spread"] == metric["cost_components_bps_annual"]["spread"]
        assert (
            table.loc[name, "windows.2007-10-09_2009-03-09.return"]
            == metric["windows"]["2007-10-09_2009-03-09"]["return"]
        )


@pytest.mark.parametrize("policy", POLICIES)
def test_the_written_ledger_alone_rebuilds_nav(folder, metrics, policy):
    events = pd.read_parquet(folder / "ledger" / f"{policy}-events.parquet")
    daily = pd.read_parquet(folder / "ledger" / f"{policy}-daily.parquet").set_index("date")
    moves = events[events["kind"].isin(["interest", "flow", "fill", "cost"])]
    cash = moves.groupby("date")["amount"].sum().reindex(daily.index, fill_value=0.0).cumsum()
    marks = events[events["kind"] == "mark"].groupby("date")["amount"].sum().reindex(daily.index, fill_value=0.0)
    assert np.abs((cash + marks) / daily["nav"] - 1.0).max() < 1e-9
    assert daily["nav"].iloc[-1] == metrics["policies"][policy]["final_nav"]
    assert daily["cash"].min() >= 0.0


def test_codes_have_names():
    assert len(KIND_NAMES) == len(Kind)
    assert COMPONENT_NAMES[0] == "spread"


def test_the_manifest_says_what_the_run_was_made_from(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["seed"] == 7
    assert len(manifest["data"]["market"]) == 64
    assert len(manifest["source"]["sha256"]) == 64
    assert {"numpy", "pandas", "numba", "quantstats"} <= set(manifest["packages"])
    assert manifest["scenario"]["execution"]["lag"] == 1


def test_the_page_begins_with_the_warning_and_repeats_the_assumptions(folder):
    body = (folder / "index.html").read_text().split("<body>")[1]
    words = re.sub(r"<[^>]+>", " ", body)
    assert words.split(None, 4)[:3] == ["These", "20", "shares"]
    for text in ("survivors", "200,000,000", "1.00%", "10% of volume", "2% a day", "price event", "0% CASH"):
        assert text in words, text


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 400])
def test_the_page_in_a_browser(folder, width):
    seen = visit(folder / "index.html", width)
    assert seen.console == []
    assert seen.requests == []
    assert seen.dom.count('class="main-svg"') >= 5
    assert 'id="comparison"' in seen.dom
    assert len(seen.picture) > 50_000


@pytest.mark.browser
def test_the_browser_check_would_notice(tmp_path):
    page = tmp_path / "bad.html"
    page.write_text("<img src='http://example.com/a.png'><script>console.error('boo')</script>")
    seen = visit(page, 400)
    assert seen.requests == ["http://example.com/a.png"]
    assert any("boo" in line for line in seen.console)


@pytest.mark.browser
@pytest.mark.parametrize("policy", ["passive", "ml-stress"])
def test_a_tear_sheet_in_a_browser(folder, policy):
    seen = visit(folder / "tearsheets" / f"{policy}.html", 1200)
    assert seen.console == []
    assert seen.requests == []
    assert "undertow-liquidity" in seen.dom
    assert "Key Performance Metrics" in seen.dom


@pytest.mark.slow
def test_two_runs_write_the_same_bytes(folder, tmp_path):
    run(load("us-large-caps", SHORTER), tmp_path / "again")
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            other = tmp_path / "again" / path.relative_to(folder)
            assert other.read_bytes() == path.read_bytes(), path.name


def test_the_crunch(data, tmp_path, capsys):
    """The shocked scenario against its base: nothing differs before the shock, liquidity is worse in it."""
    for name in ("etf-core", "crunch-2008"):
        changes = ["--set", "scenario.end=2009-12-31", "--set", "signals.stress.refit_every=252", "--quiet"]
        assert main(["run", name, "--data", str(data), "--out", str(tmp_path / name), *changes]) == 0
    assert "ml-stress" in capsys.readouterr().out
    calm, crunch = (
        {
            p: pd.read_parquet(tmp_path / name / "ledger" / f"{p}-daily.parquet").set_index("date")
            for p in ("passive", "volatility")
        }
        for name in ("etf-core", "crunch-2008")
    )
    for policy, before in calm.items():
        after = crunch[policy]
        first = (before != after).any(axis=1).idxmax()
        assert first >= pd.Timestamp("2008-09-15")
        shock = slice("2008-09-22", "2008-12-08")
        assert (after.loc[shock, "coverage"] < before.loc[shock, "coverage"]).mean() > 0.9
        assert after.loc[shock, "nav"].min() < before.loc[shock, "nav"].min()


def test_etf_core_passive_falls_as_it_did(data, tmp_path):
    outcome = run(load("etf-core", ["signals.stress.refit_every=252"]), tmp_path / "out", data)
    window = outcome.metrics["passive"].windows[0]
    assert (window.start, window.end) == ("2007-10-09", "2009-03-09")
    assert -0.36 <= window.max_drawdown <= -0.30
    assert set(outcome.results) == {
        *("passive", "quarterly", "threshold", "quarterly-or-5pct", "volatility", "ml-stress")
    }


def test_a_collapse_of_volume_makes_fills_longer_and_dearer(data):
    from scenarios.build import build
    from scenarios.runner import replay

    smaller = ["scenario.end=2009-06-30", "signals.stress.refit_every=252"]
    collapse = ["volume-collapse:from=2008-09-01,to=2008-10-31"]
    calm = replay(build(load("etf-core", smaller), data))
    hit = replay(build(load("etf-core", smaller, collapse), data))
    months = slice("2008-09-02", "2008-10-31")
    for name, before in calm.results.items():
        after = hit.results[name]
        changed = (before.nav != after.nav) | (before.liquidity["coverage"] != after.liquidity["coverage"])
        assert changed.idxmax() == pd.Timestamp("2008-09-02")
        calm_cover, hit_cover = before.liquidity["coverage"][months], after.liquidity["coverage"][months]
        assert hit_cover.mean() < calm_cover.mean()
    before, after = calm.results["volatility"], hit.results["volatility"]
    assert _per_notional(after, months) > 1.3 * _per_notional(before, months)
    assert _fill_days(after, months) > _fill_days(before, months)


def _per_notional(result, months):
    trades = result.trades.set_index("date").sort_index()[months]
    return trades[["spread", "temporary", "permanent"]].to_numpy().sum() / trades["notional"].abs().sum()


def _fill_days(result, months):
    trades = result.trades.set_index("date").sort_index()[months]
    return trades.index.nunique()
