"""Model cards, the checklist and the log of colours: the figures are those of the study, and nothing is invented."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scenarios.cli import main
from scenarios.study.cards import forecast, warning
from scenarios.study.cards.card import model_card
from scenarios.study.cards.facts import release_words
from scenarios.study.cards.merit import merit
from scenarios.study.cards.options import CardOptions
from scenarios.study.cards.thresholds import why_unmoved
from scenarios.study.early_warning.output import write_study
from scenarios.study.early_warning.run import Options, run_early_warning
from scenarios.study.stress.output import write_study as write_forecast
from scenarios.study.stress.run import Options as ForecastOptions
from scenarios.study.stress.run import run_stress_forecast
from signals.stress.account import drivers, in_use, refitted, terms
from signals.stress.explain import contributions
from signals.stress.labels import TIERS
from signals.stress.life import psi
from signals.stress.validation import Bootstrap
from simulator.core.errors import ParameterError, PluginError
from simulator.core.release import ReleaseRule
from tests.browser import visit
from tests.study_folder import write_study_folder
from tests.support import some

QUICK = Bootstrap(draws=60)
OWNED = CardOptions(owner="Treasury desk", oversight="the head of  risk\nreviews every red")
SECTIONS = ("statements", "data", "coverage", "label", "folds", "scores", "calibration", "drift", "importance")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_study_folder(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def early(folder):
    models = ("rusboost", "ridge-nowcast", "logistic", "xgboost")
    cards = replace(OWNED, models=models)
    options = Options(protocols=("forward",), models=models, workers=1, bootstrap=QUICK, cards=cards)
    return run_early_warning(folder, options)


@pytest.fixture(scope="module")
def ahead(folder):
    options = ForecastOptions(
        protocols=("forward",), models=("logit-state", "xgboost-state"), horizons=(5, 10), workers=1, bootstrap=QUICK
    )
    return run_stress_forecast(folder, options)


@pytest.fixture(scope="module")
def out_early(early, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "early"
    write_study(early, out)
    return out


@pytest.fixture(scope="module")
def out_ahead(ahead, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "ahead"
    write_forecast(ahead, out)
    return out


def card_of(out, name):
    return json.loads((out / "cards" / f"{name}.json").read_text())


def subject_of(study, name):
    module = warning if hasattr(study, "target") else forecast
    return next(subject for subject in module.subjects(study) if subject.name == name)


# --- figures


def entry(out, name):
    protocol = json.loads((out / "metrics.json").read_text())["protocols"]["forward"]
    return (protocol["horizons"]["10"] if "horizons" in protocol else protocol)["models"][name]


@pytest.mark.parametrize(
    ("which", "name"),
    some([("early", "rusboost"), ("early", "ridge-nowcast"), ("ahead", "logit-state"), ("ahead", "xgboost-state")], 2),
)
def test_the_figures_of_a_card_are_those_of_the_study(which, name, out_early, out_ahead):
    out = out_early if which == "early" else out_ahead
    card, ours = card_of(out, name), entry(out, name)
    assert card["metrics"] == ours
    assert len(card["scores"]) > 10
    for score in card["scores"]:
        assert score["cell"]["value"] == ours[score["key"]]
        assert [score["cell"]["low"], score["cell"]["high"]] == ours["intervals"][score["key"]]
        for rule, gap in score["gaps"].items():
            versus = ours["versus"][rule][score["key"]]
            assert gap == {"value": versus["difference"], "low": versus["low"], "high": versus["high"]}
        assert set(score["gaps"]) == set(card["rules"])


def test_calibration_and_years_are_found_again_from_the_predictions(out_ahead):
    card, rows = card_of(out_ahead, "logit-state"), pd.read_parquet(out_ahead / "predictions.parquet")
    part = rows[(rows["model"] == "logit-state") & (rows["horizon"] == 10)].reset_index(drop=True)
    event = (part["actual"] == "stress").astype(float)
    order = part["p_stress"].sort_values(kind="stable").index
    for k, bin_ in enumerate(np.array_split(order, 10)):
        assert card["calibration"]["probability"][k] == pytest.approx(part["p_stress"][bin_].mean())
        assert card["calibration"]["frequency"][k] == pytest.approx(event[bin_].mean())
    rule = rows[(rows["model"] == "vix-level") & (rows["horizon"] == 10)].reset_index(drop=True)
    for year in card["drift"]["years"]:
        there = part["date"].dt.year == year["year"]
        own, naive = (((forecast["p_stress"] - event)[there] ** 2).mean() for forecast in (part, rule))
        assert year["brier"] == pytest.approx(own)
        assert year["skill"]["vix-level"] == pytest.approx(1.0 - own / naive)
        assert year["stressed"] == event[there].sum()


def test_failures_are_failures(out_early):
    rows = pd.read_parquet(out_early / "predictions.parquet")
    for name in ("ridge-nowcast", "rusboost"):
        part = rows[rows["model"] == name].set_index("date")
        found = card_of(out_early, name)["failures"]
        for kind, said, came in (
            ("misses", {"green"}, {"amber", "red"}),
            ("false_alarms", {"amber", "red"}, {"green"}),
        ):
            for call in found[kind]:
                day = part.loc[call["date"]]
                assert day["status"] == call["said"]
                assert day["actual"] == call["came"]
                assert call["said"] in said
                assert call["came"] in came
                assert call["probability"] == pytest.approx(1.0 - day["p_green"])
                assert str(day["known_at"].date()) == call["known_at"]
                assert call["columns"]
        assert found["misses"] or found["false_alarms"]


def test_every_section_is_filled(out_early, early):
    card = card_of(out_early, "ridge-nowcast")
    assert all(card[name] for name in SECTIONS)
    assert card["data"]["fingerprint"] == early.data.market.fingerprint()
    assert {series["name"] for series in card["data"]["series"]} == set(early.data.market.series)
    assert card["coverage"]["tickers"] == {
        "hy-credit": {"US": ["HYG"]},
        "equity": {"US": ["SPY"]},
        "treasury": {"US": ["TLT"]},
    }
    assert card["label"]["counts"]["effective_episodes"] > 0.0
    years = [year["year"] for year in card["drift"]["years"]]
    assert card["importance"]["years"] == years
    assert len(card["importance"]["values"]) == len(years)
    assert set(card["importance"]["columns"]) == set(card["data"]["columns"])


def test_folds_withhold_what_was_not_published(early, out_early):
    label = early.target.problem.label
    known = ~np.isnan(label.values)
    for fold in card_of(out_early, "rusboost")["folds"]["rows"]:
        refit = int(np.searchsorted(label.sessions, np.datetime64(fold["refit"])))
        limit = label.sessions[refit - 10]
        assert np.datetime64(fold["newest_label"]) <= limit
        assert fold["rows"] == (known & (label.known_at <= limit)).sum()
        assert fold["rows"] + fold["withheld"] == known[:refit].sum()


def test_drift_compares_with_training_that_ended_before(ahead):
    subject = subject_of(ahead, "logit-state")
    held = subject.fitted([number for _, number in subject.years()])
    card = model_card(subject, held)
    start = subject.rows[-1] - 251
    train = subject.splits[in_use(subject.splits, start)].train
    assert subject.problem.label.known_at[train].max() < subject.problem.panel.sessions[start]
    for drift in card.drift.columns:
        k = subject.candidate.columns.index(drift.column)
        column = held.x[:, k]
        assert drift.psi == pytest.approx(psi(column[train], column[start : subject.rows[-1] + 1]))


# --- models fitted once more


def test_models_fitted_once_more_are_those_of_the_run(early):
    subject = subject_of(early, "rusboost")
    subject.fitted(subject.judged_splits[:2])
    other = replace(subject.said, probability=np.roll(subject.said.probability, 1, axis=1))
    with pytest.raises(PluginError, match="says something else"):
        refitted(subject.candidate, subject.problem, subject.splits, [0], subject.seed, other)
    with pytest.raises(PluginError, match="says something else"):
        refitted(subject.candidate, subject.problem, subject.splits, [0], subject.seed + 1, subject.said)


def test_terms_are_those_of_the_explanation(ahead):
    for name in ("logit-state", "xgboost-state"):
        subject = subject_of(ahead, name)
        held = subject.fitted([subject.judged_splits[0]])
        one = held.refits[subject.judged_splits[0]]
        x = held.x[one.split.test]
        assert np.allclose(terms(one.model, x), contributions(one.model, x).values, atol=1e-12)


def test_terms_of_three_classes_are_log_odds(early):
    for name in ("logistic", "xgboost"):
        subject = subject_of(early, name)
        number = subject.judged_splits[-1]
        held = subject.fitted([number])
        model, x = held.refits[number].model, held.x[held.refits[number].split.test]
        chance = model.predict_proba(x)
        odds = np.log(chance[:, 2] / chance[:, 0])
        gap = odds - terms(model, x, after=2, before=0).sum(axis=1)
        assert gap.max() - gap.min() < 1e-4  # one constant for all rows: what the model says of no day in particular
        assert np.allclose(terms(model, x, 0, 2), -terms(model, x, 2, 0))


def test_importance_is_in_the_coefficients_and_nothing_looks_at_outcomes(early, out_early):
    subject = subject_of(early, "ridge-nowcast")
    year, number = subject.years()[-1]
    found = card_of(out_early, "ridge-nowcast")["importance"]
    model = subject.fitted([number]).refits[number].model
    by_name = dict(zip(found["columns"], found["values"][found["years"].index(year)], strict=True))
    for name, value in zip(subject.candidate.columns, model.model_[-1].coef_, strict=True):
        assert by_name[name] == pytest.approx(value)
    permuted = card_of(out_early, "rusboost")["importance"]
    assert not permuted["signed"]
    assert min(min(row) for row in permuted["values"]) >= 0.0
    assert max(max(row) for row in permuted["values"]) > 0.01


# --- the log of colours


def read_log(out):
    with (out / "escalations.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("model", ["ridge-nowcast", "rusboost"])
def test_the_log_replays_to_the_forecasts(out_early, model):
    rows = pd.read_parquet(out_early / "predictions.parquet")
    said = rows[rows["model"] == model].reset_index(drop=True)
    log = [row for row in read_log(out_early) if row["model"] == model]
    assert log[0]["from"] == ""
    replayed = pd.Series(index=said["date"], dtype=object)
    for row in log:
        replayed[replayed.index >= row["date"]] = row["to"]
    assert (replayed.to_numpy() == said["status"].to_numpy()).all()
    assert sum(int(row["sessions"]) for row in log) == len(said)
    by_day = said.set_index("date")
    for row, before in zip(log[1:], log, strict=False):
        assert row["from"] == before["to"] != row["to"]
        assert row["published"] == by_day.loc[row["date"], "actual"]
        assert float(row["probability"]) == pytest.approx(1.0 - by_day.loc[row["date"], "p_green"])


def test_a_level_lies_on_the_side_its_colour_says(out_early):
    log = [row for row in read_log(out_early) if row["model"] == "ridge-nowcast"][1:]
    order = {name: k for k, name in enumerate(TIERS)}
    assert log
    for row in log:
        upward = order[row["to"]] > order[row["from"]]
        assert (float(row["level"]) > float(row["threshold"])) is upward
        assert row["drivers"]
    assert not any(row["level"] for row in read_log(out_early) if row["model"] == "rusboost")


def test_the_drivers_sum_to_the_move(early):
    subject = subject_of(early, "ridge-nowcast")
    held = subject.fitted(subject.judged_splits)
    bounds = subject.problem.side["bounds"]
    status = subject.said.status.astype(int)
    checked = set()
    for k in range(1, status.size):
        if (
            status[k] == status[k - 1]
            and k % 40
            and in_use(subject.splits, subject.rows[k]) == in_use(subject.splits, subject.rows[k - 1])
        ):
            continue
        rows = (int(subject.rows[k - 1]), int(subject.rows[k]))
        used = (in_use(subject.splits, rows[0]), in_use(subject.splits, rows[1]))
        move = (0, 1) if status[k] == status[k - 1] else (status[k - 1], status[k])
        crossed = max(move) - 1
        ends = [
            held.refits[number].model.predict_level(held.x[row : row + 1])[0] - bounds[row, crossed]
            for number, row in zip(used, rows, strict=True)
        ]
        parts = drivers(held, used, rows, move)
        assert sum(part.move for part in parts) == pytest.approx(ends[1] - ends[0], abs=1e-9)
        checked |= {part.name for part in parts}
    assert {"new model", "threshold"} <= checked


# --- the checklist


def test_the_checklist_has_the_five_points_of_the_paper(out_early):
    found = json.loads((out_early / "merit.json").read_text())
    titles = [point["title"] for point in found["points"]]
    assert titles == ["Measures", "Escalation", "Reporting", "Integrated systems", "Thresholds"]
    assert all(point["gives"] and point["remains"] for point in found["points"])
    assert any("Treasury desk" in line for line in found["points"][1]["gives"])


def test_thresholds_at_the_papers_pair_are_the_study(early, out_early):
    views = {load["title"]: load for load in json.loads((out_early / "merit.json").read_text())["thresholds"]}
    judged = early.judged["forward"]
    for name in ("ridge-nowcast", "last-published", "vix-quantile"):
        standard = next(row for row in views[judged.specs[name].title]["pairs"] if row["standard"])
        scores = judged.cards[name].scores
        for key in ("ws", "wws", "tra", "alert_precision", "alert_share", "false_alarms_a_year", "onset_recall"):
            value = scores[key].value
            assert standard["cells"][key]["value"] == (pytest.approx(value) if np.isfinite(value) else None)
        assert views[judged.specs[name].title]["quantiles"]


def test_classifiers_are_back_tested_at_their_probabilities(early, out_early):
    found = json.loads((out_early / "merit.json").read_text())
    views = {threshold["title"]: threshold for threshold in found["thresholds"]}
    judged = early.judged["forward"]
    assert found["unmeasured"] == []
    for name in ("rusboost", "logistic", "xgboost"):
        view, said = views[judged.specs[name].title], judged.forecasts[name]
        assert not view["quantiles"]
        assert not any(row["standard"] for row in view["pairs"])
        for key in ("ws", "wws", "tra", "alert_precision", "alert_share", "false_alarms_a_year", "onset_recall"):
            value = judged.cards[name].scores[key].value
            assert view["called"][key]["value"] == (pytest.approx(value) if np.isfinite(value) else None)
        row = next(row for row in view["pairs"] if (row["amber"], row["red"]) == (0.3, 0.7))
        called = (said.probability[:, 1:].sum(axis=1) > 0.3) | (said.probability[:, 2] > 0.7)
        assert row["cells"]["alert_share"]["value"] == pytest.approx(called.mean())
        assert len({row["cells"]["alert_share"]["value"] for row in view["pairs"]}) > 1
        assert (
            "Other thresholds than its own, back-tested in the MERIT checklist." in card_of(out_early, name)["tested"]
        )
    assert (out_early / "merit.html").read_text().count("as called<br>") == 3
    gives = next(point for point in found["points"] if point["title"] == "Thresholds")["gives"]
    assert any(line.startswith("Ensemble – RUSBoost: 12 pairs") and "its own calls" in line for line in gives)


def test_a_model_whose_probabilities_move_nothing_says_why(early):
    """One that is certain throughout calls the same at every level: there is nothing to test, and the card says so."""
    subject = subject_of(early, "rusboost")
    sure = np.eye(3)[subject.said.status.astype(int)]
    certain = replace(subject, said=replace(subject.said, probability=sure))
    held = subject.fitted([subject.judged_splits[0]])
    found = merit(early, [(certain, held)])
    why = "its probabilities are so near 0 or 1 on every test day that no level from 30% to 70% changes a call"
    assert found.unmeasured == [f"{subject.title}: {why}"]
    assert all(view.rule for view in found.thresholds)
    assert why_unmoved(certain, held) == why
    assert why_unmoved(subject, held) == ""


def test_a_forecast_of_an_event_says_why_its_threshold_is_not_moved(out_ahead):
    untested = card_of(out_ahead, "xgboost-state")["untested"]
    assert any("about a tenth of the time, and no other share of the time was tried" in line for line in untested)


# --- what only the user can say


def test_what_nobody_stated_is_not_invented(out_early, out_ahead):
    said = {statement["title"]: statement for statement in card_of(out_early, "ridge-nowcast")["statements"]}
    assert said["Owner"]["text"] == "Treasury desk"
    assert said["Human oversight"]["text"] == "the head of risk reviews every red"
    assert said["Intended use"] == {"title": "Intended use", "text": "not stated", "stated": False}
    assert not any(statement["stated"] for statement in card_of(out_ahead, "logit-state")["statements"])


def test_the_command_takes_the_words_and_the_models(folder, tmp_path, capsys):
    arguments = ["study", "stress-forecast", "--data", str(folder), "--protocol", "forward", "--horizon", "5"]
    asked = ["--model", "logit-state", "--model", "naive", "--card", "logit-state", "--owner", "Desk <b>&"]
    asked[3] = "knn-weighted-state"
    status = main([*arguments, *asked, "--quiet", "--fresh", "--workers", "1", "--out", str(tmp_path / "out")])
    capsys.readouterr()
    assert status == 0
    assert {path.name for path in (tmp_path / "out" / "cards").iterdir()} == {"logit-state.html", "logit-state.json"}
    page = (tmp_path / "out" / "cards" / "logit-state.html").read_text()
    assert "Desk &lt;b&gt;&amp;" in page
    assert 'href="cards/logit-state.html"' in (tmp_path / "out" / "index.html").read_text()
    status = main([*arguments, "--model", "logit-state", "--card", "logit", "--quiet", "--out", str(tmp_path / "no")])
    assert status == 2
    assert "--card logit" in capsys.readouterr().err
    with pytest.raises(ParameterError, match="--card rusbost"):
        Options(cards=CardOptions(models=("rusbost",)))


def test_without_forward_forecasts_there_is_no_card(folder, tmp_path):
    options = Options(protocols=("blocks",), models=("ridge-nowcast",), workers=1, bootstrap=QUICK)
    write_study(run_early_warning(folder, options), tmp_path / "out")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {".undertow", "index.html", "metrics.json", "predictions.parquet", "manifest.json"}


def test_release_rules_in_words():
    rules = {rule: release_words(ReleaseRule.parse(rule)) for rule in ("close", "days:6", "business-days:1")}
    assert list(rules.values()) == ["at its close", "6 days after", "1 business day after"]


# --- the pages


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 400])
@pytest.mark.parametrize(
    ("page", "charts"),
    [
        ("cards/ridge-nowcast.html", ("trace", "calibration", "years", "stability", "importance")),
        ("merit.html", ("pairs", "choices", "colours")),
    ],
)
def test_the_pages_open_alone(out_early, page, charts, width):
    seen = visit(out_early / page, width)
    assert seen.console == []
    assert seen.requests == []
    for chart in charts:
        assert f'id="chart-{chart}"' in seen.dom
