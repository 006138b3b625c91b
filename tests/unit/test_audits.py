"""Verdicts of audits on the pages of later runs: of that very scenario, or none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports import write_page
from reports.look_ahead import NOT_AUDITED
from scenarios.audits import keep_verdict, kept_verdict
from scenarios.build import build
from scenarios.load import load
from scenarios.runner import comparison, replay
from scenarios.table import comparison_table
from tests.sweeping import write_small

PLUGIN = "import helper\n\n\nclass Mine:\n    def decide(self, day):\n        return {'A': helper.SHARE}\n"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("UNDERTOW_CACHE_DIR", str(tmp_path / "cache"))
    write_small(tmp_path)
    return tmp_path


def small(home, *changes, plugins=()):
    return build(load(str(home / "small.toml"), changes, (), plugins), home / "data")


def test_a_verdict_counts_for_that_very_scenario_and_data(home):
    assert kept_verdict(small(home)) is None
    keep_verdict(small(home), True, ["small: clean: as before", "  but this"])
    found = kept_verdict(small(home))
    assert found is not None
    assert found.clean
    assert found.sentence == f"Look-ahead audit of {found.day}: small: clean: as before; but this."
    assert kept_verdict(small(home, 'scenario.description="other words"')) == found
    assert kept_verdict(small(home, 'report.sections=["answer"]')) == found
    assert kept_verdict(small(home, "policies.threshold.band=0.06")) is None
    prices = home / "data" / "prices" / "A.csv"
    lines = prices.read_text().splitlines()
    prices.write_text("\n".join(lines[:-1]) + "\n")
    assert kept_verdict(small(home)) is None


def test_other_code_of_the_users_own_has_no_verdict(home):
    (home / "audited_plugin.py").write_text(PLUGIN.replace("helper", "audited_helper"))
    (home / "audited_helper.py").write_text("SHARE = 0.5\n")
    own = 'policies.passive={kind="audited_plugin:Mine"}'
    keep_verdict(small(home, own), True, ["clean"])
    assert kept_verdict(small(home, own)) is not None
    (home / "audited_helper.py").write_text("SHARE = 0.6\n")
    assert kept_verdict(small(home, own)) is None


def test_a_damaged_verdict_is_none(home, caplog):
    keep_verdict(small(home), True, ["clean"])
    entry = next(path for path in (home / "cache" / "audits").rglob("*") if path.is_file())
    entry.write_bytes(entry.read_bytes()[:-3])
    assert kept_verdict(small(home)) is None
    assert "damaged entry" in caplog.text


def test_terminal_and_page_say_it(home):
    once = replay(small(home, "scenario.end=2001-06-29", "signals.vol=unset", "policies.volatility=unset"))

    def told():
        outcome = replace(once)
        write_page(comparison(outcome), home / "index.html")
        return comparison_table(outcome), (home / "index.html").read_text()

    said, page = told()
    assert "audit" not in said
    assert f'<p class="note" id="audit">{NOT_AUDITED}</p>' in page
    keep_verdict(once.scenario, True, ["small: clean"])
    said, page = told()
    assert "small: clean." in said
    assert 'class="note" id="audit">Look-ahead audit of ' in page
    keep_verdict(once.scenario, False, ["small: the future was seen by signals.vol"])
    said, page = told()
    assert "! Look-ahead audit of " in said.partition("policy ")[0]
    assert page.index('class="warning" id="audit"') < page.index("<h1>")
