"""A book that is funded as a bank is: its coverage by hand, with and without a probability of stress."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from scenarios.assumptions import assumptions
from scenarios.build import build
from scenarios.cli import main
from scenarios.funding.coverage import _least, coverage_of
from scenarios.funding.terms import funding_of
from scenarios.load import load
from scenarios.runner import replay
from simulator.core.errors import DataError, ScenarioError

FILE = """
[scenario]
name = "bank-book"
start = 2010-01-04
end = 2010-03-31
benchmark = "passive"
initial_cash = 1e6

[market]
source = "bundled:us-large-caps"
assumed_adv = 1e9
cash_rate = 0.0

[portfolio]
weights = { CASH = 1.0 }

[policies.passive]
kind = "hold"

[funding]
liabilities = { corporate = 0.5, stable-retail = 0.4 }
"""


def predicted(folder, **changed):
    """A study's predictions: 0.25 from 1 February 2010, 1.0 from the eighth, nothing after the twelfth."""
    dates = pd.bdate_range("2010-02-01", "2010-02-12")
    table = pd.DataFrame(
        {
            "scale": "past",
            "loss": "weighted",
            "model": "mlp-relu",
            "bank": "Bank E",
            "date": dates,
            "probability": np.where(dates < "2010-02-08", 0.25, 1.0),
        }
    )
    others = [table.assign(**{key: value, "probability": 0.77}) for key, value in
              (("scale", "whole"), ("loss", "plain"), ("model", "logistic"), ("bank", "Bank F"))]  # fmt: skip
    folder.mkdir()
    pd.concat([table.assign(**changed), *others]).to_parquet(folder / "predictions.parquet")


def outcome_of(tmp_path, text):
    (tmp_path / "s.toml").write_text(FILE + text)
    return replay(build(load(str(tmp_path / "s.toml")), None))


def test_coverage_at_the_law(tmp_path):
    """All cash: stock 1 of net assets; outflows 0.5 x 40% + 0.4 x 5% = 0.22; coverage 1 / 0.22."""
    outcome = outcome_of(tmp_path, "")
    book = outcome.funded["passive"]
    np.testing.assert_allclose(book.stock, 1.0)
    np.testing.assert_allclose(book.ratio, 1.0 / 0.22, rtol=1e-12)
    assert any("454.5%" in line for line in outcome.notices)


def test_a_bound_on_the_ratio_is_another_and_that_is_said(tmp_path):
    said = "bounds.min_lcr = 1.5 is kept of the redemption that [liquidity] assumes, not of what runs off corporate"
    assert any(said in line for line in outcome_of(tmp_path, "[bounds]\nmin_lcr = 1.5\n").notices)
    assert not any("min_lcr" in line for line in outcome_of(tmp_path, "").notices)


def test_inflows_and_own_rates(tmp_path):
    """Outflows 0.5 x 60% + 0.4 x 5% = 0.32; inflows 0.1 x 50% = 0.05: 1 / 0.27."""
    book = outcome_of(tmp_path, "rates = { corporate = 0.6 }\ninflows = { retail-loans = 0.1 }\n").funded["passive"]
    np.testing.assert_allclose(book.ratio, 1.0 / 0.27, rtol=1e-12)


def test_coverage_moves_with_the_probability_of_stress(tmp_path):
    """Stressed rates: corporate 100% stated, stable retail twice 5%.

    At 0.25: corporate 0.55, retail 0.0625, outflow 0.3; at 1: 0.5 + 0.04 = 0.54; before it and a week after it: 0.22.
    """
    predicted(tmp_path / "study")
    text = 'stress = "study"\nbank = "Bank E"\nstressed = { corporate = 1.0 }\n'
    outcome = outcome_of(tmp_path, text)
    book = outcome.funded["passive"]
    day = {str(session): number for number, session in enumerate(book.sessions)}
    for date, outflow in (("2010-01-29", 0.22), ("2010-02-03", 0.30), ("2010-02-08", 0.54), ("2010-02-12", 0.54)):
        assert book.ratio[day[date]] == pytest.approx(1.0 / outflow, rel=1e-12), date
    assert book.probability[day["2010-02-19"]] == 1.0  # a week old
    assert np.isnan(book.probability[day["2010-02-22"]])
    assert book.ratio[day["2010-02-22"]] == pytest.approx(1.0 / 0.22)
    np.testing.assert_allclose(book.usual, 1.0 / 0.22)
    said = "\n".join(outcome.notices)
    assert "no probability of stress of Bank E on" in said
    assert "185.2%" in said
    assert "stable-retail run off twice as fast as usual, an assumption" in said


