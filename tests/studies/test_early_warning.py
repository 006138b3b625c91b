"""The early-warning study: what it writes, that it can be recomputed, and that it does not know the future."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scenarios.cli import main
from scenarios.study.early_warning.files import predictions
from scenarios.study.early_warning.output import write_study
from scenarios.study.early_warning.run import Options, run_early_warning
from signals.stress.early_warning import early_warning
from signals.stress.models import PRESETS, standard
from signals.stress.validation import Bootstrap
from tests.browser import visit
from tests.recompute import TIERS, recompute
from tests.study_folder import write_study_folder
from tests.tables import inflated

FEW = ("rusboost", "tree-medium", "ridge-nowcast", "discriminant-linear")
QUICK = Bootstrap(draws=100)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_study_folder(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def study(folder):
    protocols = ("shuffled", "blocks", "forward")
    return run_early_warning(folder, Options(protocols=protocols, models=FEW, workers=1, bootstrap=QUICK))


@pytest.fixture(scope="module")
def written(study, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "study"
    write_study(study, out)
    return out


def test_the_folder_holds_what_is_promised(written):
    names = {path.name for path in written.iterdir()}
    assert names == {
        *("index.html", "metrics.json", "predictions.parquet", "manifest.json", "cards"),
        *("merit.html", "merit.json", "escalations.csv", ".undertow"),
    }
    rows = pd.read_parquet(written / "predictions.parquet")
    assert list(rows.columns) == [
        *("date", "protocol", "model", "p_green", "p_amber", "p_red", "status", "actual", "known_at"),
    ]
    assert set(rows["status"]) <= set(TIERS)
    assert not rows.isna().any().any()
    assert (rows["known_at"] > rows["date"]).all()
    manifest = json.loads((written / "manifest.json").read_text())
    assert manifest["scenario"]["study"] == "early-warning"
    assert len(manifest["data"]["market"]) == 64


def test_the_metrics_have_the_promised_form(written):
    protocols = json.loads((written / "metrics.json").read_text())["protocols"]
    assert set(protocols) == {"shuffled", "blocks", "forward", "shuffled-like-for-like"}
    for name, protocol in protocols.items():
        leaky = name.startswith("shuffled")
        assert {"date-only"} <= set(protocol["models"])
        for model in protocol["models"].values():
            assert model["leaky"] is leaky
            for key in ("accuracy", "ws", "wws", "tra", "auc_red", "alert_precision"):
                assert model[key] is None or 0.0 <= model[key] <= 1.0
            assert set(model["precision"]) == set(model["recall"]) == set(TIERS)
    for name in ("shuffled", "blocks", "forward"):
        assert set(protocols[name]["models"]) == {*FEW, "last-published", "vix-quantile", "date-only"}
        assert set(protocols[name]["models"]["rusboost"]["versus"]) == {"last-published", "vix-quantile"}


def test_every_metric_is_found_again_from_the_predictions_alone(written):
    rows = pd.read_parquet(written / "predictions.parquet")
    protocols = json.loads((written / "metrics.json").read_text())["protocols"]
    checked = 0
    for (protocol, model), part in rows.groupby(["protocol", "model"]):
        ours = protocols[protocol]["models"][model]
        for name, expected in recompute(part).items():
            assert ours[name] == pytest.approx(expected, abs=1e-12), (protocol, model, name)
            checked += 1
        low, high = ours["intervals"]["accuracy"]
        assert low <= ours["accuracy"] <= high
    assert checked == sum(len(protocol["models"]) for protocol in protocols.values()) * 23


def test_shuffled_folds_are_a_memory_test(study):
    shuffled, forward = (study.judged[name] for name in ("shuffled", "forward"))
    assert shuffled.leakage.shared > 0.9
    assert forward.leakage == (0.0, 0.0)
    control = shuffled.cards["date-only"].scores
    assert control["accuracy"].value > 0.97
    assert control["wws"].value > 0.9
    assert forward.cards["date-only"].scores["wws"].value < control["wws"].value - 0.2


def test_the_last_published_status_cannot_warn_before_publication(study):
    assert study.judged["forward"].cards["last-published"].scores["onset_recall"].value == 0.0


def test_the_same_bytes_whatever_the_workers(study, folder):
    options = Options(protocols=("forward",), models=FEW, workers=2, bootstrap=QUICK)
    ours = predictions(study)
    theirs = predictions(run_early_warning(folder, options))
    ours = ours[ours["protocol"] == "forward"].reset_index(drop=True)
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)


def test_a_shorter_history_gives_the_same_forecasts(study, folder):
    """Everything known by then is all that a forward forecast rests on."""
    end = "2010-09-30"
    options = Options(protocols=("forward",), models=FEW, workers=1, bootstrap=QUICK, end=end)
    short = run_early_warning(_cut(folder, end), options)
    ours, theirs = predictions(study), predictions(short)
    ours = ours[(ours["protocol"] == "forward") & (ours["date"] <= theirs["date"].max())].reset_index(drop=True)
    assert len(theirs) > 1000
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)


def _cut(folder: Path, end: str) -> Path:
    """The folder as it was by the close of ``end``, nothing later in any file."""
    target = folder.parent / "cut"
    if target.exists():
        shutil.rmtree(target)
    for path in folder.rglob("*.csv"):
        table = pd.read_csv(path)
        place = target / path.relative_to(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        table[table.iloc[:, 0] <= end].to_csv(place, index=False)
    return target


def test_thresholds_and_rules_move_with_the_sample(tmp_path):
    """Past thresholds differ from hindsight's, and the rule reads the last publication, never a later one."""
    from simulator.data import read_folder

    folder = write_study_folder(tmp_path, seed=3, end="2009-12-31")
    market = read_folder(folder, start="2007-01-01").market
    past, whole = (early_warning(market, sample=sample) for sample in ("past", "whole"))
    assert (np.ptp(whole.bounds, axis=0) == 0.0).all()
    assert (np.ptp(past.bounds, axis=0) > 0.0).all()
    said = past.problem.panel.column("last_published")
    index = market.series["STLFSI2"]
    for t in (300, 451, 702):
        published = index.known_at <= market.sessions[t]
        assert said[t] == (index.values[published][-1] > past.bounds[t]).sum()


