"""``undertow study bank-stress`` through the command line: its files, its page, and what it refuses."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from scenarios.cli import main
from tests.support import WHOLE
from tests.tables import inflated

SYSTEM = "banks=8,stressed=4,sessions=420,payments=12"
NEWS = "bank,date,severity\nA,2010-02-01,2\n"


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("banks") / "first"
    asked = ["study", "bank-stress", "--system", SYSTEM, "--untuned", "--seed", "3", "--workers", "1", "--quiet"]
    assert main([*asked, "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def metrics(out):
    return json.loads((out / "metrics.json").read_text())


def test_the_contract(metrics):
    for losses in (metrics["losses"], metrics["past_only"]["losses"]):
        assert set(losses) == {"plain", "weighted"}
        for loss in losses.values():
            assert set(loss["models"]) == {"logistic", "mlp-tanh", "mlp-relu"}
            for model in loss["models"].values():
                assert {"precision", "recall", "f1", "banks"} <= set(model)
                assert len(model["banks"]) == 4


def test_averages_are_those_of_the_banks(metrics):
    for loss in metrics["losses"].values():
        for model in loss["models"].values():
            for figure in ("precision", "recall", "f1"):
                values = [bank[figure] for bank in model["banks"].values() if bank["stressed"]]
                assert model[figure] == pytest.approx(np.mean(values), abs=1e-12)
                low, high = model["intervals"][figure]
                assert low <= model[figure] <= high


def test_scores_follow_from_the_predictions(out, metrics):
    table = pd.read_parquet(out / "predictions.parquet")
    assert set(table["scale"]) == {"whole", "past"}
    here = table[(table["scale"] == "past") & (table["loss"] == "weighted") & (table["model"] == "mlp-relu")]
    for bank, rows in here[here["counted"]].groupby("bank"):
        found = metrics["past_only"]["losses"]["weighted"]["models"]["mlp-relu"]["banks"][bank]
        alarm, stress = rows["probability"] >= 0.9, rows["code"] == 3
        assert (found["alarms"], found["right"], found["stressed"]) == (
            int(alarm.sum()),
            int((alarm & stress).sum()),
            int(stress.sum()),
        )


def test_weighted_detects_more(metrics):
    for model in ("logistic", "mlp-tanh", "mlp-relu"):
        plain, weighted = (metrics["losses"][loss]["models"][model] for loss in ("plain", "weighted"))
        assert weighted["recall"] > plain["recall"]
        assert weighted["f1"] > plain["f1"]


def test_the_market_is_found(metrics):
    assert metrics["furfine"]["found"] >= 0.95
    assert metrics["furfine"]["false"] <= 0.05


def test_the_page_says_what_the_metrics_say(out, metrics):
    page = inflated((out / "index.html").read_text())
    section = page[page.index('id="banks-weighted"') :]
    row = re.search(r"<tr[^>]*>\s*<t[hd][^>]*>Average</t[hd]>(.*?)</tr>", section, re.DOTALL)
    shown = [float(text) for text in re.findall(r"<td[^>]*>\s*([0-9.]+)", row.group(1))]
    models = metrics["losses"]["weighted"]["models"]
    expected = [models[model][figure] for figure in ("precision", "recall", "f1") for model in models]
    np.testing.assert_allclose(shown, expected, atol=0.00501)
    assert "The payments are simulated" in page
    for bank in metrics["banks"]:
        assert f"{bank}, %" in page


@pytest.mark.skipif(not WHOLE, reason="the study a second time")
def test_its_own_files_give_the_same_answers(out, metrics, tmp_path):
    """The log is a plain table: read back as one's own, it gives every figure again."""
    asked = ["study", "bank-stress", "--untuned", "--seed", "3", "--workers", "2", "--quiet"]
    names = {"log": "log.parquet", "stress": "stress.csv", "positions": "positions.parquet", "rates": "rates.csv"}
    for option, name in names.items():
        asked += [f"--{option}", str(out / name)]
    assert main([*asked, "--out", str(tmp_path / "again")]) == 0
    again = json.loads((tmp_path / "again" / "metrics.json").read_text())
    for key in ("losses", "past_only", "rivals", "loans_found", "banks"):
        assert again[key] == metrics[key], key
    assert "furfine" not in again


