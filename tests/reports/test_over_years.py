"""Years, months and contributions of the comparison page, against the records they are made from."""

from __future__ import annotations

import re

import numpy as np
import pytest

from reports.over_years import by_asset, by_month, by_year
from reports.text import percent
from simulator.metrics import contribution
from tests.reports.made_page import page
from tests.tables import cells


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    comparison, path = page(tmp_path_factory.mktemp("years"), 2, 0, 700)
    return comparison.records, path.read_text()


def test_years_are_what_the_values_at_their_ends_say(made):
    records, text = made
    table = by_year(records)
    assert table.head == ["year", *records]
    assert [row[0] for row in table.rows] == ["2000", "2001", "2002 to 09-06"]
    for place, record in enumerate(records.values(), start=1):
        level = np.concatenate([[1.0], (1.0 + record.returns).cumprod()])
        ends = [0, *(int((record.index.year <= year).sum()) for year in (2000, 2001, 2002))]
        for row, begin, end in zip(table.rows, ends[:-1], ends[1:], strict=True):
            assert row[place] == percent(level[end] / level[begin] - 1.0)
    assert 'id="years"' in text


def test_months_compound_to_their_year(made):
    record = made[0]["band-000"]
    table = by_month(record)
    level = (1.0 + record.returns).cumprod()
    april = level["2001-04"].iloc[-1] / level["2001-03"].iloc[-1] - 1.0
    assert table.rows[1][4] == percent(april)
    assert table.rows[2][10:13] == ["", "", ""], "of months without a session there is none"
    assert [row[-1] for row in table.rows] == [row[1] for row in by_year({"one": record}).rows]


def test_contributions_add_up(made):
    records, text = made
    table = by_asset(records)
    assert [row[0] for row in table.rows][-1] == "all assets"
    span = (records["band-000"].index[-1] - records["band-000"].index[0]).days / 365.25
    for place, record in enumerate(records.values(), start=1):
        profit = contribution(record).profit / span
        shown = {row[0]: row[place] for row in table.rows}
        assert {asset: shown[asset] for asset in record.assets} == {
            asset: percent(float(value), 2) for asset, value in zip(record.assets, profit, strict=True)
        }
        assert shown["all assets"] == percent(float(profit.sum()), 2)
    assert re.search(r'id="assets">What each asset contributed', text)


def test_assets_beyond_the_first_are_added_up(made, monkeypatch):
    monkeypatch.setattr("reports.over_years._MOST_ASSETS", 2)
    records = made[0]
    rows = by_asset(records).rows
    profit = contribution(records["band-000"]).profit
    assert [row[0] for row in rows][2:] == ["4 others", "all assets"]
    assert len(profit) == 6


def test_the_page_has_them_all(made):
    assert len(cells(made[1], "comparison")) == 3
    assert made[1].count("<summary>Months of band-") == 2
