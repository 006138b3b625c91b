"""Which sections a run's page has: ``[report] sections``."""

from __future__ import annotations

import json
import re

import pytest

from reports.sections import SECTIONS
from scenarios.cli import main
from tests.cli.test_errors import SMALL, home  # noqa: F401 - home is a fixture


def headings(home, *arguments):  # noqa: F811
    assert main(["run", "small.toml", "--data", "data", "--quiet", "--no-tearsheets", "--out", "out", *arguments]) == 0
    text = (home / "out" / "index.html").read_text()
    return re.findall(r"<h2[^>]*>([^<]*)</h2>", text), text


ALWAYS = ["What these figures rest on"]


def test_all_by_default(home):  # noqa: F811
    found, text = headings(home)
    named = [
        "Comparison",
        "What a colleague would ask",
        "Growth of 1",
        "Drawdown",
        "The year before",
        "Liquidity coverage",
        "Days to cash",
        "Weights",
        "Turnover",
        "Cost of trading",
        "Cost of trading over time",
        "What the policy did",
        "What each decision added",
        "Years",
        "What each asset contributed",
        "What each decision contributed",
        "Limits that bit",
        "Between any two dates",
        "Trades",
    ]
    assert [title for title in found if title != "Notes on the data"] == [*named, *ALWAYS]
    assert 'id="left-out"' not in text
    assert "report" not in json.loads((home / "out" / "manifest.json").read_text())["scenario"]


def test_those_that_are_chosen_in_the_order_of_the_page(home):  # noqa: F811
    (home / "small.toml").write_text(f"{SMALL}[report]\nsections = ['drawdown', 'comparison']\n")
    found, text = headings(home)
    assert [title for title in found if title != "Notes on the data"] == ["Comparison", "Drawdown", *ALWAYS]
    left = re.search(r'id="left-out">[^:]*: ([^.]*)\.', text)[1].split(", ")
    assert left == [name for name in SECTIONS if name not in ("comparison", "drawdown")]
    said = json.loads((home / "out" / "manifest.json").read_text())["scenario"]["report"]
    assert said == {"sections": ["drawdown", "comparison"]}


def test_a_page_without_charts_has_no_dates_to_choose(home):  # noqa: F811
    _, text = headings(home, "--set", "report.sections=['comparison']")
    assert 'id="period"' not in text


@pytest.mark.parametrize("value", ["['drawdowns']", "[]", "'drawdown'"])
def test_others_are_refused_in_a_line_that_names_them_all(home, capsys, value):  # noqa: F811
    status = main(["run", "small.toml", "--data", "data", "--out", "out", "--set", f"report.sections={value}"])
    said = capsys.readouterr().err
    assert status == 2
    assert said.count("\n") == 1
    assert "report.sections" in said
    if "drawdowns" in value:
        assert all(f"'{name}'" in said for name in SECTIONS)
    assert not (home / "out").exists()
