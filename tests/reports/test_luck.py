"""What luck explains stands on the terminal, on the page and in metrics.json alike, and marks what it explains."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from reports.luck import Best, Chance, Luck, how_found
from scenarios.cli import main
from scenarios.luck import _spread, luck
from simulator import MarketData, simulate
from simulator.metrics import Overfitting, Superiority, moments, probabilistic_sharpe
from strategies import Hold
from tests.sweeping import write_small

DAYS = pd.bdate_range("2020-01-01", periods=600)


def runs(weights, drift=0.0):
    rng = np.random.default_rng(8)
    steps = rng.normal(drift, 0.01, (600, 3))
    close = pd.DataFrame(100.0 * np.exp(np.cumsum(steps, axis=0)), DAYS, ["A", "B", "C"])
    market = MarketData.from_frames(close, volume=close * 1e6)
    return {name: simulate(market, Hold(weight)) for name, weight in weights.items()}


def test_figures_are_those_of_the_runs():
    results = runs({"base": {"A": 1.0}, "other": {"B": 1.0}, "cash": {"CASH": 1.0}})
    found = luck(results, "base", 1)
    assert [chance.policy for chance in found.chances] == ["base", "other"]  # cash alone has no ratio
    assert found.trials == 2
    seen = results["other"].observations
    assert found.chances[1].above_zero == probabilistic_sharpe(moments(seen.returns - seen.cash))
    assert found.chances[1].deflated < found.chances[1].above_zero
    assert luck(runs({"base": {"CASH": 1.0}}), "base", 1) is None
    alone = luck({"base": results["base"]}, "base", 1)
    assert (alone.best, alone.superior, alone.overfit) == (None, None, None)
    assert alone.chances[0].deflated == alone.chances[0].above_zero
    assert alone.sentences[0].startswith("≈ not distinguishable from luck: base")


def test_what_is_surely_good_is_not_marked():
    found = luck(runs({"base": {"A": 1.0}, "half": {"A": 0.5, "B": 0.5}}, drift=0.004), "base", 1)
    assert found.lucky == ()
    assert found.sentences[0].startswith("Every policy is at least 95% sure of a Sharpe ratio above that of the luck")


def test_the_seed_alone_decides():
    results = runs({"base": {"A": 1.0}, "half": {"A": 0.5, "B": 0.5}, "other": {"B": 1.0}})
    assert luck(results, "base", 1).as_dict() == luck(results, "base", 1).as_dict()
    first, other = (luck(results, "base", seed).chances for seed in (1, 2))
    assert [chance.in_set for chance in first] != [chance.in_set for chance in other]


def test_the_sentences_by_hand():
    chances = [Chance("passive", 0.5, 0.99, 0.97, 0.04), Chance("x", 0.6, 0.98, 0.8, 1.0)]
    best = Best("x", 0.6, 0.61, 0.45, 2)
    found = Luck(
        "passive", chances, 2, best, Superiority(0.2, 0.3, 0.3), Overfitting(0.4, 0.1, 12870, 16), 0.9, 500, 20
    )
    assert found.sentences == [
        "≈ not distinguishable from luck: x: less than 95% sure of a Sharpe ratio above that of the luckiest of 2 "
        "trials without merit (deflated).",
        "That x is better than passive by Sharpe ratio is not distinguishable from luck (Hansen's test, p = 0.30).",
        "The set that holds the best of them in 90% of histories has all but passive.",
        "The best of 2 trials, x, has a Sharpe ratio of 0.60; the luckiest of 2 equally good ones would show 0.61 "
        "(chance that it is better than that: 45.0%): that it came out first is not distinguishable from luck.",
        "Chosen for its Sharpe ratio in one half of the history, the best is below the middle of all in the other half "
        "in 40% of 12,870 ways to halve it (probability of backtest overfitting; 50% is a choice that says nothing).",
    ]
    sure = replace(found, superior=Superiority(0.01, 0.02, 0.02), chances=[*chances, chances[1]])
    assert sure.sentences[1].startswith("At least one of the others is better than passive by Sharpe ratio (Hansen's")
    assert "Halves are made of 16 parts" in how_found(found)


def test_terminal_page_and_metrics_say_the_same(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_small(tmp_path)
    assert main(["run", "small.toml", "--data", "data", "--quiet", "--no-tearsheets", "--out", "out"]) == 0
    told, page = capsys.readouterr().out, (tmp_path / "out/index.html").read_text()
    found = json.loads((tmp_path / "out/metrics.json").read_text())["luck"]
    assert found["trials"] == len(found["policies"]) == 3
    lucky = [name for name, policy in found["policies"].items() if policy["luck"]]
    assert lucky == [name for name, policy in found["policies"].items() if policy["deflated_sharpe"] < 0.95]
    assert lucky
    line = next(line for line in told.splitlines() if line.startswith("≈ "))
    assert all(name in line for name in lucky)
    assert line in page
    assert page.count('<span class="small">not distinguishable from luck</span>') == len(lucky)
    assert found["backtest_overfitting"]["splits"] == 12870
    said = f"{found['backtest_overfitting']['probability']:.0%} of 12,870 ways"
    assert said in told
    assert said in page
    assert found["best"]["sharpe"] == pytest.approx(
        max(
            policy["sharpe"] for policy in json.loads((tmp_path / "out/metrics.json").read_text())["policies"].values()
        ),
        rel=1e-12,
    )


def test_one_trial_has_no_spread():
    assert _spread(np.array([0.7])) == 0.0
    assert _spread(np.array([0.5, 0.7])) == pytest.approx(0.2 / 2.0**0.5)
