"""``study early-warning --allow-revised``: terminal, page, cards and checklist begin with what knows the future."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from scenarios.cli import main
from tests.study_folder import write_study_folder

SAID = "NFCI: its history is smoothed with later values and it has no vintages (allow_revised)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = write_study_folder(tmp_path_factory.mktemp("data"))
    table = pd.read_csv(folder / "macro" / "STLFSI2.csv").rename(columns={"STLFSI2": "NFCI"})
    table.to_csv(folder / "macro" / "NFCI.csv", index=False)
    return folder


def begun(folder, tmp_path, capsys, *more):
    asked = ["--protocol", "forward", "--model", "ridge-nowcast", "--card", "ridge-nowcast", "--fresh", "--quiet"]
    out = tmp_path / "study"
    assert main(["study", "early-warning", "--data", str(folder), "--out", str(out), *asked, *more]) == 0
    pages = (out / "index.html", out / "merit.html", out / "cards" / "ridge-nowcast.html")
    first = [page.read_text().split("<main>")[1].strip() for page in pages]
    return capsys.readouterr().out, first, json.loads((out / "cards" / "ridge-nowcast.json").read_text())


def test_it_is_the_first_line_where_it_was_allowed(folder, tmp_path, capsys):
    told, first, card = begun(folder, tmp_path, capsys, "--allow-revised")
    assert told.startswith(f"! {SAID}")
    for text in first:
        assert text.startswith(f'<p class="warning" id="foreknown">{SAID}')
    assert card["data"]["foreknown"].startswith(SAID)
    assert "NFCI" in [series["name"] for series in card["data"]["series"]]


def test_without_leave_it_is_left_out_and_nothing_is_said(folder, tmp_path, capsys):
    told, first, card = begun(folder, tmp_path, capsys)
    assert "knows the future" not in told
    assert not any("foreknown" in text for text in first)
    assert card["data"]["foreknown"] == ""
    assert "NFCI" not in [series["name"] for series in card["data"]["series"]]
