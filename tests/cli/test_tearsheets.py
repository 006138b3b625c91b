"""Tear-sheets by default, not at all, and afterwards."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from scenarios.cli import main
from scenarios.load import load
from scenarios.runner import run
from scenarios.verify import complete, faults
from simulator.core import files
from simulator.core.folders import read_mark, strangers
from tests.tables import by_row

SCENARIO = """\
[scenario]
name = "crash"
start = 2008-09-18
end = 2009-03-09
benchmark = "passive"
[market]
source = "bundled:us-large-caps"
assumed_adv = 2e8
cash_rate = 0.0
[portfolio]
weights = "equal"
[policies.passive]
kind = "hold"
"""
POLICY = """\
[policies.{name}]
kind = "periodic"
every = 21
"""


@pytest.fixture
def scenario(tmp_path):
    def write(policies):
        path = tmp_path / "crash.toml"
        path.write_text(SCENARIO + "".join(POLICY.format(name=f"monthly-{n}") for n in range(policies - 1)))
        return path

    return write


class Told:
    """Keeps what progress is told."""

    def __init__(self):
        self.calls = []

    def __call__(self, stage, done, total):
        self.calls.append((stage, done, total))

    def close(self):
        """Nothing to close."""


def test_sheets_are_written_as_they_finish_and_agree_with_the_page(scenario, tmp_path):
    told = Told()
    run(load(str(scenario(2))), tmp_path / "out", progress=told)
    told = told.calls
    assert [step for step in told if step[0] == "tear-sheets"][-1] == ("tear-sheets", 2, 2)
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages[-4:] == ["policies", "ledgers", "page", "tear-sheets"]
    assert all((stage, 0, total) in told for stage, _, total in told if stage not in ("tear-sheets", "data"))
    page = (tmp_path / "out" / "index.html").read_text()
    assert '<a href="tearsheets/monthly-0.html">' in page
    assert "Every name opens its tear-sheet" in page
    text = (tmp_path / "out" / "tearsheets" / "monthly-0.html").read_text()
    shown, sheet = by_row(page, "comparison"), by_row(text, "figures")
    assert sheet["Max Drawdown"]["monthly-0"] == shown["monthly-0"]["Max drawdown"] != "0.0%"
    falls = by_row(text, "falls")
    assert len(falls) == 1, "one fall, from the first day to the last"
    assert next(iter(falls.values()))["Regained"] == "not yet"
    assert 'href="../index.html"' in text


def test_more_than_a_dozen_have_sheets_on_demand(scenario, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["run", str(scenario(13)), "--out", str(out), "--quiet"]) == 0
    assert not list((out / "tearsheets").iterdir())
    page = (out / "index.html").read_text()
    assert 'href="tearsheets/' not in page
    assert "undertow tearsheet DIR POLICY" in page
    figures = (out / "metrics.json").read_bytes()
    assert main(["tearsheet", str(out), "monthly-3"]) == 0
    assert str(out / "tearsheets" / "monthly-3.html") in capsys.readouterr().out
    page = (out / "index.html").read_text()
    assert page.count('href="tearsheets/') == 1
    assert '<a href="tearsheets/monthly-3.html">monthly-3</a>' in page
    assert (out / "metrics.json").read_bytes() == figures
    mark = read_mark(out)
    assert "tearsheets/monthly-3.html" in mark.files
    assert not strangers(out, mark), "the folder may still be replaced"
    sheet = by_row((out / "tearsheets" / "monthly-3.html").read_text(), "figures")
    assert sheet["Sharpe"]["monthly-3"] == by_row(page, "comparison")["monthly-3"]["Sharpe"]


def test_a_sheet_written_later_is_the_sheet_of_the_run(scenario, tmp_path):
    out = tmp_path / "out"
    run(load(str(scenario(2))), out)
    at_once = (out / "tearsheets" / "monthly-0.html").read_bytes()
    run(load(str(scenario(2))), tmp_path / "later", tearsheets=False)
    assert not list((tmp_path / "later" / "tearsheets").iterdir())
    assert main(["tearsheet", str(tmp_path / "later"), "monthly-0"]) == 0
    assert (tmp_path / "later" / "tearsheets" / "monthly-0.html").read_bytes() == at_once


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["nowhere", "passive"], "not the folder of a finished run"), (["out", "pasive"], "did you mean")],
    ids=["no run", "no such policy"],
)
def test_what_cannot_be_written_is_said_in_a_line(scenario, tmp_path, arguments, words, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["run", str(scenario(1)), "--out", "out", "--no-tearsheets", "--quiet"]) == 0
    capsys.readouterr()
    assert main(["tearsheet", *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert json.loads((tmp_path / "out" / "metrics.json").read_text())["policies"]["passive"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("metrics.json", b'{"policies": {"passive": 3}}', "its files are not those of a run of this version"),
        ("metrics.json", b"[]", "its files are not those of a run of this version"),
        ("index.html", b"<html>\xb7</html>", "index.html: cannot be read"),
    ],
)
def test_files_that_no_run_wrote_are_refused(scenario, tmp_path, capsys, name, content, words):
    """A stranger's, whose digests agree."""
    out = tmp_path / "out"
    assert main(["run", str(scenario(1)), "--out", str(out), "--no-tearsheets", "--quiet"]) == 0
    (out / name).write_bytes(content)
    complete(out, "run")
    capsys.readouterr()
    assert main(["tearsheet", str(out), "passive"]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


class Killed(BaseException):
    """No writing of a sheet is tidied up after it, as after SIGKILL."""


def dies(command):
    try:
        assert main(command) == 0
    except Killed:
        return True
    return False


def killed_at(last, monkeypatch):
    """Die just before a file operation of this number, writes being half done; without effect if there are fewer."""
    count = 0

    def counted(act):
        def acting(path, *more, **named):
            nonlocal count
            count += 1
            if count == last:
                if act is opened:
                    path.write_bytes(b"half")
                raise Killed
            return act(path, *more, **named)

        return acting

    opened = files._opened
    monkeypatch.setattr(files, "_opened", counted(opened))
    for name in ("replace", "unlink"):
        monkeypatch.setattr(Path, name, counted(getattr(Path, name)))


def test_a_sheet_that_is_killed_at_any_moment_is_written_whole_by_the_next(scenario, tmp_path, monkeypatch, capsys):
    done, out = tmp_path / "done", tmp_path / "out"
    assert main(["run", str(scenario(2)), "--out", str(done), "--no-tearsheets", "--quiet"]) == 0
    monkeypatch.setattr("reports.sheet_data.render_tearsheet", lambda sheet: f"<p>{sheet.title}")
    right = []
    for name in ("monthly-0", "passive"):
        shutil.copytree(done, out)
        assert main(["tearsheet", str(out), name]) == 0
        right.append({path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()})
        shutil.rmtree(out)
    for last in range(1, 99):
        for following, whole in zip(("monthly-0", "passive"), right, strict=True):
            shutil.copytree(done, out)
            with monkeypatch.context() as patch:
                killed_at(last, patch)
                killed = dies(["tearsheet", str(out), "monthly-0"])
            if killed and main(["verify", str(out)]) != 0:
                assert "tearsheets/monthly-0.html: was cut short" in capsys.readouterr().err
            assert main(["tearsheet", str(out), following]) == 0
            assert main(["verify", str(out)]) == 0, (last, following)
            there = {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
            assert there == whole or (following == "passive" and there.keys() > whole.keys()), (last, following)
            sheets = len(list((out / "tearsheets").iterdir()))
            assert (out / "index.html").read_text().count('href="tearsheets/') == sheets, (last, following)
            shutil.rmtree(out)
        if not killed:
            break
    assert 8 < last < 98


def test_damage_is_not_made_good_by_a_sheet_cut_short(scenario, tmp_path, monkeypatch):
    out = tmp_path / "out"
    assert main(["run", str(scenario(2)), "--out", str(out), "--no-tearsheets", "--quiet"]) == 0
    (out / "metrics.csv").write_text("other")
    monkeypatch.setattr("reports.sheet_data.render_tearsheet", lambda sheet: f"<p>{sheet.title}")
    with monkeypatch.context() as patch:
        killed_at(5, patch)
        assert dies(["tearsheet", str(out), "monthly-0"])
    assert "tearsheets/monthly-0.html: was cut short; undertow tearsheet writes it again" in faults(out)
    assert main(["tearsheet", str(out), "monthly-0"]) == 0
    assert "metrics.csv: is not as it was written (its digest differs)" in faults(out)
