"""Models fitted by one run are found by the next; where every fit must be made anew, they are not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenarios.cli import main
from scenarios.refits import UsersRefits
from tests.sweeping import write_small

STRESS = """
[signals.stress]
kind = "stress-forecast"
min_train = 600
refit_every = 63
horizon = 5
enter = 0.3
exit = 0.2
options = { n_estimators = 10 }
[policies.ml]
kind = "de-risk"
signal = "stress"
base = "threshold"
"""
START = "scenario.start=2002-06-03"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A scenario with a stress forecast, its data, and a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UNDERTOW_CACHE_DIR", str(tmp_path / "cache"))
    path = write_small(tmp_path, 900, crises=True)
    path.write_text(path.read_text() + STRESS)
    return tmp_path


def never(*_, **__):
    raise AssertionError("a model was fitted")


def run(command, out, *more):
    keys = ["--set", START, "--set", "scenario.end=2003-02-28", "--data", "data", "--quiet", "--out", out]
    return main([command, "small.toml", *keys, *more])


SWEEP = ["--grid", "execution.lag=0,1"]


def test_a_second_sweep_fits_nothing_and_says_the_same(home, monkeypatch, capsys):
    assert run("sweep", "one", *SWEEP) == 0
    assert len(list((home / "cache" / "refits").rglob("*.model"))) == 5
    with monkeypatch.context() as patch:
        patch.setattr("xgboost.XGBClassifier.fit", never)
        assert run("sweep", "two", *SWEEP) == 0
        assert run("sweep", "three", *SWEEP, "--fresh") == 2
        assert "a model was fitted" in capsys.readouterr().err
    assert run("sweep", "three", *SWEEP, "--fresh") == 0
    first, second, third = ((home / name / "results.parquet").read_bytes() for name in ("one", "two", "three"))
    assert first == second == third


def test_models_of_paths_are_not_kept(home):
    assert run("sweep", "one", "--paths", "1", "--refit") == 0
    assert not (home / "cache" / "refits").exists()


@pytest.mark.slow
def test_a_second_run_fits_nothing_and_says_the_same(home, monkeypatch):
    assert run("run", "one") == 0
    with monkeypatch.context() as patch:
        patch.setattr("xgboost.XGBClassifier.fit", never)
        assert run("run", "two") == 0
    for path in [
        Path("metrics.json"),
        *(path.relative_to(home / "one") for path in (home / "one" / "ledger").iterdir()),
    ]:
        assert (home / "one" / path).read_bytes() == (home / "two" / path).read_bytes()


def test_an_audit_fits_every_model_itself(home, monkeypatch):
    """A kept model would hide a fit that depends on more than the rows it is given."""
    monkeypatch.setattr(UsersRefits, "of", never)
    assert run("audit", "audit", "--cuts", "1") == 0
    assert json.loads((home / "audit" / "certificate.json").read_text())["verdict"] == "clean"
    assert not (home / "cache" / "refits").exists()
