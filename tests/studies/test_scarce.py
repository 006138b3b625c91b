"""The studies of scarce events and of life after the fit: what they write, and that it can be recomputed."""

from __future__ import annotations

import json
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from scenarios.cli import main
from scenarios.study.result import summary, write_result
from scenarios.study.scarce.augmentation import run_augmentation
from scenarios.study.scarce.command import SCARCE
from scenarios.study.scarce.drift import run_drift
from scenarios.study.scarce.options import Options
from scenarios.study.scarce.robustness import run_robustness
from scenarios.study.scarce.transfer import run_transfer
from signals.stress.life import ONLINE, POLICIES
from signals.stress.models import MODELS
from signals.stress.scarce import HOW, KINDS
from signals.stress.validation import Bootstrap
from tests.browser import visit
from tests.study_folder import write_study_folder

OPTIONS = Options(model=MODELS["tree-coarse"], workers=1, bootstrap=Bootstrap(draws=50))
FILES = {".undertow", "index.html", "metrics.json", "manifest.json", "predictions.parquet"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_study_folder(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def results(folder):
    pytest.importorskip("river")
    return {
        "augmentation": run_augmentation(folder, OPTIONS),
        "transfer": run_transfer(folder, OPTIONS, sources=("SPY", "TLT"), targets=("HYG",)),
        "robustness": run_robustness(folder, OPTIONS, level=0.3),
        "drift": run_drift(folder, OPTIONS),
    }


@pytest.fixture(scope="module")
def written(results, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    for name, result in results.items():
        write_result(result, out / name)
    return out


def test_every_study_leaves_a_whole_folder(written):
    assert {study.name for study in SCARCE} == {path.name for path in written.iterdir()}
    for name in (study.name for study in SCARCE):
        expected = FILES - {"predictions.parquet"} if name == "robustness" else FILES
        assert {path.name for path in (written / name).iterdir()} == expected
        manifest = json.loads((written / name / "manifest.json").read_text())
        assert manifest["scenario"]["study"] == name
        assert json.loads((written / name / "metrics.json").read_text())["study"] == name
        page = (written / name / "index.html").read_text()
        for file in expected - {"index.html", ".undertow"}:
            assert f'href="{file}"' in page


@pytest.mark.parametrize(("name", "keys"), [("augmentation", "model"), ("drift", "model"), ("transfer", "model")])
def test_scores_are_found_again_from_the_predictions_alone(written, name, keys):
    rows = pd.read_parquet(written / name / "predictions.parquet")
    metrics = json.loads((written / name / "metrics.json").read_text())
    models = metrics["targets"]["HYG"]["models"] if name == "transfer" else metrics["models"]
    assert set(rows[keys]) == set(models)
    assert (rows["known_at"] > rows["date"]).all()
    for key, part in rows.groupby(keys):
        ours = {score: model["value"] for score, model in models[key]["scores"].items()}
        event, chance = part["actual"] > 0, part["probability"]
        assert ours["auc_alert"] == pytest.approx(sk.roc_auc_score(event, part["rank"]))
        assert ours["pr_auc_alert"] == pytest.approx(sk.average_precision_score(event, part["rank"]))
        share = event.mean()
        assert ours["brier_skill_alert"] == pytest.approx(1 - ((chance - event) ** 2).mean() / (share * (1 - share)))
        if name == "augmentation":
            assert models[key]["said"]["value"] == pytest.approx(chance.mean())
            assert models[key]["came"] == pytest.approx(share)


def test_what_the_tables_hold(results):
    augmentation, drift = results["augmentation"].metrics, results["drift"].metrics
    assert len(augmentation["models"]) == 2 + 2 * len(HOW)
    assert set(augmentation["bias"]) == {"first", "last"}
    assert set(augmentation["bias"]["last"]) == set(HOW)
    assert set(drift["models"]) == {*(policy.name for policy in POLICIES), *ONLINE, "last-state"}
    assert len(drift["models"]["never"]["refits"]) == 1
    faults = results["robustness"].metrics["faults"]
    assert {fault["kind"] for fault in faults} == set(KINDS)
    assert set(results["transfer"].metrics["targets"]["HYG"]["models"]) == {"transferred", "home", "both", "last-state"}


def test_an_adversary_does_at_least_as_much_harm_as_noise(results):
    faults = {(metric["kind"], metric["fault"]): metric for metric in results["robustness"].metrics["faults"]}
    for size in ("0.1 sd", "0.5 sd"):
        worst, noise = faults["adversary", size], faults["noise", size]
        assert worst["scores"]["roc_auc"] <= noise["scores"]["roc_auc"]
        assert worst["scores"]["brier"] >= noise["scores"]["brier"]


def test_the_terminal_says_the_first_table_and_the_findings(results):
    text = summary(results["robustness"])
    assert "more on the page" in text
    assert "What is missing is not neutral" in text
    assert max(len(line) for line in summary(results["drift"]).splitlines()[:8]) < 160


def test_a_shorter_history_gives_the_same_forecasts(folder, results):
    """Everything known by then is all that a forecast rests on, transferred or not."""
    end = "2010-09-30"
    options = Options(model=OPTIONS.model, workers=1, bootstrap=OPTIONS.bootstrap, end=end)
    short = run_transfer(folder, options, sources=("SPY", "TLT"), targets=("HYG",)).predictions
    whole = results["transfer"].predictions
    assert short is not None
    assert whole is not None
    keys = ["date", "market", "model"]
    both = short.merge(whole, on=keys, suffixes=("", "_whole"))
    assert len(both) == len(short) > 1000
    assert np.array_equal(both["probability"], both["probability_whole"])


def test_the_same_figures_whatever_the_workers(folder, results):
    two = Options(model=OPTIONS.model, workers=2, bootstrap=OPTIONS.bootstrap)
    again = run_transfer(folder, two, sources=("SPY", "TLT"), targets=("HYG",))
    assert again.metrics == results["transfer"].metrics


@pytest.mark.browser
@pytest.mark.parametrize("name", [study.name for study in SCARCE])
@pytest.mark.parametrize("width", [1440, 400])
def test_every_page_opens_alone(written, name, width):
    seen = visit(written / name / "index.html", width)
    assert seen.console == []
    assert seen.requests == []
    assert seen.dom.count("main-svg") >= 2
    assert "nan" not in seen.dom.partition("<main>")[2].partition("<script")[0].lower().replace("finance", "")


# --- the command


def run(capsys, *arguments):
    status = main(["study", *map(str, arguments), "--quiet"])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_the_command_runs(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine_of_scarce.py").write_text(
        "from sklearn.tree import DecisionTreeClassifier as Tree\n\ndef Mine():\n    return Tree(max_depth=2)\n"
    )
    arguments = ("transfer", "--data", folder, "--out", "o", "--source", "SPY", "--target", "HYG", "--workers", "1")
    status, out, err = run(capsys, *arguments, "--model", "mine_of_scarce:Mine", "--plugins", ".", "--fresh")
    assert (status, err) == (0, "")
    assert "HYG · Fitted at home" in out
    assert (tmp_path / "o" / "index.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["drift", "--data", "nowhere"], "no such folder"),
        (["robustness", "--model", "xgbost"], "did you mean 'xgboost'"),
        (["robustness", "--model", "ridge-nowcast"], "needs more than the columns"),
        (["augmentation", "--horizon", "0"], "--horizon must be at least 1"),
        (["transfer"], "name some with --source and --target"),
        (["transfer", "--source", "SPY", "--target", "EEM"], "no asset 'EEM'"),
        (["transfer", "--source", "SPY", "--target", "SPY"], "different markets"),
        (["robustness", "--level", "1.5"], "--level must lie between 0 and 1"),
    ],
)
def test_bad_input_is_one_line_and_status_2(folder, tmp_path, capsys, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    given = arguments if "--data" in arguments else [*arguments, "--data", folder]
    status, out, err = run(capsys, *given)
    assert status == 2
    assert err.count("\n") == 1
    assert words in err
    assert not out
    assert not list(tmp_path.iterdir())


def test_without_river_the_extra_is_named_and_nothing_is_written(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "river", None)
    for module in ("drift", "linear_model", "preprocessing", "optim", "tree", "forest"):
        monkeypatch.delitem(sys.modules, f"river.{module}", raising=False)
    status, out, err = run(capsys, "drift", "--data", folder)
    assert status == 2
    assert err.count("\n") == 1
    assert "pip install 'undertow[online]'" in err
    assert not out
    assert not list(tmp_path.iterdir())
