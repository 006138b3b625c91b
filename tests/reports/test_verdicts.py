"""The page of the verdicts, and what the command says of them."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from scenarios.cli import main
from scenarios.judge.policies import judged_signals
from scenarios.load import load
from scenarios.runner import run
from tests.browser import visit
from tests.judged import judge_keys, scenario, write_market


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    folder = tmp_path_factory.mktemp("market")
    write_market(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory, market):
    out = tmp_path_factory.mktemp("verdicts") / "out"
    run(scenario(judge=judge_keys(signals=["oracle", "noise"])), out, market)
    return out


@pytest.fixture(scope="module")
def verdicts(folder):
    return json.loads((folder / "metrics.json").read_text())["verdicts"]


def test_metrics_hold_the_verdicts(verdicts, folder):
    assert (verdicts["measure"], verdicts["level"], verdicts["block"]) == ("sharpe", 0.9, 20)
    assert list(verdicts["signals"]) == ["volatility", "percentile", "past", "oracle", "noise"]
    oracle, noise = verdicts["signals"]["oracle"], verdicts["signals"]["noise"]
    assert (oracle["beats_volatility"], oracle["beats_placebos"], oracle["hindsight"]) == (True, True, True)
    assert (noise["beats_volatility"], noise["beats_placebos"], noise["hindsight"]) == (False, False, False)
    assert verdicts["signals"]["past"]["beats_volatility"] is None
    for rival in ("volatility", "percentile", "past"):
        for interval in oracle["against"][rival].values():
            assert interval["low"] <= interval["high"]
    assert oracle["placebos"]["sharpe"]["chance"] == pytest.approx(1 / 200)
    assert json.loads((folder / "metrics.json").read_text())["hindsight_policies"] == ["oracle"]


@pytest.mark.parametrize("width", [1440, 400])
def test_the_page_shows_everything_and_asks_nobody(folder, verdicts, width):
    seen = visit(folder / "verdicts.html", width, 6000)
    assert seen.console == []
    assert seen.requests == []
    for chart in ("chart-when-each-signal-was-on", "chart-against-volatility--by-sharpe-ratio"):
        assert re.search(rf'id="{chart}"[^>]*class="[^"]*js-plotly-plot', seen.dom), chart
    assert len(re.findall("plotly-graph-div js-plotly-plot", seen.dom)) == 6
    for signal in verdicts["signals"]:
        assert f'data-signal="{signal}"' in seen.dom
    assert "Does it beat volatility?" in seen.dom
    assert "⚠ hindsight" in seen.dom
    assert len(seen.picture) > 50_000


def test_the_comparison_page_leads_there(folder):
    text = (folder / "index.html").read_text()
    assert 'href="verdicts.html"' in text
    assert "beats volatility; timing shown [hindsight]" in text
    assert "⚠ Hindsight, diagnostics that no one could have followed: oracle." in text


def test_the_page_says_what_metrics_say(folder, verdicts):
    text = (folder / "verdicts.html").read_text()
    rows = re.findall(r'<tr><th scope="row">.*?</tr>', text, re.DOTALL)
    assert len(rows) == len(verdicts["signals"])
    for row, (signal, verdict) in zip(rows, verdicts["signals"].items(), strict=True):
        assert signal in row
        assert f"{verdict['figures']['sharpe']:.2f}".replace("-", "−") in row
        assert verdict["hardest_rival"] in row
        assert f"{verdict['placebos']['sharpe']['chance']:.3f}" in row


def test_the_command_ends_with_the_verdicts(market, tmp_path, capsys, monkeypatch):
    """A file as a user writes it: the comparison, then one line a signal, then the report."""
    file = tmp_path / "mine.toml"
    file.write_text(
        """
        [scenario]
        name = "mine"
        [market]
        source = "csv"
        path = "prices"
        prices = "adjusted"
        cash_rate = 0.01
        [portfolio.weights]
        AAA = 0.6
        BBB = 0.4
        [signals.vol]
        kind = "volatility"
        [signals.oracle]
        kind = "tests.judged:Oracle"
        [policies.passive]
        kind = "hold"
        [policies.out]
        kind = "de-risk"
        base = "passive"
        signal = "oracle"
        [judge]
        policy = "out"
        against = ["vol"]
        draws = 200
        placebos = 49
        """
    )
    out = tmp_path / "out"
    own = str(Path(__file__).parents[2])
    assert main(["run", str(file), "--data", str(market), "--out", str(out), "--plugins", own, "--quiet"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("mine, ")
    start = next(number for number, line in enumerate(lines) if line.startswith("signal "))
    assert [line.split()[0] for line in lines[start + 2 : start + 5]] == ["passive", "vol", "oracle"]
    assert any("oracle" in line and "beats volatility" in line for line in lines)
    assert lines[-1] == f"report: {out / 'index.html'}"
    assert (out / "verdicts.html").is_file()


def test_show_prints_the_table_and_the_policies_it_adds(capsys):
    assert main(["show", "stress-signals"]) == 0
    tables = tomllib.loads(capsys.readouterr().out)
    file = load("stress-signals")
    assert tables["judge"]["policy"] == "stress"
    assert tables["judge"]["draws"] == 2000
    for signal in judged_signals(file):
        assert any(table.get("signal") == signal for table in tables["policies"].values())


def test_other_scenarios_have_no_such_table(capsys):
    assert main(["show", "us-large-caps"]) == 0
    assert "judge" not in tomllib.loads(capsys.readouterr().out)
