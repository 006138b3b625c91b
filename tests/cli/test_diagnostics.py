"""What a colleague would ask of a run, on the terminal, on the page and in ``metrics.json``."""

from __future__ import annotations

import html
import json
import re

from scenarios.cli import main
from tests.cli.test_errors import SMALL

#: A signal that cannot fire, and a policy that waits for it; titles are what people read.
WAITING = """
[signals.alarm]
kind = "volatility"
enter = 5.0
exit = 4.0
title = "The <alarm>"
[policies.waits]
kind = "periodic"
trigger = "alarm"
title = "Waits & sees"
"""


def test_findings_are_the_same_everywhere(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNDERTOW_DATA", raising=False)
    (tmp_path / "data" / "prices").mkdir(parents=True)
    days = [f"2023-{month:02d}-{day:02d}" for month in range(1, 13) for day in range(1, 29)]
    for name, step in (("A", 3), ("B", 4)):
        rows = [f"{day},10,14,8,{10 + k % step / 9},{10 + k % step / 9},1e9" for k, day in enumerate(days)]
        text = "Date,Open,High,Low,Close,Adj Close,Volume\n" + "\n".join(rows) + "\n"
        (tmp_path / "data" / "prices" / f"{name}.csv").write_text(text)
    (tmp_path / "small.toml").write_text(SMALL + WAITING)
    assert main(["run", "small.toml", "--data", "data", "--quiet", "--no-tearsheets", "--out", "out"]) == 0
    said = capsys.readouterr().out
    found = json.loads((tmp_path / "out" / "metrics.json").read_text())["diagnostics"]
    kinds = {(finding["kind"], finding["subject"]): finding for finding in found}
    assert {("few-trades", "waits"), ("signal", "alarm")} <= set(kinds)
    assert kinds["few-trades", "waits"]["decisions"] == 0
    assert kinds["signal", "alarm"]["share_on"] == 0.0
    assert "? Too few trades to judge: Waits & sees (no decision)" in said
    assert "? A signal that never or always fires: The <alarm> (never)" in said
    page = (tmp_path / "out" / "index.html").read_text()
    asked = re.search(r'<dl class="asked">.*?</dl>', page, re.DOTALL)[0]
    titles = {"waits": "Waits & sees", "alarm": "The <alarm>", "passive": "passive"}
    for finding in found:
        line = f"<dd><b>{html.escape(titles[finding['subject']])}</b> {html.escape(finding['text'], quote=False)}.</dd>"
        assert line in asked.replace("&#39;", "'")
    assert asked.count("<dd>") == len(found)