def test_a_log_alone_says_what_is_not_known(out, tmp_path, capsys):
    log = pd.read_parquet(out / "log.parquet")
    log.drop(columns="id").to_csv(tmp_path / "log.csv", index=False)
    asked = ["study", "bank-stress", "--untuned", "--workers", "1", "--quiet", "--out", str(tmp_path / "alone")]
    assert main([*asked, "--log", str(tmp_path / "log.csv"), "--stress", str(out / "stress.csv")]) == 0
    said = capsys.readouterr().out
    assert "! no --positions" in said
    assert "! no --rates" in said
    page = (tmp_path / "alone" / "index.html").read_text()
    assert "no --positions" in page


def rows(days=70, **changed):
    """A log of two payments a day between A, B and the central bank."""
    dates = np.busday_offset("2010-01-04", np.arange(days))
    table = pd.DataFrame(
        {
            "id": np.arange(2 * days),
            "time": [f"{day} {hour}" for day in dates for hour in ("09:00:00", "15:30:00")],
            "payer": ["A", "B"] * days,
            "payee": ["B", "CB"] * days,
            "amount": [1000.0, 500.0] * days,
            "type": ["customer", "administrative"] * days,
        }
    ).astype(object)
    for column, value in changed.items():
        table.loc[4, column] = value
    return table


@pytest.mark.parametrize(
    ("table", "stress", "said"),
    [
        (rows(amount=-5.0), NEWS, "log.csv, column amount, line 6: -5.0 is not a number above 0"),
        (rows(amount=0), NEWS, "log.csv, column amount, line 6: 0 is not a number above 0"),
        (rows(amount="many"), NEWS, "log.csv, column amount, line 6: many is not a number above 0"),
        (
            rows(time="2010-01-06 04:00:00"),
            NEWS,
            "log.csv, column time, line 6: 2010-01-06 04:00:00 lies outside the day",
        ),
        (rows(time="yesterday"), NEWS, "log.csv, column time, line 6: yesterday is no date"),
        (rows(time="2010-01-06 09:00:00+01:00"), NEWS, "log.csv, column time"),
        (rows(id=3), NEWS, "log.csv, column id, line 6: 3 is there twice"),
        (rows(payee="A"), NEWS, "log.csv, line 6: A pays itself"),
        (rows(payer=""), NEWS, "log.csv, column payer, line 6: is empty"),
        (rows().drop(columns="payee"), NEWS, "log.csv: has no column payee"),
        (rows().iloc[:0], NEWS, "log.csv: has no row"),
        (
            rows(),
            "bank,date,severity\nZ,2010-02-01,2\n",
            "stress.csv, column bank, line 2: Z is not in the payment log",
        ),
        (rows(), "bank,date,severity\nA,2010-02-01,9\n", "stress.csv, column severity, line 2: 9 is none of 1, 2, 3"),
        (rows(), "bank,date,severity\nA,2010-13-01,2\n", "stress.csv, column date, line 2: 2010-13-01 is no date"),
        (rows(), "bank,date\nA,2010-02-01\n", "stress.csv: has no column severity"),
        (rows(), "bank,from,to,code\nA,2010-02-01,2010-01-01,3\n", "stress.csv, line 2: begins after it ends"),
        (rows(), "bank,from,to,code\nA,2010-01-01,2010-02-01,7\n", "stress.csv, column code, line 2: 7 is none of"),
        (rows(days=1), NEWS, "log.csv: A pays on 1 day only; 61 are needed"),
        (rows(), NEWS, "0 of the 1 banks under study have a session of stress"),
    ],
)
def test_bad_logs_are_refused_in_one_line(table, stress, said, tmp_path, capsys):
    table.to_csv(tmp_path / "log.csv", index=False)
    (tmp_path / "stress.csv").write_text(stress)
    out = tmp_path / "out"
    asked = ["study", "bank-stress", "--log", str(tmp_path / "log.csv"), "--stress", str(tmp_path / "stress.csv")]
    assert main([*asked, "--quiet", "--workers", "1", "--out", str(out)]) == 2
    error = capsys.readouterr().err.strip()
    assert said in error
    assert "\n" not in error
    assert not out.exists()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--log", "x.csv"], "--stress is missing"),
        (["--stress", "x.csv"], "--log is missing"),
        (["--rates", "x.csv"], "--rates belongs to a log of your own"),
        (["--log", "x.csv", "--stress", "y.csv"], "x.csv: no such file"),
        (["--hours", "18-7"], "--hours 18-7 is not two times of day"),
        (["--hours", "18:00-07:00"], "must begin before it ends"),
        (["--system", "bank=3"], "bank"),
        (["--system", "banks=3"], "banks must"),
        (["--system", "banks=8,stressed=7"], "stressed must leave 3"),
        (["--workers", "0"], "--workers must be at least 1"),
    ],
)
def test_options_that_cannot_be(asked, said, tmp_path, capsys):
    assert main(["study", "bank-stress", "--quiet", "--out", str(tmp_path / "out"), *asked]) == 2
    assert said in capsys.readouterr().err