def test_the_bank_s_own_indicators_join_where_there_are_any(folder, tmp_path):
    target = tmp_path / "with-bank"
    shutil.copytree(folder, target)
    (target / "bank").mkdir()
    days = pd.bdate_range("2006-01-02", "2011-06-30").strftime("%Y-%m-%d")
    lcr = pd.DataFrame({"Date": days, "BANK_LCR": np.linspace(1.4, 1.1, len(days))})
    lcr.to_csv(target / "bank" / "BANK_LCR.csv", index=False)
    options = Options(protocols=("forward",), models=("tree-coarse",), workers=1, bootstrap=QUICK)
    with_bank = run_early_warning(target, options)
    assert "bank_lcr" in with_bank.target.columns["paper"]
    assert "bank_lcr" not in run_early_warning(folder, options).target.columns["paper"]


def test_series_that_end_or_have_holes_are_reported_and_survived(folder, tmp_path):
    target = tmp_path / "holes"
    shutil.copytree(folder, target)
    (target / "markets" / "CL.csv").unlink()
    for name, column, keep in (
        ("macro/STLFSI2.csv", "DATE", lambda day: day <= "2011-01-14"),
        ("macro/TEDRATE.csv", "DATE", lambda day: day <= "2010-06-30"),
        ("markets/N100.csv", "Date", lambda day: (day < "2009-10-01") | (day > "2010-02-20")),
        ("etf/HYG.csv", "Date", lambda day: day <= "2010-03-31"),
    ):
        table = pd.read_csv(target / name)
        table[keep(table[column])].to_csv(target / name, index=False)
    study = run_early_warning(target, Options(models=FEW, workers=1, bootstrap=QUICK))
    told = "\n".join(study.notes)
    assert "STLFSI2 ends on 2011-01-14" in told
    assert "TEDRATE: ends on 2010-06-30" in told
    assert "N100: no value between 2009-09-30 and 2010-02-22" in told
    assert "HYG: last price on 2010-03-31" in told
    assert "ew_crude_return is left out" in told
    dates = study.judged["forward"].forecasts["rusboost"].dates
    assert str(dates[-1]) == "2011-01-14"
    assert ((dates > np.datetime64("2009-11-01")) & (dates < np.datetime64("2010-02-01"))).sum() > 50


# --- the command


