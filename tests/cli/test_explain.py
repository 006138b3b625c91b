"""``undertow explain`` as a user types it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.special import expit

from scenarios.cli import main
from tests.browser import visit
from tests.cli.test_refits import STRESS
from tests.sweeping import write_small

DAY = "2002-09-30"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A scenario with a stress forecast and its data."""
    home = tmp_path_factory.mktemp("explain")
    path = write_small(home, 900, crises=True)
    path.write_text(path.read_text() + STRESS)
    return home


@pytest.fixture
def home(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.delenv("UNDERTOW_DATA", raising=False)
    monkeypatch.setenv("UNDERTOW_CACHE_DIR", str(folder / "cache"))
    return folder


def run(*more, day=DAY):
    return main(["explain", "small.toml", "--data", "data", "--quiet", "--date", day, *more])


@pytest.fixture
def told(home, capsys):
    assert run("--out", "whole") == 0
    return json.loads((home / "whole" / "explanation.json").read_text()), capsys.readouterr().out


def test_it_prints_what_made_the_forecast_and_writes_the_page(told, home):
    found, out = told
    assert sorted(path.name for path in (home / "whole").iterdir()) == [
        ".undertow",
        "explanation.json",
        "index.html",
        "manifest.json",
    ]
    assert (found["scenario"], found["signal"], found["date"]) == ("small", "stress", DAY)
    total = (
        found["base"]["log_odds"] + sum(reason["contribution"] for reason in found["reasons"]) + found["calibration"]
    )
    assert total == pytest.approx(found["log_odds"])
    assert expit(total) == pytest.approx(found["probability"], abs=1e-5)
    assert f"{found['probability']:.1%}" in out
    for reason in found["reasons"][:12]:
        assert reason["column"] in out
        assert reason["standing"] in out
    for words in ("no day in particular", "other columns", "fidelity: on test days R²", "stability: ", "Brier score"):
        assert words in out
    assert sum(rule["holds"] for rule in found["surrogate"]["rules"]) == 1
    assert sum(line.startswith("> ") for line in out.splitlines()) == 1
    assert sum(rule["share"] for rule in found["surrogate"]["rules"]) == pytest.approx(1.0)
    families = {family["name"]: family["columns"] for family in found["importance"]["families"]}
    assert sum(families.values()) == len(found["reasons"])
    assert main(["verify", "whole"]) == 0
    manifest = json.loads((home / "whole" / "manifest.json").read_text())
    assert manifest["scenario"]["explain"] == {"signal": "stress", "date": DAY}


def test_the_same_explanation_is_the_same_bytes(told, home):
    before = {path.name: path.read_bytes() for path in (home / "whole").iterdir()}
    assert run("--out", "whole", "--fresh") == 0
    assert {path.name: path.read_bytes() for path in (home / "whole").iterdir()} == before


def test_one_family_alone_is_shown_by_its_columns(home):
    assert run("--out", "alone", "--set", "signals.stress.columns=['volatility']") == 0
    found = json.loads((home / "alone" / "explanation.json").read_text())
    names = [family["name"] for family in found["importance"]["families"]]
    assert sorted(names) == sorted(reason["column"] for reason in found["reasons"])


def test_by_default_it_goes_where_its_name_says(home):
    assert run() == 0
    assert (home / "out" / f"small-explain-{DAY}" / "index.html").is_file()


def test_other_models_are_explained_without_contributions(home, capsys):
    change = "signals.stress.options={}"
    assert run("--out", "other", "--set", "signals.stress.model=tree-coarse", "--set", change) == 0
    found = json.loads((home / "other" / "explanation.json").read_text())
    assert found["reasons"] == []
    assert found["stability"] is None
    assert len(found["importance"]["families"]) > 2
    assert "no contributions by column" in capsys.readouterr().out
    assert "no sum over columns" in (home / "other" / "index.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "day", "words"),
    [
        ([], "2002-09-29", "stress: 2002-09-29 is no session; the nearest session with a forecast is 2002-09-30"),
        ([], "2000-06-01", "stress: 2000-06-01 lies in the warm-up; the nearest session with a forecast is 2002-04-"),
        ([], "2050-01-01", "2050-01-01 is no session; the nearest session with a forecast is 2003-06-1"),
        ([], "yesterday", "'yesterday' is no date"),
        ([], "../..", "'../..' is no date"),
        (["--signal", "vol"], DAY, "--signal vol: is of kind 'volatility'; stress forecasts are explained"),
        (["--signal", "stres"], DAY, "--signal: no signal 'stres'; did you mean 'stress'?"),
        (["--set", "signals.b={kind='stress-forecast', min_train=600}"], DAY, "small: say --signal: stress, b"),
        (["--out", "data"], DAY, "--out data: holds other things"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(home, capsys, arguments, day, words):
    before = sorted(path for path in home.rglob("*") if "cache" not in path.parts)
    assert run(*arguments, day=day) == 2
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1
    assert sorted(path for path in home.rglob("*") if "cache" not in path.parts) == before


def test_a_scenario_without_a_forecast_and_a_missing_date(home, capsys):
    assert main(["explain", "redemption-run", "--date", DAY, "--quiet"]) == 2
    assert "it has no stress forecast" in capsys.readouterr().err
    with pytest.raises(SystemExit) as left:
        main(["explain", "small.toml"])
    assert left.value.code == 2
    assert "--date" in capsys.readouterr().err


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 400])
def test_the_page_opens_alone_and_shows_the_sum(told, home, width):
    found, _ = told
    seen = visit(home / "whole" / "index.html", width)
    assert seen.console == []
    assert seen.requests == []
    assert seen.dom.count('class="main-svg"') >= 4
    for part in ('id="words"', 'id="fidelity"', 'id="rules"', 'id="reasons"', f"forecast: {found['probability']:.1%}"):
        assert part in seen.dom
    assert len(seen.picture) > 30_000


def test_it_begins_with_what_knows_the_future(home, capsys):
    fridays = np.datetime64("2000-01-07") + 7 * np.arange(200)
    rows = "".join(f"{day},{number % 5}\n" for number, day in enumerate(fridays))
    (home / "data" / "smooth.csv").write_text(f"Date,X\n{rows}")
    series = '{X = {path = "smooth.csv", release = "close", revised = "smoothed", allow_revised = true}}'
    assert run("--out", "smoothed", "--set", f"market.series={series}") == 0
    said = "X: its history is smoothed with later values"
    assert capsys.readouterr().out.startswith(f"! {said}")
    page = (home / "smoothed" / "index.html").read_text()
    assert page.split("<main>")[1].strip().startswith(f'<p class="warning" id="foreknown">{said}')