def test_a_central_bank_that_is_stated_must_be_there(tmp_path, capsys):
    rows().to_csv(tmp_path / "log.csv", index=False, sep=";")  # semicolons, as spreadsheets write
    (tmp_path / "stress.csv").write_text(NEWS)
    asked = ["study", "bank-stress", "--quiet", "--out", str(tmp_path / "out"), "--central-bank", "CBX"]
    for name in ("log", "stress"):
        asked += [f"--{name}", str(tmp_path / f"{name}.csv")]
    assert main(asked) == 2
    assert "log.csv: has no account CBX (--central-bank); did you mean 'CB'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda table: table[table["bank"] != "B"], "has no row for B, which is in the payment log"),
        (lambda table: table.iloc[:-1], "has no row for"),
        (lambda table: pd.concat([table, table.iloc[:1]]), "has two rows for 2010-01-04"),
        (lambda table: table.assign(collateral_after=-1.0), "column collateral_after, line 2: -1.0 is not a number"),
        (lambda table: table.assign(bank="Z"), "column bank, line 2: Z is not in the payment log"),
    ],
)
def test_bad_positions_are_refused(change, said, tmp_path, capsys):
    rows().to_csv(tmp_path / "log.csv", index=False)
    (tmp_path / "stress.csv").write_text(NEWS)
    dates = np.busday_offset("2010-01-04", np.arange(70))
    table = pd.DataFrame({"date": np.repeat(dates, 2), "bank": ["A", "B"] * 70})
    for name in ("opening_balance", "collateral_before", "collateral_after", "minimum_reserve"):
        table[name] = 1.0
    change(table).to_csv(tmp_path / "positions.csv", index=False)
    asked = ["study", "bank-stress", "--quiet", "--workers", "1", "--out", str(tmp_path / "out")]
    for name in ("log", "stress", "positions"):
        asked += [f"--{name}", str(tmp_path / f"{name}.csv")]
    assert main(asked) == 2
    assert said in capsys.readouterr().err


def test_rates_in_percent_are_refused(tmp_path, capsys):
    rows().to_csv(tmp_path / "log.csv", index=False)
    (tmp_path / "stress.csv").write_text(NEWS)
    (tmp_path / "rates.csv").write_text("date,rate\n2010-01-04,1.25\n")
    asked = ["study", "bank-stress", "--quiet", "--out", str(tmp_path / "out")]
    for name in ("log", "stress", "rates"):
        asked += [f"--{name}", str(tmp_path / f"{name}.csv")]
    assert main(asked) == 2
    assert "1.25 is no fraction a year; 1% is 0.01" in capsys.readouterr().err
