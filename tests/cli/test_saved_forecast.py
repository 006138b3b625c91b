"""A scenario whose signal is a saved forecast: as the forecast itself, never fitted, or refused in one line."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenarios.assumptions import assumptions
from scenarios.build import Scenario, build
from scenarios.cli import main
from scenarios.load import load
from scenarios.progress import Silent
from scenarios.runner import common_start, compute_signals, shocked
from signals.stress.forecast import FrozenStress
from signals.stress.saved import SavedForecast, save
from signals.stress.walk_forward import Fitted
from simulator import Features
from simulator.core.errors import DataError
from simulator.testing import poison_after
from tests.cli.test_refits import STRESS, never
from tests.support import random_market, same
from tests.sweeping import write_small

SAVED = """
[signals.stress]
kind = "saved-forecast"
path = "models/stress"
[policies.ml]
kind = "de-risk"
signal = "stress"
base = "threshold"
"""
FITTED = STRESS.replace("enter = 0.3", "enter = 0.1").replace("exit = 0.2", "exit = 0.06")
CHANGES = ["scenario.start=2002-06-03", "scenario.end=2003-02-28"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two scenarios alike but for their signal, one with the forecast and one with what was saved of it."""
    home = tmp_path_factory.mktemp("stored")
    own = home / "own"
    own.mkdir()
    path = write_small(home, 900, crises=True)
    (home / "fitted.toml").write_text(path.read_text() + FITTED)
    (own / "saved.toml").write_text(path.read_text() + SAVED)
    keep(built(home / "fitted.toml", home), own / "models" / "stress")
    return home


def built(path: Path, home: Path, *changes: str) -> Scenario:
    return build(load(str(path), [*CHANGES, *changes]), home / "data")


def keep(scenario: Scenario, to: Path, **changed: object) -> None:
    """Save the scenario's forecast, with other models if ``fitted`` are given."""
    features = Features(scenario.market)
    frozen = scenario.signals["stress"].frozen(features)
    fitted = changed.get("fitted", lambda one: one)(frozen.fitted)
    save(FrozenStress(frozen.rule, fitted, frozen.columns), features, to)


@pytest.fixture
def home(folder, tmp_path, monkeypatch):
    """A copy, so that it may be damaged, with a cache of its own."""
    there = tmp_path / "home"
    shutil.copytree(folder, there)
    monkeypatch.chdir(there)
    monkeypatch.setenv("UNDERTOW_CACHE_DIR", str(tmp_path / "cache"))
    return there


def run(command, out, *more, scenario="own/saved.toml"):
    sets = [part for change in CHANGES for part in ("--set", change)]
    return main([command, scenario, *sets, "--data", "data", "--quiet", "--out", out, *more])


def panels(scenario: Scenario):
    return compute_signals(scenario, shocked(scenario, scenario.market), Silent())


def test_it_says_what_the_forecast_says_to_the_bit_and_fits_nothing(home, monkeypatch):
    wanted = built(home / "fitted.toml", home)
    expected = panels(wanted)["stress"]
    monkeypatch.setattr("xgboost.XGBClassifier.fit", never)
    scenario = built(home / "own" / "saved.toml", home)
    found = panels(scenario)["stress"]
    assert found.columns == expected.columns
    assert same(found.values, expected.values)
    assert same(found.known_at, expected.known_at)
    assert np.nanstd(found.column("probability")) > 0.02
    assert 0 < found.state().sum() < found.state().size
    starts = [common_start(variant, shocked(variant, variant.market)) for variant in (wanted, scenario)]
    assert starts[0] == starts[1]


def test_the_run_is_the_same_and_tells_what_drove_it(home, monkeypatch):
    assert run("run", "one", "--fresh", scenario="fitted.toml") == 0
    monkeypatch.setattr("xgboost.XGBClassifier.fit", never)
    assert run("run", "two") == 0
    for path in [path.relative_to(home / "one") for path in (home / "one" / "ledger").iterdir()]:
        assert (home / "one" / path).read_bytes() == (home / "two" / path).read_bytes()
    stated = json.loads((home / "two" / "manifest.json").read_text())
    facts = json.loads((home / "own" / "models" / "stress" / "manifest.json").read_text())
    assert stated["data"]["signals.stress"] == facts["sha256"]
    page = (home / "two" / "index.html").read_text()
    assert f"({facts['sha256'][:12]})" in page
    assert "none is fitted in this run" in page