def run(capsys, *arguments):
    status = main(["study", "early-warning", *map(str, arguments), "--quiet", "--fresh"])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_the_command_runs_and_says_what_it_found(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine_of_test.py").write_text(
        "from sklearn.linear_model import LogisticRegression\n\ndef Mine():\n    return LogisticRegression(C=0.1)\n"
    )
    arguments = ("--data", folder, "--out", tmp_path / "o", "--protocol", "shuffled", "--model", "rusboost")
    status, out, err = run(capsys, *arguments, "--model", "mine_of_test:Mine", "--plugins", ".", "--workers", "1")
    assert (status, err) == (0, "")
    rows = [line for line in out.splitlines() if line.startswith(("Ensemble", "mine_of_test:Mine", "Calendar"))]
    assert len(rows) == 3
    assert all("LEAKY" in line for line in rows)
    protocol = json.loads((tmp_path / "o" / "metrics.json").read_text())["protocols"]["shuffled"]
    assert protocol["models"]["mine_of_test:Mine"]["leaky"] is True


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "nowhere"], "no such folder"),
        (["--model", "rusbost"], "did you mean 'rusboost'"),
        (["--model", "hazard"], "'hazard' tells 2 classes apart, not 3"),
        (["--index", "STLFSI9"], "needs the series STLFSI9"),
        (["--workers", "0"], "--workers must be at least 1"),
        (["--seed", "-1"], "--seed must be at least 0"),
        (["--model", "no_such_module:X"], "no module 'no_such_module'"),
        (["--out", "taken"], "holds other things than an earlier output"),
    ],
)
def test_bad_input_is_one_line_and_status_2(folder, tmp_path, capsys, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "thesis.txt").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    given = arguments if "--data" in arguments else ["--data", str(folder), *arguments]
    status, out, err = run(capsys, *given)
    assert status == 2
    assert err.count("\n") == 1
    assert words in err
    assert not out
    assert sorted(tmp_path.rglob("*")) == before


def test_no_data_and_broken_data_are_refused(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNDERTOW_DATA", raising=False)
    status, _, err = run(capsys)
    assert status == 2
    assert "--data DIR" in err
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    path = broken / "macro" / "TEDRATE.csv"
    path.write_text(path.read_text().replace("2009-03-02,", "2009-03-02,x", 1))
    status, _, err = run(capsys, "--data", broken)
    assert status == 2
    assert "TEDRATE.csv" in err
    assert "2009-03-02" in err
    (broken / "macro" / "STLFSI2.csv").write_text("DATE,STLFSI2\n2030-01-04,1.0\n")
    path.write_text((folder / "macro" / "TEDRATE.csv").read_text())
    status, _, err = run(capsys, "--data", broken)
    assert status == 2
    assert err.count("\n") == 1


def test_bad_choices_of_the_parser_are_status_2(capsys):
    for arguments in (["study"], ["study", "nothing"], ["study", "early-warning", "--protocol", "lucky"]):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        assert left.value.code == 2
        assert capsys.readouterr().err.count("\n") == 1


# --- the page


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 400])
def test_the_page_opens_alone_and_says_what_matters(written, width):
    seen = visit(written / "index.html", width)
    assert seen.console == []
    assert seen.requests == []
    text = inflated((written / "index.html").read_text())
    assert text.count("LEAKY") > 20
    assert "is leakage" in text
    for chart in ("chart-glance", "chart-index", "chart-roc", "chart-timeline"):
        assert f'id="{chart}"' in seen.dom


# --- real data


@pytest.mark.slow
def test_real_data_to_2012_by_both_protocols(data):
    """What the paper found, and that it does not survive: a few years and models of the full study."""
    options = Options(models=("rusboost", "ridge-nowcast"), end="2012-12-31", bootstrap=QUICK)
    study = run_early_warning(data, options)
    shuffled, forward = study.judged["shuffled"].cards, study.judged["forward"].cards
    assert shuffled["rusboost"].scores["ws"].value > 0.9
    assert shuffled["date-only"].scores["wws"].value > 0.95
    nowcast, rule = forward["ridge-nowcast"].scores, forward["last-published"].scores
    assert nowcast["ws"].value > rule["ws"].value
    assert nowcast["wws"].value > rule["wws"].value


def test_every_preset_is_part_of_a_run_by_default():
    assert {preset.name for preset in PRESETS} < set(Options().models) == set(standard(3))
