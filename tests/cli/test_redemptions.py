"""``undertow redemptions``: tools side by side on a policy's book, and errors in one line."""

from __future__ import annotations

import json

import pytest

from scenarios.cli import main
from tests.sweeping import write_small

TITLED = ["--set", "policies.passive.title=<i>hold</i>", "--set", "scenario.initial_cash=2e7"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("redemptions")
    write_small(folder, 500)
    return folder


def asked(home, monkeypatch, *more, out="out/a"):
    monkeypatch.chdir(home)
    end = ["--set", "scenario.end=2001-11-30"]
    return main(["redemptions", "small.toml", "--data", "data", "--quiet", "--out", out, *end, *more])


def test_tools_stand_side_by_side(home, monkeypatch, capsys):
    assert asked(home, monkeypatch, *TITLED) == 0
    said = capsys.readouterr().out
    assert "! who is in the fund is assumed" in said
    assert "suspension once 10% of the fund is due on a day, gate most 0.05, notice once 5%" in said
    assert "25 draws of who leaves" in said
    told = json.loads((home / "out/a/metrics.json").read_text())
    kinds = ["suspension", "gate", "notice", "fee", "swing", "dual", "levy", "in-kind", "side-pocket"]
    assert list(told["tools"]) == ["none", *kinds]
    assert told["policy"] == "passive"
    none = told["tools"]["none"]
    low, high = none["ranges"]["dilution_bps"]
    assert told["draws"] == 25
    assert low < none["dilution_bps"] < high
    assert set(none["classes"]) == {"retail", "institutional"}
    page = (home / "out/a/index.html").read_text()
    assert '"chart-bearing"' in page
    assert "Figure({" not in page
    assert page.index('id="answers"') < page.index('id="tools"') < page.index('id="classes"')
    assert "<i>hold</i>" not in page
    assert "&lt;i&gt;hold" in page
    assert asked(home, monkeypatch, *TITLED, out="out/b") == 0
    assert (home / "out/a/metrics.json").read_bytes() == (home / "out/b/metrics.json").read_bytes()


def test_classes_and_tools_are_stated(home, monkeypatch, capsys):
    who = ["--investors", "all:share=1.0,usual=0.1,to_losses=0,convexity=0,to_others=0"]
    tools = ["--tool", "gate:most=0.05,asked=0.02", "--tool", "swing:bps=60"]
    day = ["--date", "2001-06-29", "--sessions", "5"]
    assert asked(home, monkeypatch, *who, *tools, *day, out="out/c") == 0
    assert "assumed, not measured" not in capsys.readouterr().out
    told = json.loads((home / "out/c/metrics.json").read_text())
    assert told["draws"] == 1  # nobody is counted
    assert "ranges" not in told["tools"]["none"]
    assert (told["date"], list(told["tools"])) == ("2001-06-29", ["none", "gate:most=0.05,asked=0.02", "swing:bps=60"])
    assert told["tools"]["none"]["asked"] == pytest.approx(1 - 0.9**5)
    assert told["tools"]["gate:most=0.05,asked=0.02"]["dealt"] == pytest.approx(1 - 0.95**5)


def test_leaving_first_pays_where_nothing_is_done_and_less_where_prices_swing(home, monkeypatch):
    who = ["--investors", "all:share=1.0,usual=0.1,to_losses=0,convexity=0,to_others=0"]
    assert (
        asked(
            home,
            monkeypatch,
            *who,
            "--date",
            "2001-06-29",
            "--sessions",
            "5",
            "--set",
            "scenario.initial_cash=2e7",
            out="out/d",
        )
        == 0
    )
    told = json.loads((home / "out/d/metrics.json").read_text())["tools"]
    assert told["none"]["first_mover_bps"] > told["swing"]["first_mover_bps"]
    assert told["none"]["dilution_bps"] > told["swing"]["dilution_bps"]
    assert told["none"]["cost"] > told["in-kind"]["cost"] == 0.0


FUND = """
[scenario]
name = "fund"
extends = "small.toml"
[redemptions]
policy = "passive"
date = 2001-06-29
sessions = 5
[redemptions.investors.retail]
share = 0.6
usual = 0.1
to_losses = 0.0
convexity = 0.0
to_others = 0.0
[redemptions.investors.pensions]
share = 0.4
usual = 0.2
notice = 2
to_losses = 0.0
convexity = 0.0
to_others = 0.0
[redemptions.tools.small-gate]
kind = "gate"
most = 0.03
asked = 0.02
[redemptions.tools.sixty]
kind = "swing"
bps = 60.0
[redemptions.tools.apart]
kind = "side-pocket"
assets = ["B"]
"""


def test_a_scenario_states_classes_and_tools(home, monkeypatch, capsys):
    """By hand: a tenth of 60% and a fifth of 40% a day for five days, what the latter ask dealt from two days later."""
    monkeypatch.chdir(home)
    (home / "fund.toml").write_text(FUND)
    end = ["--data", "data", "--quiet", "--set", "scenario.end=2001-11-30"]
    assert main(["redemptions", "fund.toml", "--out", "out/e", *end]) == 0
    assert "assumed, not measured" not in capsys.readouterr().out
    told = json.loads((home / "out/e/metrics.json").read_text())
    assert (told["policy"], told["date"]) == ("passive", "2001-06-29")
    assert list(told["tools"]) == ["none", "small-gate", "sixty", "apart"]
    none = told["tools"]["none"]
    assert none["asked"] == pytest.approx(0.6 * (1 - 0.9**5) + 0.4 * (1 - 0.8**5))
    assert none["dealt"] == pytest.approx(0.6 * (1 - 0.9**5) + 0.4 * (1 - 0.8**3))
    assert told["tools"]["small-gate"]["dealt"] == pytest.approx(1 - 0.97**5)
    assert "B set apart" in (home / "out/e/index.html").read_text()
    asked_for = json.loads((home / "out/e/manifest.json").read_text())["scenario"]["redemptions"]
    assert asked_for["investors"]["pensions"]["notice"] == 2
    assert (asked_for["tools"]["small-gate"]["asked"], asked_for["policy"]) == (0.02, "passive")

    who = "usual=0.1,to_losses=0,convexity=0,to_others=0"
    options = ["--investors", f"retail:share=1.0,{who}", "--tool", "swing:bps=60", "--sessions", "3"]
    assert main(["redemptions", "fund.toml", "--out", "out/f", *end, *options]) == 0
    told = json.loads((home / "out/f/metrics.json").read_text())
    assert list(told["tools"]) == ["none", "swing:bps=60"]
    assert told["tools"]["none"]["asked"] == pytest.approx(1 - 0.9**3)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--tool", "gait"], "did you mean 'gate'"),
        (["--tool", "gate:most=2"], "--tool gate"),
        (["--tool", "gate:mst=0.1"], "mst"),
        (["--investors", "a:share=0.4"], "must sum to 1"),
        (["--investors", "<b>a</b>:share=1"], "--investors: '<b>a</b>' cannot be a name"),
        (["--investors", "a:share"], "--investors 'a:share': write NAME:key=value,..."),
        (["--investors", "a:share=1,share=0.5"], "--investors 'a:share=1,share=0.5': it states 'share' twice"),
        (["--tool", "gate:kind=fee"], "--tool 'gate:kind=fee': it states 'kind' twice"),
        (["--investors", "a:shar=1"], "shar"),
        (["--policy", "pasive"], "did you mean 'passive'"),
        (["--date", "2001-06-30"], "no session"),
        (["--sessions", "0"], "--sessions"),
        (["--draws", "0"], "--draws"),
        (["--tool", "side-pocket:assets=Z"], "the book of that day does not hold 'Z'"),
        (["--set", "redemptions.polcy=passive"], "did you mean 'policy'"),
        (["--set", "redemptions.policy=pasive"], "redemptions.policy: no policy 'pasive'; did you mean 'passive'"),
        (["--set", "redemptions.sessions=0"], "redemptions: sessions must be at least 1"),
        (["--set", "redemptions.investors.a.share=0.4"], "redemptions.investors: the shares of the classes sum to 0.4"),
        (["--set", "redemptions.investors.a.shar=1"], "redemptions.investors.a: unknown key 'shar'"),
        (["--set", "redemptions.tools.a.kind=gait"], "redemptions.tools.a: no tool 'gait'; did you mean 'gate'"),
        (["--set", "redemptions.tools.a.most=0.1"], "redemptions.tools.a: 'kind' is missing"),
        (["--set", "redemptions.tools.none.kind=gate"], "redemptions.tools.none: the fund without any tool"),
    ],
)
def test_errors_take_one_line_and_write_nothing(home, monkeypatch, capsys, more, said):
    assert asked(home, monkeypatch, *more, out="out/no") == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (home / "out/no").exists()
