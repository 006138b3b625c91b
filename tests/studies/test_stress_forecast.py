"""The stress-forecast study: what it writes, that it can be recomputed, and that it does not know the future."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from scenarios.cli import main
from scenarios.study.stress.files import predictions
from scenarios.study.stress.output import summary, write_study
from scenarios.study.stress.run import Options, run_stress_forecast
from signals.stress.features import stress_features
from signals.stress.labels import within
from signals.stress.labels.label import Label
from signals.stress.state import STATE
from signals.stress.stress_problem import stress_problem
from signals.stress.validation import Bootstrap, Scored, called, forward, leakage, shuffled
from simulator.core.errors import DataError, ParameterError
from simulator.data import read_folder
from simulator.features import Features
from tests.browser import visit
from tests.study_folder import write_study_folder

FEW = ("logit-state", "xgboost", "knn-weighted")
QUICK = Bootstrap(draws=100)
HORIZON = 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_study_folder(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def study(folder):
    options = Options(protocols=("shuffled", "blocks", "forward"), models=FEW, workers=1, bootstrap=QUICK)
    return run_stress_forecast(folder, options)


@pytest.fixture(scope="module")
def written(study, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "study"
    write_study(study, out)
    return out


def test_the_folder_holds_what_is_promised(written):
    names = {path.name for path in written.iterdir()}
    assert names == {"index.html", "metrics.json", "predictions.parquet", "manifest.json", "cards", ".undertow"}
    rows = pd.read_parquet(written / "predictions.parquet")
    assert not rows.isna().any().any()
    assert (rows["known_at"] > rows["date"]).all()
    models = {*FEW, "vix-level", "last-state", "amihud-distance", "base-rate", "date-only"}
    for (_, _), part in rows.groupby(["protocol", "horizon"]):
        assert set(part["model"]) == models
        assert part.groupby("model")["date"].apply(tuple).nunique() == 1


def test_every_metric_is_found_again_from_the_predictions_alone(written):
    rows = pd.read_parquet(written / "predictions.parquet")
    protocols = json.loads((written / "metrics.json").read_text())["protocols"]
    checked = 0
    for (protocol, horizon, model), part in rows.groupby(["protocol", "horizon", "model"]):
        ours = protocols[protocol]["horizons"][str(horizon)]["models"][model]
        event, chance = part["actual"] == "stress", part["p_stress"]
        warned = part["status"] == "stress"
        share = event.mean()
        ordered = pd.DataFrame({"p": chance, "e": event.astype(float)}).sort_values("p", kind="stable")
        gaps = [abs((tenth["p"] - tenth["e"]).mean()) * len(tenth) for tenth in _tenths(ordered)]
        expected = {
            "roc_auc": sk.roc_auc_score(event, part["rank"]),
            "pr_auc": sk.average_precision_score(event, part["rank"]),
            "brier": ((chance - event) ** 2).mean(),
            "brier_skill": 1.0 - ((chance - event) ** 2).mean() / (share * (1.0 - share)),
            "calibration_error": sum(gaps) / len(part),
            "recall": (event & warned).sum() / event.sum(),
            "accuracy": (event == warned).mean(),
            "alert_share": warned.mean(),
        }
        if warned.any():
            expected["precision"] = (event & warned).sum() / warned.sum()
        for name, value in expected.items():
            assert ours[name] == pytest.approx(value, abs=1e-12), (protocol, horizon, model, name)
            checked += 1
    assert checked > 350


def _tenths(rows):
    return [rows.iloc[part] for part in np.array_split(np.arange(len(rows)), 10)]


def test_rules_are_ranked_by_what_they_look_at(study, folder):
    one = next(judged for judged in study.of("forward") if judged.horizon == HORIZON)
    vix = one.target.problem.panel.column("VIX")
    held = np.isin(one.target.problem.panel.sessions, one.forecasts["vix-level"].dates)
    assert np.array_equal(one.forecasts["vix-level"].order, vix[held])


def test_shuffled_folds_are_marked_and_the_control_shows_why(study, written):
    protocols = json.loads((written / "metrics.json").read_text())["protocols"]
    for name, protocol in protocols.items():
        for horizon in protocol["horizons"].values():
            assert {model["leaky"] for model in horizon["models"].values()} == {name == "shuffled"}
    shuffled_one, forward_one = study.judged["shuffled", HORIZON], study.judged["forward", HORIZON]
    assert forward_one.leakage == (0.0, 0.0)
    assert shuffled_one.leakage.shared > 0.95
    control = [protocol.cards["date-only"].scores["auc_red"].value for protocol in (shuffled_one, forward_one)]
    assert control[0] > control[1] + 0.2
    assert "LEAKY" in summary(study)


@pytest.mark.parametrize("horizon", [5, 10])
def test_a_label_that_looks_ahead_leaks_to_its_neighbours(horizon):
    sessions = np.datetime64("2010-01-01") + np.arange(600)
    event = Label("e", "e", sessions, (np.arange(600) % 50 < 3).astype(float), sessions)
    label = within(event, horizon)
    assert leakage(label, shuffled(label, 5, 0)).shared > 0.99
    assert leakage(label, forward(label, "2010-10", "Q", 0)).shared == 0.0
    one = forward(label, "2010-10", "Q", 0)[0]
    late = np.append(one.train, one.test[0] - horizon + 1)  # one label too many: its last session is a test day's first
    assert leakage(label, [one._replace(train=late)]).shared > 0.0
    assert leakage(label, [one._replace(train=one.train)]).shared == 0.0


def test_calls_keep_to_a_budget_and_to_the_past():
    rng = np.random.default_rng(3)
    n = 3000
    dates = np.datetime64("2000-01-01") + np.arange(n)
    chance = rng.beta(1.0, 20.0, n)
    scored = Scored(dates, dates + 5, np.zeros(n), np.zeros(n), np.column_stack([1.0 - chance, chance]))
    status = called(scored).status
    assert not status[:252].any()
    assert status[252:].mean() == pytest.approx(0.1, abs=0.02)
    other = scored.probability.copy()
    other[2000:] = other[2000:, ::-1]
    assert np.array_equal(called(replace(scored, probability=other)).status[:2000], status[:2000])
    with pytest.raises(ParameterError, match="share of time"):
        called(scored, 1.5)


def test_the_state_is_causal_and_says_what_it_promises(folder):
    market = read_folder(folder, start="2006-01-02").market
    whole = stress_features(Features(market), [STATE])
    assert whole.columns[0] == "impact_distance"
    assert len(whole.columns) == 5
    for k, warmup in enumerate(whole.warmups):
        assert np.isnan(whole.values[: int(warmup), k]).all() or whole.columns[k] == "recent_stress"
    short = stress_features(Features(market.between(0, 900)), [STATE])
    assert np.array_equal(short.values, whole.values[:900], equal_nan=True)
    event = stress_problem(market, 5).event.values
    met = whole.column("impact_distance") > 0.0
    assert met[event == 1.0].all()
    assert not met.all()


def test_a_shorter_history_gives_the_same_forecasts(study, folder):
    end = "2010-09-30"
    options = Options(protocols=("forward",), models=FEW, workers=2, bootstrap=QUICK, end=end)
    theirs = predictions(run_stress_forecast(folder, options))
    ours = predictions(study)
    keys = ["horizon", "model", "date"]
    ours = ours[(ours["protocol"] == "forward")].set_index(keys)
    theirs = theirs.set_index(keys)
    assert len(theirs) > 1000
    pd.testing.assert_frame_equal(ours.loc[theirs.index], theirs, check_exact=True)


def test_the_command_and_its_errors(folder, tmp_path, capsys):
    out = tmp_path / "out"
    asked = ["study", "stress-forecast", "--data", str(folder), "--out", str(out), "--quiet"]
    assert main([*asked, "--model", "logit-state", "--horizon", "5", "--protocol", "forward"]) == 0
    assert "Logit on the state" in capsys.readouterr().out
    assert list(json.loads((out / "metrics.json").read_text())["protocols"]["forward"]["horizons"]) == ["5"]
    for wrong, text in (
        (["--model", "lgit"], "no model 'lgit'"),
        (["--model", "ridge-nowcast"], "cannot forecast an event"),
        (["--model", "var-state"], "cannot forecast an event"),
        (["--start", "2007-13-01"], "start must be a date"),
        (["--horizon", "0"], "horizons must be one session or more"),
    ):
        assert main([*asked, "--out", str(tmp_path / "no"), *wrong]) == 2
        assert text in capsys.readouterr().err
        assert not (tmp_path / "no").exists()


def test_data_without_volumes_is_refused(folder):
    market = read_folder(folder, start="2006-01-02").market
    with pytest.raises(DataError, match="needs volumes"):
        stress_problem(replace(market, volume=None))


def test_the_columns_of_a_folder_have_one_order(folder):
    """They once followed the order of a set, which differs from one process to the next."""
    names = [name for name in read_folder(folder).market.series if name.endswith(("_HIGH", "_LOW"))]
    assert names == [f"{series}_{end}" for series in ("CL", "N100", "NDX", "VIX") for end in ("HIGH", "LOW")]


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 400])
def test_the_page_draws_and_asks_for_nothing(written, width):
    seen = visit(written / "index.html", width)
    assert seen.console == []
    assert seen.requests == []
    assert (written / "index.html").read_text().count("LEAKY") > 10
    for chart in ("chart-glance", "chart-trace", "chart-curves", "chart-calibration"):
        assert f'id="{chart}"' in seen.dom


@pytest.mark.slow
def test_real_data_forward_from_2009(data):
    """A logit on the state of stress ranks better than the level of the VIX, and its probabilities hold."""
    options = Options(protocols=("forward",), horizons=(10,), models=("logit-state",), bootstrap=QUICK)
    cards = run_stress_forecast(data, options).judged["forward", 10].cards
    scores, vix = cards["logit-state"].scores, cards["vix-level"].scores
    assert scores["auc_red"].value > 0.84
    assert scores["pr_auc_red"].value > 1.5 * vix["pr_auc_red"].value
    assert scores["brier_skill_red"].value > 0.10
    assert scores["calibration_error_red"].value < 0.05


def test_an_absent_extra_is_named_before_anything_runs(monkeypatch):
    monkeypatch.setattr("signals.stress.models.extras.find_spec", lambda name: None)
    with pytest.raises(ParameterError, match=r"'gru' needs the extra: pip install 'undertow\[deep\]'"):
        Options(models=("logit", "gru-state"))
