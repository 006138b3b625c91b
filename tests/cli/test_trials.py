"""The journal of trials: every trial once, whoever writes at the same time, and never in a run's way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenarios.cli import main
from scenarios.trials.command import table
from scenarios.trials.journal import Journal, Trial
from simulator.metrics import expected_best
from tests.sweeping import write_small

RUN = ["run", "small.toml", "--data", "data", "--quiet", "--no-tearsheets", "--out"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder with a small scenario, which the journal lies in too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UNDERTOW_TRIALS", "trials")
    write_small(tmp_path)
    return tmp_path


def trial(number, scenario="x"):
    return Trial(
        scenario, "p", f"{number:064x}", "", (), "2020-01-01", "2020-12-31", 0.5 + number / 100.0, "run", "now"
    )


def files(folder):
    return {path.name: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def test_the_same_run_again_is_the_same_trial_and_gives_the_same_bytes(home, capsys):
    assert main([*RUN, "one"]) == 0
    assert main([*RUN, "two"]) == 0
    assert files("one") == files("two")
    assert "journal of trials" not in capsys.readouterr().out
    known = Journal(home / "trials", "small").read()
    assert [trial.policy for trial in known] == ["passive", "threshold", "volatility"]
    figures = json.loads(Path("one/metrics.json").read_text())["policies"]
    assert [trial.sharpe for trial in known] == [figures[trial.policy]["sharpe"] for trial in known]
    assert main([*RUN, "three", "--set", "execution.lag=2"]) == 0
    assert len(Journal(home / "trials", "small").read()) == 6


def test_what_was_tried_before_is_said_on_the_terminal_and_the_page_alone(home, capsys):
    assert main([*RUN, "before"]) == 0
    assert main([*RUN, "other", "--set", "execution.lag=2"]) == 0
    said = "The journal of trials knows 3 more of this scenario: the luckiest of all 6 without merit would show"
    assert said in capsys.readouterr().out
    assert said in Path("other/index.html").read_text()
    assert main([*RUN, "after"]) == 0
    assert said in Path("after/index.html").read_text()
    differ = {name for name, content in files("before").items() if files("after")[name] != content}
    assert differ == {"index.html", "manifest.json"}  # the page, and its digest
    assert main([*RUN, "without", "--no-journal"]) == 0
    assert files("without") == files("before")


def test_trials_of_other_years_deflate_nothing(home, capsys):
    assert main([*RUN, "all"]) == 0
    assert main([*RUN, "later", "--set", "scenario.start=2001-09-03"]) == 0
    said = capsys.readouterr().out
    assert "journal of trials" not in said


def test_a_point_of_a_sweep_is_the_trial_of_the_run_that_asks_for_the_same(home, capsys):
    assert main([*RUN, "run", "--set", "execution.lag=2"]) == 0
    grid = ["--grid", "execution.lag=1,2", "--grid", "policies.threshold.band=0.05,0.1", "--quiet", "--out", "swept"]
    assert main(["sweep", "small.toml", "--data", "data", *grid]) == 0
    known = Journal(home / "trials", "small").read()
    assert len(known) == 3 + 7  # two lags by passive, two bands, two that stand on them; three there already
    assert len({trial.key for trial in known}) == 10
    assert known[-1].settings == ("execution.lag=2", "policies.threshold.band=0.1")
    capsys.readouterr()
    assert main(["trials", "small.toml"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("small: 10 trials\n")
    assert "execution.lag=2 policies.threshold.band=0.1" in told
    assert "trials/small.jsonl: whole\nhead: " in told
    assert main(["trials"]) == 0
    assert capsys.readouterr().out == "     10  small\n"
    assert main(["trials", "small", "--last", "2"]) == 0
    assert "10 trials, the last 2" in capsys.readouterr().out


def test_a_point_of_a_study_in_money_is_a_trial_as_a_run_is(home, capsys):
    """Three policies at two sizes of the book: three trials besides those of the run at the first of them."""
    assert main([*RUN, "run"]) == 0
    study = ["study", "money", "small.toml", "--data", "data", "--quiet", "--policy", "volatility"]
    asked = ["--ask", "capacity", "--sizes", "1e6,3e8"]
    assert main([*study, *asked, "--out", "studied"]) == 0
    known = Journal(home / "trials", "small").read()
    assert [trial.by for trial in known] == ["run"] * 3 + ["study"] * 3
    assert {trial.settings for trial in known[3:]} == {("scenario.initial_cash=3e8",)}
    told = json.loads(Path("studied/metrics.json").read_text())["trials"]
    assert told["made"] == 6  # those of the run too
    assert told["luckiest_sharpe"] == pytest.approx(
        expected_best(np.array([trial.sharpe for trial in known])), rel=1e-12
    )
    page = Path("studied/index.html").read_text()
    assert "these are 6 trials; the luckiest of so many without merit would show" in page
    assert "journal of trials knows" not in page

    assert main([*study, *asked, "--out", "again"]) == 0
    assert main([*RUN, "large", "--set", "scenario.initial_cash=3e8"]) == 0
    assert "knows 3 more of this scenario" in Path("large/index.html").read_text()
    assert main([*study, "--ask", "capacity", "--sizes", "1e6,2e8", "--out", "other", "--no-journal"]) == 0
    assert len(Journal(home / "trials", "small").read()) == 6
    assert main([*study, "--ask", "capacity", "--sizes", "1e6,2e8", "--out", "other"]) == 0
    said = "The journal of trials knows 3 more of this scenario: the luckiest of 9 equals would show"
    assert said in Path("other/index.html").read_text()


def test_severities_are_borne_and_no_trials(home):
    shock = ["--shock", "volume-collapse:from=2001-09-03,days=20,severity=1", "--grid", "shocks.*.severity=0,1"]
    assert main(["sweep", "small.toml", "--data", "data", *shock, "--quiet", "--out", "frontier"]) == 0
    assert not Path("trials").exists()
    assert main([*RUN, "shocked", *shock[:2]]) == 0
    assert main([*RUN, "plain"]) == 0
    assert "knows" not in Path("plain/index.html").read_text()  # trials under shocks are none of a run without
    assert len(Journal(home / "trials", "small").read()) == 6


def test_a_journal_that_was_changed_is_named_and_left_alone(home, capsys, caplog):
    assert main([*RUN, "one"]) == 0
    path = Path("trials/small.jsonl")
    changed = path.read_bytes().replace(b'"policy": "threshold"', b'"policy": "thresholt"')
    path.write_bytes(changed)
    capsys.readouterr()
    assert main(["trials", "small"]) == 2
    assert "small.jsonl: entry 2: is not as it was written" in capsys.readouterr().err
    assert main([*RUN, "two", "--set", "execution.lag=2"]) == 0
    assert "this run is not in the journal of trials" in caplog.text
    assert len(caplog.records) == 1
    assert path.read_bytes() == changed
    assert Path("two/index.html").is_file()


def test_what_cannot_be_written_breaks_no_run(home, monkeypatch, caplog):
    Path("file").write_text("x")
    monkeypatch.setenv("UNDERTOW_TRIALS", "file/trials")
    assert main([*RUN, "one"]) == 0
    assert "this run is not in the journal of trials" in caplog.text
    assert Path("one/index.html").is_file()


def test_none_is_kept_where_it_is_off(home, monkeypatch, capsys):
    monkeypatch.setenv("UNDERTOW_TRIALS", "off")
    assert main([*RUN, "one"]) == 0
    assert not Path("trials").exists()
    assert main(["trials", "small"]) == 2
    assert capsys.readouterr().err.startswith("undertow: UNDERTOW_TRIALS is off")


@pytest.mark.parametrize(
    ("words", "said"), [(["smal"], "no trial of 'smal'"), (["small", "--last", "-1"], "--last -1")]
)
def test_what_cannot_be_asked(home, words, said, capsys):
    Journal(home / "trials", "small").record([trial(1, "small")])
    assert main(["trials", *words]) == 2
    captured = capsys.readouterr().err
    assert said in captured
    assert captured.count("\n") == 1


def test_what_a_journal_says_cannot_speak_to_the_terminal():
    lines = table((replace(trial(1), policy="\x1b[2Jp", settings=("a=\u202e1",)),))
    assert all(line.isprintable() for line in lines)
    assert "\\u001b[2Jp" in lines[-1]
    assert "a=\\u202e1" in lines[-1]


def test_processes_that_write_at_once_lose_nothing(tmp_path):
    code = (
        "import sys\nfrom pathlib import Path\nfrom tests.cli.test_trials import Journal, trial\n"
        "for number in range(12):\n"
        "    Journal(Path(sys.argv[1]), 'x').record([trial(number), trial(100 * int(sys.argv[2]) + number)])\n"
    )
    there = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    processes = [subprocess.Popen([sys.executable, "-P", "-c", code, tmp_path, f"{n}"], env=there) for n in (1, 2, 3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    known = Journal(tmp_path, "x").read()  # whole, or it would raise
    assert len(known) == 12 + 3 * 12
    assert len({trial.key for trial in known}) == len(known)
