"""A run for spreadsheets: shares and prices as traded, and tables that agree with the record."""

from __future__ import annotations

import io

import numpy as np
import openpyxl
import pandas as pd
import pytest

from reports import pdf, spreadsheets
from reports.spreadsheets import WORKBOOK, month_ends, trades_table, write_tables, write_workbook
from simulator import AlmgrenChriss, MarketData, simulate
from simulator.core.errors import DataError
from strategies import Periodic


@pytest.fixture(scope="module")
def market():
    index = pd.bdate_range("2024-01-01", periods=45)
    close = pd.DataFrame({"A": 50.0, "B": 20.0}, index)  # adjusted: half of what A traded at
    return MarketData.from_frames(close, adjustment=pd.DataFrame({"A": 0.5, "B": 1.0}, index), assumed_adv=1e9)


@pytest.fixture(scope="module")
def records(market):
    costs = AlmgrenChriss(half_spread_bps=10, eta=0, gamma=0)
    policy = Periodic({"A": 0.5, "B": 0.25, "CASH": 0.25}, every=20)
    return {"monthly": simulate(market, policy, costs=costs, initial_cash=10_000.0)}


def test_trades_are_in_shares_and_prices_as_traded(records, market):
    first = trades_table(records, market).iloc[0]
    # 5,000 in A at 50 are 100 adjusted shares: 50 that traded, at 100
    assert (first["policy"], first["asset"], first["side"]) == ("monthly", "A", "buy")
    assert first["price"] == pytest.approx(100.0, rel=1e-12)
    assert first["shares"] == pytest.approx(50.0, rel=1e-12)
    assert first["notional"] == pytest.approx(5_000.0, rel=1e-12)
    assert first["spread"] == pytest.approx(5.0, rel=1e-12) == first["cost"]


def test_the_files_agree_with_the_record(records, market, tmp_path):
    write_tables(records, market, tmp_path)
    record = records["monthly"]
    returns = pd.read_csv(tmp_path / "returns.csv", parse_dates=["date"], index_col="date")
    np.testing.assert_array_equal(returns["monthly"], record.returns)
    np.testing.assert_array_equal(returns["monthly nav"], record.nav)
    weights = pd.read_csv(tmp_path / "weights.csv", parse_dates=["date"])
    assert list(weights) == ["policy", "date", "A", "B", "CASH"]
    np.testing.assert_allclose(weights[["A", "B", "CASH"]], record.weights, atol=1e-10)
    trades = pd.read_csv(tmp_path / "trades.csv")
    assert trades["cost"].sum() == pytest.approx(sum(record.total_costs.values()), rel=1e-12)


def test_months_end_with_their_last_session():
    index = pd.DatetimeIndex(["2024-01-30", "2024-01-31", "2024-02-01", "2025-02-28", "2025-03-03"])
    assert month_ends(index).tolist() == [1, 2, 3, 4]


def test_of_too_many_weights_the_months_are_kept(records, market, tmp_path, monkeypatch):
    monkeypatch.setattr(spreadsheets, "MOST_WEIGHTS", 10)
    write_tables(records, market, tmp_path)
    assert pd.read_csv(tmp_path / "weights.csv")["date"].tolist() == ["2024-01-31", "2024-02-29", "2024-03-01"]


def test_the_workbook_is_the_same_twice_and_makes_no_formula_of_a_text(records, market, tmp_path):
    books = []
    for name in ("first", "second"):
        path = tmp_path / name
        path.mkdir()
        write_workbook(records, market, [{"policy": "=1+1", "cagr": np.nan}], ["=cmd|x"], path / WORKBOOK)
        books.append((path / WORKBOOK).read_bytes())
    assert books[0] == books[1]
    book = openpyxl.load_workbook(io.BytesIO(books[0]))
    assert book.sheetnames == ["Figures", "Returns", "Weights", "Trades", "Notes"]
    assert (book["Figures"]["A2"].value, book["Figures"]["A2"].data_type) == ("=1+1", "s")
    assert book["Figures"]["B2"].value is None
    assert book["Notes"]["A2"].data_type == "s"
    assert book["Trades"].max_row == 1 + len(records["monthly"].trades)
    assert book["Returns"]["B5"].value == pytest.approx(float(records["monthly"].returns.iloc[3]), rel=1e-12)


def test_without_a_browser_there_is_one_line(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DataError, match="--pdf needs a Chromium"):
        pdf.browser()
