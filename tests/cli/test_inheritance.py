"""``extends`` and what it replaces, unset keys, triggers that are lists, and the last net."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from scenarios import runner
from scenarios.build import build
from scenarios.load import load
from simulator.core.errors import ScenarioError
from strategies.triggers import on_any
from tests.fuzz.home import ask, entered, furnish

RUN = ("run", "small.toml", "--data", "data", "--quiet", "--out", "made")


@pytest.fixture
def home(tmp_path):
    with entered(tmp_path):
        furnish(tmp_path)
        yield tmp_path


def heir(home, text):
    (home / "heir.toml").write_text(f'[scenario]\nname = "heir"\nextends = "small.toml"\n{text}')
    return load("heir.toml")


def test_a_table_with_a_kind_replaces_the_inherited_one(home):
    file = heir(home, '[signals.vol]\nkind = "calendar"\nevery = 3\n')
    assert file.signals["vol"] == {"kind": "calendar", "every": 3}


def test_a_table_without_a_kind_changes_the_inherited_one(home):
    assert heir(home, "[signals.vol]\nlookback = 4\n").signals["vol"]["enter"] == 0.2


def test_weights_replace_the_inherited_ones(home):
    assert heir(home, "[portfolio.weights]\nA = 1.0\n").portfolio.weights == {"A": 1.0}


def test_any_key_can_be_unset(home):
    file = heir(home, 'without = ["signals.fear", "policies.out"]\n[execution]\nmax_participation = "unset"\n')
    assert "max_participation" not in file.execution
    assert "fear" not in file.signals
    assert "out" not in file.policies
    assert "max_participation" not in load("small.toml", ["execution.max_participation=unset"]).execution


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[execution]\nlg = "unset"\n', "'execution.lg' is not set, so it cannot be unset; did you mean 'lag'?"),
        ('without = ["signals.feer"]\n', "'signals.feer' is not set, so it cannot be unset; did you mean 'fear'?"),
        ('without = "judge"\n', "scenario.without must be a list of keys"),
    ],
)
def test_what_is_not_set_cannot_be_unset(home, text, message):
    with pytest.raises(ScenarioError) as error:
        heir(home, text)
    assert message in str(error.value)


def test_a_message_about_an_inherited_key_names_its_file(home):
    text = (home / "small.toml").read_text()
    (home / "small.toml").write_text(text.replace("max_weight = 0.9", "max_weight = 90"))
    with pytest.raises(ScenarioError, match=r"heir\.toml: bounds: max_weight .* \(inherited from .*small\.toml\)"):
        heir(home, "")
    (home / "small.toml").write_text(text.replace("lookback = 3", "lookback = 1"))
    heir(home, "")
    answer = ask(("run", "heir.toml", "--data", "data", "--quiet"))
    assert "signals.vol: lookback must be at least 2 sessions, not 1 (inherited from " in answer.err
    assert answer.status == 2


def test_rounded_weights_are_scaled_and_said_so(home):
    answer = ask((*RUN, "--set", "portfolio.weights={A=0.5995, B=0.4}"))
    assert answer.status == 0, answer.err
    said = "portfolio.weights sum to 0.9995 in the file"
    assert said in (home / "made" / "index.html").read_text()
    assert any(said in notice for notice in json.loads((home / "made" / "metrics.json").read_text())["notices"])
    assert load("small.toml", ["portfolio.weights={A=0.5995, B=0.4}"]).portfolio.weights["A"] == 0.5995 / 0.9995
    assert ask((*RUN, "--set", "portfolio.weights={A=0.598, B=0.4}")).status == 2


def test_a_trigger_of_several_signals_is_any_of_them(home):
    outcome = runner.replay(build(load("small.toml"), home / "data"))
    context = SimpleNamespace(sessions=outcome.world.market.sessions, signals=outcome.signals)

    def fired(trigger):
        return on_any(trigger).when(context).trade

    assert (fired(["month", "vol"]) == (fired("month") | fired("vol"))).all()
    assert fired("month").any()
    assert (fired(["month", "vol"]) != fired("month")).any()
    assert outcome.results["band"].run.strategy.reads == ("month", "vol")


@pytest.mark.parametrize(
    ("trigger", "message"),
    [
        ('["month", "vl"]', "policies.band.trigger: no signal 'vl'; did you mean 'vol'?"),
        ("[]", "trigger is an empty list"),
        ('["vol", "vol"]', "trigger names a signal twice: vol, vol"),
        ("[1]", "policies.band.trigger: must be text or a list, not [1]"),
        ('{a = "vol"}', "policies.band.trigger: must be text or a list, not {'a': 'vol'}"),
    ],
)
def test_a_trigger_that_is_none_is_named(home, trigger, message):
    answer = ask((*RUN, "--set", f"policies.band.trigger={trigger}"))
    assert answer.status == 2
    assert message in answer.err


def test_a_book_of_cash_is_a_book(home):
    text = (home / "small.toml").read_text().partition("[portfolio.weights]")[0]
    (home / "cash.toml").write_text(f'{text}[portfolio.weights]\nCASH = 1.0\n[policies.passive]\nkind = "hold"\n')
    answer = ask(("run", "cash.toml", "--data", "data", "--quiet", "--out", "made"))
    assert answer.status == 0, answer.err


def test_a_defect_is_one_line_with_its_traceback_kept(home, monkeypatch):
    monkeypatch.setattr(runner, "common_start", None)
    answer = ask(RUN)
    assert answer.status == 1
    assert answer.err.count("\n") == 1
    kept = answer.err.rpartition("the traceback is in ")[2].strip()
    assert "TypeError" in Path(kept).read_text()


def test_a_full_disk_is_one_line(home, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device", "made/ledger")

    monkeypatch.setattr(runner, "write_ledger", full)
    answer = ask(RUN)
    assert answer.status == 2
    assert answer.err.count("\n") == 1
    assert "no space left on device" in answer.err.lower()
    assert not (home / "made").exists()


PLUGIN = """
import sys
from signals import Calendar
class Leaves:
    name = "leaves"
    def decide(self, day):
        sys.exit(0)
class Breaks:
    name = "breaks"
    def decide(self, day):
        return {"A": 1 / 0}
class Carries:
    name = "carries"
    signals = {"mine": Calendar(every=3, name="mine")}
    reads = ("mine",)
    def decide(self, day):
        return {"A": 0.5}
class Misspells:
    name = "misspells"
    reads = ("mont",)
    def decide(self, day):
        return {"A": 0.5}
class Seeded:
    name = "seeded"
    def __init__(self, seed: int):
        self.seed = seed
    def decide(self, day):
        return {"A": self.seed / 100}
"""


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("Leaves", "ended with SystemExit: 0"),
        ("Breaks", "ended with ZeroDivisionError"),
        ("Misspells", "policies.own: it reads signal 'mont', which is not here; did you mean 'month'?"),
    ],
)
def test_a_policy_that_breaks_is_one_line(home, kind, message):
    (home / "own_of_mine.py").write_text(PLUGIN)
    answer = ask((*RUN, "--set", f"policies.own.kind=own_of_mine:{kind}"))
    assert answer.status == 2
    assert answer.err.count("\n") == 1
    assert message in answer.err


def test_a_policy_may_carry_the_signal_it_reads_and_have_a_seed_of_its_own(home):
    (home / "own_of_mine.py").write_text(PLUGIN)
    words = ("--set", "policies.own.kind=own_of_mine:Carries", "--set", "policies.x.kind=own_of_mine:Seeded")
    answer = ask((*RUN, *words, "--set", "policies.x.seed=40"))
    assert answer.status == 0, answer.err
