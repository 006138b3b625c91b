"""`undertow data check` finds what was planted in copies of real files, and says nothing grave about clean ones."""

from __future__ import annotations

import json

import pytest

from scenarios.check import status
from scenarios.cli import main
from scenarios.data.check import checked
from tests.plants import PLANTS, closes, index_bars
from tests.support import data_folder


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_fault_is_found(tmp_path, name):
    plant, words, prices = PLANTS[name]
    plant(tmp_path)
    found = [row for row in checked(tmp_path, prices).rows if words in row.what]
    assert found, [row.what for row in checked(tmp_path, prices).rows]
    assert found[0].advice
    if words not in ("no 'Date'", "no rows", "'Close' appears twice", "is no date", "with a decimal comma"):
        assert found[0].weight or "volume beyond" in words, found[0]
        assert found[0].day or found[0].weight == "refused", found[0]


def test_forty_faults_are_planted():
    assert len(PLANTS) >= 40


def test_nothing_grave_is_said_about_clean_files(tmp_path):
    index_bars().to_csv(tmp_path / "SPX.csv")
    assert [row for row in checked(tmp_path).rows if row.weight] == []
    closes(2000, 20).to_csv(tmp_path / "SPX.csv")
    found = checked(tmp_path)
    assert [row for row in found.rows if row.weight] == []
    assert status(found.rows) == 0
    assert any("no volume" in line for line in found.about)


def test_an_adjusted_close_without_the_dividends_of_its_file_is_grave(tmp_path):
    bars = index_bars()
    file = bars.assign(**{"Adj Close": bars["Close"], "Dividends": 0.0})
    file.iloc[::250, file.columns.get_loc("Dividends")] = 5.0
    file.to_csv(tmp_path / "SPX.csv")
    (found,) = [row for row in checked(tmp_path).rows if row.weight]
    assert (found.weight, found.subject) == ("grave", "SPX")
    assert "its adjusted close carries 0% of the column Dividends" in found.what


@pytest.mark.slow
def test_nothing_grave_is_said_about_the_supplied_folder():
    folder = data_folder()
    if folder is None:
        pytest.skip("no folder of real data")
    assert [row for row in checked(folder).rows if row.weight] == []


def test_the_page_has_the_table_and_a_mark_for_each_day(tmp_path):
    source = tmp_path / "prices"
    source.mkdir()
    PLANTS["pence become pounds"][0](source)
    (source / "BAD.csv").write_text("<html></html>\n")
    out = tmp_path / "out"
    assert main(["data", "check", str(source), "--out", str(out)]) == 2
    page = (out / "index.html").read_text()
    rows = checked(source).rows
    assert page.count('<th scope="row">') == len(rows)
    assert page.count("<circle") == sum(bool(row.day) and row.subject == "SPX" for row in rows)
    assert "A run on these files would be refused" in page
    assert "jump as between units" in page
    assert json.loads((out / "check.json").read_text())["rows"][0]["weight"] == "refused"
    assert main(["verify", str(out)]) == 0


def test_the_command_says_what_the_layout_is(tmp_path, capsys):
    closes().to_csv(tmp_path / "closes.csv", sep=";", decimal=",", date_format="%d.%m.%Y")
    assert main(["data", "check", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "CSV, wide (an asset a column), semicolons, decimal commas, day-first dates: closes" in said
    assert "0 refused, 0 grave" in said or "nothing odd found" in said
    assert main(["data", "check", str(tmp_path / "none")]) == 2


def test_an_asset_without_the_volume_that_others_have_is_one_that_a_run_refuses(tmp_path, capsys):
    frame = index_bars()
    frame.to_csv(tmp_path / "A.csv")
    frame.assign(Close=frame["Close"] * 1.5).drop(columns="Volume").to_csv(tmp_path / "B.csv")
    assert main(["data", "check", str(tmp_path)]) == 2
    assert "refused  B  no volume, which the others have" in capsys.readouterr().out
    frame.drop(columns="Volume").to_csv(tmp_path / "A.csv")
    assert "no volume, which" not in {row.what for row in checked(tmp_path).rows}
