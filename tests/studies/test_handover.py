"""A label that is measured by something else from a day on: the day and the scores on either side, on page and card."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from scenarios.study.cards.options import CardOptions
from scenarios.study.stress.output import summary, write_study
from scenarios.study.stress.run import Options, run_stress_forecast
from signals.stress.validation import Bootstrap, Scored, sides
from tests.study_folder import write_study_folder

QUICK = Bootstrap(draws=40)
LAST = "2010-01-29"  # TED's last value; it holds for 21 days from its publication a week later
SCORES = {"roc_auc": "ROC area", "pr_auc": "Average precision", "brier_skill": "Brier skill"}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = write_study_folder(tmp_path_factory.mktemp("data"))
    ted = pd.read_csv(folder / "macro" / "TEDRATE.csv")
    ted[ted["DATE"] <= LAST].to_csv(folder / "macro" / "TEDRATE.csv", index=False)
    models = ("logit-state",)
    options = Options(
        ("forward",), (5,), models, workers=1, bootstrap=QUICK, cards=CardOptions(models=models), start="2006-01-02"
    )
    return run_stress_forecast(folder, options)


@pytest.fixture(scope="module")
def out(study, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "study"
    write_study(study, out)
    return out


def day_of(study):
    (day,) = study.judged["forward", 5].target.problem.label.changed
    return day


def by_hand(rows):
    event = rows["actual"] == "stress"
    share, loss = event.mean(), ((rows["p_stress"] - event) ** 2).mean()
    return {
        "roc_auc": sk.roc_auc_score(event, rows["rank"]),
        "pr_auc": sk.average_precision_score(event, rows["rank"]),
        "brier_skill": 1.0 - loss / (share * (1.0 - share)),
    }


def test_scores_on_either_side_are_those_of_its_days_alone(study, out):
    rows, day = pd.read_parquet(out / "predictions.parquet"), pd.Timestamp(day_of(study))
    assert pd.Timestamp("2010-02-19") < day < pd.Timestamp("2010-03-05")
    told = json.loads((out / "metrics.json").read_text())["protocols"]["forward"]["horizons"]["5"]["sides"]
    assert [(side["since"], side["until"]) for side in told] == [(None, str(day.date())), (str(day.date()), None)]
    for side, keep in zip(told, (rows["known_at"] < day, rows["date"] >= day), strict=True):
        for model, part in rows[keep].groupby("model"):
            assert side["sessions"] == len(part)
            assert side["events"] == (part["actual"] == "stress").sum() > 0
            for key, value in by_hand(part).items():
                assert side["models"][model][key] == pytest.approx(value, abs=1e-12)
    tested = rows[rows["model"] == "logit-state"]
    assert len(tested) - sum(side["sessions"] for side in told) == 5  # their label looks across the day


def test_page_card_and_terminal_date_the_change_and_show_both_sides(study, out):
    day = str(day_of(study))
    page, card = (out / "index.html").read_text(), (out / "cards" / "logit-state.html").read_text()
    plain = json.loads((out / "cards" / "logit-state.json").read_text())
    said = f"From {day} on what is forecast is measured by something else"
    assert summary(study).startswith(f"! {said}")
    for text in (page, card):
        assert re.search(r"<main>\s*<p class=\"warning change\">" + said, text)
    assert said in plain["changes"][0]
    before, after = plain["sides"]
    assert (before["title"], after["title"]) == (f"before {day}", f"from {day} on")
    for side in (before, after):
        for key in SCORES:
            value = side["cells"]["logit-state"][key]["value"]
            assert f"<td>{value:.3f}" in card[card.index('id="sides"') :]
            assert f"<td>{value:.2f}" in page[page.index('id="sides-forward-5"') :]


def test_without_a_change_within_the_scored_days_there_are_no_sides():
    dates = np.datetime64("2020-01-01") + np.arange(100)
    actual = (np.arange(100) % 7 == 0).astype(float)
    chance = np.linspace(0.1, 0.9, 100)
    one = Scored(dates, dates + 5, actual, np.zeros(100), np.column_stack([1.0 - chance, chance]))
    none = np.array([], "datetime64[D]")
    for changed in (none, dates[:1], dates[-1:] + 1):
        assert sides({"m": one}, changed, how=QUICK) == []
    before, after = sides({"m": one}, dates[[60]], how=QUICK)
    assert (before.days, after.days) == (55, 40)  # known on the 60th or later, made before it: neither
    calm = Scored(dates, dates, np.where(dates < dates[50], actual, 0.0), np.zeros(100), one.probability)
    _, quiet = sides({"m": calm}, dates[[50]], how=QUICK)
    assert quiet.events == 0
    assert np.isnan(quiet.cards["m"].scores["auc_red"].value)
    three = sides({"m": one}, dates[[30, 60]], how=QUICK)
    assert [side.days for side in three] == [25, 25, 40]