def test_tomorrow_does_not_move_today(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        predicted(tmp_path / name / "study")
    changed = pd.read_parquet(tmp_path / "b" / "study" / "predictions.parquet")
    changed.loc[changed["date"] > "2010-02-05", "probability"] = 0.01
    changed.to_parquet(tmp_path / "b" / "study" / "predictions.parquet")
    text = 'stress = "study"\nbank = "Bank E"\n'
    first, second = (outcome_of(tmp_path / name, text).funded["passive"] for name in ("a", "b"))
    until = first.sessions <= np.datetime64("2010-02-05")
    np.testing.assert_array_equal(first.ratio[until], second.ratio[until])
    assert (first.ratio[~until] != second.ratio[~until]).any()


def test_the_run_writes_it_and_says_it_first(tmp_path, capsys):
    (tmp_path / "s.toml").write_text(FILE)
    assert main(["run", str(tmp_path / "s.toml"), "--out", str(tmp_path / "out"), "--no-tearsheets", "--quiet"]) == 0
    assert "! funding: the liquidity coverage ratio of passive is 454.5% at least" in capsys.readouterr().out
    table = pd.read_csv(tmp_path / "out" / "funding.csv")
    np.testing.assert_allclose(table["lcr"], 1.0 / 0.22, rtol=1e-6)
    assert "454.5%" in (tmp_path / "out" / "index.html").read_text()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "liabilities"),
        ({"liabilities": {}}, "liabilities must name one class"),
        ({"liabilities": {"corporat": 0.5}}, "no rate for 'corporat'"),
        ({"liabilities": {"corporate": -0.5}}, "corporate"),
        ({"liabilities": {"corporate": 0.5}, "stress": "x"}, "bank is missing"),
        ({"liabilities": {"corporate": 0.5}, "bank": "x"}, "stress is missing"),
        ({"liabilities": {"corporate": 0.5}, "model": "mlp"}, "no model 'mlp'"),
        ({"liabilities": {"corporate": 0.5}, "stressed": {"corporate": 0.1}}, "must lie between its usual one"),
        ({"liabilities": {"corporate": 0.5}, "rule": "uk"}, "rule"),
        ({"liabilities": {"corporate": 0.5}, "inflow": {}}, "inflow"),
    ],
)
def test_what_cannot_be_is_refused(table, said):
    with pytest.raises(ScenarioError, match=r"^funding(?!.*funding: )"):
        funding_of(table)
    with pytest.raises(ScenarioError, match=said):
        funding_of(table)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: None, "is not there; give the folder"),
        (lambda folder: predicted(folder, bank="Bank G"), "Bank E is not in"),
        (lambda folder: (folder.mkdir(), pd.DataFrame({"bank": ["x"]}).to_parquet(folder / "predictions.parquet")),
         "has no column scale"),
    ],
)  # fmt: skip
def test_a_study_that_cannot_be_used(make, said, tmp_path):
    make(tmp_path / "study")
    funding = funding_of({"liabilities": {"corporate": 0.5}, "stress": str(tmp_path / "study"), "bank": "Bank E"})
    outcome = outcome_of(tmp_path, "")
    with pytest.raises(DataError, match=said):
        coverage_of(outcome.results, funding)


def test_the_page_says_what_funds_the_book_and_what_of_it_runs_off(tmp_path):
    (tmp_path / "bank.toml").write_text(FILE + "rates = { corporate = 0.3 }\ninflows = { retail-loans = 0.1 }\n")
    lines = assumptions(build(load(str(tmp_path / "bank.toml")), None))
    assert [
        line for line in lines if "corporate 0.5 (30.0%), stable-retail 0.4 (5.0%); inflows: retail-loans 0.1;" in line
    ]


def test_the_least_ratio_is_told_with_the_usual_one_where_that_is_another():
    book = SimpleNamespace(
        ratio=np.array([np.nan, 1.2, 0.8, 0.9]), usual=np.array([np.nan, 1.2, 1.1, 0.9]), sessions=np.arange(4)
    )
    told = "the liquidity coverage ratio of A is 80.0% at least, on 2{}; below 100% on 2 of 4 sessions"
    assert _least("A", book) == told.format(", where the usual run-off gives 110.0%")
    book.usual[2] = 0.8
    assert _least("A", book) == told.format("")
