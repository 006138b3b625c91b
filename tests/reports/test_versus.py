"""The answer first: every policy against the benchmark, in the words, on the page, and in metrics.json."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from reports.versus import Versus, how, in_short
from scenarios.cli import main
from scenarios.versus import versus
from simulator import MarketData, simulate
from simulator.metrics import Difference, policy_metrics
from strategies import Hold
from tests.sweeping import write_small

DAYS = pd.bdate_range("2020-01-01", periods=400)


def answers(weights, seed=1):
    rng = np.random.default_rng(8)
    steps = rng.normal(0.0, 0.01, 400)
    close = pd.DataFrame({"A": 100.0 * np.exp(np.cumsum(steps)), "B": 100.0 * np.exp(np.cumsum(steps + 0.002))}, DAYS)
    market = MarketData.from_frames(close, volume=close * 1e6)
    results = {name: simulate(market, Hold(weight)) for name, weight in weights.items()}
    metrics = {name: policy_metrics(result) for name, result in results.items()}
    return {answer.policy: answer for answer in versus(results, metrics, "base", seed)}, metrics


def test_the_same_book_is_not_distinguishable_and_a_surely_better_one_is_better():
    found, metrics = answers({"base": {"A": 1.0}, "same": {"A": 1.0}, "more": {"B": 1.0}})
    assert set(found) == {"same", "more"}
    assert found["same"].better is None
    assert found["same"].differences["sharpe"][:3] == (0.0, 0.0, 0.0)
    more = found["more"]
    assert more.better is True
    gap = metrics["more"]["sharpe"] - metrics["base"]["sharpe"]
    assert more.differences["sharpe"].value == pytest.approx(gap, rel=1e-12)
    assert more.falls == (metrics["more"]["max_drawdown"], metrics["base"]["max_drawdown"])
    turned, _ = answers({"base": {"B": 1.0}, "less": {"A": 1.0}})
    assert turned["less"].better is False


def test_the_seed_alone_decides_the_intervals():
    weights = {"base": {"A": 1.0}, "half": {"B": 0.5}}
    first, again, other = (answers(weights, seed)[0]["half"].differences["cagr"] for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_sentence_by_hand():
    gaps = {"sharpe": Difference(0.24, 0.02, 0.45, 0.98), "cagr": Difference(-0.003, -0.02, 0.014, 0.4)}
    answer = Versus("de-risk", "passive", gaps, (-0.138, -0.314), (2.37, 0.27), 0.9, 500, 20)
    assert answer.sentence == (
        "de-risk: Better than passive by Sharpe ratio (+0.24 [+0.02, +0.45]); return "
        "-0.3% [-2.0%, +1.4%] a "
        "year; maximum drawdown -13.8% against -31.4%; trading costs 2.37 bp a year against 0.27."
    )
    assert "the middle 90% of 500 histories" in how([answer], 2)


def test_all_answers_in_short_by_hand():
    def answer(name, sharpe, cagr, fall, cost):
        gaps = {"sharpe": Difference(*sharpe, 0.5), "cagr": Difference(cagr, -1.0, 1.0, 0.5)}
        return Versus(name, "passive", gaps, (fall, -0.314), (cost, 0.27), 0.9, 500, 20)

    quarterly = answer("quarterly", (0.0, -0.1, 0.1), 0.007, -0.367, 0.67)
    band = answer("band", (0.1, -0.1, 0.3), -0.001, -0.15, 8.8)
    assert in_short([quarterly]) == ""
    assert in_short([quarterly, band]) == (
        "None of the 2 policies is distinguishable from passive by Sharpe ratio. Their maximum drawdown is -36.7% "
        "(quarterly) to -15.0% (band) against -31.4%; return differs by -0.1% (band) to +0.7% (quarterly) a year; "
        "trading costs 0.67 (quarterly) to 8.80 (band) bp a year against 0.27."
    )
    better, worse = answer("b", (0.3, 0.1, 0.5), 0.0, None, 1.0), answer("w", (-0.3, -0.5, -0.1), 0.0, None, 1.0)
    assert in_short([better, worse, band]).startswith(
        "By Sharpe ratio b is better than passive, w is worse, band is not distinguishable from it. "
    )
    assert in_short([worse, worse]) == (
        "By Sharpe ratio w and w are worse than passive. Their return differs by +0.0% a year; trading costs 1.00 bp a "
        "year against 0.27."
    )


def test_where_nothing_can_be_redrawn_it_is_said(tmp_path, monkeypatch, capsys):
    assert how([], 1) == ""
    monkeypatch.chdir(tmp_path)
    write_small(tmp_path)
    short = ["--set", "scenario.end=2001-03-30", "--no-tearsheets"]
    assert main(["run", "small.toml", "--data", "data", "--quiet", "--out", "out", *short]) == 0
    said = "No policy is held against the benchmark: the history is too short to be redrawn."
    assert said in capsys.readouterr().out
    assert said in (tmp_path / "out/index.html").read_text()
    assert "versus" not in json.loads((tmp_path / "out/metrics.json").read_text())


def test_a_bound_keeps_its_sign_where_its_digits_are_zeros():
    gaps = {"sharpe": Difference(0.16, -0.0035, 0.34, 0.94), "cagr": Difference(0.0, 0.0, 0.0, 0.5)}
    answer = Versus("a", "b", gaps, (None, None), (None, None), 0.9, 500, 20)
    assert answer.sentence.startswith(
        "a: Not distinguishable from b by Sharpe ratio (+0.16 [-0.00, +0.34]); return +0.0% ["
    )


def test_terminal_page_and_metrics_say_the_same(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_small(tmp_path)
    assert main(["run", "small.toml", "--data", "data", "--quiet", "--no-tearsheets", "--out", "out"]) == 0
    told, page = capsys.readouterr().out, (tmp_path / "out/index.html").read_text()
    figures = json.loads((tmp_path / "out/metrics.json").read_text())
    assert set(figures["versus"]) == set(figures["policies"]) - {"passive"}
    for name, answer in figures["versus"].items():
        gap = answer["sharpe"]
        policies = figures["policies"]
        assert gap["value"] == pytest.approx(policies[name]["sharpe"] - policies["passive"]["sharpe"], rel=1e-9)
        words = "[" + ", ".join(f"{gap[key]:+.2f}" for key in ("low", "high")) + "]"
        line = next(line for line in told.splitlines() if line.startswith(f"{name}: "))
        assert words in line
        assert line in page
    assert "histories redrawn in blocks of 20 sessions" in told
