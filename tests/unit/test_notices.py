"""What is grave about a run stands on the terminal, in the first lines of its page and in its metrics."""

from __future__ import annotations

import json

from reports import write_metrics, write_page
from scenarios import notices as room
from scenarios.build import build
from scenarios.load import load
from scenarios.runner import comparison, replay
from scenarios.table import comparison_table

SENTENCE = "A: closes <jumped> hundredfold on 2001-02-03"


def test_a_notice_stands_before_the_figures_everywhere(tmp_path, monkeypatch):
    outcome = replay(build(load("redemption-run"), None))
    monkeypatch.setattr(room, "_SOURCES", (lambda replayed: [SENTENCE],))
    page = comparison(outcome)
    write_page(page, tmp_path / "index.html")
    write_metrics(page, tmp_path)
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    escaped = SENTENCE.replace("<", "&lt;").replace(">", "&gt;")
    assert html.index(escaped) < html.index('<table id="comparison">')
    assert json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))["notices"] == [SENTENCE]
    terminal = comparison_table(outcome)
    assert terminal.index(f"! {SENTENCE}") < terminal.index("policy  ")


def test_metrics_without_notices_have_no_such_key(tmp_path, monkeypatch):
    outcome = replay(build(load("redemption-run"), None))
    monkeypatch.setattr(room, "_SOURCES", ())
    write_metrics(comparison(outcome), tmp_path)
    assert "notices" not in json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