def test_there_is_no_forecast_within_the_first_models_own_past(home):
    """Asked to start earlier, policies wait for the first refit: its model learned from the sessions before."""
    scenario = built(home / "own" / "saved.toml", home, "scenario.start=2000-06-01")
    sessions = scenario.market.sessions
    first = np.datetime64(json.loads(Path("own/models/stress/manifest.json").read_text())["refits"][0]["session"])
    assert common_start(scenario, shocked(scenario, scenario.market)) == first
    panel = panels(scenario)["stress"]
    assert np.isnan(panel.column("probability")[sessions < first]).all()
    assert not panel.state()[sessions < first].any()
    assert np.isfinite(panel.column("probability")[sessions >= first]).all()


def test_on_any_calendar_no_model_is_used_before_its_own_date(home):
    """Rows are not dates: on a market that began earlier, the same row is an earlier day."""
    signal = SavedForecast("own/models/stress")
    market = random_market(4, sessions=900, assets=3, crises=True)
    late = replace(market, sessions=market.sessions - np.timedelta64(365, "D"))
    found = signal.compute(Features(late)).column("probability")
    assert np.isnan(found[late.sessions < signal.stored.refits[0]]).all()
    assert np.isfinite(found[late.sessions >= signal.stored.refits[0]]).all()


def test_a_continued_market_keeps_the_last_model_and_says_since_when(home):
    scenario = built(home / "fitted.toml", home)
    until = Features(scenario.market.between(0, 760))
    rule = scenario.signals["stress"]
    save(rule.frozen(until), until, home / "own" / "models" / "stress")
    longer = built(home / "own" / "saved.toml", home)
    found = panels(longer)["stress"].column("probability")
    due = 600 + 63 * 3
    assert same(found[:due], rule.compute(Features(scenario.market)).column("probability")[:due])
    assert np.isfinite(found[due:]).all()
    day = scenario.market.sessions[due]
    told = [assumption for assumption in assumptions(longer) if "was due for a refit" in assumption]
    assert len(told) == 1
    assert f"was due for a refit on {day} and goes on unchanged for {900 - due} sessions" in told[0]


def test_tomorrow_changes_nothing_of_today(home):
    scenario = built(home / "own" / "saved.toml", home)
    signal, market = scenario.signals["stress"], scenario.market
    whole = signal.compute(Features(market)).values
    for t in (650, 700, 780):
        other = signal.compute(Features(poison_after(market, t, np.random.default_rng(t)))).values
        assert same(other[: t + 1], whole[: t + 1])
        assert not same(other, whole)


def test_levels_are_as_saved_unless_stated(home):
    plain = built(home / "own" / "saved.toml", home).signals["stress"]
    assert (plain.rule.enter, plain.rule.exit, plain.rule.scale, plain.rule.min_hold) == (0.1, 0.06, "probability", 5)
    changes = ["signals.stress.enter=0.9", "signals.stress.scale=percentile", "signals.stress.min_hold=0"]
    other = built(home / "own" / "saved.toml", home, *changes)
    assert (other.signals["stress"].rule.enter, other.signals["stress"].rule.exit) == (0.9, 0.06)
    features = Features(other.market)
    before, after = plain.compute(features), other.signals["stress"].compute(features)
    assert same(before.column("probability"), after.column("probability"))
    assert before.state().sum() != after.state().sum()


