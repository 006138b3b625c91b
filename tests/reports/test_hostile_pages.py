"""Every text that a user can give, hostile, through the commands: the pages open in Chromium and execute nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reports.findings import Cell, Findings, Line, Section, Table, write_findings
from scenarios.cli import main
from simulator.core.names import toml_text
from tests.browser import visit
from tests.cli.test_errors import SMALL
from tests.hostile import MARK, TEXTS

pytestmark = pytest.mark.slow


def hostile_scenario() -> str:
    """Texts in every place: 200 in the description, one in each title and label."""
    text = SMALL.replace(
        'name = "small"',
        f'name = "small"\ntitle = {toml_text(TEXTS[0])}\ndescription = {toml_text(chr(10).join(TEXTS))}',
    )
    text += f"title = {toml_text(TEXTS[1])}\n"
    for k in range(2, 8):
        text += f"[policies.p{k}]\nkind = 'hold'\ntitle = {toml_text(TEXTS[k * 25])}\n"
    text += f"[signals.s]\nkind = 'calendar'\nevery = 'month'\ntitle = {toml_text(TEXTS[3])}\n"
    text += f"[policies.follows]\nkind = 'periodic'\ntrigger = 's'\ntitle = {toml_text(TEXTS[4])}\n"
    return text


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "data" / "prices").mkdir(parents=True)
    for name, step in (("A", 3), ("B", 4)):
        days = [
            f"2024-{month:02d}-{day:02d}" for month in (1, 2, 3) for day in range(1, 29) if (month * 28 + day) % 7 > 1
        ]
        rows = [f"{day},10,14,8,{10 + k % step},{10 + k % step},1000" for k, day in enumerate(days)]
        text = "Date,Open,High,Low,Close,Adj Close,Volume\n" + "\n".join(rows) + "\n"
        (folder / "data" / "prices" / f"{name}.csv").write_text(text)
    (folder / "hostile.toml").write_text(hostile_scenario())
    return folder


def made(home: Path, command: str, *more: str) -> Path:
    out = home / command
    given = [command, str(home / "hostile.toml"), "--data", str(home / "data"), "--out", str(out), "--quiet", *more]
    assert main(given) == 0
    return out


@pytest.mark.parametrize(
    ("command", "more", "pages"),
    [
        ("run", (), ("index.html", "tearsheets/p2.html", "tearsheets/follows.html")),
        ("sweep", ("--grid", "execution.lag=1,2"), ("index.html",)),
        ("audit", ("--cuts", "1"), ("index.html",)),
    ],
)
def test_pages_execute_nothing_and_ask_for_nothing(home, command, more, pages, capsys):
    out = made(home, command, *more)
    assert all(line.isprintable() for line in capsys.readouterr().out.splitlines())
    for page in pages:
        found = visit(out / page, 1280)
        assert found.requests == [], page
        assert not re.search(rf"<html[^>]*{MARK}", found.dom), page
        assert not any("undertow.invalid" in line for line in found.console), page
    assert TEXTS[0] not in (out / "index.html").read_text()


def test_a_page_of_findings_with_every_text_everywhere(tmp_path):
    lines = [Line(text, [Cell(text, text)]) for text in TEXTS]
    section = Section("one", TEXTS[0], TEXTS[1], tables=[Table([TEXTS[2], TEXTS[3]], lines, folded=TEXTS[4])])
    page = Findings(TEXTS[0], TEXTS[1], TEXTS, [section], TEXTS, TEXTS, ["metrics.json"])
    write_findings(page, tmp_path / "index.html")
    found = visit(tmp_path / "index.html", 1280)
    assert found.requests == []
    assert not re.search(rf"<html[^>]*{MARK}", found.dom)
    assert found.dom.count("undertow.invalid") > len(TEXTS)  # they are there to be read
