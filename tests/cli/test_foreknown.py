"""Where a scenario allows a series that knows the future, every page and terminal begins by saying so."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from scenarios.cli import main

SAID = "X: its history is smoothed with later values and it has no vintages (allow_revised)"
SCENARIO = """
[scenario]
name = "smoothed"
benchmark = "still"
[market]
source = "csv"
path = "etf"
assets = ["A"]
cash_rate = 0.01
series = { X = { path = "macro/X.csv", release = "close", revised = "smoothed", allow_revised = true } }
[portfolio]
weights = "equal"
[costs]
eta = 0
gamma = 0
[policies.still]
kind = "hold"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("smoothed")
    days = pd.bdate_range("2020-01-02", "2020-06-30")
    close = 100.0 * np.exp(0.01 * np.sin(np.arange(len(days))))
    for name in ("etf", "macro"):
        (folder / name).mkdir()
    columns = ("Open", "High", "Low", "Close", "Adj Close")
    table = pd.DataFrame(dict.fromkeys(columns, close), days).assign(Volume=1e6)
    table.to_csv(folder / "etf" / "A.csv", index_label="Date")
    weeks = pd.date_range("2020-01-03", "2020-06-26", freq="W-FRI")
    pd.Series(np.arange(len(weeks)) % 3, weeks, name="X").to_csv(folder / "macro" / "X.csv", index_label="Date")
    (folder / "s.toml").write_text(SCENARIO)
    return folder


def done(folder, command, *more):
    out = folder / command
    status = main([command, str(folder / "s.toml"), "--data", str(folder), "--out", str(out), "--quiet", *more])
    return status, out


def begins(page):
    """Whether the sentence is the first thing that a page shows."""
    first = re.search(r"<main[^>]*>\s*(?:<ul[^>]*>\s*<li>|<p[^>]*>)([^<]*)", page.read_text())
    return first is not None and first[1].startswith(SAID)


def test_a_run(folder, capsys):
    status, out = done(folder, "run")
    assert status == 0
    assert f"! {SAID}" in capsys.readouterr().out
    assert begins(out / "index.html")
    assert begins(out / "tearsheets" / "still.html")
    assert json.loads((out / "metrics.json").read_text())["foreknown"].startswith(SAID)


def test_a_sweep(folder, capsys):
    status, out = done(folder, "sweep", "--grid", "execution.lag=0,1")
    assert status == 0
    assert capsys.readouterr().out.startswith(f"! {SAID}")
    assert begins(out / "index.html")


def test_an_audit_is_not_clean_however_short_the_series(folder, capsys):
    status, out = done(folder, "audit", "--cuts", "1")
    told = capsys.readouterr().out
    assert status == 3
    assert told.startswith(f"! {SAID}")
    assert "smoothed: not clean: the history of X knows the future" in told
    assert begins(out / "index.html")
    assert "Not clean: the history of X knows the future." in (out / "index.html").read_text()