def test_its_folder_lies_beside_the_file_that_names_it(home):
    (home / "heir.toml").write_text('[scenario]\nname = "heir"\nextends = "own/saved.toml"\n')
    assert load("heir.toml").signals["stress"]["path"] == "own/models/stress"
    (home / "heir.toml").write_text(
        '[scenario]\nname = "heir"\nextends = "own/saved.toml"\n[signals.stress]\npath = "other"\n'
    )
    assert load(str(home / "heir.toml")).signals["stress"]["path"] == str(home / "other")
    assert load("own/saved.toml", ["signals.stress.path=here"]).signals["stress"]["path"] == "here"
    (home / "absolute.toml").write_text((home / "own" / "saved.toml").read_text().replace("models", "/models"))
    assert load("absolute.toml").signals["stress"]["path"] == "/models/stress"


def test_sweeps_apply_it_and_notice_another_one(home, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("xgboost.XGBClassifier.fit", never)
        grid = ["--grid", "signals.stress.enter=0.1,0.2", "--paths", "2", "--refit"]
        assert run("sweep", "swept", *grid) == 0
        first = (home / "swept" / "results.parquet").read_bytes()
        made_from = json.loads((home / "swept" / "manifest.json").read_text())["sweep"]["fingerprint"]
        assert run("sweep", "swept", *grid) == 0
        assert (home / "swept" / "results.parquet").read_bytes() == first
    other = built(home / "fitted.toml", home, "signals.stress.horizon=3")
    keep(other, home / "own" / "models" / "stress")
    assert run("sweep", "swept", *grid, "--restart") == 0
    again = json.loads((home / "swept" / "manifest.json").read_text())["sweep"]["fingerprint"]
    assert again["data"] != made_from["data"]


def test_a_shocked_market_is_forecast_by_the_models_of_the_true_one(home):
    scenario = built(home / "own" / "saved.toml", home)
    shaken = build(load("own/saved.toml", CHANGES, ["price-gap:from=2002-10-01,size=-0.3"]), home / "data")
    day = int(np.searchsorted(scenario.market.sessions, np.datetime64("2002-10-01")))
    before, after = (panels(variant)["stress"].column("probability") for variant in (scenario, shaken))
    assert same(before[:day], after[:day])
    assert not same(before[day:], after[day:])


def test_it_is_explained_as_the_forecast_is(home, capsys, monkeypatch):
    day = ["--date", "2002-09-30"]
    assert run("explain", "one", *day, "--fresh", scenario="fitted.toml") == 0
    told = capsys.readouterr().out.replace("one/", "two/")
    monkeypatch.setattr("xgboost.XGBClassifier.fit", never)
    assert run("explain", "two", *day) == 0
    assert capsys.readouterr().out == told


def flip(path: Path) -> None:
    wrong = bytearray(path.read_bytes())
    wrong[len(wrong) // 2] ^= 1
    path.write_bytes(bytes(wrong))


def revise(home: Path) -> None:
    path = home / "data" / "prices" / "A.csv"
    head, *rows = path.read_text().splitlines()
    cells = rows[650].split(",")
    cells[5] = str(float(cells[5]) * 1.01)
    path.write_text("\n".join([head, *rows[:650], ",".join(cells), *rows[651:]]) + "\n")


BAD = {
    "a changed model": (
        lambda home: flip(home / "own/models/stress/refit-001.booster-0.ubj"),
        [],
        "signals.stress: own/models/stress/refit-001.booster-0.ubj: is not as it was saved",
    ),
    "a changed manifest": (
        lambda home: flip(home / "own/models/stress/manifest.json"),
        [],
        "signals.stress: own/models/stress/manifest.json: is ",  # not as it was saved, or no JSON: as the byte falls
    ),
    "another market": (revise, [], "signals.stress: own/models/stress: was fitted on other data than this market's"),
    "a shorter market": (
        lambda home: [
            path.write_text("\n".join(path.read_text().splitlines()[:700])) for path in (home / "data/prices").iterdir()
        ],
        ["--set", "scenario.end=2002-08-30"],
        "signals.stress: own/models/stress: was fitted on sessions from 2000-01-03 to 2003-06-13; this market has",
    ),
    "no folder": (lambda _: None, ["--set", "signals.stress.path=nowhere"], "signals.stress: nowhere: no such folder"),
    "levels": (
        lambda _: None,
        ["--set", "signals.stress.enter=0.05"],
        "signals.stress: own/models/stress: stress-forecast: enter (0.05) must not lie below exit (0.06)",
    ),
    "settings of the model": (
        lambda _: None,
        ["--set", "signals.stress.horizon=4"],
        "signals.stress: unknown key 'horizon'",
    ),
    "no path": (lambda _: None, ["--set", "signals.s={kind='saved-forecast'}"], "signals.s: 'path' is missing"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_used_is_one_line_and_nothing_is_written(what, home, capsys, monkeypatch):
    damage, more, words = BAD[what]
    damage(home)
    monkeypatch.setattr("xgboost.XGBClassifier.fit", never)
    for command in ("run", "audit", "sweep", "explain"):
        extra = {"sweep": ["--grid", "execution.lag=1,2"], "explain": ["--date", "2002-08-01"]}.get(command, [])
        assert run(command, "out", *more, *extra) == 2
        printed = capsys.readouterr()
        assert words in printed.err
        assert printed.err.count("\n") == 1
        assert not (home / "out").exists()


def audited(home):
    status = run("audit", "audit", "--cuts", "2")
    return status, json.loads((home / "audit" / "certificate.json").read_text())


def test_the_audit_proves_each_model_by_its_own_past(home):
    status, found = audited(home)
    assert (status, found["verdict"]) == (0, "clean")
    entry = next(row for row in found["ledger"] if row["component"] == "signals.stress.models")
    assert (entry["uses"], entry["early_uses"]) == (5, 0)
    assert entry["least_days_known_before_use"] >= 7
    assert any("each was fitted once more" in text for text in found["checked"])
    assert any(cut["why"] == "a refit of signals.stress" for cut in found["cuts"])


def test_the_audit_catches_a_model_trained_on_the_replayed_future(home):
    """The last model in the place of the second: every digest is right, and the run cannot know better."""
    keep(
        built(home / "fitted.toml", home),
        home / "own" / "models" / "stress",
        fitted=lambda each: [each[0], Fitted(each[1].test, each[-1].model), *each[2:]],
    )
    scenario = built(home / "own" / "saved.toml", home)
    status, found = audited(home)
    assert (status, found["verdict"]) == (3, "saw the future")
    assert found["first"]["component"] == "signals.stress.models"
    assert found["first"]["date"] == str(scenario.signals["stress"].stored.refits[1])
    entry = next(row for row in found["ledger"] if row["component"] == "signals.stress.models")
    assert (entry["uses"], entry["early_uses"]) == (5, 1)


def test_models_of_other_packages_that_differ_are_not_called_leaks(home, capsys):
    """What was fitted by another version may differ by right; the audit says that it cannot tell."""
    from signals.stress.saved import folder as folders

    keep(
        built(home / "fitted.toml", home),
        home / "own" / "models" / "stress",
        fitted=lambda each: [each[0], Fitted(each[1].test, each[-1].model), *each[2:]],
    )
    path = home / "own" / "models" / "stress" / "manifest.json"
    facts = json.loads(path.read_text())
    facts.pop("sha256")
    facts["packages"]["numpy"] = "1.0"
    path.write_bytes(folders._sealed(facts))
    assert run("audit", "audit", "--cuts", "2") == 2
    err = capsys.readouterr().err
    assert "signals.stress: own/models/stress: the model of " in err
    assert "cannot be fitted again to prove what it learned from, since packages have changed (numpy 1.0, now" in err
    assert err.count("\n") == 1


def test_a_folder_saved_anew_during_a_run_is_noticed(home):
    signal = SavedForecast("own/models/stress")
    keep(built(home / "fitted.toml", home, "scenario.seed=5"), home / "own" / "models" / "stress")
    with pytest.raises(DataError, match="has been saved anew since this run began"):
        signal.compute(Features(random_market(4, sessions=900, assets=3)))
